//! `values.schema.json`: what is reported, and how.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use gotemplate::{Map, Value};
use helm_render::Profile;
use helm_render::chart::{Chart, SourceFile};
use helm_render::values::{Schema, SchemaProblem, coalesce, read, validate};

fn values(text: &str) -> Map {
    read(text.as_bytes(), Profile::Helm4).expect("values")
}

#[track_caller]
fn check(schema: &str, yaml: &str, expected: &[&str]) {
    let schema = Schema::compile(schema.as_bytes()).expect("a schema");
    let problems = schema.validate(&values(yaml));
    let shown: Vec<_> = problems
        .iter()
        .map(|it| {
            format!("{}: {} {:?} {:?}", it.pointer, it.message, it.unknown_keys, it.known_keys)
        })
        .map(|line| line.replace(" [] []", ""))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn every_problem_is_reported_with_its_place() {
    check(
        r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "required": ["image"],
            "properties": {
              "replicas": {"type": "integer", "minimum": 1},
              "ports": {"type": "array", "items": {"type": ["integer", "string"]}},
              "mode": {"enum": ["a", "b", 3]}, "host": {"pattern": "^[a-z]+$"}}}"#,
        "replicas: 0\nports: [80, web, {a: 1}]\nmode: c\nhost: A1\n",
        &[
            ": missing property 'image'",
            "/host: value does not match pattern '^[a-z]+$'",
            "/mode: value must be one of 'a', 'b', 3",
            "/ports/2: got object, want integer or string",
            "/replicas: minimum: got 0, want 1",
        ],
    );
}

#[test]
fn unknown_keys_come_with_the_known_ones() {
    check(
        r##"{"additionalProperties": false, "properties": {"image": {"$ref": "#/$defs/image"}},
            "$defs": {"image": {"type": "object", "additionalProperties": false,
            "properties": {"tag": {}, "repository": {}}}}}"##,
        "image: {tga: 1, x: 2}\nimages: 1\n",
        &[
            ": additional properties 'images' not allowed [\"images\"] [\"image\"]",
            "/image: additional properties 'tga', 'x' not allowed [\"tga\", \"x\"] [\"tag\", \"repository\"]",
        ],
    );
}

#[test]
fn whole_floats_are_integers_and_the_values_themselves_are_not_shown() {
    let schema = r#"{"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}"#;
    check(schema, "a: 3.0\nb: x\n", &[]);
    check(
        schema,
        "a: 3.5\nb: 12345\n",
        &["/a: got number, want integer", "/b: got number, want string"],
    );
    check(
        r#"{"properties": {"password": {"pattern": "^x"}}}"#,
        "password: s3cret\n",
        &["/password: value does not match pattern '^x'"],
    );
}

#[test]
fn alternatives_say_why_none_fits() {
    check(
        r#"{"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["b"]}]}}}"#,
        "a: {}\n",
        &["/a: 'anyOf' failed: got object, want string; missing property 'b'"],
    );
}

#[test]
fn limits_and_several_missing_properties_are_worded_as_in_helm() {
    check(
        r#"{"required": ["must", "also"], "properties": {
            "a": {"type": ["string", "null"]}, "b": {"minLength": 3}, "c": {"maxItems": 1},
            "d": {"minProperties": 2}, "e": {"multipleOf": 2}, "f": {"exclusiveMaximum": 10},
            "g": {"not": {"type": "string"}}, "h": {"oneOf": [{"type": "string"}, {"type": "array"}]},
            "i": {"propertyNames": {"pattern": "^a"}}, "j": {"enum": ["x"]}}}"#,
        "{a: 1, b: x, c: [1, 2], d: {}, e: 3, f: 10, g: s3cret, h: 1, i: {b: 1}, j: s3cret}",
        &[
            ": missing properties 'must', 'also'",
            "/a: got number, want null or string",
            "/b: minLength: got 1, want 3",
            "/c: maxItems: got 2, want 1",
            "/d: minProperties: got 0, want 2",
            "/e: multipleOf: got 3, want 2",
            "/f: exclusiveMaximum: got 10, want 10",
            "/g: 'not' failed",
            "/h: 'oneOf' failed, none matched: got number, want string; got number, want array",
            "/i: invalid propertyName 'b': value does not match pattern '^a'",
            "/j: value must be 'x'",
        ],
    );
}

#[test]
fn remote_references_and_broken_schemas_do_not_compile() {
    for schema in [
        r#"{"$ref": "https://example.com/schema.json"}"#,
        r#"{"$ref": "other.json"}"#,
        r#"{"type": 5}"#,
        r#"{"properties": {"a": {"pattern": "("}}}"#,
        "{",
        "",
    ] {
        assert!(Schema::compile(schema.as_bytes()).is_err(), "{schema}");
    }
}

#[test]
fn a_urn_that_nobody_resolves_lets_every_value_pass() {
    let schema = r#"{"properties": {"a": {"$ref": "urn:example:schema#/definitions/x"}}}"#;
    assert!(Schema::compile(schema.as_bytes()).is_err(), "only the whole of it passes all");
    let schema = r#"{"properties": {"a": {"$ref": "urn:example:schema"}, "b": {"type": "null"}}}"#;
    check(schema, "a: 1\n", &[]);
    check(schema, "b: 1\n", &["/b: got number, want null"]);
}

#[test]
fn a_dialect_without_a_draft_is_the_newest() {
    check(r#"{"$schema": "http://json-schema.org/schema#", "type": "object"}"#, "a: 1\n", &[]);
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), content: text.as_bytes().to_vec() }
}

#[test]
fn sub_charts_are_validated_under_their_names() {
    let chart = Chart::load(
        "app",
        vec![
            file("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
            file("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
            file("charts/sub/values.schema.json", r#"{"properties": {"a": {"type": "string"}}}"#),
            file("values.schema.json", "{"),
        ],
    )
    .expect("a chart");
    let user = values("sub: {a: 1}\n");
    let prepared = coalesce(&chart, &user, Profile::Helm4, &mut Vec::new()).expect("values");
    let problems: Vec<_> = validate(&prepared)
        .into_iter()
        .flat_map(|(name, problems)| {
            let told = |one: SchemaProblem| format!("{name} {}: {}", one.pointer, one.message);
            problems.into_iter().map(told).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        problems,
        ["app : EOF while parsing an object at line 1 column 1", "sub /a: got number, want string",]
    );
}

#[test]
fn a_sub_charts_values_are_the_map_in_its_parents() {
    let chart = Chart::load(
        "app",
        vec![
            file("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
            file("values.yaml", "global: {a: {b: {c: 1}}}\n"),
            file("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ],
    )
    .expect("a chart");
    let user = Map::default();
    let prepared = coalesce(&chart, &user, Profile::Helm4, &mut Vec::new()).expect("values");
    let table = |map: &Map, key: &str| match map.get(key.as_bytes()) {
        Some(Value::Map(inner)) => inner,
        _ => panic!("no table {key}"),
    };
    let child = &prepared.dependencies[0].values;
    assert!(child.is_same(&table(&prepared.values, "sub")));
    assert_eq!(child.map_type().name(), "common.Values");
    let (above, below) = (table(&prepared.values, "global"), table(child, "global"));
    assert!(!above.is_same(&below) && !table(&above, "a").is_same(&table(&below, "a")));
    assert!(table(&table(&above, "a"), "b").is_same(&table(&table(&below, "a"), "b")));
}

//! Charts and values against tables whose expectations come from Helm's own packages
//! (`tests/data/*.jsonl`, made by a Go program over helm.sh/helm v4.3.1 and v3.22.0).

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use gotemplate::{Map, Value};
use helm_render::Profile;
use helm_render::chart::{Chart, SourceFile};
use helm_render::values::{Prepared, coalesce, merge, read, set};
use serde_json::{Map as JsonMap, Value as Json, json};

fn rows(table: &'static str) -> impl Iterator<Item = Json> {
    table.lines().map(|line| serde_json::from_str(line).expect("a row is JSON"))
}

fn text<'a>(row: &'a Json, key: &str) -> &'a str {
    row[key].as_str().expect("a text")
}

fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::float(number.as_f64().expect("a number")),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(to_value).collect()),
        Json::Object(_) => Value::Map(to_map(json)),
    }
}

fn to_map(json: &Json) -> Map {
    let entries = json.as_object().expect("an object").iter();
    Map::from_entries(entries.map(|(key, value)| (key.as_str().into(), to_value(value))).collect())
}

/// Numbers as Go's JSON writes them, or with their types.
fn to_json(value: &Value, typed: bool) -> Json {
    match value {
        Value::Invalid | Value::Nil => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(..) | Value::Float(..) if typed => {
            let shown = gotemplate::format::sprintf(b"%v", std::slice::from_ref(value));
            json!(format!("{}:{}", value.type_name(), String::from_utf8_lossy(&shown)))
        }
        Value::Int(_, number) => json!(number),
        Value::Uint(_, number) => json!(number),
        Value::Float(_, number) => json!(number),
        Value::String(text) | Value::Bytes(text) => json!(text.to_string()),
        Value::List(items) => items.iter().map(|item| to_json(item, typed)).collect(),
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let entries = entries.map(|(key, value)| (key.to_string(), to_json(&value, typed)));
            Json::Object(entries.collect::<JsonMap<_, _>>())
        }
        Value::Object(_) => panic!("no objects in values"),
    }
}

/// Every number as a float, for comparison.
fn float(json: Json) -> Json {
    match json {
        Json::Number(number) => json!(number.as_f64()),
        Json::Array(items) => items.into_iter().map(float).collect(),
        Json::Object(entries) => {
            Json::Object(entries.into_iter().map(|(key, value)| (key, float(value))).collect())
        }
        other => other,
    }
}

fn load(row: &Json) -> Result<Chart, String> {
    let files = row["files"].as_object().expect("files").iter();
    let files = files.map(|(path, content)| SourceFile {
        path: path.clone(),
        content: content.as_str().expect("a text").as_bytes().to_vec(),
    });
    Chart::load("DIR", files.collect()).map_err(|error| error.message)
}

fn names(prepared: &Prepared<'_>) -> Json {
    let mut tree = json!({"name": prepared.name});
    if !prepared.dependencies.is_empty() {
        tree["deps"] = prepared.dependencies.iter().map(names).collect();
    }
    tree
}

fn is_merge_warning(line: &str) -> bool {
    line.starts_with("warning:") || line.starts_with("Conflict:") || line.starts_with("key ")
}

/// A result of the oracle: values, the tree of charts, warnings of merging.
fn split(expected: &str) -> Result<(Json, Json, Vec<String>), String> {
    if let Some(message) = expected.strip_prefix("ERR ") {
        return Err(message.to_owned());
    }
    let (rest, warnings) = expected.split_once(" W:").expect("warnings");
    let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
    let mut next = || stream.next().expect("a value").expect("JSON");
    let (values, tree) = (float(next()), next());
    let mut warnings: Vec<_> =
        warnings.lines().filter(|line| is_merge_warning(line)).map(str::to_owned).collect();
    warnings.sort();
    warnings.dedup();
    Ok((values, tree, warnings))
}

fn sort_dependencies(tree: &mut Json) {
    if let Some(deps) = tree.get_mut("deps").and_then(Json::as_array_mut) {
        deps.iter_mut().for_each(sort_dependencies);
        deps.sort_by_key(|tree| text(tree, "name").to_owned());
    }
}

fn check_coalesce(row: &Json, profile: Profile, expected: &str) -> Result<(), String> {
    let got = load(row).and_then(|chart| {
        let mut warnings = Vec::new();
        let user = to_map(&row["user"]);
        let before = to_json(&Value::Map(user.clone()), true);
        let prepared = coalesce(&chart, &user, profile, &mut warnings);
        assert_eq!(to_json(&Value::Map(user), true), before, "user values stay as they are");
        let prepared = prepared.map_err(|error| error.message)?;
        warnings.retain(|line| is_merge_warning(line));
        warnings.sort();
        warnings.dedup();
        let values = float(to_json(&Value::Map(prepared.values.clone()), false));
        Ok((values, names(&prepared), warnings))
    });
    let mut wanted = split(expected);
    let mut got = got;
    for (_, tree, _) in [&mut wanted, &mut got].into_iter().flatten() {
        sort_dependencies(tree);
    }
    if got == wanted {
        return Ok(());
    }
    Err(format!("{}\n{profile:?}\n  want {wanted:?}\n   got {got:?}\n", text(row, "name")))
}

#[test]
fn values_coalesce_as_in_both_helms() {
    let mut failures = Vec::new();
    for row in rows(include_str!("data/coalesce.jsonl")) {
        failures.extend(check_coalesce(&row, Profile::Helm4, text(&row, "helm4")).err());
        failures.extend(check_coalesce(&row, Profile::Helm3, text(&row, "helm3")).err());
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn charts_load_as_in_helm() {
    let mut failures = Vec::new();
    for row in rows(include_str!("data/chart.jsonl")) {
        let wanted = text(&row, "helm4");
        let got = load(&row).and_then(|chart| {
            coalesce(&chart, &Map::default(), Profile::Helm4, &mut Vec::new())
                .map_err(|error| error.message)?;
            let paths = |files: &[SourceFile]| {
                let mut paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
                paths.sort();
                json!(paths).to_string().replace("[]", "null")
            };
            let warnings = chart.warnings.iter().flat_map(|line| [line.as_str(), "\n"]);
            let warnings: String = warnings.collect();
            let (templates, files) = (paths(&chart.templates), paths(&chart.files));
            Ok((chart.metadata, format!(" T{templates} F{files} {warnings}")))
        });
        let failed = match (&got, wanted.strip_prefix("ERR ")) {
            (Err(message), Some(wanted)) => {
                let message = message.strip_suffix(" in `DIR`").unwrap_or(message);
                message != wanted && !message.contains("unsupported chart version")
            }
            (Ok((metadata, rest)), None) => {
                let mut stream = serde_json::Deserializer::from_str(wanted).into_iter::<Json>();
                let shown: Json = stream.next().expect("metadata").expect("JSON");
                let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
                let fields = [
                    (&metadata.name, "name"),
                    (&metadata.version, "version"),
                    (&metadata.app_version, "appVersion"),
                    (&metadata.description, "description"),
                    (&metadata.home, "home"),
                    (&metadata.icon, "icon"),
                    (&metadata.tags, "tags"),
                    (&metadata.kube_version, "kubeVersion"),
                    (&metadata.api_version, "apiVersion"),
                ];
                let keywords = shown.get("keywords").cloned().unwrap_or_else(|| json!([]));
                fields.iter().any(|(field, key)| **field != text(key))
                    || json!(metadata.keywords) != keywords
                    || *rest != wanted[stream.byte_offset()..]
            }
            _ => true,
        };
        if failed {
            failures.push(format!("{}\n  want {wanted}\n   got {got:?}", row["files"]));
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

fn apply(row: &Json, profile: Profile, into: &Map) -> Result<(), String> {
    let line = text(row, "text").as_bytes();
    let mut read = |path: &str| match path {
        "missing" => Err("open missing: no such file".to_owned()),
        path => Ok(format!("<{path}>").into_bytes()),
    };
    let result = match text(row, "mode") {
        "set" => set::parse(line, into, profile),
        "string" => set::parse_string(line, into, profile),
        "json" => set::parse_json(line, into, Profile::Helm3),
        "literal" => set::parse_literal(line, into, profile),
        "file" => set::parse_file(line, into, profile, &mut read),
        other => panic!("unknown mode {other}"),
    };
    result.map_err(|error| error.message)
}

fn check_set(row: &Json, profile: Profile, expected: &str) -> Result<(), String> {
    let into = to_map(&row["user"]);
    let result = apply(row, profile, &into);
    let shown = to_json(&Value::Map(into), true);
    let (message, wanted) = match expected.strip_prefix("ERR ").and_then(|it| it.split_once(" => "))
    {
        Some((message, wanted)) => (Some(message), wanted),
        None => (None, expected),
    };
    let wanted: Json = serde_json::from_str(wanted).expect("JSON");
    let same_message = match (&result, message) {
        (Ok(()), None) => true,
        // Helm drops the reason.
        (Err(_), Some(_)) if text(row, "mode") == "json" => true,
        (Err(got), Some(message)) => {
            got.split_once(" data: ").is_some_and(|(_, reason)| reason == message)
        }
        _ => false,
    };
    if same_message && shown == wanted {
        return Ok(());
    }
    Err(format!("{row}\n  {profile:?} got {result:?} {shown}"))
}

#[test]
fn assignments_parse_as_in_helm() {
    let mut failures = Vec::new();
    for row in rows(include_str!("data/set.jsonl")) {
        let expected = text(&row, "expected");
        let (helm4, helm3) = match expected.strip_prefix("DIFF ") {
            Some(both) => both.split_once(" ||| ").expect("two results"),
            None => (expected, expected),
        };
        failures.extend(check_set(&row, Profile::Helm4, helm4).err());
        failures.extend(check_set(&row, Profile::Helm3, helm3).err());
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[track_caller]
fn check_read(text: &str, profile: Profile, expected: &str) {
    let shown = match read(text.as_bytes(), profile) {
        Ok(values) => to_json(&Value::Map(values), true).to_string(),
        Err(error) => format!("{:?} {}", error.line, error.message),
    };
    assert_eq!(shown, expected);
}

#[test]
fn values_files_hold_one_document_or_several() {
    use Profile::{Helm3, Helm4};
    let two = "a: {x: 1, w: 2}\n--- # more\na: {x: null, z: yes}\n";
    check_read(two, Helm3, r#"{"a":{"w":"float64:2","x":"float64:1"}}"#);
    check_read(two, Helm4, r#"{"a":{"w":"float64:2","x":null,"z":true}}"#);
    check_read("", Helm4, "{}");
    check_read("null\n", Helm3, "{}");
    check_read("---\n---\na: 1", Helm4, r#"{"a":"float64:1"}"#);
    check_read(
        "a: 1\n---\nb: 2\n---\nc: [\n",
        Helm4,
        "Some(5) cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 1: did \
         not find expected node content",
    );
    check_read(
        "- a\n",
        Helm3,
        "Some(1) error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into \
         Go value of type map[string]interface {}",
    );
    check_read(
        "a: 1\n---b: 2\n",
        Helm4,
        "Some(2) error reading yaml document: invalid Yaml document separator: b: 2",
    );
}

#[test]
fn later_values_files_win_and_keep_their_nulls() {
    let base = to_map(&json!({"a": {"b": 1, "c": [1, 2]}, "d": 1, "e": {"f": 1}}));
    merge(&base, &to_map(&json!({"a": {"b": null, "c": [3]}, "d": {"x": 1}, "e": null})));
    let merged = to_json(&Value::Map(base), false);
    assert_eq!(merged, float(json!({"a": {"b": null, "c": [3]}, "d": {"x": 1}, "e": null})));
}

#[test]
fn a_whole_object_of_json_is_only_for_helm_4() {
    let text = br#" {"a": {"c": 2}, "d": null} "#;
    let into = to_map(&json!({"a": {"b": 1}}));
    set::parse_json(text, &into, Profile::Helm4).expect("a whole object");
    let merged = to_json(&Value::Map(into.clone()), false);
    assert_eq!(merged, float(json!({"a": {"b": 1, "c": 2}, "d": null})));
    assert!(set::parse_json(text, &into, Profile::Helm3).is_err());
    let broken = set::parse_json(b"{a", &into, Profile::Helm4).expect_err("not JSON");
    assert_eq!(broken.message, "failed parsing --set-json data JSON: {a");
}

fn load_error(files: &[(&str, Vec<u8>)]) -> String {
    let metadata = ("Chart.yaml", b"apiVersion: v2\nname: app\nversion: 1.0.0\n".to_vec());
    let files = std::iter::once(&metadata).chain(files);
    let files = files
        .map(|(path, content)| SourceFile { path: (*path).to_owned(), content: content.clone() });
    let result = Chart::load("app", files.collect()).map_err(|error| (error.path, error.message));
    let chart = match result {
        Err((path, message)) => return format!("{path}: {message}"),
        Ok(chart) => chart,
    };
    let shown = |profile| {
        let result = coalesce(&chart, &Map::default(), profile, &mut Vec::new());
        result.map_or_else(|error| error.message, |_| "fine".to_owned())
    };
    format!("helm4 {}, helm3 {}", shown(Profile::Helm4), shown(Profile::Helm3))
}

#[test]
fn what_only_one_profile_refuses_fails_only_there() {
    let large = vec![b'x'; 5 * 1024 * 1024 + 1];
    assert_eq!(
        load_error(&[("files/big.bin", large)]),
        "helm4 fine, helm3 chart file \"big.bin\" is larger than the maximum file size 5242880"
    );
    assert_eq!(
        load_error(&[("values.yaml", b"a: 1\n---\n- b\n".to_vec())]),
        "helm4 cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling JSON: \
         while decoding JSON: json: cannot unmarshal array into Go value of type \
         map[string]interface {}, helm3 fine"
    );
    assert_eq!(
        load_error(&[("values.yaml", b"\xef\xbb\xbfa: 1\n".to_vec())]),
        "helm4 fine, helm3 fine"
    );
}

#[test]
fn an_empty_archive_is_refused_with_its_place() {
    assert_eq!(
        load_error(&[("charts/db-1.0.0.tgz", Vec::new())]),
        "charts/db-1.0.0.tgz: error unpacking subchart db-1.0.0.tgz in app: EOF"
    );
}

#[test]
fn lists_grow_to_the_limit() {
    let into = Map::default();
    set::parse(b"a[65536]=x", &into, Profile::Helm4).expect("the largest index");
    let Some(Value::List(list)) = into.get(b"a") else { panic!("no list") };
    assert_eq!(list.len(), 65_537);
    let nested = format!("a{}=x", "[0]".repeat(10_000));
    let error = set::parse(nested.as_bytes(), &Map::default(), Profile::Helm4);
    assert!(error.is_err_and(|error| error.message.contains("not supported yet by molave")));
}

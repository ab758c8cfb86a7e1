//! From lines of output to the template lines that wrote them.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use gotemplate::execute::{Budget, Host, Limits, Recorder, Surroundings};
use gotemplate::functions::{BUILTINS, sprig};
use gotemplate::{
    Call, Error, Failure, Function, Functions, Map, MapType, Parameter, Set, Text, Value,
};
use std::sync::Arc;

const FILE: &str = "a.yaml";

fn include(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let [Value::String(name), data] = arguments else { return Ok(Value::Nil) };
    let name = name.clone();
    call.include(&name, data.clone()).map(Value::string)
}

fn tpl(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let [Value::String(text), data] = arguments else { return Ok(Value::Nil) };
    let text = text.clone();
    call.evaluate("gotpl", &text, data.clone()).map(Value::string)
}

fn functions() -> Arc<Functions> {
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    for function in sprig::table() {
        functions.add(function);
    }
    let parameters = &[Parameter::String, Parameter::Interface];
    for (name, body) in [("include", include as gotemplate::functions::Body), ("tpl", tpl)] {
        functions.add(Function { name, parameters, variadic: None, body });
    }
    Arc::new(functions)
}

fn map(entries: &[(&str, Value)]) -> Value {
    let map = Map::new(MapType::StringInterface);
    for (key, value) in entries {
        map.insert(Text::from(*key), value.clone());
    }
    Value::Map(map)
}

/// Runs the file of a set with a recorder.
fn execute(set: &Set, data: Value, recorder: &Recorder) -> Result<Vec<u8>, Error> {
    let host = Host {
        state: &(),
        budget: &Budget::new(Limits { steps: 10_000, output: 10_000, depth: 100 }),
        surroundings: &Surroundings::default(),
        recorder: Some(recorder),
    };
    set.execute(FILE, data, host)
}

/// Each line of the output with the chain of places that wrote it, and the keys that were read.
fn lines(template: &str, helpers: &str) -> Vec<String> {
    let mut set = Set::new(functions());
    set.parse("_helpers.tpl", helpers.as_bytes()).expect("helpers");
    set.parse(FILE, template.as_bytes()).expect("a template");
    let recorder = Recorder::default();
    let data = map(&[
        ("name", Value::from("web")),
        ("empty", Value::from("")),
        ("image", map(&[("tag", Value::from("1.20"))])),
        ("template", Value::from("x: {{ .name }}\ny: 2")),
    ]);
    let written = execute(&set, data, &recorder).expect("output");
    let writing = recorder.take().expect("a record");
    assert_eq!(writing.text(), written);
    let mut start = 0;
    let mut shown = Vec::new();
    for line in String::from_utf8(written).expect("text").split('\n') {
        let origin = writing.origin(start..start + line.len());
        start += line.len() + 1;
        let spots = origin.spots.iter().map(|spot| format!("{}:{}", spot.file, spot.line));
        let reads = origin.reads.iter().filter_map(|read| read.key.as_ref().map(Text::to_string));
        let (spots, reads) =
            (spots.collect::<Vec<_>>().join(" > "), reads.collect::<Vec<_>>().join(" "));
        if !line.trim().is_empty() {
            shown.push(format!("{} | {spots} | {reads}", line.trim()).trim_end().to_owned());
        }
    }
    shown
}

#[test]
fn text_and_actions_are_found_at_their_lines() {
    assert_eq!(
        lines(
            "a: 1\n{{- /* none */}}\nb: {{ .name }}\nc: {{ .image.tag | quote }}-{{ .name }}\n",
            ""
        ),
        ["a: 1 | a.yaml:1 |", "b: web | a.yaml:3 | name", "c: \"1.20\"-web | a.yaml:4 | tag name"]
    );
}

#[test]
fn trimmed_text_keeps_its_line() {
    assert_eq!(
        lines("a: 1\n\n  {{- if .name }}\n\n\nb: 2\n  {{- end }}\nc: 3", ""),
        ["a: 1 | a.yaml:1 |", "b: 2 | a.yaml:6 |", "c: 3 | a.yaml:8 |"]
    );
}

#[test]
fn what_is_included_is_found_behind_its_call() {
    let helpers = "{{ define \"labels\" }}\na: {{ .name }}\nb: 2\n{{ include \"more\" . }}\n{{ end }}\
                   {{ define \"more\" -}}\nc: {{ .image.tag }}{{ end }}";
    assert_eq!(
        lines("x:\n  {{- include \"labels\" . | nindent 4 }}\n", helpers),
        [
            "x: | a.yaml:1 |",
            "a: web | a.yaml:2 > _helpers.tpl:2 | name",
            "b: 2 | a.yaml:2 > _helpers.tpl:3 |",
            "c: 1.20 | a.yaml:2 > _helpers.tpl:4 > _helpers.tpl:6 | tag",
        ]
    );
}

#[test]
fn equal_lines_are_told_apart_by_their_number() {
    let helpers = "{{ define \"twice\" }}\n- a\n- b\n- a\n{{ end }}";
    assert_eq!(
        lines("{{ include \"twice\" . | indent 2 }}", helpers),
        [
            "- a | a.yaml:1 > _helpers.tpl:2 |",
            "- b | a.yaml:1 > _helpers.tpl:3 |",
            "- a | a.yaml:1 > _helpers.tpl:4 |",
        ]
    );
}

#[test]
fn an_inner_place_is_named_only_without_doubt() {
    let helpers = "{{ define \"a\" }}x: 1{{ end }}{{ define \"b\" }}x: 1{{ end }}";
    assert_eq!(
        lines("{{ list (include \"a\" .) (include \"b\" .) | first }}", helpers),
        ["x: 1 | a.yaml:1 |"]
    );
    assert_eq!(lines("{{ include \"a\" . | upper }}", helpers), ["X: 1 | a.yaml:1 |"]);
}

#[test]
fn a_name_within_a_line_leads_to_its_definition() {
    let helpers = "{{ define \"name\" }}\n{{- .name }}-x{{ end }}";
    assert_eq!(
        lines("kind: X\nname: {{ include \"name\" . | quote }}", helpers),
        ["kind: X | a.yaml:1 |", "name: \"web-x\" | a.yaml:2 > _helpers.tpl:2 | name"]
    );
}

#[test]
fn a_template_call_leads_on_to_what_is_called() {
    let helpers = "{{ define \"name\" }}\nn: {{ .name }}{{ end }}";
    assert_eq!(
        lines("{{ template \"name\" . }}\nb: 2", helpers),
        ["n: web | a.yaml:1 > _helpers.tpl:2 | name", "b: 2 | a.yaml:2 |"]
    );
}

#[test]
fn the_text_of_tpl_has_lines_of_its_own() {
    assert_eq!(
        lines("{{ tpl .template . | nindent 2 }}", ""),
        ["x: web | a.yaml:1 > gotpl:1 | name template", "y: 2 | a.yaml:1 > gotpl:2 | template"]
    );
}

#[test]
fn a_dot_without_a_name_was_read_where_it_was_chosen() {
    assert_eq!(
        lines(
            "{{ with .name }}a: {{ . }}{{ end }}{{ range list .image.tag }}\nb: {{ . }}{{ end }}",
            ""
        ),
        ["a: web | a.yaml:1 | name", "b: 1.20 | a.yaml:2 | tag"]
    );
}

#[test]
fn a_failure_knows_what_was_read_last() {
    let mut set = Set::new(functions());
    set.parse(FILE, b"{{ .name }}{{ if .empty }}{{ end }}{{ .image.none.deep }}").expect("parses");
    let recorder = Recorder::default();
    let data = map(&[("name", Value::from("web")), ("image", map(&[]))]);
    assert!(execute(&set, data, &recorder).is_err());
    assert!(recorder.take().is_none());
    let keys: Vec<_> = recorder.last_reads().into_iter().map(|read| read.key).collect();
    assert_eq!(keys, [None, Some(Text::from("none"))]);
}

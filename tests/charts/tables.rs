//! The table of values in each chart's README is what its schema says.
//!
//! Names, types and descriptions come from `values.schema.json`, defaults from `values.yaml`. What
//! stands between the two marks is compared; `MOLAVE_UPDATE_CASES=1` writes it.

use crate::cases::{Subject, ours};
use serde_json::Value;
use std::fmt::Write as _;

const BEGIN: &str = "<!-- values: made from values.schema.json and values.yaml -->";
const END: &str = "<!-- end of values -->";

#[test]
fn the_table_of_values_in_each_readme_is_what_the_schema_says() {
    let update = std::env::var_os("MOLAVE_UPDATE_CASES").is_some();
    for subject in ours() {
        let path = subject.chart.join("README.md");
        let readme = std::fs::read_to_string(&path).unwrap();
        let wanted = replaced(&readme, &tables(&subject));
        if update {
            std::fs::write(&path, wanted).unwrap();
        } else {
            let diff = similar::TextDiff::from_lines(&readme, &wanted);
            let path = path.display();
            assert!(
                readme == wanted,
                "{path} is not what the schema says; MOLAVE_UPDATE_CASES=1 writes it:\n{}",
                diff.unified_diff()
            );
        }
    }
}

#[test]
fn every_value_is_described_and_every_example_is_one_that_the_schema_takes() {
    for subject in ours() {
        let root = subject.schema();
        let mut problems = Vec::new();
        examine(&root, &root, "", &mut problems);
        for (name, definition) in root["$defs"].as_object().unwrap() {
            examine(&root, definition, name, &mut problems);
        }
        assert!(problems.is_empty(), "{}:\n{}", subject.chart.display(), problems.join("\n"));
    }
}

fn replaced(readme: &str, tables: &str) -> String {
    let (before, rest) = readme.split_once(BEGIN).unwrap_or_else(|| panic!("no line `{BEGIN}`"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("no line `{END}`"));
    format!("{before}{BEGIN}\n\n{tables}\n{END}{after}")
}

/// All values, and after them what each named kind of map holds.
fn tables(subject: &Subject) -> String {
    let root = subject.schema();
    let mut text = "| value | type | default | what it is |\n|---|---|---|---|\n".to_owned();
    let mut kinds = Vec::new();
    let mut rows = Rows { root: &root, with_defaults: true, text: &mut text, kinds: &mut kinds };
    rows.add_properties("", &root, Some(&subject.defaults()));
    let mut at = 0;
    while let Some(name) = kinds.get(at).cloned() {
        let definition = &root["$defs"][&name];
        let _ = write!(text, "\nA {name}");
        if let Some(description) = definition["description"].as_str() {
            let _ = write!(text, ": {}", escaped(&lower(description)));
        }
        text.push_str(".\n\n| value | type | what it is |\n|---|---|---|\n");
        let mut rows =
            Rows { root: &root, with_defaults: false, text: &mut text, kinds: &mut kinds };
        rows.add_properties("", definition, None);
        at += 1;
    }
    text
}

struct Rows<'a> {
    root: &'a Value,
    with_defaults: bool,
    text: &'a mut String,
    /// The named kinds of maps that were met.
    kinds: &'a mut Vec<String>,
}

impl Rows<'_> {
    fn add_properties(&mut self, prefix: &str, schema: &Value, defaults: Option<&Value>) {
        for (name, inner) in named(schema) {
            let default = defaults.and_then(|defaults| defaults.get(name));
            self.add(&format!("{prefix}{name}"), inner, default);
        }
    }

    fn add(&mut self, path: &str, schema: &Value, default: Option<&Value>) {
        if let Some(kind) = kind(self.root, schema) {
            if !self.kinds.contains(&kind) {
                self.kinds.push(kind.clone());
            }
            return self.write(path, &kind, default, schema);
        }
        let schema = &resolved(self.root, schema);
        if is_group(schema) {
            self.write(path, "", None, schema);
            return self.add_properties(&format!("{path}."), schema, default);
        }
        self.write(path, &type_of(self.root, schema), default, schema);
        self.add_properties(&format!("{path}."), schema, None);
        for (any, step) in [("additionalProperties", ".<name>"), ("items", "[]")] {
            let inner = resolved(self.root, &schema[any]);
            if named(&inner).next().is_some() && !is_open(&inner) {
                self.add_properties(&format!("{path}{step}."), &inner, None);
            }
        }
    }

    fn write(&mut self, path: &str, kind: &str, default: Option<&Value>, schema: &Value) {
        let description = escaped(schema["description"].as_str().unwrap_or_default());
        let default = default.map_or(String::new(), |value| format!("`{}`", shown(value)));
        let default = if self.with_defaults { format!(" {default} |") } else { String::new() };
        let _ = writeln!(self.text, "| `{path}` | {kind} |{default} {description} |");
    }
}

/// The properties that may be set: `false` forbids one.
fn named(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.filter(|(_, inner)| **inner != Value::Bool(false))
}

/// Whether keys may stand there that the schema does not name: an object of Kubernetes.
fn is_open(schema: &Value) -> bool {
    schema["additionalProperties"] != Value::Bool(false)
}

/// Whether it is nothing but the values in it.
fn is_group(schema: &Value) -> bool {
    schema["type"] == "object" && named(schema).next().is_some() && !is_open(schema)
}

/// The name of the definition, if the schema is one with values of its own.
fn kind(root: &Value, schema: &Value) -> Option<String> {
    let reference = schema["$ref"].as_str()?;
    let target = root.pointer(reference.trim_start_matches('#')).unwrap();
    let name = reference.rsplit('/').next().unwrap();
    is_group(target).then(|| name.to_owned())
}

/// The schema with what it refers to; its own words win.
fn resolved(root: &Value, schema: &Value) -> Value {
    let Some(reference) = schema["$ref"].as_str() else { return schema.clone() };
    let mut target = resolved(root, root.pointer(reference.trim_start_matches('#')).unwrap());
    for (key, own) in schema.as_object().unwrap() {
        if key != "$ref" {
            target[key] = own.clone();
        }
    }
    target
}

fn type_of(root: &Value, schema: &Value) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<String> =
            choices.iter().map(|choice| format!("`{}`", shown(choice))).collect();
        return choices.join(", ");
    }
    for combination in ["oneOf", "anyOf"] {
        if let Some(parts) = schema[combination].as_array() {
            let parts: Vec<String> =
                parts.iter().map(|part| type_of(root, &resolved(root, part))).collect();
            return parts.join(" or ");
        }
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().map(|one| one.as_str().unwrap()).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let types: Vec<String> = types
        .into_iter()
        .map(|one| match one {
            "object" => format!("map{}", of(root, &schema["additionalProperties"])),
            "array" => format!("list{}", of(root, &schema["items"])),
            other => other.to_owned(),
        })
        .collect();
    types.join(", ")
}

/// What a map or a list is one of.
fn of(root: &Value, inner: &Value) -> String {
    if let Some(kind) = kind(root, inner) {
        return format!(" of {kind}s");
    }
    let inner = resolved(root, inner);
    let types: Vec<&str> = match &inner["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        _ if inner["enum"].is_array() => vec!["string"],
        _ => Vec::new(),
    };
    let plural = |one: &&str| match *one {
        "object" => Some("maps"),
        "array" => Some("lists"),
        "string" => Some("strings"),
        "integer" => Some("integers"),
        "number" => Some("numbers"),
        "boolean" => Some("booleans"),
        _ => None,
    };
    let types: Vec<&str> = types.iter().filter_map(plural).collect();
    if types.is_empty() { String::new() } else { format!(" of {}", types.join(" or ")) }
}

/// A value as YAML in one line.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let inner: Vec<String> =
                map.iter().map(|(key, inner)| format!("{key}: {}", shown(inner))).collect();
            format!("{{{}}}", inner.join(", "))
        }
        Value::Array(items) => {
            let inner: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", inner.join(", "))
        }
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether YAML reads the bare text as this string.
fn is_plain(text: &str) -> bool {
    let is_simple = |found: char| found.is_ascii_alphanumeric() || "-./_".contains(found);
    text.chars().all(is_simple) && crate::cases::plain(text.as_bytes()) == text
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<")
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Finds what is not described, and examples that are none.
fn examine(root: &Value, schema: &Value, path: &str, problems: &mut Vec<String>) {
    for example in schema["examples"].as_array().into_iter().flatten() {
        let alone = serde_json::json!({ "$defs": root["$defs"], "allOf": [schema] });
        let validator = jsonschema::validator_for(&alone).unwrap();
        if let Err(error) = validator.validate(example) {
            problems.push(format!("{path}: the example {example} is none: {error}"));
        }
    }
    for (name, inner) in named(schema) {
        let path = format!("{path}.{name}");
        if !resolved(root, inner)["description"].is_string() {
            problems.push(format!("{path} has no description"));
        }
        if !has_example(root, inner) {
            problems.push(format!("{path} has no example"));
        }
        examine(root, inner, &path, problems);
    }
    for any in ["additionalProperties", "items"].into_iter().filter(|any| schema[*any].is_object())
    {
        examine(root, &schema[any], &format!("{path}.*"), problems);
    }
}

/// Whether it says how it is written: by an example, by the choices it offers, or because it is a
/// switch, or nothing but the values in it.
fn has_example(root: &Value, schema: &Value) -> bool {
    if kind(root, schema).is_some() {
        return true;
    }
    let schema = resolved(root, schema);
    let types = ["boolean", "null"];
    schema["examples"].is_array()
        || schema["enum"].is_array()
        || types.iter().any(|one| schema["type"] == *one)
        || is_group(&schema)
}

//! Every value of our charts' schemas is set off its default by at least one case.

use crate::cases::{ours, plain};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_value_of_each_schema_is_set_off_its_default() {
    for subject in ours() {
        let schema = subject.schema();
        let defaults = subject.defaults();
        let mut missing = BTreeSet::new();
        leaves(&schema, &schema, &mut Vec::new(), &mut missing);
        let chart = subject.chart.display();
        assert!(missing.len() > 50, "the schema of {chart} names only {} values", missing.len());
        for case in subject.cases() {
            let values = plain(&std::fs::read(&case.path).unwrap());
            missing.retain(|path| !is_set(&values, Some(&defaults), path));
        }
        let missing: Vec<String> = missing.iter().map(|path| path.join(".")).collect();
        assert!(
            missing.is_empty(),
            "no case of {chart} sets these off their default:\n{}",
            missing.join("\n")
        );
    }
}

/// The paths of all values that the schema describes. `*` stands for keys and items that the user
/// chooses. References are followed once each on a path, so that a schema may contain itself.
fn leaves<'a>(
    root: &'a Value,
    schema: &'a Value,
    path: &mut Vec<String>,
    found: &mut BTreeSet<Vec<String>>,
) {
    if path.len() > 12 {
        return;
    }
    let before = found.len();
    for (step, inner) in steps(root, schema) {
        path.push(step);
        leaves(root, inner, path, found);
        path.pop();
    }
    if found.len() == before && !path.is_empty() {
        found.insert(path.clone());
    }
}

fn steps<'a>(root: &'a Value, schema: &'a Value) -> Vec<(String, &'a Value)> {
    let mut steps = Vec::new();
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        steps.extend(self::steps(root, target));
    }
    for combination in ["allOf", "anyOf", "oneOf"] {
        for part in schema[combination].as_array().into_iter().flatten() {
            steps.extend(self::steps(root, part));
        }
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    // `false` forbids a key, so no case can set it.
    let allowed = properties.filter(|(_, inner)| **inner != Value::Bool(false));
    steps.extend(allowed.map(|(key, inner)| (key.clone(), inner)));
    for any in ["additionalProperties", "items"] {
        if schema[any].is_object() {
            steps.push(("*".to_owned(), &schema[any]));
        }
    }
    steps
}

/// Whether `values` have something at `path` that the defaults do not have there.
fn is_set(values: &Value, defaults: Option<&Value>, path: &[String]) -> bool {
    let Some((step, rest)) = path.split_first() else {
        return defaults.is_none_or(|defaults| values != defaults);
    };
    match values {
        Value::Object(map) if step == "*" => map
            .iter()
            .any(|(key, inner)| is_set(inner, defaults.and_then(|map| map.get(key)), rest)),
        Value::Array(items) if step == "*" => items.iter().any(|inner| is_set(inner, None, rest)),
        Value::Object(map) => map
            .get(step)
            .is_some_and(|inner| is_set(inner, defaults.and_then(|map| map.get(step)), rest)),
        _ => false,
    }
}

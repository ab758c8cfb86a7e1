//! Objects as JSON values, for requests. It must not know what becomes of them.

use go_yaml::{Data, Node};
use serde_json::{Number, Value};

/// A value as JSON. Numbers that JSON does not know (`.inf`, `.nan`) become null.
pub fn to_json(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value) => Value::Bool(*value),
        Data::Int(number) => Value::Number((*number).into()),
        Data::Uint(number) => Value::Number((*number).into()),
        Data::Float(number) => float(*number),
        Data::String(text) => Value::String(text.to_string()),
        Data::List(items) => Value::Array(items.iter().map(to_json).collect()),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, entry)| (key.to_string(), to_json(&entry.value)));
            Value::Object(entries.collect())
        }
    }
}

/// A whole number is written as one: the API server takes no `1.0` for an integer.
fn float(number: f64) -> Value {
    let text = format!("{}", number + 0.0);
    let whole = text.parse::<i64>().map(Number::from);
    whole.ok().or_else(|| Number::from_f64(number)).map_or(Value::Null, Value::Number)
}

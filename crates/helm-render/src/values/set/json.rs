//! JSON as template values: every number is a `float64`.

use gotemplate::{Map, Value};
use serde_json::{Deserializer, Value as Json};

/// A whole text of JSON.
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str::<Json>(text).ok().map(convert)
}

/// The JSON value that a text begins with, and the part of the text that it takes.
pub(super) fn parse_first(text: &str) -> Option<(Value, &str)> {
    let mut stream = Deserializer::from_str(text).into_iter::<Json>();
    let value = stream.next()?.ok()?;
    let taken = text.get(..stream.byte_offset())?;
    Some((convert(value), taken))
}

/// The depth is limited by the JSON parser.
fn convert(value: Json) -> Value {
    match value {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => Value::float(number.as_f64().unwrap_or_default()),
        Json::String(text) => Value::string(text),
        Json::Array(items) => Value::list(items.into_iter().map(convert).collect()),
        Json::Object(entries) => Value::Map(Map::from_entries(
            entries.into_iter().map(|(key, value)| (key.into(), convert(value))).collect(),
        )),
    }
}

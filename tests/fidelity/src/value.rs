//! Go values in written form: `{"int": "3"}` is the `int` 3.

use crate::{Failure, case};
use gotemplate::{Element, IntKind, List, Map, MapType, Text, UintKind, Value};
use serde_json::{Value as Json, json};
use std::str::FromStr;

/// Reads a written value.
pub(crate) fn decode(written: &Json) -> Result<Value, Failure> {
    let object = match written {
        Json::Null => return Ok(Value::Nil),
        Json::Bool(truth) => return Ok(Value::Bool(*truth)),
        Json::Object(object) => object,
        other => return Err(format!("not a written value: {other}").into()),
    };
    let (kind, inner) = object.iter().next().ok_or("an empty value")?;
    Ok(match kind.as_str() {
        "int" => Value::int(number(inner)?),
        "int32" => Value::Int(IntKind::Int32, number(inner)?),
        "int64" => Value::int64(number(inner)?),
        "dur" => Value::Int(IntKind::Duration, number(inner)?),
        "uint8" => Value::Uint(UintKind::Uint8, number(inner)?),
        "uint32" => Value::Uint(UintKind::Uint32, number(inner)?),
        "uint64" => Value::Uint(UintKind::Uint64, number(inner)?),
        "float" => Value::float(number(inner)?),
        "str" | "str64" => Value::string(case::bytes(written)?),
        "bytes64" => Value::Bytes(case::bytes(written)?.into()),
        "list" => Value::list(items(inner)?),
        "strs" => Value::List(List::new(Element::String, items(inner)?)),
        "ints" => Value::List(List::new(Element::Int, items(inner)?)),
        "floats" => Value::List(List::new(Element::Float64, items(inner)?)),
        "map" => map(MapType::StringInterface, inner)?,
        "smap" => map(MapType::StringString, inner)?,
        other => return Err(format!("values of kind `{other}` are unknown").into()),
    })
}

fn number<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    written: &Json,
) -> Result<T, Failure> {
    Ok(written.as_str().ok_or("no number")?.parse()?)
}

fn items(written: &Json) -> Result<Vec<Value>, Failure> {
    written.as_array().ok_or("no list")?.iter().map(decode).collect()
}

fn map(map_type: MapType, written: &Json) -> Result<Value, Failure> {
    let map = Map::new(map_type);
    for (key, item) in written.as_object().ok_or("no map")? {
        map.insert(Text::from(key.as_str()), decode(item)?);
    }
    Ok(Value::Map(map))
}

/// Writes a value as `--set` may have made it.
pub(crate) fn encode(value: &Value) -> Json {
    match value {
        Value::Int(IntKind::Int64, number) => json!({"int64": number.to_string()}),
        Value::Float(_, number) => {
            let shown = gotemplate::format::sprintf(b"%v", &[Value::float(*number)]);
            json!({"float": String::from_utf8_lossy(&shown)})
        }
        Value::String(text) => json!({"str": text.to_string()}),
        Value::List(list) => json!({"list": list.iter().map(encode).collect::<Vec<_>>()}),
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let entries = entries.map(|(key, item)| (key.to_string(), encode(&item)));
            json!({"map": entries.collect::<serde_json::Map<_, _>>()})
        }
        other => plain(other),
    }
}

/// Writes a value as Go's `encoding/json` does.
pub(crate) fn plain(value: &Value) -> Json {
    match value {
        Value::Invalid | Value::Nil => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(_, number) => json!(number),
        Value::Uint(_, number) => json!(number),
        Value::Float(_, number) => json!(number),
        Value::String(text) | Value::Bytes(text) => json!(text.to_string()),
        Value::List(list) => list.iter().map(plain).collect(),
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            entries.map(|(key, item)| (key.to_string(), plain(&item))).collect()
        }
        Value::Object(object) => json!(object.print()),
    }
}

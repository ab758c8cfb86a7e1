//! `toJson`, `fromJson` and their kin, in Helm's variants: errors are swallowed or become values.

use super::encoding::error_map;
use gotemplate::functions::sprig::json::{decode_soundly, encode};
use gotemplate::{Call, Element, Failure, List, Map, MapType, Text, Value};

/// `toJson`: an error gives nothing.
pub(crate) fn to_json(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    call.spend_on(arguments)?;
    let value = arguments.first().unwrap_or(&Value::Nil);
    Ok(Value::string(encode(value, true, "").unwrap_or_default()))
}

/// `mustToJson`
pub(crate) fn must_to_json(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    call.spend_on(arguments)?;
    let value = arguments.first().unwrap_or(&Value::Nil);
    encode(value, true, "").map(Value::string).map_err(Failure::Message)
}

/// `fromJson`: a map, with the text of an error under `Error`.
pub(crate) fn from_json(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let text = text(arguments);
    call.spend(text.len() as u64)?;
    Ok(match decode_soundly(&text) {
        Ok((Value::Map(map), complaint)) => {
            if let Some(message) = complaint {
                map.insert(Text::from("Error"), Value::from(message));
            }
            Value::Map(map)
        }
        Ok((value, None)) if value.is_nil() => Value::Map(Map::nil(MapType::StringInterface)),
        Ok((other, _)) => error_map(wrong_type(&other, "map[string]interface {}")),
        Err(message) => error_map(message),
    })
}

/// `fromJsonArray`: a list, with the text of an error as its only item.
pub(crate) fn from_json_array(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let text = text(arguments);
    call.spend(text.len() as u64)?;
    let message = match decode_soundly(&text) {
        Ok((value @ Value::List(_), None)) => return Ok(value),
        Ok((value, None)) if value.is_nil() => {
            return Ok(Value::List(List::nil(Element::Interface)));
        }
        Ok((Value::List(_), Some(message))) | Err(message) => message,
        Ok((other, _)) => wrong_type(&other, "[]interface {}"),
    };
    Ok(Value::list(vec![Value::from(message)]))
}

fn text(arguments: &[Value]) -> Text {
    match arguments.first() {
        Some(Value::String(text)) => text.clone(),
        _ => Text::default(),
    }
}

fn wrong_type(value: &Value, expected: &str) -> String {
    let found = match value {
        Value::Map(_) => "object",
        Value::List(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    format!("json: cannot unmarshal {found} into Go value of type {expected}")
}

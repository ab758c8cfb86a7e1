//! `index`, `slice` and `len`.

use crate::execute::Call;
use crate::functions::Failure;
use crate::value::{List, Map, MapType, Object, Text, UintKind, Value};

pub(super) fn index(_: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let Some((first, indexes)) = values.split_first() else {
        return Err(Failure::from("index of untyped nil"));
    };
    if first.is_nil() {
        return Err(Failure::from("index of untyped nil"));
    }
    indexes.iter().try_fold(first.clone(), |item, index| index_once(&item, index))
}

fn index_once(item: &Value, index: &Value) -> Result<Value, Failure> {
    match item {
        Value::Invalid | Value::Nil => Err(Failure::from("index of nil pointer")),
        Value::List(list) => element(list, index, "slice").cloned(),
        Value::Bytes(bytes) => element(bytes, index, "slice").copied().map(byte),
        Value::String(text) => element(text, index, "string").copied().map(byte),
        Value::Map(map) => Ok(map_element(map, map_key(index)?)),
        Value::Object(object) => object_element(&**object, index),
        item => Err(Failure::from(format!("can't index item of type {}", item.type_name()))),
    }
}

fn byte(byte: u8) -> Value {
    Value::Uint(UintKind::Uint8, u64::from(byte))
}

/// One past the end passes Go's own check and then fails in its reflection.
fn element<'v, T>(items: &'v [T], index: &Value, kind: &str) -> Result<&'v T, Failure> {
    let position = position(index, items.len())?;
    items.get(position).ok_or_else(|| Failure::from(format!("reflect: {kind} index out of range")))
}

/// An index as a number from 0 to `limit`.
fn position(index: &Value, limit: usize) -> Result<usize, Failure> {
    let number = match index {
        Value::Int(_, number) => *number,
        Value::Uint(_, number) => number.cast_signed(),
        Value::Invalid | Value::Nil => {
            return Err(Failure::from("cannot index slice/array with nil"));
        }
        index => {
            let type_name = index.type_name();
            return Err(Failure::from(format!("cannot index slice/array with type {type_name}")));
        }
    };
    match usize::try_from(number) {
        Ok(position) if position <= limit => Ok(position),
        _ => Err(Failure::from(format!("index out of range: {number}"))),
    }
}

fn map_key(index: &Value) -> Result<&Text, Failure> {
    match index {
        Value::String(text) => Ok(text),
        Value::Invalid | Value::Nil => Err(Failure::from("value is nil; should be of type string")),
        index => {
            let type_name = index.type_name();
            Err(Failure::from(format!("value has type {type_name}; should be string")))
        }
    }
}

fn map_element(map: &Map, key: &Text) -> Value {
    let zero = || match map.map_type() {
        MapType::StringString => Value::string(""),
        _ => Value::Nil,
    };
    map.get(key).unwrap_or_else(zero)
}

fn object_element(object: &dyn Object, index: &Value) -> Result<Value, Failure> {
    match object.kind_name() {
        "map" => {
            let key = map_key(index)?.to_str_lossy();
            Ok(object.field(&key).unwrap_or(Value::Nil))
        }
        "slice" => {
            let entries = object.entries().unwrap_or_default();
            element(&entries, index, "slice").map(|(_, value)| value.clone())
        }
        _ => {
            let type_name = pointed_at(object.type_name());
            Err(Failure::from(format!("can't index item of type {type_name}")))
        }
    }
}

/// The type that a pointer type points at.
fn pointed_at(type_name: &str) -> &str {
    type_name.strip_prefix('*').unwrap_or(type_name)
}

/// The capacity of a list, which Go also lets one slice up to, is taken for its length.
pub(super) fn slice(_: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let Some((item, indexes)) = values.split_first() else {
        return Err(Failure::from("slice of untyped nil"));
    };
    if indexes.len() > 3 {
        return Err(Failure::from(format!("too many slice indexes: {}", indexes.len())));
    }
    match item {
        Value::Invalid | Value::Nil => Err(Failure::from("slice of untyped nil")),
        Value::String(_) if indexes.len() == 3 => {
            Err(Failure::from("cannot 3-index slice a string"))
        }
        Value::String(text) => Ok(Value::String(Text::from(part(text, indexes)?))),
        Value::Bytes(bytes) => Ok(Value::Bytes(Text::from(part(bytes, indexes)?))),
        Value::List(list) => {
            Ok(Value::List(List::new(list.element(), part(list, indexes)?.to_vec())))
        }
        item => Err(Failure::from(format!("can't slice item of type {}", item.type_name()))),
    }
}

fn part<'v, T>(items: &'v [T], indexes: &[Value]) -> Result<&'v [T], Failure> {
    let mut bounds = [0, items.len(), items.len()];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, items.len())?;
    }
    let [from, to, capacity] = bounds;
    ordered(from, to)?;
    ordered(to, capacity)?;
    Ok(items.get(from..to).unwrap_or_default())
}

fn ordered(from: usize, to: usize) -> Result<(), Failure> {
    if from > to {
        return Err(Failure::from(format!("invalid slice index: {from} > {to}")));
    }
    Ok(())
}

pub(super) fn len(_: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let length = match values.first().unwrap_or(&Value::Invalid) {
        Value::Invalid => {
            return Err(Failure::from("reflect: call of reflect.Value.Type on zero Value"));
        }
        Value::Nil => return Err(Failure::from("len of nil pointer")),
        Value::String(text) | Value::Bytes(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Object(object) => match object.entries() {
            Some(entries) => entries.len(),
            None => return Err(no_length(pointed_at(object.type_name()))),
        },
        value => return Err(no_length(value.type_name())),
    };
    Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn no_length(type_name: &str) -> Failure {
    Failure::from(format!("len of type {type_name}"))
}

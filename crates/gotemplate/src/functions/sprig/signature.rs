//! How the tables of this library are written: signatures, and reading checked arguments.
//!
//! Owns the short forms the other modules share. It must not know any function.

use crate::execute::Call;
use crate::format;
use crate::functions::{Body, Failure, Function, Parameter};
use crate::value::{Map, MapType, Value};

/// What Go reports for the use of a nil where a type is needed.
pub(super) const NIL_DEREFERENCE: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// A function with fixed parameters.
pub(super) const fn fixed(
    name: &'static str,
    parameters: &'static [Parameter],
    body: Body,
) -> Function {
    Function { name, parameters, variadic: None, body }
}

/// A function whose last parameter may be given any number of times.
pub(super) const fn variadic(
    name: &'static str,
    parameters: &'static [Parameter],
    rest: Parameter,
    body: Body,
) -> Function {
    Function { name, parameters, variadic: Some(rest), body }
}

/// The argument at `index`.
pub(super) fn value(arguments: &[Value], index: usize) -> &Value {
    const NIL: &Value = &Value::Nil;
    arguments.get(index).unwrap_or(NIL)
}

/// The arguments from `index` on.
pub(super) fn rest(arguments: &[Value], index: usize) -> &[Value] {
    arguments.get(index..).unwrap_or_default()
}

/// A `string` argument.
pub(super) fn text(arguments: &[Value], index: usize) -> &[u8] {
    match value(arguments, index) {
        Value::String(text) => text,
        _ => &[],
    }
}

/// An `int` argument.
pub(super) fn int(arguments: &[Value], index: usize) -> i64 {
    match value(arguments, index) {
        Value::Int(_, number) => *number,
        _ => 0,
    }
}

/// A `map[string]interface {}` argument, a nil map if there is none.
pub(super) fn map(arguments: &[Value], index: usize) -> Map {
    match value(arguments, index) {
        Value::Map(map) => map.clone(),
        _ => Map::nil(MapType::StringInterface),
    }
}

/// Pays for a result of `bytes` before it is made.
///
/// Fails if the budget does not reach.
pub(super) fn reserve(call: &mut Call<'_>, bytes: u64) -> Result<(), Failure> {
    if bytes > call.output_left() {
        return Err(call.too_much_output());
    }
    call.spend(bytes / 64)
}

/// A length as the budget counts it.
pub(super) fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The text of any value as sprig takes it (its `strval`): strings and bytes as they are.
pub(super) fn string_of(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) | Value::Bytes(text) => text.to_vec(),
        _ => format::sprint(std::slice::from_ref(value)),
    }
}

/// The texts of a list's items without the nils, or of a single value (sprig's `strslice`).
pub(super) fn strings_of(value: &Value) -> Vec<Vec<u8>> {
    match items(value) {
        Some(items) => items.iter().filter(|item| !item.is_nil()).map(string_of).collect(),
        None if value.is_nil() => Vec::new(),
        None => vec![string_of(value)],
    }
}

/// The items of anything whose kind is slice.
pub(super) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.to_vec()),
        Value::Bytes(bytes) => Some(bytes.iter().copied().map(byte).collect()),
        Value::Object(object) if object.kind_name() == "slice" => {
            Some(object.entries().unwrap_or_default().into_iter().map(|(_, item)| item).collect())
        }
        _ => None,
    }
}

fn byte(byte: u8) -> Value {
    Value::Uint(crate::value::UintKind::Uint8, u64::from(byte))
}

/// A Go `string` result.
pub(super) fn string(text: impl Into<crate::value::Text>) -> Value {
    Value::string(text)
}

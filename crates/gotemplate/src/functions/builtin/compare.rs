//! `eq`, `ne`, `lt`, `le`, `gt`, `ge` and `not`.

use crate::execute::Call;
use crate::format::sprintf;
use crate::functions::Failure;
use crate::value::Value;
use std::rc::Rc;

/// Values that can be compared at all, by what Go calls their basic kind.
enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    String(&'v [u8]),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    match value {
        Value::Bool(value) => Some(Basic::Bool(*value)),
        Value::Int(_, number) => Some(Basic::Int(*number)),
        Value::Uint(_, number) => Some(Basic::Uint(*number)),
        Value::Float(_, number) => Some(Basic::Float(*number)),
        Value::String(text) => Some(Basic::String(text)),
        _ => None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the type of every function body")]
pub(super) fn not(_: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    Ok(Value::Bool(!values.first().is_some_and(Value::is_true)))
}

pub(super) fn eq(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let Some((first, others)) = values.split_first().filter(|(_, others)| !others.is_empty())
    else {
        return Err(Failure::from("missing argument for comparison"));
    };
    for other in others {
        if equal(call, first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let (left, right) = pair(values)?;
    Ok(Value::Bool(!equal(call, left, right)?))
}

pub(super) fn lt(_: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let (left, right) = pair(values)?;
    Ok(Value::Bool(less(left, right)?))
}

pub(super) fn le(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let (left, right) = pair(values)?;
    Ok(Value::Bool(less(left, right)? || equal(call, left, right)?))
}

pub(super) fn gt(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let (left, right) = pair(values)?;
    Ok(Value::Bool(!(less(left, right)? || equal(call, left, right)?)))
}

pub(super) fn ge(_: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let (left, right) = pair(values)?;
    Ok(Value::Bool(!less(left, right)?))
}

fn pair(values: &[Value]) -> Result<(&Value, &Value), Failure> {
    match values {
        [left, right] => Ok((left, right)),
        _ => Err(Failure::from("missing argument for comparison")),
    }
}

fn equal(call: &mut Call<'_>, left: &Value, right: &Value) -> Result<bool, Failure> {
    match (basic(left), basic(right)) {
        (Some(Basic::Bool(left)), Some(Basic::Bool(right))) => Ok(left == right),
        (Some(Basic::Int(left)), Some(Basic::Int(right))) => Ok(left == right),
        (Some(Basic::Uint(left)), Some(Basic::Uint(right))) => Ok(left == right),
        (Some(Basic::Float(left)), Some(Basic::Float(right))) => Ok(floats_equal(left, right)),
        (Some(Basic::String(left)), Some(Basic::String(right))) => Ok(left == right),
        (Some(Basic::Int(int)), Some(Basic::Uint(uint)))
        | (Some(Basic::Uint(uint)), Some(Basic::Int(int))) => Ok(u64::try_from(int) == Ok(uint)),
        (None, None) => composite_equal(call, left, right),
        _ if left.is_nil() || right.is_nil() => Ok(false),
        _ => Err(incompatible(left, right)),
    }
}

#[expect(clippy::float_cmp, reason = "Go compares exactly")]
fn floats_equal(left: f64, right: f64) -> bool {
    left == right
}

/// Lists, maps and objects: only with nil, or two pointers with each other.
fn composite_equal(call: &mut Call<'_>, left: &Value, right: &Value) -> Result<bool, Failure> {
    let (left_kind, right_kind) = (left.kind_name(), right.kind_name());
    if left_kind != right_kind && !left.is_nil() && !right.is_nil() {
        call.spend_on(&[left.clone(), right.clone()])?;
        let (first, last) = (shown(left, b"%s"), shown(right, b"%v"));
        let (left, right) = (left.type_name(), right.type_name());
        return Err(Failure::from(format!(
            "non-comparable types {first}: {left}, {right}: {last}"
        )));
    }
    if is_go_nil(left) || is_go_nil(right) {
        return Ok(is_go_nil(left) == is_go_nil(right));
    }
    match (left, right) {
        (Value::Object(left), Value::Object(right)) if left_kind == "ptr" => {
            Ok(Rc::ptr_eq(left, right))
        }
        (Value::Object(first), Value::Object(second)) if left_kind == "struct" => {
            if first.type_name() != second.type_name() {
                return Ok(false);
            }
            first.equals(&**second, false).map_or_else(|| Err(not_comparable(call, right)?), Ok)
        }
        _ => Err(not_comparable(call, right)?),
    }
}

/// The failure of comparing values of a type that Go compares with nil only.
fn not_comparable(call: &mut Call<'_>, value: &Value) -> Result<Failure, Failure> {
    call.spend_on(std::slice::from_ref(value))?;
    let text = shown(value, b"%s");
    Ok(Failure::from(format!("non-comparable type {text}: {}", value.type_name())))
}

fn shown(value: &Value, format: &[u8]) -> String {
    String::from_utf8_lossy(&sprintf(format, std::slice::from_ref(value))).into_owned()
}

/// Absent, or the nil of a map or list type.
fn is_go_nil(value: &Value) -> bool {
    match value {
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        value => value.is_nil(),
    }
}

fn less(left: &Value, right: &Value) -> Result<bool, Failure> {
    let (Some(first), Some(second)) = (basic(left), basic(right)) else {
        return Err(Failure::from("invalid type for comparison"));
    };
    match (first, second) {
        (Basic::Int(first), Basic::Int(second)) => Ok(first < second),
        (Basic::Uint(first), Basic::Uint(second)) => Ok(first < second),
        (Basic::Float(first), Basic::Float(second)) => Ok(first < second),
        (Basic::String(first), Basic::String(second)) => Ok(first < second),
        (Basic::Int(first), Basic::Uint(second)) => {
            Ok(u64::try_from(first).map_or(true, |first| first < second))
        }
        (Basic::Uint(first), Basic::Int(second)) => {
            Ok(u64::try_from(second).is_ok_and(|second| first < second))
        }
        (Basic::Bool(_), Basic::Bool(_)) => Err(Failure::from("invalid type for comparison")),
        _ => Err(incompatible(left, right)),
    }
}

fn incompatible(left: &Value, right: &Value) -> Failure {
    let (left, right) = (left.type_name(), right.type_name());
    Failure::from(format!("incompatible types for comparison: {left} and {right}"))
}

//! `reflect.DeepEqual`.
//!
//! Owns when two values are the same in Go: the types count as much as the contents. It must not
//! know the functions that use it.

use crate::value::{List, Map, Object, Value};
use std::rc::Rc;

/// How deep two values are compared: beyond it they contain themselves or come close.
const MAX_DEPTH: u32 = 400;

/// Whether two values are deeply equal. Values nested too deep are not.
pub(super) fn deep_equal(left: &Value, right: &Value) -> bool {
    equal(left, right, 0)
}

fn equal(left: &Value, right: &Value, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left_kind, left), Value::Int(right_kind, right)) => {
            left_kind == right_kind && left == right
        }
        (Value::Uint(left_kind, left), Value::Uint(right_kind, right)) => {
            left_kind == right_kind && left == right
        }
        (Value::Float(_, left), Value::Float(_, right)) => same_float(*left, *right),
        (Value::String(left), Value::String(right)) | (Value::Bytes(left), Value::Bytes(right)) => {
            left == right
        }
        (Value::List(left), Value::List(right)) => equal_lists(left, right, depth),
        (Value::Map(left), Value::Map(right)) => equal_maps(left, right, depth),
        (Value::Object(left), Value::Object(right)) => {
            Rc::ptr_eq(left, right)
                || left.type_name() == right.type_name() && equal_objects(&**left, &**right, depth)
        }
        _ => left.is_nil() && right.is_nil(),
    }
}

/// Two objects of one type: as the type says, else by what they are encoded as.
fn equal_objects(left: &dyn Object, right: &dyn Object, depth: u32) -> bool {
    left.equals(right, true).unwrap_or_else(|| match (left.encode(), right.encode()) {
        (Some(left), Some(right)) => equal(&left, &right, depth + 1),
        _ => false,
    })
}

#[expect(clippy::float_cmp, reason = "Go compares floats exactly")]
fn same_float(left: f64, right: f64) -> bool {
    left == right
}

fn equal_lists(left: &List, right: &List, depth: u32) -> bool {
    left.element() == right.element()
        && left.is_nil() == right.is_nil()
        && left.len() == right.len()
        && left.iter().zip(right.iter()).all(|(left, right)| equal(left, right, depth + 1))
}

fn equal_maps(left: &Map, right: &Map, depth: u32) -> bool {
    if left.map_type() != right.map_type() || left.is_nil() != right.is_nil() {
        return false;
    }
    if left.is_same(right) {
        return true;
    }
    let (left, right) = (left.borrow(), right.borrow());
    left.len() == right.len()
        && left.iter().zip(right.iter()).all(|((left_key, left), (right_key, right))| {
            left_key == right_key && equal(left, right, depth + 1)
        })
}

//! Frees nested values without recursion.
//!
//! A template can nest lists in a loop as deep as its steps reach; the compiler's own drop would
//! recurse as deep and end the process. It must not know what the values mean.

use super::Value;

/// Drops lists and maps level by level: each gives up what it holds before it is dropped itself.
pub(super) fn release(mut pending: Vec<Value>) {
    while let Some(mut value) = pending.pop() {
        match &mut value {
            Value::List(list) => list.surrender(&mut pending),
            Value::Map(map) => map.surrender(&mut pending),
            _ => {}
        }
    }
}

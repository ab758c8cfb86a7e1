//! `merge` and its kin, as the `mergo` library merges maps.
//!
//! Owns which side wins:
//!
//! | source | target | `merge` | `mergeOverwrite` |
//! |---|---|---|---|
//! | anything but nil | missing or empty | source | source |
//! | nil | anything | target | nil |
//! | map | map with entries | merged in place | merged in place |
//! | anything else, empty too | not empty | target | source |

use super::signature::{map, size, variadic};
use super::types::is_empty;
use crate::execute::Call;
use crate::functions::Parameter::Map as Dict;
use crate::functions::{Body, Failure, Function};
use crate::value::{Map, Value};

/// How deep maps are merged: Go overflows its stack on a map that contains itself.
const MAX_DEPTH: u32 = 400;

pub(super) const TABLE: &[Function] = &[
    merging("merge", |call, a| merge_all(call, a, false)),
    merging("mustMerge", |call, a| merge_all(call, a, false)),
    merging("mergeOverwrite", |call, a| merge_all(call, a, true)),
    merging("mustMergeOverwrite", |call, a| merge_all(call, a, true)),
];

const fn merging(name: &'static str, body: Body) -> Function {
    variadic(name, &[Dict], Dict, body)
}

fn merge_all(call: &mut Call<'_>, arguments: &[Value], overwrite: bool) -> Result<Value, Failure> {
    let mut target = map(arguments, 0);
    for index in 1..arguments.len() {
        let source = map(arguments, index);
        if target.is_nil() && !source.is_nil() {
            target = Map::new(target.map_type());
        }
        merge(call, &target, &source, overwrite, 0)?;
    }
    Ok(Value::Map(target))
}

fn merge(
    call: &mut Call<'_>,
    target: &Map,
    source: &Map,
    overwrite: bool,
    depth: u32,
) -> Result<(), Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::Exhausted("a map is nested too deep or contains itself".to_owned()));
    }
    call.spend(size(source.len()))?;
    for (key, value) in source.entries() {
        let existing = target.get(&key);
        if value.is_nil() {
            if overwrite {
                target.insert(key, value);
            }
            continue;
        }
        if let (Value::Map(source), Some(Value::Map(target))) = (&value, &existing) {
            merge(call, target, source, overwrite, depth + 1)?;
        }
        if takes_source(&value, existing.as_ref(), overwrite) {
            target.insert(key, value);
        }
    }
    Ok(())
}

/// Asked after nested maps were merged: a target map that was empty may have entries by now.
fn takes_source(source: &Value, target: Option<&Value>, overwrite: bool) -> bool {
    match target.filter(|target| !is_empty(target)) {
        None => true,
        Some(Value::Map(_)) if matches!(source, Value::Map(_)) => false,
        Some(_) => overwrite,
    }
}

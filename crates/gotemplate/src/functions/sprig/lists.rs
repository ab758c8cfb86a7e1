//! Functions on lists.
//!
//! Owns the functions and their complaints about what is no list. Every result is a new list.

use super::casts::to_int64;
use super::equality::deep_equal;
use super::signature::{NIL_DEREFERENCE, fixed, int, items, reserve, rest, size, value, variadic};
use super::types::is_empty;
use crate::execute::Call;
use crate::functions::Parameter::{Int, Interface};
use crate::functions::{Failure, Function};
use crate::value::{Element, List, Value};

pub(super) const TABLE: &[Function] = &[
    variadic("list", &[], Interface, |_, a| Ok(Value::list(a.to_vec()))),
    variadic("tuple", &[], Interface, |_, a| Ok(Value::list(a.to_vec()))),
    fixed("append", &[Interface, Interface], append),
    fixed("mustAppend", &[Interface, Interface], append),
    fixed("push", &[Interface, Interface], append),
    fixed("mustPush", &[Interface, Interface], append),
    fixed("prepend", &[Interface, Interface], prepend),
    fixed("mustPrepend", &[Interface, Interface], prepend),
    fixed("first", &[Interface], first),
    fixed("mustFirst", &[Interface], first),
    fixed("last", &[Interface], last),
    fixed("mustLast", &[Interface], last),
    fixed("rest", &[Interface], tail),
    fixed("mustRest", &[Interface], tail),
    fixed("initial", &[Interface], initial),
    fixed("mustInitial", &[Interface], initial),
    fixed("reverse", &[Interface], reverse),
    fixed("mustReverse", &[Interface], reverse),
    fixed("compact", &[Interface], compact),
    fixed("mustCompact", &[Interface], compact),
    fixed("uniq", &[Interface], uniq),
    fixed("mustUniq", &[Interface], uniq),
    variadic("without", &[Interface], Interface, without),
    variadic("mustWithout", &[Interface], Interface, without),
    fixed("has", &[Interface, Interface], has),
    fixed("mustHas", &[Interface, Interface], has),
    variadic("slice", &[Interface], Interface, slice),
    variadic("mustSlice", &[Interface], Interface, slice),
    variadic("concat", &[], Interface, concat),
    fixed("chunk", &[Int, Interface], chunk),
    fixed("mustChunk", &[Int, Interface], chunk),
];

/// The items of a list that a function needs for what `purpose` says.
fn list_items(call: &mut Call<'_>, list: &Value, purpose: &str) -> Result<Vec<Value>, Failure> {
    match items(list) {
        Some(items) => {
            reserve(call, size(items.len()).saturating_mul(128))?;
            Ok(items)
        }
        None if list.is_nil() => Err(NIL_DEREFERENCE.into()),
        None => Err(format!("{purpose} {}", list.kind_name()).into()),
    }
}

fn append(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let mut items = list_items(call, value(arguments, 0), "Cannot push on type")?;
    items.push(value(arguments, 1).clone());
    Ok(Value::list(items))
}

fn prepend(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let mut items = list_items(call, value(arguments, 0), "Cannot prepend on type")?;
    items.insert(0, value(arguments, 1).clone());
    Ok(Value::list(items))
}

fn first(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let items = list_items(call, value(arguments, 0), "Cannot find first on type")?;
    Ok(items.into_iter().next().unwrap_or(Value::Nil))
}

fn last(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let items = list_items(call, value(arguments, 0), "Cannot find last on type")?;
    Ok(items.into_iter().next_back().unwrap_or(Value::Nil))
}

fn tail(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let items = list_items(call, value(arguments, 0), "Cannot find rest on type")?;
    Ok(if items.is_empty() { nil_list() } else { Value::list(rest(&items, 1).to_vec()) })
}

fn initial(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let mut items = list_items(call, value(arguments, 0), "Cannot find initial on type")?;
    Ok(if items.pop().is_none() { nil_list() } else { Value::list(items) })
}

fn nil_list() -> Value {
    Value::List(List::nil(Element::Interface))
}

fn reverse(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let mut items = list_items(call, value(arguments, 0), "Cannot find reverse on type")?;
    items.reverse();
    Ok(Value::list(items))
}

fn compact(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let mut items = list_items(call, value(arguments, 0), "Cannot compact on type")?;
    items.retain(|item| !is_empty(item));
    Ok(Value::list(items))
}

fn uniq(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let items = list_items(call, value(arguments, 0), "Cannot find uniq on type")?;
    let mut kept = Vec::new();
    for item in items {
        if !contains(call, &kept, &item)? {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

fn without(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let items = list_items(call, value(arguments, 0), "Cannot find without on type")?;
    let mut kept = Vec::new();
    for item in items {
        if !contains(call, rest(arguments, 1), &item)? {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}

fn has(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    if value(arguments, 1).is_nil() {
        return Ok(false.into());
    }
    let items = list_items(call, value(arguments, 1), "Cannot find has on type")?;
    Ok(contains(call, &items, value(arguments, 0))?.into())
}

fn contains(call: &mut Call<'_>, items: &[Value], wanted: &Value) -> Result<bool, Failure> {
    call.spend(size(items.len()) / 8)?;
    if matches!(wanted, Value::List(_) | Value::Map(_)) {
        call.spend_on(std::slice::from_ref(wanted))?;
    }
    Ok(items.iter().any(|item| deep_equal(item, wanted)))
}

fn slice(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let list = value(arguments, 0);
    let items = list_items(call, list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let start = arguments.get(1).map_or(0, to_int64);
    let end = arguments.get(2).map_or(length, to_int64);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(part) = range.and_then(|(start, end)| items.get(start..end)) else {
        return Err("reflect.Value.Slice: slice index out of bounds".into());
    };
    Ok(match list {
        Value::List(list) => Value::List(List::new(list.element(), part.to_vec())),
        Value::Bytes(bytes) => {
            let range = range.map_or(0..0, |(start, end)| start..end);
            Value::Bytes(bytes.get(range).unwrap_or_default().into())
        }
        _ => Value::list(part.to_vec()),
    })
}

fn concat(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let mut all = Vec::new();
    for list in arguments {
        match items(list) {
            Some(items) => all.extend(items),
            None if list.is_nil() => return Err(NIL_DEREFERENCE.into()),
            None => {
                return Err(format!("Cannot concat type {} as list", list.kind_name()).into());
            }
        }
        reserve(call, size(all.len()).saturating_mul(128))?;
    }
    Ok(if all.is_empty() { nil_list() } else { Value::list(all) })
}

fn chunk(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let items = list_items(call, value(arguments, 1), "Cannot chunk type")?;
    let Some(length) = chunk_length(int(arguments, 0), items.len()) else {
        return Err("runtime error: makeslice: len out of range".into());
    };
    let items = if length == 0 { Vec::new() } else { items };
    let chunks = items.chunks(length.max(1)).map(|chunk| Value::list(chunk.to_vec())).collect();
    Ok(Value::List(List::new(Element::List, chunks)))
}

/// How many items go into a chunk, 0 for no chunks at all. sprig computes with negative sizes
/// without a check: some end well, the others as a slice of negative length.
fn chunk_length(size: i64, count: usize) -> Option<usize> {
    if size > 0 {
        return Some(usize::try_from(size).unwrap_or(usize::MAX));
    }
    let magnitude = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
    match count {
        1 if size < -1 => Some(1),
        2.. if size < 0 && count - 1 <= magnitude => Some(0),
        _ => None,
    }
}

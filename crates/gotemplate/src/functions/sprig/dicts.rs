//! Functions on maps. Those that change a map change it for everyone who shares it.
//!
//! Owns all but merging, which is in [`super::merge`].

use super::signature::{fixed, map, reserve, size, string_of, text, value, variadic};
use crate::execute::Call;
use crate::functions::Parameter::{Interface, Map as Dict, String};
use crate::functions::{Failure, Function};
use crate::value::{List, Map, MapType, Text, Value};

pub(super) const TABLE: &[Function] = &[
    variadic("dict", &[], Interface, dict),
    fixed("get", &[Dict, String], |_, a| {
        Ok(map(a, 0).get(text(a, 1)).unwrap_or_else(|| "".into()))
    }),
    fixed("set", &[Dict, String, Interface], set),
    fixed("unset", &[Dict, String], |_, a| {
        let map = map(a, 0);
        drop(map.remove(text(a, 1)));
        Ok(Value::Map(map))
    }),
    fixed("hasKey", &[Dict, String], |_, a| Ok(map(a, 0).contains_key(text(a, 1)).into())),
    variadic("pluck", &[String], Dict, |_, a| {
        let found = (1..a.len()).filter_map(|index| map(a, index).get(text(a, 0)));
        Ok(Value::list(found.collect()))
    }),
    variadic("keys", &[], Dict, keys),
    fixed("values", &[Dict], |call, a| {
        let map = map(a, 0);
        reserve(call, size(map.len()).saturating_mul(128))?;
        let values = map.borrow().values().cloned().collect();
        Ok(Value::list(values))
    }),
    variadic("pick", &[Dict], String, |_, a| {
        let (from, picked) = (map(a, 0), Map::default());
        for index in 1..a.len() {
            if let Some(value) = from.get(text(a, index)) {
                picked.insert(Text::from(text(a, index)), value);
            }
        }
        Ok(Value::Map(picked))
    }),
    variadic("omit", &[Dict], String, |call, a| {
        let from = map(a, 0);
        call.spend(size(from.len()) / 8)?;
        let mut entries = from.borrow().clone();
        for index in 1..a.len() {
            drop(entries.remove(text(a, index)));
        }
        Ok(Value::Map(Map::from_entries(entries)))
    }),
    variadic("dig", &[], Interface, dig),
    fixed("deepCopy", &[Interface], deep_copy),
    fixed("mustDeepCopy", &[Interface], deep_copy),
];

fn dict(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    // Even a small map takes half a kilobyte.
    call.spend(100)?;
    let map = Map::default();
    for pair in arguments.chunks(2) {
        let key = value(pair, 0);
        if !matches!(key, Value::String(_)) {
            call.spend_on(std::slice::from_ref(key))?;
        }
        map.insert(string_of(key).into(), pair.get(1).cloned().unwrap_or_else(|| "".into()));
    }
    Ok(Value::Map(map))
}

fn set(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let map = map(arguments, 0);
    if map.is_nil() {
        return Err("assignment to entry in nil map".into());
    }
    map.insert(Text::from(text(arguments, 1)), value(arguments, 2).clone());
    Ok(Value::Map(map))
}

/// In key order; Go's own order is random.
fn keys(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let mut keys = Vec::new();
    for index in 0..arguments.len() {
        keys.extend(map(arguments, index).borrow().keys().cloned());
        reserve(call, size(keys.len()).saturating_mul(128))?;
    }
    Ok(Value::strings(keys))
}

/// `dig KEY… DEFAULT DICT`: the value at a path, or the default where a key is missing.
fn dig(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let [path @ .., default, dict] = arguments else {
        return Err("dig needs at least three arguments".into());
    };
    if path.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut step = as_dict(dict)?;
    let keys: Vec<&Text> = path.iter().map(as_key).collect::<Result<_, _>>()?;
    let Some((last, parents)) = keys.split_last() else { return Ok(default.clone()) };
    for key in parents {
        match step.get(key) {
            Some(value) => step = as_dict(&value)?,
            None => return Ok(default.clone()),
        }
    }
    Ok(step.get(last).unwrap_or_else(|| default.clone()))
}

fn as_dict(value: &Value) -> Result<Map, Failure> {
    match value {
        Value::Map(map) if map.map_type() == MapType::StringInterface => Ok(map.clone()),
        _ => Err(conversion(value, "map[string]interface {}")),
    }
}

fn as_key(value: &Value) -> Result<&Text, Failure> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(conversion(value, "string")),
    }
}

/// Go's failed type assertion.
fn conversion(value: &Value, wanted: &str) -> Failure {
    let actual = if value.is_nil() { "nil" } else { value.type_name() };
    format!("interface conversion: interface {{}} is {actual}, not {wanted}").into()
}

fn deep_copy(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    if value(arguments, 0).is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    // A copied node costs far more than a printed one: time, and memory.
    let weight = call.spend_on(arguments)?;
    call.spend(weight.saturating_mul(16))?;
    Ok(copy(value(arguments, 0), 0))
}

/// Copies maps and lists all the way down. `Call::spend_on` has refused what is nested too deep.
fn copy(value: &Value, depth: u32) -> Value {
    if depth > 1000 {
        return value.clone();
    }
    match value {
        Value::List(list) if !list.is_nil() => {
            let items = list.iter().map(|item| copy(item, depth + 1)).collect();
            Value::List(List::new(list.element(), items))
        }
        Value::Map(map) if !map.is_nil() => {
            let copied = Map::new(map.map_type());
            for (key, value) in map.entries() {
                copied.insert(key, copy(&value, depth + 1));
            }
            Value::Map(copied)
        }
        _ => value.clone(),
    }
}

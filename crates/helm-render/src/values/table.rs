//! Merging of tables under tables, with Helm's rules for nulls.
//!
//! Owns the rules for two maps; which maps those are is `coalesce`'s.

use gotemplate::{List, Map, Text, Value, format};

/// What happens to a `null` in the values that win.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It deletes the default under it. Helm's "coalesce".
    Coalesce,
    /// It stays. Helm's "merge".
    Merge,
}

/// Puts `defaults` under `values`, in `values`. Tables merge deeply; anything else in `values`
/// stays as it is. Both sides may share maps afterwards, which templates can observe.
pub(super) fn put_under(
    values: &Map,
    defaults: &Map,
    prefix: &str,
    rule: Rule,
    warnings: &mut Vec<String>,
) {
    let originals = defaults.entries();
    copy_nulls(values, defaults);
    for (key, default) in originals {
        let Some(value) = values.get(&key) else {
            values.insert(key, default);
            continue;
        };
        match (&value, &default) {
            (Value::Nil, Value::Nil) => {}
            (Value::Nil, _) if rule == Rule::Coalesce => drop(values.remove(&key)),
            (Value::Nil, _) => {}
            (Value::Map(above), Value::Map(below)) => {
                put_under(above, below, &join(prefix, &key), rule, warnings);
            }
            (_, Value::Map(_)) => warnings.push(format!(
                "warning: cannot overwrite table with non table for {} ({})",
                join(prefix, &key),
                show(&default)
            )),
            (Value::Map(_), other) if !other.is_nil() => warnings.push(format!(
                "warning: destination for {} is a table. Ignoring non-table value ({})",
                join(prefix, &key),
                show(other)
            )),
            _ => {}
        }
    }
}

/// Helm writes the nulls of the winning side into the losing one, which shows where the losing
/// map is used again (`import-values`).
fn copy_nulls(values: &Map, defaults: &Map) {
    for (key, value) in values.entries() {
        if value.is_nil() {
            defaults.insert(key, Value::Nil);
        }
    }
}

/// `prefix.key`, or the key alone.
pub(super) fn join(prefix: &str, key: &Text) -> String {
    if prefix.is_empty() { key.to_string() } else { format!("{prefix}.{key}") }
}

/// A value as Go's `%v` shows it.
pub(super) fn show(value: &Value) -> String {
    String::from_utf8_lossy(&format::sprintf(b"%v", std::slice::from_ref(value))).into_owned()
}

/// A copy that shares no map.
pub(super) fn copy(map: &Map) -> Map {
    let copied = Map::new(map.map_type());
    for (key, value) in map.entries() {
        copied.insert(key, copy_value(&value));
    }
    copied
}

fn copy_value(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(copy(map)),
        Value::List(list) => {
            Value::List(List::new(list.element(), list.iter().map(copy_value).collect()))
        }
        other => other.clone(),
    }
}

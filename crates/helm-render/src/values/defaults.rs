//! The defaults of a chart and its sub-charts under given values, with the globals of the parents.
//!
//! Owns the walk from the root down. The rules for two tables are `table`'s; it must not know why
//! a sub-chart is there.

use super::ValuesError;
use super::frozen::{Frozen, Nulls, thaw_table};
use super::table::{self, Rule, join, put_under};
use super::working::Working;
use crate::profile::Profile;
use gotemplate::{Map, Text, Value, format};

const GLOBAL: &[u8] = b"global";

/// A copy of `user` with the defaults of a chart and its sub-charts under it.
pub(super) fn fill(
    chart: &Working<'_>,
    user: Option<&Map>,
    rule: Rule,
    warnings: &mut Vec<String>,
) -> Result<Map, ValuesError> {
    let values = user.map(table::copy).unwrap_or_default();
    fill_chart(chart, &values, "", rule, warnings)?;
    Ok(values)
}

fn fill_chart(
    chart: &Working<'_>,
    values: &Map,
    prefix: &str,
    rule: Rule,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    let name = join(prefix, &Text::from(chart.name()));
    match &*chart.imported.borrow() {
        Some(imported) => {
            for (key, default) in table::copy(imported).entries() {
                fill_key(chart, values, &name, rule, (key, &default), warnings);
            }
        }
        None => {
            for (key, default) in chart.defaults {
                fill_key(chart, values, &name, rule, (key.clone(), default), warnings);
            }
        }
    }
    for dependency in chart.dependencies() {
        let inner = sub_table(values, dependency.name())?;
        fill_globals(&inner, values, &name, warnings);
        fill_chart(&dependency, &inner, &name, rule, warnings)?;
    }
    Ok(())
}

/// The table of a sub-chart in its parent's values, made if it is missing.
fn sub_table(values: &Map, name: &str) -> Result<Map, ValuesError> {
    match values.get(name.as_bytes()) {
        Some(Value::Map(inner)) => Ok(inner),
        Some(other) => {
            let shown = format::sprintf(b"%t", &[other]);
            let shown = String::from_utf8_lossy(&shown);
            Err(ValuesError::from(format!("type mismatch on {name}: {shown}")))
        }
        None => {
            let inner = Map::default();
            values.insert(name.into(), Value::Map(inner.clone()));
            Ok(inner)
        }
    }
}

/// A default that may still be frozen.
trait Default {
    /// Whether it is `null`.
    fn is_null(&self) -> bool;
    /// It as a template value of its own, with or without the nulls of its tables.
    fn value(&self, nulls: Nulls) -> Value;
    /// It as a map, if it is one.
    fn table(&self, nulls: Nulls) -> Option<Map>;
}

impl Default for Frozen {
    fn is_null(&self) -> bool {
        self.is_null()
    }

    fn value(&self, nulls: Nulls) -> Value {
        self.thaw(nulls)
    }

    fn table(&self, nulls: Nulls) -> Option<Map> {
        self.table().map(|entries| thaw_table(entries, nulls))
    }
}

impl Default for Value {
    fn is_null(&self) -> bool {
        self.is_nil()
    }

    fn value(&self, nulls: Nulls) -> Value {
        self.table(nulls).map_or_else(|| self.clone(), Self::Map)
    }

    fn table(&self, nulls: Nulls) -> Option<Map> {
        let Self::Map(map) = self else { return None };
        if nulls == Nulls::Drop {
            drop_nulls(map);
        }
        Some(map.clone())
    }
}

fn drop_nulls(map: &Map) {
    for (key, value) in map.entries() {
        match value {
            Value::Nil => drop(map.remove(&key)),
            Value::Map(inner) => drop_nulls(&inner),
            _ => {}
        }
    }
}

/// Puts one top-level default under the values of its chart.
fn fill_key<D: Default>(
    chart: &Working<'_>,
    values: &Map,
    chart_path: &str,
    rule: Rule,
    (key, default): (Text, &D),
    warnings: &mut Vec<String>,
) {
    match values.get(&key) {
        Some(Value::Nil) if rule == Rule::Coalesce => drop(values.remove(&key)),
        Some(Value::Map(above)) => {
            // Nulls meant for a sub-chart have to reach that sub-chart's own defaults.
            let for_child = chart.has_dependency(&key);
            let rule = if for_child { Rule::Merge } else { rule };
            if let Some(below) = default.table(nulls_for(chart, rule)) {
                put_under(&above, &below, &join(chart_path, &key), rule, warnings);
            } else if !default.is_null() {
                warnings.push(format!(
                    "warning: skipped value for {}: Not a table.",
                    join(chart_path, &key)
                ));
            }
        }
        Some(_) => {}
        None => {
            let nulls = nulls_for(chart, rule);
            if nulls == Nulls::Keep || !default.is_null() {
                values.insert(key, default.value(nulls));
            }
        }
    }
}

/// Helm 4 drops the nulls of defaults where it coalesces; Helm 3 keeps them.
fn nulls_for(chart: &Working<'_>, rule: Rule) -> Nulls {
    match (chart.profile, rule) {
        (Profile::Helm4, Rule::Coalesce) => Nulls::Drop,
        _ => Nulls::Keep,
    }
}

/// Copies the globals of a parent into its child's values, where the parent's win. The first level
/// of tables is copied; deeper ones are shared.
fn fill_globals(child: &Map, parent: &Map, prefix: &str, warnings: &mut Vec<String>) {
    let Some(below) = globals_of(child, "destination", warnings) else { return };
    let Some(above) = globals_of(parent, "source", warnings) else { return };
    for (key, value) in above.entries() {
        match (value, below.get(&key)) {
            (Value::Map(table), None) => below.insert(key, Value::Map(shallow_copy(&table))),
            (Value::Map(table), Some(Value::Map(own))) => {
                let merged = shallow_copy(&table);
                put_under(&merged, &own, &join(prefix, &key), Rule::Merge, warnings);
                below.insert(key, Value::Map(merged));
            }
            (Value::Map(_), Some(_)) => warnings.push(format!(
                "Conflict: cannot merge map onto non-map for {}. Skipping.",
                super::path::quote(&key.to_str_lossy())
            )),
            (_, Some(Value::Map(_))) => {
                warnings.push(format!("key {key} is table. Skipping"));
            }
            (other, _) => below.insert(key, other),
        }
    }
    child.insert(GLOBAL.into(), Value::Map(below));
}

fn globals_of(values: &Map, side: &str, warnings: &mut Vec<String>) -> Option<Map> {
    match values.get(GLOBAL) {
        None => Some(Map::default()),
        Some(Value::Map(globals)) => Some(globals),
        Some(_) => {
            warnings
                .push(format!("warning: skipping globals because {side} global is not a table."));
            None
        }
    }
}

fn shallow_copy(map: &Map) -> Map {
    Map::from_entries(map.borrow().clone())
}

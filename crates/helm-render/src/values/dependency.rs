//! Which sub-charts a release has: declared versions, aliases, tags and conditions.
//!
//! Owns the choice, not the values: it asks `defaults` for them.

use super::defaults::fill;
use super::table::Rule;
use super::working::{Declarations, Declared, Working};
use super::{ValuesError, path};
use crate::chart::version;
use gotemplate::{Map, Value};
use std::rc::Rc;

/// Keeps the enabled sub-charts at every level, under their final names.
pub(super) fn select(
    root: &Rc<Working<'_>>,
    user: &Map,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    select_under(root, user, "", warnings)
}

fn select_under(
    chart: &Rc<Working<'_>>,
    values: &Map,
    path: &str,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    let Some(mut declared) = chart.declared() else { return Ok(()) };
    Working::adopt(chart, match_declared(chart, &declared));
    for one in &declared {
        one.is_enabled.set(true);
    }
    let filled = fill(chart, Some(values), Rule::Coalesce, warnings)?;
    apply_tags(&declared, &filled, warnings);
    apply_conditions(&declared, &filled, path, warnings);
    let disabled: Vec<_> =
        declared.iter().filter(|one| !one.is_enabled.get()).map(|one| one.name()).collect();
    let mut enabled = chart.dependencies();
    enabled.retain(|inner| !disabled.contains(&inner.name()));
    declared.retain(|one| !disabled.contains(&one.name()));
    for inner in &enabled {
        let inner_path = format!("{path}{}.", inner.name());
        select_under(inner, &filled, &inner_path, warnings)?;
    }
    chart.declare(declared);
    Working::adopt(chart, enabled);
    Ok(())
}

/// The vendored charts that no declaration asks for, then one for each declaration that finds one.
fn match_declared<'a>(chart: &Working<'a>, declared: &Declarations<'a>) -> Vec<Rc<Working<'a>>> {
    let vendored = chart.dependencies();
    let mut matched: Vec<_> = vendored
        .iter()
        .filter(|inner| !declared.iter().any(|one| fits(one, inner)))
        .map(Rc::clone)
        .collect();
    for one in declared {
        if let Some(found) = vendored.iter().find(|inner| fits(one, inner)) {
            matched.push(found.copy_for(one));
        }
        one.is_renamed.set(!one.written.alias.is_empty());
    }
    matched
}

fn fits(declared: &Declared<'_>, vendored: &Working<'_>) -> bool {
    vendored.name() == declared.name()
        && version::fits(&declared.written.version, &vendored.chart.metadata.version)
}

/// Any true tag enables a chart; only false ones disable it.
fn apply_tags(declared: &Declarations<'_>, values: &Map, warnings: &mut Vec<String>) {
    let Ok(tags) = path::table(values, "tags") else { return };
    for dependency in declared {
        let (mut any_true, mut any_false) = (false, false);
        for tag in &dependency.written.tags {
            match tags.get(tag.as_bytes()) {
                Some(Value::Bool(true)) => any_true = true,
                Some(Value::Bool(false)) => any_false = true,
                Some(_) => warnings.push(format!(
                    "tag `{tag}` for chart {} returned non-bool value",
                    dependency.name()
                )),
                None => {}
            }
        }
        dependency.is_enabled.set(any_true || !any_false);
    }
}

/// The first path of a condition that leads to a boolean decides.
fn apply_conditions(
    declared: &Declarations<'_>,
    values: &Map,
    prefix: &str,
    warnings: &mut Vec<String>,
) {
    for dependency in declared {
        let condition = dependency.written.condition.trim();
        for one in condition.split(',').filter(|one| !one.is_empty()) {
            match path::value(values, &format!("{prefix}{one}")) {
                Some(Value::Bool(enabled)) => {
                    dependency.is_enabled.set(enabled);
                    break;
                }
                Some(_) => warnings.push(format!(
                    "condition path `{one}` for chart {} returned non-bool value",
                    dependency.name()
                )),
                None => {}
            }
        }
    }
}

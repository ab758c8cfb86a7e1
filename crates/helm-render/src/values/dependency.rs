//! Which sub-charts a release has: declared versions, aliases, tags and conditions.
//!
//! Owns the choice, not the values: it asks `defaults` for them.

use super::defaults::fill;
use super::table::Rule;
use super::working::Working;
use super::{ValuesError, path};
use crate::chart::{Chart, Dependency, version};
use crate::profile::Profile;
use gotemplate::{Map, Value};

/// Keeps the enabled sub-charts at every level, under their final names.
pub(super) fn select(
    root: &mut Working<'_>,
    user: &Map,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    select_under(root, user, "", warnings)
}

fn select_under(
    chart: &mut Working<'_>,
    values: &Map,
    path: &str,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    if !chart.metadata.declares_dependencies {
        return Ok(());
    }
    chart.dependencies = match_declared(chart)?;
    let mut declared = chart.metadata.dependencies.clone();
    for dependency in &mut declared {
        if !dependency.alias.is_empty() {
            dependency.name = dependency.alias.clone();
        }
        dependency.enabled = true;
    }
    let filled = fill(chart, Some(values), Rule::Coalesce, warnings)?;
    apply_tags(&mut declared, &filled, warnings);
    apply_conditions(&mut declared, &filled, path, warnings);
    let disabled: Vec<_> =
        declared.iter().filter(|one| !one.enabled).map(|one| one.name.clone()).collect();
    chart.dependencies.retain(|inner| !disabled.iter().any(|name| name == inner.name()));
    for inner in &mut chart.dependencies {
        let inner_path = format!("{path}{}.", inner.name());
        select_under(inner, &filled, &inner_path, warnings)?;
    }
    declared.retain(|one| !disabled.contains(&one.name));
    chart.metadata.to_mut().dependencies = declared;
    Ok(())
}

/// The vendored charts that no declaration asks for, then one for each declaration that finds one.
fn match_declared<'a>(chart: &Working<'a>) -> Result<Vec<Working<'a>>, ValuesError> {
    let declared = &chart.metadata.dependencies;
    let vendored = &chart.dependencies;
    let mut matched: Vec<_> = vendored
        .iter()
        .filter(|inner| !declared.iter().any(|one| fits(one, inner)))
        .cloned()
        .collect();
    let mut used: Vec<&Chart> = Vec::new();
    for dependency in declared {
        let Some(found) = vendored.iter().find(|inner| fits(dependency, inner)) else { continue };
        if used.iter().any(|chart| std::ptr::eq(*chart, found.chart)) {
            check_reuse(found)?;
        }
        used.push(found.chart);
        let mut copy = found.clone();
        if !dependency.alias.is_empty() {
            copy.metadata.to_mut().name.clone_from(&dependency.alias);
        }
        matched.push(copy);
    }
    Ok(matched)
}

fn fits(dependency: &Dependency, vendored: &Working<'_>) -> bool {
    vendored.name() == dependency.name
        && version::fits(&dependency.version, &vendored.metadata.version)
}

/// Helm shares parts between two uses of one chart, and what the first use disables the second
/// loses. How deep they are shared differs between 3 and 4.
fn check_reuse(chart: &Working<'_>) -> Result<(), ValuesError> {
    let shared = match chart.profile {
        Profile::Helm3 => !chart.dependencies.is_empty(),
        Profile::Helm4 => {
            chart.dependencies.iter().any(|inner| !inner.metadata.dependencies.is_empty())
        }
    };
    if !shared {
        return Ok(());
    }
    Err(ValuesError::from(format!(
        "sub-chart `{}`, which has sub-charts itself, is declared twice: this is not supported yet by molave",
        chart.name()
    )))
}

/// Any true tag enables a chart; only false ones disable it.
fn apply_tags(declared: &mut [Dependency], values: &Map, warnings: &mut Vec<String>) {
    let Ok(tags) = path::table(values, "tags") else { return };
    for dependency in declared {
        let (mut any_true, mut any_false) = (false, false);
        for tag in &dependency.tags {
            match tags.get(tag.as_bytes()) {
                Some(Value::Bool(true)) => any_true = true,
                Some(Value::Bool(false)) => any_false = true,
                Some(_) => warnings.push(format!(
                    "tag `{tag}` for chart {} returned non-bool value",
                    dependency.name
                )),
                None => {}
            }
        }
        dependency.enabled = any_true || !any_false;
    }
}

/// The first path of a condition that leads to a boolean decides.
fn apply_conditions(
    declared: &mut [Dependency],
    values: &Map,
    prefix: &str,
    warnings: &mut Vec<String>,
) {
    for dependency in declared {
        let condition = dependency.condition.trim().to_owned();
        for one in condition.split(',').filter(|one| !one.is_empty()) {
            match path::value(values, &format!("{prefix}{one}")) {
                Some(Value::Bool(enabled)) => {
                    dependency.enabled = enabled;
                    break;
                }
                Some(_) => warnings.push(format!(
                    "condition path `{one}` for chart {} returned non-bool value",
                    dependency.name
                )),
                None => {}
            }
        }
    }
}

//! User values over the defaults of a chart and its sub-charts.
//!
//! Owns the order in which Helm does it: dependencies first, then imported values, then defaults
//! and globals from the root down. How each of these works is `dependency`'s, `import`'s and
//! `defaults`'s to know.

use super::defaults::fill;
use super::table::Rule;
use super::working::Working;
use super::{SchemaProblem, ValuesError, dependency, import};
use crate::chart::{Chart, Metadata};
use crate::profile::Profile;
use gotemplate::{Map, MapType, Value};
use std::borrow::Cow;
use std::rc::Rc;

/// A chart ready to render: the enabled sub-charts, with their final names and values.
pub struct Prepared<'a> {
    /// The chart.
    pub chart: &'a Chart,
    /// Its alias, or its own name.
    pub name: String,
    /// Where it stands: `<root>/charts/<sub>`. Two uses of one chart may share the place of what
    /// is inside of them, as they do in Helm.
    pub path: String,
    /// Its metadata as templates see it: the alias is the name, and of the dependencies only the
    /// enabled ones are left.
    pub metadata: Cow<'a, Metadata>,
    /// Its `.Values`, typed as Helm shows them. A sub-chart's are the very map that stands under
    /// its name in its parent's.
    pub values: Map,
    /// The enabled sub-charts.
    pub dependencies: Vec<Self>,
}

/// Resolves dependencies (conditions, tags, aliases, `import-values`) and puts user values over
/// the defaults of the chart and its sub-charts, with the null rules of the profile. `warnings`
/// receives what Helm prints on standard error.
pub fn coalesce<'a>(
    chart: &'a Chart,
    user: &Map,
    profile: Profile,
    warnings: &mut Vec<String>,
) -> Result<Prepared<'a>, ValuesError> {
    if profile == Profile::Helm3 {
        chart.check_for_helm3()?;
    }
    let root = Working::new(chart, profile)?;
    // Several passes say the same.
    let mut repeated = Vec::new();
    let values = resolve(&root, user, &mut repeated);
    for warning in repeated {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    Ok(prepare(&root, &values?, profile))
}

fn resolve(
    root: &Rc<Working<'_>>,
    user: &Map,
    warnings: &mut Vec<String>,
) -> Result<Map, ValuesError> {
    dependency::select(root, user, warnings)?;
    import::import(root, warnings)?;
    fill(root, Some(user), Rule::Coalesce, warnings)
}

/// Validates the values of a chart and its sub-charts against their schemas: the name of each chart
/// that has problems, and these.
pub fn validate(prepared: &Prepared<'_>) -> Vec<(String, Vec<SchemaProblem>)> {
    let mut problems = Vec::new();
    collect_problems(prepared, &mut problems);
    problems
}

fn collect_problems(prepared: &Prepared<'_>, problems: &mut Vec<(String, Vec<SchemaProblem>)>) {
    if let Some(schema) = &prepared.chart.schema {
        let found = schema.validate(&prepared.values);
        if !found.is_empty() {
            problems.push((prepared.name.clone(), found));
        }
    }
    for dependency in &prepared.dependencies {
        collect_problems(dependency, problems);
    }
}

fn prepare<'a>(working: &Working<'a>, values: &Map, profile: Profile) -> Prepared<'a> {
    let dependencies = working.dependencies();
    let dependencies = dependencies.iter().map(|dependency| {
        let inner = match values.get(dependency.name().as_bytes()) {
            Some(Value::Map(inner)) => inner,
            _ => Map::default(),
        };
        prepare(dependency, &inner, profile)
    });
    Prepared {
        chart: working.chart,
        name: working.name().to_owned(),
        path: working.path(),
        values: values.with_type(values_type(profile)),
        dependencies: dependencies.collect(),
        metadata: working.metadata(),
    }
}

fn values_type(profile: Profile) -> MapType {
    MapType::Named(match profile {
        Profile::Helm4 => "common.Values",
        Profile::Helm3 => "chartutil.Values",
    })
}

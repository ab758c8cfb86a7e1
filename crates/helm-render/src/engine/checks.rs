//! What Helm checks of a chart before it renders it.

use super::error::{ErrorKind, LACKS, RenderError};
use crate::chart::Chart;
use crate::profile::Profile;
use crate::release::KubeVersion;
use crate::values::{Prepared, SchemaProblem, validate};

/// Refuses library charts, and charts of a version that Helm 4 loads but cannot render yet.
pub(crate) fn check_installable(chart: &Chart, profile: Profile) -> Result<(), RenderError> {
    match chart.metadata.chart_type.as_str() {
        "" | "application" if chart.metadata.api_version == "v3" && profile == Profile::Helm4 => {
            Err(RenderError::new(ErrorKind::Load, "invalid chart apiVersion".to_owned()))
        }
        "" | "application" => Ok(()),
        other => {
            let message = format!("{other} charts are not installable");
            Err(RenderError::new(ErrorKind::Load, message))
        }
    }
}

/// Refuses a chart whose declared dependencies are not vendored; only names are compared.
pub(crate) fn check_dependencies(chart: &Chart, profile: Profile) -> Result<(), RenderError> {
    let is_missing = |name: &str| !chart.dependencies.iter().any(|one| one.metadata.name == name);
    let declared = chart.metadata.dependencies.iter().map(|one| one.name.as_str());
    let missing: Vec<&str> = declared.filter(|name| is_missing(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (beginning, command) = match profile {
        Profile::Helm4 => ("an error", "'helm dependency build'"),
        Profile::Helm3 => ("An error", "`helm dependency build`"),
    };
    let reason = missing.join(", ");
    let reason = format!("{LACKS}{reason}");
    let message = format!(
        "{beginning} occurred while checking for chart dependencies. You may need to run {command} \
         to fetch missing dependencies: {reason}"
    );
    let mut error = RenderError::new(ErrorKind::Load, message);
    error.reason = reason;
    Err(error)
}

/// What Helm says of a deprecated chart.
pub(crate) fn deprecation(chart: &Chart, profile: Profile) -> Vec<String> {
    if !chart.metadata.deprecated {
        return Vec::new();
    }
    vec![match profile {
        Profile::Helm4 => "this chart is deprecated".to_owned(),
        Profile::Helm3 => "This chart is deprecated".to_owned(),
    }]
}

/// Holds the values of the chart and its sub-charts against their schemas.
pub(crate) fn check_schema(prepared: &Prepared<'_>) -> Result<(), RenderError> {
    let problems = validate(prepared);
    if problems.is_empty() {
        return Ok(());
    }
    let mut lines = Vec::new();
    for (chart, problems) in &problems {
        lines.push(format!("{chart}:\n"));
        let shown = |one: &SchemaProblem| format!("- at '{}': {}\n", one.pointer, one.message);
        lines.extend(problems.iter().map(shown));
    }
    let reason = lines.concat();
    let mut error = RenderError::new(
        ErrorKind::Schema,
        format!(
            "values don't meet the specifications of the schema(s) in the following chart(s):\n\
             {reason}"
        ),
    );
    error.reason = reason;
    Err(error)
}

/// Refuses a chart whose `kubeVersion` does not take the version; sub-charts are not asked.
pub(crate) fn check_kube_version(
    chart: &Chart,
    version: &KubeVersion,
    profile: Profile,
) -> Result<(), RenderError> {
    let range = &chart.metadata.kube_version;
    if range.is_empty() || is_compatible(range, &version.normalized) {
        return Ok(());
    }
    let shown = match profile {
        Profile::Helm4 => &version.version,
        Profile::Helm3 => &version.normalized,
    };
    let message = format!(
        "chart requires kubeVersion: {range} which is incompatible with Kubernetes {shown}"
    );
    Err(RenderError::new(ErrorKind::Load, message).with_hint())
}

/// Whether the version is in the range; neither may be malformed.
fn is_compatible(range: &str, version: &str) -> bool {
    gotemplate::functions::sprig::semver::satisfies(range, version).unwrap_or(false)
}

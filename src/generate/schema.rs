//! From values that a schema refuses to the layer that set them.

use super::chance;
use super::charts::LoadedChart;
use super::failure;
use super::task::{Task, render_chart, to_map};
use super::trouble::Trouble;
use crate::config::Release;
use crate::config::layers;
use crate::error::Place;
use crate::suggestion;
use go_yaml::pointer;
use helm_render::values::{Prepared, SchemaProblem, coalesce, validate};
use helm_render::{ErrorKind, Options, Profile, RenderError};
use manifest::secrecy::is_secret_name;

/// The problems behind a render error, each with the nearest place that is known.
pub(super) fn explain(task: Task<'_>, error: &RenderError) -> Vec<Trouble> {
    if task.helm_errors {
        return vec![Trouble::in_words_of_helm(task.release, &error.message)];
    }
    let problems = match error.kind {
        ErrorKind::Schema => check(task),
        _ => Vec::new(),
    };
    if problems.is_empty() { vec![failure::explain(task, error)] } else { problems }
}

/// What is wrong for sure with a release that cannot be rendered: values that break the schema, and
/// templates that do not parse whatever the values are.
pub(super) fn check(task: Task<'_>) -> Vec<Trouble> {
    let mut troubles = schema_problems(task.release, task.chart, task.project.profile);
    let unchecked = Options { skip_schema_validation: true, ..chance::rehearsal() };
    let failed = render_chart(task, unchecked).err();
    let failed = failed.filter(|error| error.kind == ErrorKind::Parse);
    troubles.extend(failed.map(|error| failure::explain(task, &error)));
    troubles
}

fn schema_problems(release: &Release<'_>, chart: &LoadedChart, profile: Profile) -> Vec<Trouble> {
    let root = chart.compiled.chart();
    let values = to_map(&release.values);
    let Ok(prepared) = coalesce(root, &values, profile, &mut Vec::new()) else { return Vec::new() };
    let problems = validate(&prepared).into_iter().flat_map(|(name, problems)| {
        let prefix = pointer_to(&prepared, &name).unwrap_or_default();
        let told = |one| one_problem(release, chart, &prefix, one);
        problems.into_iter().flat_map(told).collect::<Vec<_>>()
    });
    problems.collect()
}

/// Where the values of a sub-chart stand in those of the root chart.
fn pointer_to(prepared: &Prepared<'_>, name: &str) -> Option<String> {
    if prepared.name == name {
        return Some(String::new());
    }
    prepared
        .dependencies
        .iter()
        .find_map(|inner| pointer_to(inner, name).map(|below| format!("/{}{below}", inner.name)))
}

/// The trouble of one violation; a misspelt key has one of its own, at its own line.
fn one_problem(
    release: &Release<'_>,
    chart: &LoadedChart,
    prefix: &str,
    problem: SchemaProblem,
) -> Vec<Trouble> {
    let pointer = format!("{prefix}{}", problem.pointer);
    if problem.unknown_keys.is_empty() {
        if !is_certain(release, &pointer, false) {
            return Vec::new();
        }
        let name = dotted(&pointer);
        let message = if pointer.split('/').any(is_secret_name) {
            "does not fit the schema".to_owned()
        } else {
            problem.message
        };
        let text = if name.is_empty() { message } else { format!("`{name}`: {message}") };
        return vec![Trouble::of(release, place(release, chart, &pointer), text)];
    }
    let inner = |key: &String| pointer::below(&pointer, key);
    let keys = problem.unknown_keys.iter();
    let unknown = keys.filter(|key| is_certain(release, &inner(key), true)).map(|key| {
        let pointer = inner(key);
        let message = format!("the chart knows no value `{}`", dotted(&pointer));
        let trouble = Trouble::of(release, place(release, chart, &pointer), message);
        let known = problem.known_keys.iter().map(String::as_str);
        let nearest = suggestion::nearest(key, known);
        trouble.hint(nearest.map(|nearest| format!("did you mean `{nearest}`?")))
    });
    unknown.collect()
}

/// Whether a violation stays one whatever the doubts of the release turn out to be. That a key is
/// unknown does; that something is missing does not if values are.
fn is_certain(release: &Release<'_>, pointer: &str, is_unknown_key: bool) -> bool {
    let doubts = &release.doubts;
    let keys = pointer::keys(pointer).collect::<Vec<_>>();
    let is_leaf = layers::is_leaf(&release.values, pointer);
    let touches = |path: &Vec<String>| {
        keys.starts_with(path) || ((is_unknown_key || is_leaf) && path.starts_with(&keys))
    };
    let is_incomplete = doubts.values && !is_leaf;
    !doubts.paths.iter().any(touches) && (is_unknown_key || !is_incomplete)
}

fn place(release: &Release<'_>, chart: &LoadedChart, pointer: &str) -> Place {
    layers::place_of(&release.values, pointer)
        .unwrap_or_else(|| Place::file(format!("{}/values.yaml", chart.folder)))
}

fn dotted(pointer: &str) -> String {
    pointer::keys(pointer).collect::<Vec<_>>().join(".")
}

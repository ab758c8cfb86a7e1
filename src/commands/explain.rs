//! `molave explain`: the merged values of a service, with the file and line that set each.

use super::workspace::Workspace;
use crate::cli::explain::Arguments;
use crate::config::layers::{Layered, LayeredValue, Values};
use crate::config::resolve::{Release, resolve};
use crate::config::{Selection, sources};
use crate::error::{Diagnostic, Failure, any_error};
use crate::exit::Status;
use crate::generate::{Annotated, Telling};
use crate::report::{Report, annotated, listing};
use crate::settings::Settings;

/// Runs the command.
pub(super) fn run(
    arguments: Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let workspace = Workspace::read(settings)?;
    let Arguments { app, environment, path, rendered } = arguments;
    let selection = Selection { environments: vec![environment.clone()], apps: vec![app.clone()] };
    if rendered {
        return show_manifests(&workspace, &selection, report);
    }
    let (sources, problems) = workspace.sources(&selection)?;
    let releases = resolve(&workspace.project, &sources, &selection, &problems);
    let problems = problems.into_list();
    if any_error(&problems) {
        return Err(problems.into());
    }
    let Some(release) = releases.into_iter().next() else {
        let known = sources.apps.get(&app).into_iter().flat_map(|app| app.environments.keys());
        let known: Vec<&str> = known.map(String::as_str).collect();
        return Err(sources::not_in(&app, &environment, &known.into_iter()).into());
    };
    let heading = heading(&release);
    let values = match &path {
        None => release.values,
        Some(path) => narrow(release.values, path)?,
    };
    report.status(&heading);
    report.data(&listing(&values))?;
    Ok(Status::Done)
}

/// The manifests of a service, each line with the template line that wrote it.
fn show_manifests(
    workspace: &Workspace,
    selection: &Selection,
    report: &mut Report,
) -> Result<Status, Failure> {
    let telling = Telling { annotated: Annotated::All, ..Telling::default() };
    let prepared = workspace.prepare(selection, telling, report)?;
    for (_, lines) in &prepared.annotated {
        report.data(&annotated(lines))?;
    }
    Ok(Status::Done)
}

/// What is known of the release besides its values.
fn heading(release: &Release<'_>) -> String {
    format!(
        "`{}` in `{}`: chart `{}` ({}), release `{}`, namespace `{}`",
        release.app,
        release.environment,
        release.chart.value,
        release.chart.place,
        release.name,
        release.namespace
    )
}

/// The values at a path of keys alone, still below all of its keys.
fn narrow<'a>(mut values: Values<'a>, path: &str) -> Result<Values<'a>, Diagnostic> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let known: Vec<&str> = values.keys().copied().collect();
    let Some((key, layered)) = values.remove_entry(key) else {
        return Err(sources::unknown("value", key, &known.into_iter()));
    };
    let value = match (rest, layered.value) {
        (None, value) => value,
        (Some(rest), LayeredValue::Map(inner)) => LayeredValue::Map(narrow(inner, rest)?),
        (Some(rest), LayeredValue::Leaf(_) | LayeredValue::Version(_)) => {
            let message = format!("`{key}` is not a map, so there is no `{rest}` in it");
            let place = crate::error::Place::position(layered.file, layered.position);
            return Err(Diagnostic::error(message).at(place));
        }
    };
    Ok(Values::from([(key, Layered { value, ..layered })]))
}

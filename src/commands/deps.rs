//! `molave deps`: the charts that a chart depends on, and what is in its `charts/` folder.

use super::template::chart::read_folder;
use crate::cli::deps::{Action, Arguments};
use crate::clock;
use crate::config::tree::Folder;
use crate::dependencies::{self, Find, Mode, Row, Subject};
use crate::error::{Diagnostic, Failure, Place};
use crate::exit::Status;
use crate::fs::{self, Durability};
use crate::generate::charts::source_files;
use crate::report::{Report, count, dependencies as table};
use crate::settings::Settings;
use helm_render::chart::Chart;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    match &arguments.action {
        Action::Build(given) => build(&given.chart, Mode::Build, &settings.directory, report),
        Action::Update(given) => build(&given.chart, Mode::Update, &settings.directory, report),
        Action::List(given) => list(&given.chart, &settings.directory, report),
    }
}

fn build(
    given: &str,
    mode: Mode,
    directory: &Path,
    report: &mut Report,
) -> Result<Status, Failure> {
    let path = shown(given);
    let (chart, files) = load(directory, &path)?;
    let declared = chart.metadata.dependencies.len();
    if declared == 0 {
        report.status(&format!("`{path}` depends on no chart"));
        return Ok(Status::Done);
    }
    let subject = Subject { path: &path, chart: &chart, files: &files };
    let plan = with_folders(directory, |find| dependencies::build(&subject, mode, find))?;
    let write = |inner: &str, content: &[u8]| {
        fs::write(&directory.join(&path).join(inner), content, Durability::Power)
            .map_err(|problem| Failure::Work(vec![problem]))
    };
    for (inner, content, folder) in &plan.writes {
        write(inner, content)?;
        report.status(&format!("wrote `{path}/{inner}` from `{folder}`"));
    }
    if let Some((file, mut lock)) = plan.lock {
        lock.generated = clock::now();
        write(file, lock.write().as_bytes())?;
        report.status(&format!("wrote `{path}/{file}`"));
    }
    for inner in &plan.removals {
        fs::remove_file(&directory.join(&path).join(inner))
            .map_err(|problem| Failure::Work(vec![problem]))?;
        report.status(&format!("removed `{path}/{inner}`"));
    }
    report.status(&format!(
        "{} of `{path}`: {} written, {} unchanged, {} removed",
        if declared == 1 { "1 dependency".to_owned() } else { format!("{declared} dependencies") },
        count(plan.writes.len(), "archive"),
        plan.unchanged,
        plan.removals.len()
    ));
    Ok(Status::Done)
}

fn list(given: &str, directory: &Path, report: &mut Report) -> Result<Status, Failure> {
    let path = shown(given);
    let (chart, files) = load(directory, &path)?;
    let subject = Subject { path: &path, chart: &chart, files: &files };
    let rows: Vec<Row> = with_folders(directory, |find| dependencies::list(&subject, find));
    if rows.is_empty() {
        report.status(&format!("`{path}` depends on no chart"));
    } else {
        report.data(&table::table(&rows))?;
    }
    let warning = |name: &str| {
        let message = format!("`{name}` is in `{path}/charts`, and `Chart.yaml` does not name it");
        Diagnostic::warning(message).hint("it is rendered all the same: declare it, or remove it")
    };
    let warnings: Vec<Diagnostic> =
        dependencies::undeclared(&subject).into_iter().map(warning).collect();
    report.problems(&warnings);
    Ok(Status::Done)
}

/// The path as it is shown: without the slash that shells append.
fn shown(given: &str) -> String {
    match given.trim_end_matches('/') {
        "" => given.to_owned(),
        path => path.to_owned(),
    }
}

/// Lets `work` find the charts of folders, each read once.
fn with_folders<T>(directory: &Path, work: impl FnOnce(&mut Find<'_>) -> T) -> T {
    let mut known: BTreeMap<String, Result<Arc<Chart>, Diagnostic>> = BTreeMap::new();
    work(&mut |path| {
        let read = || load(directory, path).map(|(chart, _)| Arc::new(chart));
        known.entry(path.to_owned()).or_insert_with(read).clone()
    })
}

/// The chart of a folder, and the folder.
fn load(directory: &Path, path: &str) -> Result<(Chart, Folder), Diagnostic> {
    let at = directory.join(path);
    if !fs::is_folder(&at) {
        return Err(Diagnostic::error(format!("there is no folder `{path}`")));
    }
    let folder = read_folder(directory, &at)?;
    if let Some((inner, reason)) = folder.unreadable() {
        let path = format!("{path}/{inner}");
        return Err(Diagnostic::error(format!("`{path}` {reason}")).at(Place::file(path)));
    }
    let chart = Chart::load(path, source_files(&folder)).map_err(|error| {
        let file = format!("{path}/{}", error.path);
        let place = Place { file, line: error.line, column: None };
        let reason = error.reason.as_ref().unwrap_or(&error.message);
        Diagnostic::error(format!("cannot load the chart `{path}`: {reason}")).at(place)
    })?;
    Ok((chart, folder))
}

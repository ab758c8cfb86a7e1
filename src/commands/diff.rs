//! `molave diff`: how the manifests of an environment differ from those of a revision or folder.

use super::session::Session;
use crate::cli::diff::{Arguments, Form};
use crate::config::sources;
use crate::difference;
use crate::error::{Diagnostic, Failure, Place};
use crate::exit::Status;
use crate::report::Report;
use crate::report::change_set::{self, Subject};
use crate::settings::Settings;
use crate::sync::desired::{Manifests, Sources};
use std::collections::BTreeSet;

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let Arguments { environment, apps, .. } = arguments;
    let session = Session::read(settings, environment)?;
    let origin = arguments.from.as_ref().ok_or_else(|| no_origin(environment))?;
    let new = new_sources(&session)?;
    let new = new.read()?;
    let (old, warnings) = session.manifests_from(origin)?;
    report.problems(&warnings);
    check_apps(apps, [&old, new])?;
    let set = difference::compare(&old, new, apps);
    let origin = origin.to_string();
    let subject = Subject { project: &session.project.name, environment, origin: &origin };
    report.data(&match arguments.output {
        Form::Text => change_set::text(subject, &set),
        Form::Markdown => change_set::markdown(subject, &set, arguments.max_bytes as usize),
        Form::Json => change_set::json(subject, &set)?,
    })?;
    let is_same = set.changes.is_empty() || arguments.exit_zero;
    Ok(if is_same { Status::Done } else { Status::Failed })
}

/// The manifests as they are.
fn new_sources<'a>(session: &'a Session<'_>) -> Result<Sources<'a>, Failure> {
    let path = session.folder();
    session.sources()?.ok_or_else(|| {
        let problem = Diagnostic::error(format!("there is no folder `{path}`"));
        problem.at(Place::file(path)).hint("run `molave generate`").into()
    })
}

/// A misspelt name must not look like "no difference".
fn check_apps(apps: &[String], sides: [&Manifests; 2]) -> Result<(), Failure> {
    let known: BTreeSet<&str> =
        sides.iter().flat_map(|side| side.services.keys().map(String::as_str)).collect();
    let unknown = apps.iter().filter(|app| !known.contains(app.as_str()));
    let problems: Vec<Diagnostic> =
        unknown.map(|app| sources::unknown("service", app, &known.iter().copied())).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

fn no_origin(environment: &str) -> Diagnostic {
    Diagnostic::error("the difference to what is live cannot be shown yet").hint(format!(
        "compare with what is merged: `molave diff {environment} --from git:origin/main`"
    ))
}

//! `molave diff`: how the manifests of an environment differ from those of a revision or folder.

use super::session::Session;
use super::workspace;
use crate::cli::diff::{Arguments, Form, Origin};
use crate::config::project::Project;
use crate::config::sources;
use crate::difference;
use crate::error::{Diagnostic, Failure, Place};
use crate::exit::Status;
use crate::fs::{self, Links};
use crate::git::Repository;
use crate::report::Report;
use crate::report::change_set::{self, Subject};
use crate::settings::Settings;
use crate::sync::desired::{self, Manifests};
use std::collections::BTreeSet;
use std::path::Path;

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let Arguments { environment, apps, .. } = arguments;
    let session = Session::read(settings, environment)?;
    let origin = arguments.from.as_ref().ok_or_else(|| no_origin(environment))?;
    let new = new_manifests(&session)?;
    let (old, warnings) = session.manifests_from(origin)?;
    report.problems(&warnings);
    check_apps(apps, [&old, &new])?;
    let set = difference::compare(&old, &new, apps);
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
fn new_manifests(session: &Session<'_>) -> Result<Manifests, Failure> {
    let path = session.folder();
    session.manifests()?.ok_or_else(|| {
        let problem = Diagnostic::error(format!("there is no folder `{path}`"));
        problem.at(Place::file(path)).hint("run `molave generate`").into()
    })
}

impl Session<'_> {
    /// The manifests elsewhere, to compare with, and what could not be read of them.
    pub(super) fn manifests_from(
        &self,
        origin: &Origin,
    ) -> Result<(Manifests, Vec<Diagnostic>), Failure> {
        let root = &self.settings.directory;
        let charts = self.charts();
        match origin {
            Origin::Folder(path) => {
                if !fs::is_folder(&root.join(path)) {
                    return Err(Diagnostic::error(format!("there is no folder `{path}`")).into());
                }
                let folder = fs::read_folder(root, path, Links::Never)?;
                let context = self.context(&self.project, path, &charts);
                Ok(desired::read_to_compare(&folder, &context))
            }
            Origin::Git(revision) => {
                let repository = Repository::discover(root)?.ok_or_else(|| no_repository(root))?;
                let project = self.project_as_of(&repository, revision)?;
                let path = format!("{}/{}", project.output, self.name);
                let folder = repository.folder(revision, &path)?.unwrap_or_default();
                let path = format!("{revision}:{path}");
                Ok(desired::read_to_compare(&folder, &self.context(&project, &path, &charts)))
            }
        }
    }

    /// The project file of a revision, with today's kinds added; today's if that one is not usable.
    fn project_as_of(
        &self,
        repository: &Repository,
        revision: &str,
    ) -> Result<Project, Diagnostic> {
        let Some(mut old) = workspace::project_as_of(repository, revision)? else {
            return Ok(self.project.clone());
        };
        old.kinds.extend(self.project.kinds.iter().cloned());
        Ok(old)
    }
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

fn no_repository(root: &Path) -> Diagnostic {
    let folder = match root.to_string_lossy() {
        here if here == "." => "this folder".to_owned(),
        other => format!("`{other}`"),
    };
    Diagnostic::error(format!("{folder} is in no Git repository"))
        .hint("compare with a folder: `--from dir:PATH`")
}

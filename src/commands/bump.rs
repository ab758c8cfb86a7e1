//! `molave bump`: set the version of a service and write its manifests again.
//!
//! The version goes into the file that decides now: with an environment, the one in that
//! environment if there is one, else the service's if there is one, else a new one in the
//! environment; without, the service's. Everything is rendered with the new version before anything
//! is written, so a version that does not work changes nothing.

use super::generate::tell;
use super::workspace::Workspace;
use crate::cli::bump::Arguments;
use crate::config::project::Project;
use crate::config::sources::VERSION;
use crate::config::{Selection, names, sources};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::fs::{self, Durability};
use crate::generate::write;
use crate::report::Report;
use crate::settings::Settings;
use std::time::Instant;

/// Runs the command.
pub(super) fn run(
    arguments: Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let begun = Instant::now();
    let (environment, version) = match arguments.rest.as_slice() {
        [environment, version] => (Some(environment.as_str()), version),
        [version] => (None, version),
        _ => return Err(Diagnostic::error("a version is missing").into()),
    };
    check_version(version)?;
    let mut workspace = Workspace::read(settings)?;
    let file = version_file(&workspace, &arguments.app, environment)?;
    let content = format!("{version}\n").into_bytes();
    workspace.services.insert_file(&file, content.clone());
    let selection = Selection { apps: vec![arguments.app], ..Selection::default() };
    let prepared = workspace.prepare(&selection, report)?;
    let path = format!("{}/{file}", workspace.project.services);
    fs::write(&workspace.path(&path), &content, Durability::Power)
        .map_err(|problem| Failure::Work(vec![problem]))?;
    write::execute(&workspace.output(), &prepared.plan).map_err(Failure::Work)?;
    report.status(&format!("set `{path}` to `{version}`"));
    tell(&prepared, begun.elapsed(), report);
    Ok(Status::Done)
}

fn check_version(version: &str) -> Result<(), Diagnostic> {
    names::check_version(version).map_err(|problem| {
        Diagnostic::error(format!("`{version}` is no version: {problem}"))
            .hint("run `molave bump <app> [<env>] <version>`")
    })
}

/// The version file to edit, below the folder of the services.
fn version_file(
    workspace: &Workspace,
    app: &str,
    environment: Option<&str>,
) -> Result<String, Diagnostic> {
    let services = &workspace.services;
    let known: Vec<&str> = services.folder_names().collect();
    let Some(folder) = services.folder(app).filter(|_| known.contains(&app)) else {
        return Err(sources::unknown("service", app, &known.into_iter()));
    };
    let shared = format!("{app}/{VERSION}");
    let Some(environment) = environment else { return Ok(shared) };
    check_environment(&workspace.project, environment)?;
    let members: Vec<&str> = folder.folder_names().collect();
    if !members.contains(&environment) {
        return Err(sources::not_in(app, environment, &members.into_iter()));
    }
    let own = format!("{app}/{environment}/{VERSION}");
    let is_shared = services.entry(&own).is_none() && services.entry(&shared).is_some();
    Ok(if is_shared { shared } else { own })
}

fn check_environment(project: &Project, environment: &str) -> Result<(), Diagnostic> {
    let known = project.environments.keys().map(String::as_str);
    if project.environments.contains_key(environment) {
        return Ok(());
    }
    Err(sources::unknown("environment", environment, &known))
}

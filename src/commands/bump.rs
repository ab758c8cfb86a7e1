//! `molave bump`: set the version of a service and write its manifests again.
//!
//! With an environment the version goes into that environment's own file, which is made if it is
//! not there, so that no other environment changes; without one it goes into the service's file,
//! which all environments without their own share. Everything is rendered with the new version before anything
//! is written, so a version that does not work changes nothing.

use super::generate::tell;
use super::workspace::Workspace;
use crate::cli::bump::Arguments;
use crate::config::project::Project;
use crate::config::sources::VERSION;
use crate::config::tree::Folder;
use crate::config::{Selection, names, sources};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::fs::{self, Durability};
use crate::generate::{Telling, write};
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
    let Target { file, environments, others } =
        target(&workspace, &arguments.app, environment, version)?;
    let content = format!("{version}\n").into_bytes();
    workspace.services.insert_file(&file, content.clone());
    let selection = Selection { apps: vec![arguments.app], environments };
    let prepared = workspace.prepare(&selection, Telling::default(), report)?;
    let path = format!("{}/{file}", workspace.project.services);
    fs::write(&workspace.path(&path), &content, Durability::Power)
        .map_err(|problem| Failure::Work(vec![problem]))?;
    write::execute(&workspace.output(), &prepared.plan).map_err(Failure::Work)?;
    report.status(&format!("set `{path}` to `{version}`"));
    if !others.is_empty() {
        let keep =
            if others.len() == 1 { "keeps its own version" } else { "keep their own versions" };
        report.status(&format!("note: {} {keep}", listed(&others)));
    }
    tell(&prepared, begun.elapsed(), report);
    Ok(Status::Done)
}

fn check_version(version: &str) -> Result<(), Diagnostic> {
    names::check_version(version).map_err(|problem| {
        Diagnostic::error(format!("`{version}` is no version: {problem}"))
            .hint("run `molave bump <app> [<env>] <version>`")
    })
}

/// The version file to edit.
struct Target {
    /// Its path below the folder of the services.
    file: String,
    /// The environments whose version changes.
    environments: Vec<String>,
    /// Those that keep a version of their own.
    others: Vec<String>,
}

/// Decides which version file to edit.
fn target(
    workspace: &Workspace,
    app: &str,
    environment: Option<&str>,
    version: &str,
) -> Result<Target, Diagnostic> {
    let services = &workspace.services;
    let known: Vec<&str> = services.folder_names().collect();
    let Some(folder) = services.folder(app).filter(|_| known.contains(&app)) else {
        return Err(sources::unknown("service", app, &known.into_iter()));
    };
    let members: Vec<&str> = folder.folder_names().collect();
    match environment {
        None => shared_target(workspace, app, folder, version),
        Some(name) => {
            check_environment(&workspace.project, name)?;
            if !members.contains(&name) {
                return Err(sources::not_in(app, name, &members.into_iter()));
            }
            let environments = vec![name.to_owned()];
            let file = format!("{app}/{name}/{VERSION}");
            Ok(Target { file, environments, others: Vec::new() })
        }
    }
}

/// The file that all environments without one of their own share. It must decide something.
fn shared_target(
    workspace: &Workspace,
    app: &str,
    folder: &Folder,
    version: &str,
) -> Result<Target, Diagnostic> {
    let is_known = |name: &&str| workspace.project.environments.contains_key(*name);
    let members = folder.folder_names().filter(is_known).map(str::to_owned);
    let (others, environments): (Vec<String>, Vec<String>) =
        members.partition(|name| folder.entry(&format!("{name}/{VERSION}")).is_some());
    let folder_path = format!("{}/{app}", workspace.project.services);
    let path = format!("{folder_path}/{VERSION}");
    let is_absent = !folder.entries.contains_key(VERSION);
    let Some(example) = others.first() else {
        return Ok(Target { file: format!("{app}/{VERSION}"), environments, others });
    };
    if !is_absent && !environments.is_empty() {
        return Ok(Target { file: format!("{app}/{VERSION}"), environments, others });
    }
    let message = if is_absent {
        format!("`{app}` has no version for all environments: there is no `{path}`")
    } else {
        format!("`{path}` decides nothing: every environment has a version of its own")
    };
    let problem = others.iter().fold(Diagnostic::error(message), |problem, name| {
        problem.because(format!("`{name}` has its own in `{folder_path}/{name}/{VERSION}`"))
    });
    Err(problem.hint(format!("name the environment: `molave bump {app} {example} {version}`")))
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn check_environment(project: &Project, environment: &str) -> Result<(), Diagnostic> {
    let known = project.environments.keys().map(String::as_str);
    if project.environments.contains_key(environment) {
        return Ok(());
    }
    Err(sources::unknown("environment", environment, &known))
}

//! `molave check`: show how the output folder differs from what `generate` would write.

use super::session::Session;
use super::workspace::{self, Workspace};
use crate::approvals;
use crate::cli::check::Arguments;
use crate::cli::diff::Origin;
use crate::config::Selection;
use crate::config::project::Environment;
use crate::difference;
use crate::error::{Diagnostic, Failure, in_order};
use crate::exit::Status;
use crate::fs;
use crate::generate::plan::WritePlan;
use crate::generate::{Annotated, Telling};
use crate::git::Repository;
use crate::report::{Report, changed_lines, count, unified};
use crate::settings::Settings;

/// Runs the command.
pub(super) fn run(
    arguments: Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let workspace = Workspace::read(settings)?;
    let Arguments { selection, helm_errors } = arguments;
    let telling = Telling { helm_errors, annotated: Annotated::Changed };
    let selection = selection.into();
    let prepared = workspace.prepare(&selection, telling, report)?;
    let plan = &prepared.plan;
    let output = &workspace.project.output;
    let mut origins = Vec::new();
    for (below, content) in &plan.writes {
        let path = format!("{output}/{below}");
        let old = fs::read_if_present(&workspace.path(&path))?;
        report.data(&unified(&path, old.as_deref(), Some(content)))?;
        let annotated = prepared.annotated.iter().find(|(annotated, _)| annotated == below);
        if let (Some(old), Some((_, lines))) = (old, annotated) {
            origins.extend(changed_lines(&path, &old, lines));
        }
    }
    for path in &plan.removals {
        let path = format!("{output}/{path}");
        let old = fs::read_if_present(&workspace.path(&path)).ok().flatten().unwrap_or_default();
        report.data(&unified(&path, Some(&old), None))?;
    }
    for origin in origins {
        report.status(&origin);
    }
    report.problems(&prepared.warnings);
    report.problems(&prepared.secrets);
    report.problems(&stale_approvals(settings, &workspace, &selection, plan).unwrap_or_default());
    if plan.is_empty() {
        report.status(&format!("`{output}` is what `molave generate` writes"));
        return Ok(Status::Done);
    }
    report.status(&format!(
        "`{output}` differs: {} to write, {} to remove\n  hint: run `molave generate`",
        count(plan.writes.len(), "file"),
        plan.removals.len()
    ));
    Ok(Status::Failed)
}

/// Approvals that the change which they came with has left behind. Where Git cannot tell what the
/// change is, nothing is said: it is no problem of what is checked.
fn stale_approvals(
    settings: &Settings,
    workspace: &Workspace,
    selection: &Selection,
    plan: &WritePlan,
) -> Option<Vec<Diagnostic>> {
    let environments: Vec<(&String, &Environment)> = workspace
        .project
        .environments
        .iter()
        .filter(|(name, environment)| {
            let is_selected = selection.has_environment(name) && !is_touched(plan, name);
            is_selected && !environment.guards.approve.is_empty()
        })
        .collect();
    if environments.is_empty() {
        return None;
    }
    let repository = Repository::discover(&settings.directory).ok()??;
    let base = repository.base()?;
    let before = workspace::project_as_of(&repository, &base).ok()??;
    let stale = environments.into_iter().flat_map(|(name, environment)| {
        let session = Session {
            settings,
            project: workspace.project.clone(),
            name: name.clone(),
            environment: environment.clone(),
        };
        stale_approvals_of(&session, &base, before.environments.get(name)).unwrap_or_default()
    });
    Some(in_order(stale.collect()))
}

/// Whether something is yet to be generated there. What it changes would look unchanged.
fn is_touched(plan: &WritePlan, environment: &str) -> bool {
    let paths = plan.writes.iter().map(|(path, _)| path).chain(&plan.removals);
    paths.filter_map(|path| path.split_once('/')).any(|(name, _)| name == environment)
}

/// Those of one environment, which was like `before` in the commit `base`. Where manifests cannot be
/// read, it is not known what has changed.
fn stale_approvals_of(
    session: &Session<'_>,
    base: &str,
    before: Option<&Environment>,
) -> Option<Vec<Diagnostic>> {
    let standing =
        approvals::standing(&before?.guards.approve, &session.environment.guards.approve);
    if standing.is_empty() {
        return None;
    }
    let read = |origin| {
        let (manifests, problems) = session.manifests_from(&origin).ok()?;
        problems.is_empty().then_some(manifests)
    };
    let old = read(Origin::Git(base.to_owned()))?;
    let new = read(Origin::Folder(session.folder()))?;
    let stale = approvals::stale(standing, &difference::compare(&old, &new, &[]));
    let told = stale.into_iter().map(|approval| {
        let (object, name) = (&approval.value, &session.name);
        Diagnostic::warning(format!(
            "`{object}` is still approved in `{name}`, and this change does not need it"
        ))
        .at(approval.place.clone())
        .hint(format!("remove it from `guards.approve` once `{name}` has been synced"))
    });
    Some(told.collect())
}

//! `molave check`: show how the output folder differs from what `generate` would write.

use super::workspace::Workspace;
use crate::cli::check::Arguments;
use crate::error::Failure;
use crate::exit::Status;
use crate::fs;
use crate::report::{Report, count, unified};
use crate::settings::Settings;

/// Runs the command.
pub(super) fn run(
    arguments: Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let workspace = Workspace::read(settings)?;
    let Arguments { selection, helm_errors } = arguments;
    let prepared = workspace.prepare(&selection.into(), helm_errors, report)?;
    let plan = &prepared.plan;
    let output = &workspace.project.output;
    for (path, content) in &plan.writes {
        let path = format!("{output}/{path}");
        let old = fs::read_if_present(&workspace.path(&path))?;
        report.data(&unified(&path, old.as_deref(), Some(content)))?;
    }
    for path in &plan.removals {
        let path = format!("{output}/{path}");
        let old = fs::read_if_present(&workspace.path(&path)).ok().flatten().unwrap_or_default();
        report.data(&unified(&path, Some(&old), None))?;
    }
    report.problems(&prepared.warnings);
    report.problems(&prepared.secrets);
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

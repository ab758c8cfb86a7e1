//! `molave check`: show how the output folder differs from what `generate` would write.

use super::workspace::Workspace;
use crate::cli::check::Arguments;
use crate::error::Failure;
use crate::exit::Status;
use crate::fs;
use crate::generate::{Annotated, Telling};
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
    let prepared = workspace.prepare(&selection.into(), telling, report)?;
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

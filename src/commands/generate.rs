//! `molave generate`: write what should be there.

use super::workspace::Workspace;
use crate::cli::generate::Arguments;
use crate::error::Failure;
use crate::exit::Status;
use crate::generate::{Prepared, Telling, write};
use crate::report::{Report, count};
use crate::settings::Settings;
use std::time::{Duration, Instant};

/// Runs the command.
pub(super) fn run(
    arguments: Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let begun = Instant::now();
    let workspace = Workspace::read(settings)?;
    let Arguments { selection, helm_errors } = arguments;
    let telling = Telling { helm_errors, ..Telling::default() };
    let prepared = workspace.prepare(&selection.into(), telling, report)?;
    write::execute(&workspace.output(), &prepared.plan).map_err(Failure::Work)?;
    tell(&prepared, begun.elapsed(), report);
    Ok(Status::Done)
}

/// Says what was written and removed.
pub(super) fn tell(prepared: &Prepared, elapsed: Duration, report: &mut Report) {
    let plan = &prepared.plan;
    for (path, _) in &plan.writes {
        report.detail(&format!("wrote `{path}`"));
    }
    for path in &plan.removals {
        report.detail(&format!("removed `{path}`"));
    }
    report.problems(&prepared.warnings);
    report.status(&format!(
        "generated {} in {} in {}: {} written, {} unchanged, {} removed",
        count(prepared.releases, "release"),
        count(prepared.environments, "environment"),
        shown(elapsed),
        plan.writes.len(),
        plan.unchanged,
        plan.removals.len()
    ));
}

fn shown(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(10) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{} s", elapsed.as_secs())
    }
}

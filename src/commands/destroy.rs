//! `molave destroy`: delete everything that is recorded of an environment, and then the record.

use super::sync::{begin, run_request};
use crate::cli::destroy::Arguments;
use crate::error::Failure;
use crate::exit::Status;
use crate::report::Report;
use crate::settings::Settings;
use plan::Options;

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let (session, mut flags) = begin(settings, report, &arguments.run, &arguments.environment)?;
    flags.dry_run = arguments.dry_run;
    let options = Options { destroy: true, ..Options::default() };
    run_request(&session, report, &arguments.run, options, flags)
}

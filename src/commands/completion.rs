//! `molave completion`: print a completion script.

use crate::cli::Cli;
use crate::cli::completion::Arguments;
use crate::error::Failure;
use crate::exit::Status;
use crate::report::Report;
use clap::CommandFactory as _;

/// Runs the command.
pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Result<Status, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "molave", &mut script);
    report.bytes(&script)?;
    Ok(Status::Done)
}

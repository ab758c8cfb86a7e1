//! The commands, one thin file each: read, let the other parts decide, act, report.

mod adopt;
mod bump;
mod check;
mod completion;
mod deps;
mod destroy;
mod diff;
mod doctor;
mod explain;
mod generate;
mod origin;
mod session;
mod state;
mod sync;
mod template;
mod wait;
mod workspace;

use crate::cli::Command;
use crate::error::Failure;
use crate::exit::Status;
use crate::report::Report;
use crate::settings::Settings;

/// Runs a command.
pub fn run(command: Command, settings: &Settings, report: &mut Report) -> Result<Status, Failure> {
    match command {
        Command::Generate(arguments) => generate::run(arguments, settings, report),
        Command::Check(arguments) => check::run(arguments, settings, report),
        Command::Explain(arguments) => explain::run(arguments, settings, report),
        Command::Bump(arguments) => bump::run(arguments, settings, report),
        Command::Sync(arguments) => sync::run(arguments, settings, report),
        Command::Wait(arguments) => wait::run(&arguments, settings, report),
        Command::Destroy(arguments) => destroy::run(&arguments, settings, report),
        Command::Adopt(arguments) => adopt::run(&arguments, settings, report),
        Command::State(arguments) => state::run(&arguments, settings, report),
        Command::Doctor(arguments) => doctor::run(&arguments, settings, report),
        Command::Diff(arguments) => diff::run(&arguments, settings, report),
        Command::Deps(arguments) => deps::run(&arguments, settings, report),
        Command::Template(arguments) => template::run(&arguments, settings, report),
        Command::Completion(arguments) => completion::run(&arguments, report),
    }
}

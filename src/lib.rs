//! Molave turns a tree of service settings into Kubernetes manifests.
//!
//! The map of the tool, in reading order:
//!
//! - [`cli`]: what can be typed; [`settings`]: what that means together with the environment
//! - [`commands`]: one thin file a command: read, decide, act, report
//! - [`config`]: from the project's files to releases, with the origin of every value (pure)
//! - [`dependencies`]: what a chart depends on, and what is in its `charts/` (pure)
//! - [`generate`]: from releases to the files of the output folder
//! - [`sync`]: from the files of an environment to the cluster, and what became of them;
//!   [`wait`]: until it is ready, or gone
//! - [`difference`]: what two versions of an environment's manifests differ in (pure);
//!   [`approvals`]: which committed approvals have done their work (pure)
//! - [`cluster`]: the only user of `kube`; [`git`]: the only user of `gix`
//! - [`report`]: the only writer to standard output and standard error
//! - [`fs`]: the only user of the file system; [`clock`]: what time it is; [`signals`]: whether we
//!   were told to stop
//! - [`error`], [`exit`], [`suggestion`]: problems as data, endings, "did you mean"
//!
//! Rendering itself is in `helm-render` and `gotemplate`, objects in `manifest`, YAML in `go-yaml`,
//! every decision of a sync in `plan`; none of those does any IO.

pub mod approvals;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod commands;
pub mod config;
pub mod dependencies;
pub mod difference;
pub mod error;
pub mod exit;
pub mod fs;
pub mod generate;
pub mod git;
pub mod parallel;
pub mod report;
pub mod settings;
pub mod signals;
pub mod suggestion;
pub mod sync;
pub mod wait;

use clap::Parser as _;
use cli::Cli;
use error::{Diagnostic, Failure};
use exit::Status;
use report::{Colour, Report, Voice};
use settings::Settings;
use std::ffi::OsString;

/// Runs the program with its arguments, the name of the program first.
///
/// The work has a thread of its own, because values and templates nest as deep as their authors
/// please and the main thread's stack is not ours to choose.
pub fn run(arguments: Vec<OsString>) -> Status {
    let work = std::thread::Builder::new().stack_size(helm_render::STACK_SIZE);
    let ended = work.spawn(move || run_here(arguments)).map(std::thread::JoinHandle::join);
    match ended {
        Ok(Ok(status)) => status,
        Ok(Err(_)) => Status::Failed,
        Err(error) => {
            let problem =
                Diagnostic::error(format!("cannot start a thread: {}", fs::reason(&error)));
            end(&mut Report::new(Colour::Auto, Voice::default()), Err(problem.into()))
        }
    }
}

fn run_here(arguments: Vec<OsString>) -> Status {
    match Cli::try_parse_from(arguments) {
        Ok(cli) => {
            let settings = Settings::from(&cli);
            let mut report = Report::new(settings.colour, settings.voice);
            let result = commands::run(cli.command, &settings, &mut report);
            end(&mut report, result)
        }
        Err(message) => {
            let mut report = Report::new(Colour::Auto, Voice::default());
            let status = if message.use_stderr() { Status::Unusable } else { Status::Done };
            let result = report.usage(&message).map(|()| status);
            end(&mut report, result)
        }
    }
}

/// Reports what is left to report, and says how the run ended.
fn end(report: &mut Report, result: Result<Status, Failure>) -> Status {
    match result {
        Ok(status) | Err(Failure::Stopped(status)) => status,
        Err(Failure::BrokenPipe) => Status::Done,
        Err(Failure::Held(problem)) => {
            report.problems(&[*problem]);
            Status::Held
        }
        Err(Failure::Problems(problems)) => {
            report.refused(&error::in_order(problems));
            Status::Unusable
        }
        Err(Failure::Work(problems)) => {
            report.problems(&error::in_order(problems));
            Status::Failed
        }
    }
}

//! `molave state move`: move the record to where the project file has it.

use crate::cli::state::Move;
use crate::commands::session::{self, History, Session};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::report::{Report, count};
use crate::settings::Settings;
use crate::sync::Request;
use crate::sync::relocate::{self, Found};

/// Runs the command.
pub(super) fn run(
    arguments: &Move,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    session::somebody_to_ask(arguments.change.yes, &again(arguments))?;
    let history = History::none();
    let mut to = session.request(None, &history, session.run_info()?);
    to.flags.lock_timeout = session::duration("--lock-timeout", &arguments.change.lock_timeout)?;
    let mut old_settings = session.environment.clone();
    if let Some(namespace) = &arguments.from_namespace {
        old_settings.state_namespace.clone_from(namespace);
    }
    let mut from = session.request(None, &history, to.run.clone());
    from.flags.lock_timeout = to.flags.lock_timeout;
    from.settings = &old_settings;
    from.project = arguments.from_project.as_deref().unwrap_or(from.project);
    from.environment = arguments.from_environment.as_deref().unwrap_or(from.environment);
    session::block_on(relocate(&session, &from, &to, arguments, report))
}

async fn relocate(
    session: &Session<'_>,
    from: &Request<'_>,
    to: &Request<'_>,
    arguments: &Move,
    report: &mut Report,
) -> Result<Status, Failure> {
    let stop = session::listen()?;
    let cluster = session.connect().await?;
    let (objects, is_begun) = match relocate::look(&cluster, from, to).await? {
        Found::Movable { objects, is_begun } => (objects, is_begun),
        Found::Refused(refusals) => return Ok(session::refused(&refusals, report)),
        Found::Moved => {
            report.status(&format!("the record is at {} already", to.place()));
            return Ok(Status::Done);
        }
    };
    let (there, here, objects) = (from.place(), to.place(), count(objects, "object"));
    let verb = if is_begun { "go on moving" } else { "move" };
    report.status(&format!(
        "the record of {objects} goes from {there} to {here}, and its objects get new marks"
    ));
    let question = format!("{verb} the record?");
    if !arguments.change.yes && !report.confirm(&question, &|| stop.is_set()) {
        return Ok(stop.status().unwrap_or(Status::Interrupted));
    }
    let moved = relocate::relocate(&cluster, from, to, &stop).await?;
    for (id, reason) in &moved.failed {
        let problem = Diagnostic::error(format!("`{id}` cannot be marked"));
        report.problems(&[problem.because(reason.clone())]);
    }
    let title = session.title();
    let marked = count(moved.marked, "object");
    if moved.is_done {
        report.status(&format!("{title}: moved, {marked} marked"));
        return Ok(Status::Done);
    }
    let problem = Diagnostic::error(format!("{title} is not moved yet: {marked} marked"));
    let hint = format!("nothing is synced until it is: run `{}`", again(arguments));
    report.problems(&[problem.hint(hint)]);
    Ok(stop.status().map_or(Status::Failed, |told| Status::Failed.and(told)))
}

/// The same command, without a question.
fn again(arguments: &Move) -> String {
    let mut command = format!("molave state move {}", arguments.environment);
    let flags = [
        ("--from-namespace", &arguments.from_namespace),
        ("--from-project", &arguments.from_project),
        ("--from-environment", &arguments.from_environment),
    ];
    for (flag, value) in flags {
        if let Some(value) = value {
            command.extend([" ", flag, " ", value.as_str()]);
        }
    }
    command + " --yes"
}

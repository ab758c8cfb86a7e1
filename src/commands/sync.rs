//! `molave sync`: make the cluster equal to the manifests of an environment.

use super::session::{self, History, Session};
use crate::cli::sync::{Arguments, Conflicts, RunArguments};
use crate::clock;
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::fs::{self, Durability};
use crate::parallel;
use crate::report::document::{Heading, failed_report, sync_report};
use crate::report::{self, Report};
use crate::settings::Settings;
use crate::sync::desired::Sources;
use crate::sync::{Event, Outcome, Request, Voices};
use plan::{Options, Plan};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

/// Runs the command.
pub(super) fn run(
    arguments: Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let (session, mut flags) = begin(settings, report, &arguments.run, &arguments.environment)?;
    flags.dry_run = arguments.dry_run;
    flags.first = arguments.first;
    flags.allow_older = arguments.allow_older;
    flags.all_or_nothing = arguments.all_or_nothing;
    flags.yields = arguments.conflicts == Conflicts::Fail;
    let apps: BTreeSet<String> = arguments.apps.into_iter().collect();
    let options = Options {
        apps,
        full: arguments.full,
        drift_only: arguments.drift_only,
        adopt: arguments.adopt,
        replace: arguments.replace,
        create_namespaces: session.environment.create_namespaces,
        destroy: false,
        now: clock::seconds(),
    };
    run_request(&session, report, &arguments.run, options, flags)
}

/// What every run begins with; a run that cannot begin leaves a report as well.
pub(super) fn begin<'a>(
    settings: &'a Settings,
    report: &mut Report,
    arguments: &RunArguments,
    environment: &str,
) -> Result<(Session<'a>, crate::sync::Flags), Failure> {
    let begun = Session::read(settings, environment)
        .and_then(|session| Ok((session, session::flags(arguments)?)));
    if let Err(failure) = &begun {
        let heading = Heading { project: "", environment, ended: "", dry_run: false };
        let text = || failed_report(&heading, status_of(failure), problems(failure));
        store_report(report, arguments, text)?;
    }
    begun
}

/// Runs a sync with its report, whatever it is asked to do.
pub(super) fn run_request(
    session: &Session<'_>,
    report: &mut Report,
    arguments: &RunArguments,
    options: Options,
    flags: crate::sync::Flags,
) -> Result<Status, Failure> {
    let begun = Instant::now();
    let is_dry_run = flags.dry_run;
    let result = try_request(session, report, arguments, options, flags);
    let ended = clock::now();
    let heading = Heading {
        project: &session.project.name,
        environment: &session.name,
        ended: &ended,
        dry_run: is_dry_run,
    };
    match result {
        Ok(outcome) => {
            report.sync_outcome(&session.title(), &outcome, begun.elapsed().as_secs_f64());
            let text = || sync_report(&heading, &outcome);
            Ok(outcome.status.and(store_report(report, arguments, text)?))
        }
        Err(failure) => {
            let text = || failed_report(&heading, status_of(&failure), problems(&failure));
            store_report(report, arguments, text)?;
            if matches!(failure, Failure::Stopped(_)) {
                report.status(&format!("{}: nothing was changed", session.title()));
            }
            Err(failure)
        }
    }
}

fn try_request(
    session: &Session<'_>,
    report: &mut Report,
    arguments: &RunArguments,
    options: Options,
    flags: crate::sync::Flags,
) -> Result<Outcome, Failure> {
    let asks = !arguments.yes && !flags.dry_run;
    if asks && !Report::can_ask() {
        return Err(nobody_to_ask(session, options.destroy));
    }
    let sources = if options.destroy { None } else { session.sources()? };
    let history = History::read(session.settings)?;
    let mut request = session.request(sources.as_ref(), &history, session.run_info()?);
    request.options = options;
    request.flags = flags;
    let is_data =
        request.flags.dry_run && !arguments.report.as_deref().is_some_and(is_standard_output);
    let outcome = session::block_on(sync(session, &request, report, Manner { asks, is_data }));
    // What keeps the cluster from being reached must not hide what is wrong with the manifests.
    if let (Err(Failure::Problems(_)), Some(sources)) = (&outcome, &sources) {
        sources.read()?;
    }
    parallel::discard(sources.map(Sources::into_parts));
    outcome
}

/// How a run speaks with people.
#[derive(Clone, Copy)]
struct Manner {
    /// It asks before it changes anything.
    asks: bool,
    /// Its plan is what it prints, and not only news.
    is_data: bool,
}

async fn sync(
    session: &Session<'_>,
    request: &Request<'_>,
    report: &mut Report,
    manner: Manner,
) -> Result<Outcome, Failure> {
    let stop = session::listen()?;
    let cluster = session.connect().await?;
    let title = session.title();
    let report = RefCell::new(report);
    let mut broken = Ok(());
    let mut told = |event: Event<'_>| {
        let mut report = report.borrow_mut();
        if let Event::Planned(plan) = &event {
            let shown = show_plan(&mut report, manner.is_data, &title, plan);
            if shown.is_err() {
                broken = shown;
            }
        }
        report.sync_event(&event);
    };
    let mut confirm = |plan: &Plan| {
        !manner.asks || report.borrow_mut().confirm(&question(plan, &title), &|| stop.is_set())
    };
    let mut voices = Voices { told: &mut told, confirm: &mut confirm };
    let outcome = crate::sync::sync(&cluster, request, &stop, &mut voices).await?;
    broken.map(|()| outcome)
}

/// The plan is the data of a dry run, unless the report is; it is news in any other.
fn show_plan(report: &mut Report, is_data: bool, title: &str, plan: &Plan) -> Result<(), Failure> {
    let text = report::sync::plan(title, plan);
    if is_data {
        return report.data(&text);
    }
    report.status(text.trim_end());
    Ok(())
}

fn question(plan: &Plan, title: &str) -> String {
    let deletions = plan.deletions().count();
    match deletions {
        0 => format!("go on with {title}?"),
        1 => format!("go on with {title}, and delete 1 object?"),
        more => format!("go on with {title}, and delete {more} objects?"),
    }
}

fn nobody_to_ask(session: &Session<'_>, destroys: bool) -> Failure {
    let verb = if destroys { "destroy" } else { "sync" };
    Diagnostic::error("there is no terminal to ask on, and no `--yes`")
        .hint(format!(
            "run `molave {verb} {0} --yes`, or look first with `molave {verb} {0} --dry-run`",
            session.name
        ))
        .into()
}

/// Stores the report, if one is wanted. That it cannot be is told and makes the run a failed one,
/// but hides nothing else that went wrong.
fn store_report(
    report: &mut Report,
    arguments: &RunArguments,
    text: impl FnOnce() -> String,
) -> Result<Status, Failure> {
    let Some(path) = &arguments.report else { return Ok(Status::Done) };
    if is_standard_output(path) {
        return report.bytes(text().as_bytes()).map(|()| Status::Done);
    }
    match fs::write(path, text().as_bytes(), Durability::Process) {
        Ok(()) => Ok(Status::Done),
        Err(problem) => {
            report.problems(&[problem]);
            Ok(Status::Failed)
        }
    }
}

fn is_standard_output(path: &Path) -> bool {
    path == Path::new("-")
}

fn status_of(failure: &Failure) -> Status {
    match failure {
        Failure::Problems(_) => Status::Unusable,
        Failure::Work(_) => Status::Failed,
        Failure::Held(_) => Status::Held,
        Failure::Stopped(status) => *status,
        Failure::BrokenPipe => Status::Done,
    }
}

fn problems(failure: &Failure) -> &[Diagnostic] {
    match failure {
        Failure::Problems(problems) | Failure::Work(problems) => problems,
        Failure::Held(problem) => std::slice::from_ref(problem),
        Failure::Stopped(_) | Failure::BrokenPipe => &[],
    }
}

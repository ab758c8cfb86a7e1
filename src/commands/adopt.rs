//! `molave adopt`: take over objects that another tool made.

use super::session::{self, History, Session};
use crate::cli::adopt::{Arguments, Tool};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::report::{self, Report, count};
use crate::settings::Settings;
use crate::sync::Request;
use crate::sync::adopt::{self, Adopted, Decision, Found, Wish};
use crate::sync::situation::looked;
use plan::adoption::{self, Fate};

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    session::somebody_to_ask(arguments.change.yes || arguments.dry_run, &again(arguments))?;
    let manifests = session.manifests()?;
    let history = History::none();
    let mut request = session.request(manifests.as_ref(), &history, session.run_info()?);
    request.flags.first = arguments.first;
    request.flags.lock_timeout =
        session::duration("--lock-timeout", &arguments.change.lock_timeout)?;
    session::block_on(adopt(&session, &request, arguments, report))
}

async fn adopt(
    session: &Session<'_>,
    request: &Request<'_>,
    arguments: &Arguments,
    report: &mut Report,
) -> Result<Status, Failure> {
    let stop = session::listen()?;
    let cluster = session.connect().await?;
    let (wish, title) = (wish(arguments), session.title());
    let decisions = match looked(&stop, adopt::look(&cluster, request, &wish)).await? {
        Found::Objects(decisions) => decisions,
        Found::Refused(refusals) => return Ok(session::refused(&refusals, report)),
    };
    let text = report::adoption::text(&title, &decisions);
    if arguments.dry_run {
        report.data(&text)?;
        return Ok(Status::Done);
    }
    report.status(text.trim_end());
    let taken = decisions.iter().filter(|decision| is_taken(decision)).count();
    if taken == 0 {
        return Ok(Status::Done);
    }
    let question = format!("take over {}?", count(taken, "object"));
    if !arguments.change.yes && !report.confirm(&question, &|| stop.is_set()) {
        return Ok(stop.status().unwrap_or(Status::Interrupted));
    }
    let adopted = adopt::adopt(&cluster, request, &stop, &wish).await?;
    let status = told(&title, &adopted, report);
    Ok(stop.status().map_or(status, |told| status.and(told)))
}

fn told(title: &str, adopted: &Adopted, report: &mut Report) -> Status {
    for (id, reason) in &adopted.failed {
        let problem = Diagnostic::error(format!("`{id}` is not taken over"));
        report.problems(&[problem
            .because(reason.clone())
            .hint("run it again: what is ours already is left as it is")]);
    }
    let done = count(adopted.done.len(), "object");
    let removed = match adopted.removed {
        0 => String::new(),
        number => format!(", {} removed", count(number, "record")),
    };
    report.status(&format!("{title}: {done} taken over{removed}; the next sync applies them"));
    if adopted.failed.is_empty() { Status::Done } else { Status::Failed }
}

fn is_taken(decision: &Decision) -> bool {
    !matches!(decision.fate, Fate::Left(_))
}

fn wish(arguments: &Arguments) -> Wish {
    let is_kahoy = arguments.from == Tool::Kahoy;
    Wish {
        tool: if is_kahoy { adoption::Tool::Kahoy } else { adoption::Tool::Kubectl },
        dropped: is_kahoy && arguments.record_dropped,
        remove_records: arguments.remove_records,
        records_in: arguments.records_in.clone(),
        store: arguments.storage_id.clone(),
    }
}

fn again(arguments: &Arguments) -> String {
    let from = match arguments.from {
        Tool::Kubectl => "kubectl",
        Tool::Kahoy => "kahoy",
    };
    format!(
        "molave adopt {0} --from {from} --yes`, or look first with `molave adopt {0} --from {from} --dry-run",
        arguments.environment
    )
}

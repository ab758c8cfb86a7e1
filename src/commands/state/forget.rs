//! `molave state forget`: take objects out of the record.

use crate::cli::state::Forget;
use crate::cluster::Cluster;
use crate::commands::session::{self, History, Session};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::report::{self, Report, count};
use crate::settings::Settings;
use crate::sync::Request;
use crate::sync::forget::{self, Forgetting, Found};

/// Runs the command.
pub(super) fn run(
    arguments: &Forget,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    let objects = arguments.objects.join(" ");
    let again = format!("molave state forget {} {objects} --yes", arguments.environment);
    session::somebody_to_ask(arguments.change.yes, &again)?;
    let manifests = session.manifests()?;
    let history = History::none();
    let mut request = session.request(manifests.as_ref(), &history, session.run_info()?);
    request.flags.lock_timeout =
        session::duration("--lock-timeout", &arguments.change.lock_timeout)?;
    session::block_on(forget(&session, &request, arguments, report))
}

async fn forget(
    session: &Session<'_>,
    request: &Request<'_>,
    arguments: &Forget,
    report: &mut Report,
) -> Result<Status, Failure> {
    let stop = session::listen()?;
    let cluster = session.connect().await?;
    let found = look(&cluster, request, arguments).await?;
    let objects = match found {
        Found::Objects(objects) => objects,
        Found::Refused(refusals) => return Ok(session::refused(&refusals, report)),
    };
    let title = session.title();
    report.status(report::state::forgetting(&title, &objects).trim_end());
    let question = format!("forget {} of {title}?", count(objects.len(), "object"));
    if !arguments.change.yes && !report.confirm(&question, &|| stop.is_set()) {
        return Ok(stop.status().unwrap_or(Status::Interrupted));
    }
    let ids: Vec<_> = objects.into_iter().map(|Forgetting { id, .. }| id).collect();
    let forgotten = forget::forget(&cluster, request, &stop, &ids, arguments.record_only).await?;
    let mut status = Status::Done;
    for (id, reason) in &forgotten.failed {
        let problem = Diagnostic::error(format!("`{id}` stays in the record"));
        report.problems(&[problem.because(reason.clone())]);
        status = Status::Failed;
    }
    report.status(&format!("{title}: {} forgotten", count(forgotten.done.len(), "object")));
    Ok(stop.status().map_or(status, |told| status.and(told)))
}

async fn look(
    cluster: &Cluster,
    request: &Request<'_>,
    arguments: &Forget,
) -> Result<Found, Failure> {
    forget::look(cluster, request, &arguments.objects, arguments.record_only).await
}

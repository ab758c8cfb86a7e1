//! `molave wait`: wait until everything that an environment holds is ready, or gone.

use super::session::{self, History, Session};
use crate::cli::wait::Arguments;
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::report::{Report, count};
use crate::settings::Settings;
use crate::sync::{Event, Request, held};
use std::time::Instant;

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    let timeout = arguments.timeout.as_deref().map(|text| session::duration("--timeout", text));
    let manifests = session.manifests()?;
    let history = History::none();
    let mut request = session.request(manifests.as_ref(), &history, session.run_info()?);
    request.flags.timeout = timeout.transpose()?;
    request.options.apps = arguments.apps.iter().cloned().collect();
    session::block_on(wait(&session, &request, report))
}

async fn wait(
    session: &Session<'_>,
    request: &Request<'_>,
    report: &mut Report,
) -> Result<Status, Failure> {
    let begun = Instant::now();
    let stop = session::listen()?;
    let cluster = session.connect().await?;
    let mut told = |event: Event<'_>| report.sync_event(&event);
    let waited = held::wait(&cluster, request, &stop, &mut told).await?;
    let mut status = Status::Done;
    for (id, reason) in &waited.missed {
        let problem = Diagnostic::error(format!("`{id}` is not as it should be"));
        report.problems(&[problem.because(reason.clone())]);
        status = Status::NotReady;
    }
    let title = session.title();
    let seconds = begun.elapsed().as_secs_f64();
    let reached = count(waited.reached.len(), "object");
    report.status(&format!("{title}: {reached} as they should be after {seconds:.1} s"));
    Ok(stop.status().map_or(status, |told| status.and(told)))
}

//! `molave state unlock`: take the lease from a run that hangs.

use crate::cli::state::Unlock;
use crate::clock;
use crate::cluster::{Class, Standing};
use crate::commands::session::{self, History, Session};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::report::{self, Report};
use crate::settings::Settings;
use crate::sync::Request;
use crate::sync::situation::{cannot, unreachable};

/// Runs the command.
pub(super) fn run(
    arguments: &Unlock,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    let again = format!("molave state unlock {} --yes", arguments.environment);
    session::somebody_to_ask(arguments.yes, &again)?;
    let history = History::none();
    let request = session.request(None, &history, session.run_info()?);
    session::block_on(unlock(&session, &request, arguments, report))
}

async fn unlock(
    session: &Session<'_>,
    request: &Request<'_>,
    arguments: &Unlock,
    report: &mut Report,
) -> Result<Status, Failure> {
    let stop = session::listen()?;
    let cluster = session.connect().await?;
    let (namespace, name) = (&request.settings.state_namespace, request.state_name());
    let seen = Standing::look(&cluster, namespace, &name).await;
    let title = session.title();
    let Some(standing) = seen.map_err(|error| unreachable(&error, "the lease"))? else {
        report.status(&format!("{title}: nobody holds the lease"));
        return Ok(Status::Done);
    };
    let age = clock::seconds_since(standing.renewed());
    report.status(report::state::holding(&title, &standing, age).trim_end());
    if !arguments.yes && !report.confirm("take the lease from it?", &|| stop.is_set()) {
        return Ok(stop.status().unwrap_or(Status::Interrupted));
    }
    match standing.release(&cluster, namespace, &name).await {
        Ok(()) => {
            report.status(&format!(
                "{title}: the lease is free; what that run left open is settled by the next"
            ));
            Ok(Status::Done)
        }
        Err(error) if error.class == Class::Conflict => {
            Err(Failure::Held(Box::new(alive(request))))
        }
        Err(error) => Err(cannot(&error, "free the lease")),
    }
}

fn alive(request: &Request<'_>) -> Diagnostic {
    Diagnostic::error("the lease was renewed since it was shown: its holder is alive")
        .because("nothing was changed")
        .hint(format!(
            "stop that run, or wait for it; `molave state unlock {} --yes` does not wait for an answer",
            request.environment
        ))
}

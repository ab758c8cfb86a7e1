//! `molave state`: look at the record of an environment, restore it, or change it.

mod forget;
mod relocate;
mod unlock;

use super::session::{self, History, Session};
use crate::cli::state::{Action, Arguments, Format, Rebuild, Show};
use crate::error::Failure;
use crate::exit::Status;
use crate::report::{self, Report, count};
use crate::settings::Settings;
use crate::sync::record::{self, Rebuilt};

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    match &arguments.action {
        Action::Show(arguments) => show(arguments, settings, report),
        Action::Rebuild(arguments) => rebuild(arguments, settings, report),
        Action::Forget(arguments) => forget::run(arguments, settings, report),
        Action::Move(arguments) => relocate::run(arguments, settings, report),
        Action::Unlock(arguments) => unlock::run(arguments, settings, report),
    }
}

fn show(arguments: &Show, settings: &Settings, report: &mut Report) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    let history = History::none();
    let request = session.request(None, &history, session.run_info()?);
    let inventory = session::block_on(async {
        let cluster = session.connect().await?;
        record::read(&cluster, &request).await
    })?;
    let text = match arguments.output {
        Format::Text => report::state::table(&inventory),
        Format::Json => report::document::state(&inventory),
    };
    report.data(&text)?;
    Ok(Status::Done)
}

fn rebuild(
    arguments: &Rebuild,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    let title = session.title();
    let question = format!("write a new record for {title} from the marks in the cluster?");
    let again = format!("molave state rebuild {} --yes", arguments.environment);
    session::somebody_to_ask(arguments.yes, &again)?;
    if !arguments.yes && !report.confirm(&question, &|| false) {
        return Ok(Status::Interrupted);
    }
    let history = History::none();
    let request = session.request(None, &history, session.run_info()?);
    let rebuilt = session::block_on(async {
        let cluster = session.connect().await?;
        record::rebuild(&cluster, &request).await
    })?;
    match rebuilt {
        Rebuilt::Restored(objects) => {
            let objects = count(objects, "object");
            report.status(&format!(
                "{title}: recorded {objects} again; the next sync applies them all"
            ));
            Ok(Status::Done)
        }
        Rebuilt::Refused(refusals) => Ok(session::refused(&refusals, report)),
    }
}

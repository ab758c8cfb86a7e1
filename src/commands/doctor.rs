//! `molave doctor`: say whether an environment is fit to be synced.

use super::session::{self, History, Session};
use crate::cli::doctor::Arguments;
use crate::cli::state::Format;
use crate::error::Failure;
use crate::exit::Status;
use crate::git;
use crate::report::{self, Report};
use crate::settings::Settings;
use crate::sync::doctor::{self, Git, Verdict};
use crate::sync::situation::looked;

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    let session = Session::read(settings, &arguments.environment)?;
    let manifests = session.manifests()?;
    let history = History::read(settings)?;
    let git =
        Git { commit: history.commit.clone(), is_shallow: git::is_shallow(&settings.directory)? };
    let request = session.request(manifests.as_ref(), &history, session.run_info()?);
    let examination = session::block_on(async {
        let stop = session::listen()?;
        let cluster = session.connect().await?;
        looked(&stop, Box::pin(doctor::examine(&cluster, &request, &git))).await
    })?;
    let text = match arguments.output {
        Format::Text => report::doctor::text(&session.title(), &examination),
        Format::Json => {
            report::doctor::document(&session.project.name, &session.name, &examination)
        }
    };
    report.data(&text)?;
    let is_fit = examination.verdict() < Verdict::Bad;
    Ok(if is_fit { Status::Done } else { Status::Failed })
}

//! What is asked of a run. It must not know where the wishes came from.

use super::desired::Sources;
use crate::cluster::Holder;
use crate::config::project::Environment;
use plan::plan::Identity;
use plan::{Options, Place, marks};
use std::time::Duration;

/// A run that is asked for.
pub struct Request<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// What the project file says of it.
    pub settings: &'a Environment,
    /// The manifests; none if their folder is not there.
    pub manifests: Option<&'a Sources<'a>>,
    /// Where that folder should be.
    pub folder: String,
    /// The commit that is synced; none outside Git.
    pub commit: Option<String>,
    /// Whether a commit is an ancestor of the one that is synced; why not, otherwise.
    pub ancestry: &'a dyn Fn(&str) -> Result<(), String>,
    /// What the planner must know.
    pub options: Options,
    /// What only the sequence must know.
    pub flags: Flags,
    /// Who runs.
    pub run: RunInfo,
}

/// Choices that do not change the plan.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Flags {
    /// Only show the plan.
    pub dry_run: bool,
    /// Nothing is recorded yet, and that is right.
    pub first: bool,
    /// Sync a commit that does not follow the recorded one.
    pub allow_older: bool,
    /// Refuse the run if any service is blocked.
    pub all_or_nothing: bool,
    /// Refuse an object rather than take fields of it from others.
    pub yields: bool,
    /// Wait until everything is ready before anything is deleted.
    pub wait: bool,
    /// How long to wait for readiness and absence, if given.
    pub timeout: Option<Duration>,
    /// How long to wait for the lease.
    pub lock_timeout: Duration,
    /// Take the lease at once, whoever holds it.
    pub take_over: bool,
    /// How many deletions are meant.
    pub max_deletions: Option<u32>,
    /// Deletions that are approved, besides those in the project file.
    pub approve: Vec<String>,
}

/// Who runs.
#[derive(Clone, Debug, Default)]
pub struct RunInfo {
    /// The random id.
    pub id: String,
    /// Who started it.
    pub actor: Option<String>,
    /// Where its log is.
    pub url: Option<String>,
    /// When it began, RFC 3339.
    pub started: String,
}

impl Request<'_> {
    /// The name of the state's objects.
    pub fn state_name(&self) -> String {
        marks::state_name(self.project, self.environment)
    }

    /// Where the record is kept.
    pub fn place(&self) -> Place {
        Place {
            namespace: self.settings.state_namespace.clone(),
            project: self.project.to_owned(),
            environment: self.environment.to_owned(),
        }
    }

    /// Who holds the lease of the run.
    pub fn holder(&self) -> Holder {
        Holder {
            run: self.run.id.clone(),
            actor: self.run.actor.clone(),
            url: self.run.url.clone(),
            commit: self.commit.clone(),
            since: self.run.started.clone(),
        }
    }

    /// The marks of this environment.
    pub fn identity(&self) -> Identity {
        Identity {
            project: self.project.to_owned(),
            environment: self.environment.to_owned(),
            applyset: marks::applyset_id(&self.state_name(), &self.settings.state_namespace),
        }
    }
}

//! What came of a run. It must not know how it is shown or stored.

use super::request::RunInfo;
use crate::error::Diagnostic;
use crate::exit::Status;
use manifest::ObjectId;
use plan::guards::Refusal;
use plan::inventory::RunCounts;
use plan::{Action, Plan};
use std::collections::BTreeMap;

/// A run that has ended, one way or the other.
#[derive(Debug)]
pub struct Outcome {
    /// Who ran.
    pub run: RunInfo,
    /// The UID of the cluster's `kube-system` namespace.
    pub cluster: String,
    /// The commit that was synced.
    pub commit: Option<String>,
    /// The plan, as far as one was made.
    pub plan: Plan,
    /// What came of each object that the run came to.
    pub results: BTreeMap<ObjectId, ObjectResult>,
    /// What refused the run.
    pub refusals: Vec<Refusal>,
    /// What else is to be told.
    pub problems: Vec<Diagnostic>,
    /// Objects that are not ready, each with the reason.
    pub not_ready: BTreeMap<ObjectId, String>,
    /// How it ended.
    pub status: Status,
}

/// What came of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectResult {
    /// It was done.
    Done {
        /// The UID, if the object is there.
        uid: Option<String>,
        /// The generation, if the object is there and its kind has one.
        generation: Option<i64>,
    },
    /// It was refused, with this reason; nothing was stored.
    Failed(String),
    /// Nobody knows whether it was done.
    Uncertain(String),
    /// It was not tried.
    Skipped(String),
    /// It was asked to go and is still there.
    StillThere(String),
}

impl ObjectResult {
    /// Whether it was done.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }
}

impl Outcome {
    /// How many objects were made, changed, deleted, and failed.
    pub fn counts(&self) -> RunCounts {
        let mut counts = RunCounts::default();
        for change in &self.plan.changes {
            let Some(result) = self.results.get(&change.id) else { continue };
            let number = match (result.is_done(), change.action) {
                (true, Action::Create) => &mut counts.created,
                (true, Action::Update | Action::Adopt | Action::Drifted) => &mut counts.updated,
                (true, Action::Delete) => &mut counts.deleted,
                (false, _) if !matches!(result, ObjectResult::Skipped(_)) => &mut counts.failed,
                (true | false, _) => continue,
            };
            *number += 1;
        }
        counts
    }
}

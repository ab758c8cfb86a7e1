//! What came of a run. It must not know how it is shown or stored.

use super::request::{Request, RunInfo};
use crate::error::Diagnostic;
use crate::exit::Status;
use crate::signals::Stop;
use manifest::ObjectId;
use plan::guards::Refusal;
use plan::inventory::RunCounts;
use plan::{Action, Observed, Plan, RunPhase};
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
    /// A run that has done nothing yet.
    pub(super) fn begin(request: &Request<'_>, cluster: &str) -> Self {
        Self {
            run: request.run.clone(),
            cluster: cluster.to_owned(),
            commit: request.commit.clone(),
            plan: Plan::default(),
            results: BTreeMap::new(),
            refusals: Vec::new(),
            problems: Vec::new(),
            not_ready: BTreeMap::new(),
            status: Status::Done,
        }
    }

    /// Takes in refusals. Whether there are any.
    pub(super) fn refused(&mut self, refusals: Vec<Refusal>) -> bool {
        let any = !refusals.is_empty();
        self.refusals.extend(refusals);
        if any {
            self.status = self.status.and(Status::Refused);
        }
        any
    }

    /// Takes in the plan. A blocked service is work that failed.
    pub(super) fn planned(&mut self, plan: Plan, observed: &Observed, request: &Request<'_>) {
        self.plan = plan;
        self.problems.extend(strays(request, observed));
        if self.plan.blocked.is_empty() {
            return;
        }
        self.status = self.status.and(Status::Failed);
        let missing = missing_namespaces(&self.plan, observed);
        if !missing.is_empty() && !request.options.create_namespaces {
            self.problems.push(no_namespaces(request, &missing));
        }
    }

    /// Takes in how it ends, from what came of its objects.
    pub(super) fn conclude(&mut self, stop: &Stop) {
        let has_failed = |result: &ObjectResult| {
            matches!(result, ObjectResult::Failed(_) | ObjectResult::Uncertain(_))
        };
        let is_there = |result: &ObjectResult| matches!(result, ObjectResult::StillThere(_));
        if self.results.values().any(has_failed) {
            self.status = self.status.and(Status::Failed);
        }
        if self.results.values().any(is_there) || !self.not_ready.is_empty() {
            self.status = self.status.and(Status::NotReady);
        }
        if let Some(status) = stop.status() {
            self.status = self.status.and(status);
        }
    }

    /// How it is recorded.
    pub(super) fn phase(&self) -> RunPhase {
        match self.status {
            Status::Done => RunPhase::Succeeded,
            Status::Interrupted | Status::Terminated => RunPhase::Interrupted,
            _ => RunPhase::Failed,
        }
    }

    /// How many objects were made, changed, deleted, and failed.
    pub fn counts(&self) -> RunCounts {
        let mut counts = RunCounts::default();
        for change in &self.plan.changes {
            let Some(result) = self.results.get(&change.id) else { continue };
            let number = match (result.is_done(), change.action) {
                (true, Action::Create) => &mut counts.created,
                (true, Action::Update | Action::Adopt | Action::Drifted | Action::Replace) => {
                    &mut counts.updated
                }
                (true, Action::Delete) => &mut counts.deleted,
                (false, _) if !matches!(result, ObjectResult::Skipped(_)) => &mut counts.failed,
                (true | false, _) => continue,
            };
            *number += 1;
        }
        counts
    }
}

/// The namespaces that are not there and that this run does not make.
fn missing_namespaces(plan: &Plan, observed: &Observed) -> Vec<String> {
    let makes = |name: &str| {
        plan.changes.iter().any(|change| {
            let id = &change.id;
            let is_namespace = id.is("", "Namespace") && id.name == name;
            is_namespace && change.action == Action::Create
        })
    };
    observed.missing_namespaces.iter().filter(|name| !makes(name)).cloned().collect()
}

/// What carries our mark and nobody knows of. Nothing is done to it: that it is not recorded means
/// that it is not known whether we made it.
fn strays(request: &Request<'_>, observed: &Observed) -> Option<Diagnostic> {
    let names: Vec<String> = observed.strays.iter().map(|id| format!("`{id}`")).collect();
    let (carry, are) = match names.len() {
        0 => return None,
        1 => ("1 object carries".to_owned(), "is"),
        number => (format!("{number} objects carry"), "are"),
    };
    let environment = request.environment;
    let problem = Diagnostic::warning(format!(
        "{carry} the mark of `{environment}` and {are} not recorded: {}",
        names.join(", ")
    ));
    let problem = problem.because("a request of a run that was killed may have come late");
    Some(problem.hint("delete it with `kubectl delete`, or put it into Git and run with `--adopt`"))
}

fn no_namespaces(request: &Request<'_>, missing: &[String]) -> Diagnostic {
    let environment = request.environment;
    Diagnostic::warning(format!("nothing makes the namespace `{}`", missing.join("`, `"))).hint(format!(
        "make it, or let each run do so with `createNamespaces: true` in `environments.{environment}` of `molave.yaml`"
    ))
}

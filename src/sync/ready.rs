//! What a run with `--wait` waits for: everything that awaits readiness and is wanted, whether this
//! run changed it or one before, so that a run after a failed rollout still says that it failed.

use super::event::Event;
use super::execution::Execution;
use super::request::Request;
use crate::cluster::{ApiError, Cluster, Discovery};
use crate::config::names;
use crate::signals::Stop;
use crate::wait::{self, Target, Waited, Wish};
use manifest::ObjectId;
use plan::{Action, Change, Plan};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// What a wait takes if nothing is said, as in DESIGN.md.
const DEFAULT: Duration = Duration::from_mins(10);

impl Execution<'_> {
    /// Waits for those `chosen` of the services that were not halted. What is not ready halts its
    /// service, so that nothing more of it is applied, and nothing deleted.
    pub(super) async fn wait_for(
        &mut self,
        chosen: impl Fn(&Change) -> bool,
        told: &mut dyn FnMut(Event<'_>),
    ) {
        let wanted = |change: &Change| !self.halted.contains_key(&change.service) && chosen(change);
        let targets = targets(self.request, self.plan, wanted);
        if targets.is_empty() {
            return;
        }
        let services: BTreeMap<ObjectId, String> = self
            .plan
            .changes
            .iter()
            .filter(|change| chosen(change))
            .map(|change| (change.id.clone(), change.service.clone()))
            .collect();
        let waited =
            wait_for(self.cluster, &self.discovery, &self.applyset, targets, self.stop, told).await;
        match waited {
            Ok(waited) => self.judge(&services, waited),
            Err(error) => {
                for service in services.values() {
                    self.halt(service, &format!("readiness is not known: {}", error.message));
                }
                self.not_ready_unknown(&chosen, &error);
            }
        }
    }

    /// What is waited for so that others may begin. More than once is the same as once.
    pub(super) fn target(&self, id: &ObjectId) -> Target {
        let service = self.plan.changes.iter().find(|change| change.id == *id);
        let service = service.map(|change| change.service.as_str()).unwrap_or_default();
        let deadline = Instant::now() + timeout(self.request, service);
        Target { id: id.clone(), wish: Wish::Ready, deadline }
    }

    pub(super) fn judge(&mut self, services: &BTreeMap<ObjectId, String>, waited: Waited) {
        for id in waited.reached.iter().filter(|id| id.is("batch", "Job")) {
            self.ledger.completed(id);
        }
        for (id, reason) in waited.missed {
            if let Some(service) = services.get(&id) {
                self.halt(service, &format!("`{id}` is not ready"));
            }
            self.not_ready.insert(id, reason);
        }
    }

    /// Nothing could be asked: whatever was to be waited for counts as not ready.
    fn not_ready_unknown(&mut self, chosen: impl Fn(&Change) -> bool, error: &ApiError) {
        for target in targets(self.request, self.plan, chosen) {
            self.not_ready.insert(target.id, error.message.clone());
        }
    }
}

/// Waits for targets, and passes on what is learnt as events.
pub(super) async fn wait_for(
    cluster: &Cluster,
    discovery: &Discovery,
    applyset: &str,
    targets: Vec<Target>,
    stop: &Stop,
    told: &mut dyn FnMut(Event<'_>),
) -> Result<Waited, ApiError> {
    let mut pass_on = |id: &ObjectId, readiness: &plan::Readiness| {
        told(Event::Readiness { id, readiness });
    };
    wait::wait(cluster, discovery, applyset, targets, stop, &mut pass_on).await
}

/// What of a plan is waited for: what it leaves in place, of the changes that are `wanted`.
pub(super) fn targets(
    request: &Request<'_>,
    plan: &Plan,
    wanted: impl Fn(&Change) -> bool,
) -> Vec<Target> {
    let now = Instant::now();
    let stays = |action: Action| action.is_apply() || action == Action::Unchanged;
    let changes = plan
        .changes
        .iter()
        .filter(|change| stays(change.action) && wait::is_awaited(&change.id) && wanted(change));
    changes
        .map(|change| Target {
            id: change.id.clone(),
            wish: Wish::Ready,
            deadline: now + timeout(request, &change.service),
        })
        .collect()
}

/// How long a service is waited for: as the command line says, else the service's own setting, else
/// the environment's.
pub(super) fn timeout(request: &Request<'_>, service: &str) -> Duration {
    let own = || names::duration(&request.manifests?.wait_timeout(service)?);
    let environments = || names::duration(&request.settings.wait_timeout);
    request.flags.timeout.or_else(own).or_else(environments).unwrap_or(DEFAULT)
}

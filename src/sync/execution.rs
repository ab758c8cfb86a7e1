//! A run at work: what is needed to apply each object, and what the ledger learns of each answer.
//! When an object's turn comes is the matter of [`super::stages`].
//!
//! A failure stops the rest of its service and of the services that depend on it; others go on
//! (DESIGN.md, rule 12). It must not know when the record is stored.

use super::apply::{Applying, Target, Task};
use super::event::Event;
use super::observe::{defined_kinds, marked, owner};
use super::outcome::ObjectResult;
use super::request::Request;
use crate::cluster::{Cluster, Discovery, Lease};
use crate::signals::Stop;
use manifest::ObjectId;
use plan::{
    Action, Change, Desired, Inventory, Ledger, Live, Observed, Plan, Readiness, Wanted, ownership,
    readiness,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a new kind may take until it is served.
const SERVED_WITHIN: Duration = Duration::from_mins(1);

/// How long a server may go on judging by a definition as it was before a change.
const DEFINITION_LAG: Duration = Duration::from_secs(10);

/// How long the absence of an object is awaited if nothing else is said.
pub(super) const ABSENCE: Duration = Duration::from_mins(1);

/// Why a run goes no further with an object once its lease is lost.
pub(super) const LOST: &str = "the lease is lost, or nobody can say whose it is";

/// A run at work.
pub(super) struct Execution<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) request: &'a Request<'a>,
    pub(super) stop: &'a Stop,
    pub(super) lease: &'a Lease,
    pub(super) plan: &'a Plan,
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) before: &'a Inventory,
    pub(super) key: Option<&'a [u8]>,
    pub(super) applyset: String,
    pub(super) discovery: Arc<Discovery>,
    pub(super) ledger: Ledger,
    /// What came of each object.
    pub(super) results: BTreeMap<ObjectId, ObjectResult>,
    /// Services that must not go on, with the reason.
    pub(super) halted: BTreeMap<String, String>,
    /// What is not ready, with the reason.
    pub(super) not_ready: BTreeMap<ObjectId, String>,
    /// The kinds whose definitions this run has applied, by group and name.
    pub(super) redefined: BTreeSet<(String, String)>,
}

impl Execution<'_> {
    /// Carries out the plan: applies, waits if asked, and deletes.
    pub(super) async fn run(&mut self, told: &mut dyn FnMut(Event<'_>)) {
        self.apply(told).await;
        if self.request.flags.wait && !self.must_end() {
            self.wait_for(|_| true, told).await;
        }
        self.prune(told).await;
        if self.stop.is_set() {
            told(Event::Stopping);
        }
    }

    /// Whether nothing new may be begun.
    pub(super) fn must_end(&self) -> bool {
        self.stop.is_set() || self.lease.is_lost()
    }

    /// What is needed to apply an object.
    pub(super) fn task(
        &self,
        change: &Change,
        wanted: &BTreeMap<&ObjectId, (&str, &Wanted)>,
    ) -> Result<Task, String> {
        let id = &change.id;
        let (service, wanted) = wanted.get(id).ok_or("it is not wanted any more")?;
        let version = wanted.object.version();
        let resource = self.discovery.find(&id.group, &id.kind, version).ok_or_else(|| {
            format!("`{}` is not served by the cluster", wanted.object.api_version)
        })?;
        let live = self.observed.sights.get(id).and_then(|sight| sight.live.as_ref());
        let run = &self.request.run.id;
        let attempt = match (change.action, self.before.entries.get(id)) {
            (Action::Update | Action::Drifted, Some(entry)) => &entry.attempt,
            _ => run,
        };
        let body = marked(&wanted.object, &self.applyset, &owner(self.request, service, attempt));
        let target = match live {
            Some(live) if change.action == Action::Replace => {
                Target::Old(Box::new(self.removal(change, resource.clone(), live.uid())))
            }
            Some(live) if change.action == Action::Adopt => {
                Target::Theirs { uid: live.uid().to_owned() }
            }
            Some(live) if change.action != Action::Create => Target::Object {
                uid: live.uid().to_owned(),
                replicas: ownership::replicas_to_hand_over(live, &body),
            },
            live => Target::Nothing { is_going: live.is_some() },
        };
        Ok(Task {
            id: id.clone(),
            service: change.service.clone(),
            resource: resource.clone(),
            body,
            attempt: attempt.clone(),
            target,
            begins_with: self.plan.begins_with.get(id).copied(),
            patience: self.patience(),
            force: !self.request.flags.yields,
            lag: if self.redefined.contains(&(id.group.clone(), id.kind.clone())) {
                DEFINITION_LAG
            } else {
                Duration::ZERO
            },
        })
    }

    /// How long absence is awaited.
    pub(super) fn patience(&self) -> Duration {
        self.request.flags.timeout.unwrap_or(ABSENCE)
    }

    /// Tells ledger and listener what came of an apply.
    pub(super) fn learn(
        &mut self,
        change: &Change,
        applying: Applying,
        told: &mut dyn FnMut(Event<'_>),
    ) {
        match applying {
            Applying::Applied(applied) => {
                let owned = ownership::owned_digest(
                    &applied.live,
                    ownership::key_for(&change.id, self.key),
                );
                self.ledger.applied(&change.id, &applied.live, owned);
                for text in &applied.warnings {
                    told(Event::Warning { id: &change.id, text });
                }
                self.finish(change, done(&applied.live), told);
            }
            Applying::Raced(live) => {
                self.ledger.raced(&change.id, &live);
                let reason = "someone else made it at the same time; it is not ours".to_owned();
                self.fail(change, ObjectResult::Failed(reason), told);
            }
            Applying::Refused(reason) => {
                self.ledger.refused(&change.id);
                self.fail(change, ObjectResult::Failed(reason), told);
            }
            Applying::Uncertain(reason) => {
                self.ledger.uncertain(&change.id);
                self.fail(change, ObjectResult::Uncertain(reason), told);
            }
            Applying::NotMadeAgain(reason) => {
                self.ledger.gone(&change.id);
                let reason = format!("the old one is gone, and a new one was refused: {reason}");
                self.fail(change, ObjectResult::Failed(reason), told);
            }
            Applying::StillThere(reason) => {
                self.ledger.uncertain(&change.id);
                self.not_ready.insert(change.id.clone(), reason.clone());
                self.fail(change, ObjectResult::StillThere(reason), told);
            }
        }
    }

    pub(super) fn fail(
        &mut self,
        change: &Change,
        result: ObjectResult,
        told: &mut dyn FnMut(Event<'_>),
    ) {
        self.halt(&change.service, &format!("`{}` failed", change.id));
        self.finish(change, result, told);
    }

    pub(super) fn finish(
        &mut self,
        change: &Change,
        result: ObjectResult,
        told: &mut dyn FnMut(Event<'_>),
    ) {
        told(Event::Finished { id: &change.id, action: change.action, result: &result });
        self.results.insert(change.id.clone(), result);
    }

    /// Stops a service and those that depend on it.
    pub(super) fn halt(&mut self, service: &str, reason: &str) {
        if self.halted.contains_key(service) {
            return;
        }
        self.halted.insert(service.to_owned(), reason.to_owned());
        let dependants: Vec<String> = self
            .desired
            .services
            .iter()
            .filter(|(_, other)| other.depends_on.iter().any(|name| name == service))
            .map(|(name, _)| name.clone())
            .collect();
        for dependant in dependants {
            self.halt(&dependant, &format!("`{service}`, on which it depends, failed"));
        }
    }

    /// What was to be applied and was never tried is recorded as it was.
    pub(super) fn leave_the_rest(&mut self, told: &mut dyn FnMut(Event<'_>)) {
        let rest: Vec<&Change> = self
            .plan
            .changes
            .iter()
            .filter(|change| change.action.is_apply() && !self.results.contains_key(&change.id))
            .collect();
        for change in rest {
            self.skip(change, told);
        }
    }

    /// An object that the run does not come to. That the whole run stops is told once, not for each.
    pub(super) fn skip(&mut self, change: &Change, told: &mut dyn FnMut(Event<'_>)) {
        let halted = self.halted.get(&change.service).cloned();
        let is_told = halted.is_some();
        let stopped = "the run was told to stop".to_owned();
        let result = ObjectResult::Skipped(halted.unwrap_or(stopped));
        self.ledger.untouched(&change.id);
        if is_told {
            self.finish(change, result, told);
        } else {
            self.results.insert(change.id.clone(), result);
        }
    }

    /// Waits until the kinds that were just defined are served, because what comes next may be of
    /// them. A kind that never comes fails where it is applied.
    pub(super) async fn wait_for_definitions(&mut self, changes: &[&Change]) {
        let definitions: Vec<&ObjectId> = changes
            .iter()
            .map(|change| &change.id)
            .filter(|id| id.is_definition() && self.is_done(id))
            .collect();
        self.redefined.extend(self.kinds_of(&definitions));
        let deadline = Instant::now() + SERVED_WITHIN;
        while !definitions.is_empty() && Instant::now() < deadline {
            let served = self.are_established(&definitions).await && self.refresh().await;
            if served || !self.stop.sleep(Duration::from_millis(200)).await {
                break;
            }
        }
    }

    /// The kinds that these definitions define.
    fn kinds_of(&self, definitions: &[&ObjectId]) -> BTreeSet<(String, String)> {
        if definitions.is_empty() {
            return BTreeSet::new();
        }
        defined_kinds(self.desired, |wanted| definitions.contains(&&wanted.object.id))
    }

    pub(super) fn is_done(&self, id: &ObjectId) -> bool {
        self.results.get(id).is_some_and(ObjectResult::is_done)
    }

    async fn are_established(&self, definitions: &[&ObjectId]) -> bool {
        for id in definitions {
            let Some(resource) = self.discovery.preferred(&id.group, &id.kind) else { continue };
            match self.cluster.get(resource, None, &id.name).await {
                Ok(Some(live)) if readiness::assess(&live) == Readiness::Ready => {}
                Ok(_) | Err(_) => return false,
            }
        }
        true
    }

    /// Asks again what is served. Whether everything that is still to be applied is among it.
    async fn refresh(&mut self) -> bool {
        let Ok(discovery) = self.cluster.discover().await else { return false };
        self.discovery = Arc::new(discovery);
        let objects = self.desired.services.values().flat_map(|service| &service.objects);
        let mut objects = objects.map(|wanted| &wanted.object);
        objects.all(|object| {
            self.discovery.find(&object.id.group, &object.id.kind, object.version()).is_some()
        })
    }
}

fn done(live: &Live) -> ObjectResult {
    ObjectResult::Done { uid: Some(live.uid().to_owned()), generation: live.generation() }
}

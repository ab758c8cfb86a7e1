//! Deletes what Git dropped, backwards through the stages, and waits until it is gone.
//!
//! An object goes only if it is still the one that we made and still carries our mark: the delete
//! carries the UID and the resource version with which that was seen (DESIGN.md, rule 6), and what
//! changed since is looked at again. Objects of a service that did not succeed stay. It must not
//! know why an object is to go.

use super::contents::{Holder, is_holder};
use super::event::Event;
use super::execution::{Execution, LOST};
use super::outcome::ObjectResult;
use crate::cluster::{
    ApiError, Class, Cluster, Deleted, Lease, Preconditions, Propagation, Resource,
};
use crate::signals::Stop;
use futures_util::{StreamExt as _, stream};
use manifest::ObjectId;
use plan::guards::taken_along;
use plan::plan::{Identity, why_spared};
use plan::waves::Stage;
use plan::{Action, Change, Live};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How many objects are under way at once.
const PARALLEL: usize = 64;

/// How often a delete is tried whose object changed between the look and the request.
const TRIES: u32 = 5;

/// How often an object that is going is looked at.
const POLL: Duration = Duration::from_millis(200);

/// An object to delete.
pub(super) struct Removal {
    id: ObjectId,
    resource: Resource,
    /// The UID of the object that we made.
    uid: String,
    identity: Identity,
    propagation: Propagation,
    deadline: Instant,
    /// The object as it was when the plan was made.
    seen: Option<Live>,
    /// What has to be known if it holds others.
    holder: Option<Holder>,
}

/// How a run deletes.
#[derive(Clone, Copy)]
struct How {
    /// Until when absence is awaited.
    deadline: Instant,
    /// Whether workloads go after their pods.
    awaits_pods: bool,
}

impl How {
    fn propagation(self, id: &ObjectId) -> Propagation {
        if self.awaits_pods && has_pods(id) {
            Propagation::Foreground
        } else {
            Propagation::Background
        }
    }
}

/// What came of a delete.
pub(super) enum Pruning {
    /// It is gone.
    Gone,
    /// What stands there is not ours, or asks to stay.
    NotOurs(String),
    /// It is on its way and held by these finalizers.
    StillThere(Vec<String>),
    /// The server refused, or could not be asked.
    Failed(String),
}

impl Execution<'_> {
    /// Deletes everything that the plan deletes.
    pub(super) async fn prune(&mut self, told: &mut dyn FnMut(Event<'_>)) {
        let mut stages: BTreeMap<Stage, Vec<&Change>> = BTreeMap::new();
        for change in self.plan.changes.iter().filter(|change| change.action == Action::Delete) {
            stages.entry(change.stage).or_default().push(change);
        }
        let how =
            How { deadline: Instant::now() + self.patience(), awaits_pods: self.awaits_pods() };
        for changes in stages.into_values().rev() {
            self.prune_stage(&changes, how, told).await;
        }
    }

    async fn prune_stage(
        &mut self,
        changes: &[&Change],
        how: How,
        told: &mut dyn FnMut(Event<'_>),
    ) {
        let (going, staying): (Vec<&Change>, Vec<&Change>) = changes
            .iter()
            .partition(|change| !self.halted.contains_key(&change.service) && !self.must_end());
        for change in staying {
            self.skip(change, told);
        }
        let mut tasks = Vec::new();
        for change in going {
            match self.prune_task(change, how) {
                Some(task) => tasks.push((change, task)),
                None => self.skip(change, told),
            }
        }
        let (cluster, stop, lease) = (self.cluster, self.stop, self.lease);
        let under_way: RefCell<BTreeMap<ObjectId, &Change>> = RefCell::default();
        let under_way_here = &under_way;
        let runs = tasks.into_iter().map(async |(change, task): (&Change, Removal)| {
            if stop.is_set() || lease.is_lost() {
                return (change, None);
            }
            under_way_here.borrow_mut().insert(change.id.clone(), change);
            (change, Some(task.run(cluster, stop, lease).await))
        });
        let begun = stream::iter(runs).buffer_unordered(PARALLEL);
        let mut begun = std::pin::pin!(begun);
        loop {
            let next = tokio::select! {
                next = begun.next() => next,
                () = stop.exhausted() => None,
            };
            let Some((change, pruning)) = next else { break };
            under_way.borrow_mut().remove(&change.id);
            match pruning {
                Some(pruning) => self.learn_pruned(change, pruning, told),
                None => self.skip(change, told),
            }
        }
        for (_, change) in under_way.take() {
            let reason = "the run was told to stop before it was gone".to_owned();
            self.finish(change, ObjectResult::StillThere(reason), told);
        }
    }

    fn prune_task(&self, change: &Change, how: How) -> Option<Removal> {
        let id = &change.id;
        let entry = self.before.entries.get(id);
        let version = entry.map(|entry| entry.version.as_str()).unwrap_or_default();
        let resource = self.discovery.serving(id, version)?;
        let recorded = entry.and_then(|entry| entry.uid.clone());
        Some(Removal {
            id: id.clone(),
            resource: resource.clone(),
            // What the plan saw was found to be ours, also if it came after the recorded one.
            uid: change.seen.clone().or(recorded)?,
            identity: self.request.identity(),
            propagation: how.propagation(id),
            deadline: how.deadline,
            seen: self.observed.sights.get(id).and_then(|sight| sight.live.clone()),
            holder: self.holder(id),
        })
    }

    /// Only what was approved may go along; what was not refused the run.
    fn holder(&self, id: &ObjectId) -> Option<Holder> {
        is_holder(id).then(|| Holder {
            discovery: Arc::clone(&self.discovery),
            approved: taken_along(self.plan, id).cloned().collect(),
        })
    }

    /// Workloads go after their pods if someone waits, so that their absence means that nothing
    /// runs any more, and if a namespace goes, which must be empty. It takes the garbage collector
    /// some time, so otherwise they go first.
    fn awaits_pods(&self) -> bool {
        self.request.flags.wait || self.plan.deletions().any(|change| change.id.is("", "Namespace"))
    }

    /// How an object goes so that it can be made again: what it owns goes first.
    pub(super) fn removal(&self, change: &Change, resource: Resource, uid: &str) -> Removal {
        Removal {
            id: change.id.clone(),
            resource,
            uid: uid.to_owned(),
            identity: self.request.identity(),
            propagation: Propagation::Foreground,
            deadline: Instant::now() + self.patience(),
            seen: self.observed.sights.get(&change.id).and_then(|sight| sight.live.clone()),
            holder: self.holder(&change.id),
        }
    }

    fn learn_pruned(&mut self, change: &Change, pruning: Pruning, told: &mut dyn FnMut(Event<'_>)) {
        let id = &change.id;
        let result = match pruning {
            Pruning::Gone => {
                self.ledger.gone(id);
                ObjectResult::Done { uid: None, generation: None }
            }
            Pruning::NotOurs(reason) => {
                self.ledger.disowned(id);
                ObjectResult::Skipped(reason)
            }
            Pruning::StillThere(finalizers) => {
                told(Event::Going { id, finalizers: &finalizers });
                let reason = still_there(&finalizers);
                self.not_ready.insert(id.clone(), reason.clone());
                self.halt(&change.service, &format!("`{id}` is still there"));
                ObjectResult::StillThere(reason)
            }
            Pruning::Failed(reason) => {
                self.halt(&change.service, &format!("`{id}` could not be deleted"));
                ObjectResult::Failed(reason)
            }
        };
        self.finish(change, result, told);
    }
}

impl Removal {
    pub(super) async fn run(mut self, cluster: &Cluster, stop: &Stop, lease: &Lease) -> Pruning {
        for _ in 0..TRIES {
            // Before each look: whoever holds it now may want the object, and gave it a version
            // that a delete of ours does not know.
            if !lease.holds().await {
                return Pruning::Failed(LOST.to_owned());
            }
            let live = match self.look(cluster).await {
                Ok(None) => return Pruning::Gone,
                Ok(Some(live)) => live,
                Err(error) => return Pruning::Failed(error.message),
            };
            if let Some(reason) = why_spared(&self.identity, &self.uid, &live) {
                return Pruning::NotOurs(reason.to_owned());
            }
            if live.is_terminating() {
                return self.wait_for_absence(cluster, stop).await;
            }
            if let Some(holder) = &self.holder
                && let Some(reason) = holder.refuse(cluster, &self.id).await
            {
                return Pruning::Failed(reason);
            }
            match self.delete(cluster, &live).await {
                Ok(Deleted::Gone) => return Pruning::Gone,
                // After a lost answer looking is all that can be done, and all that is needed.
                Ok(Deleted::Going(_)) => return self.wait_for_absence(cluster, stop).await,
                Err(error) if error.class == Class::Ambiguous => {}
                Err(error) if error.class == Class::Conflict => {}
                Err(error) => return Pruning::Failed(error.message),
            }
        }
        Pruning::Failed("it kept changing while it was to be deleted".to_owned())
    }

    /// The object as the plan saw it; from the second time on, as it is now.
    async fn look(&mut self, cluster: &Cluster) -> Result<Option<Live>, ApiError> {
        match self.seen.take() {
            Some(live) => Ok(Some(live)),
            None => self.get(cluster).await,
        }
    }

    async fn delete(&self, cluster: &Cluster, live: &Live) -> Result<Deleted, ApiError> {
        let preconditions =
            Preconditions { uid: &self.uid, resource_version: Some(live.resource_version()) };
        let namespace = self.id.namespace.as_deref();
        let (resource, name) = (&self.resource, &self.id.name);
        cluster.delete(resource, namespace, name, preconditions, self.propagation).await
    }

    async fn wait_for_absence(&self, cluster: &Cluster, stop: &Stop) -> Pruning {
        loop {
            let live = match self.get(cluster).await {
                Ok(None) => return Pruning::Gone,
                Ok(Some(live)) if live.uid() != self.uid => return Pruning::Gone,
                Ok(Some(live)) => live,
                Err(error) => return Pruning::Failed(error.message),
            };
            if Instant::now() > self.deadline || !stop.sleep(POLL).await {
                let finalizers = live.finalizers().into_iter().map(str::to_owned).collect();
                return Pruning::StillThere(finalizers);
            }
        }
    }

    async fn get(&self, cluster: &Cluster) -> Result<Option<Live>, ApiError> {
        cluster.get(&self.resource, self.id.namespace.as_deref(), &self.id.name).await
    }
}

/// Whether pods belong to objects of this kind.
fn has_pods(id: &ObjectId) -> bool {
    matches!(
        (id.group.as_str(), id.kind.as_str()),
        ("apps", _) | ("batch", "Job" | "CronJob") | ("", "ReplicationController")
    )
}

pub(super) fn still_there(finalizers: &[String]) -> String {
    match finalizers {
        [] => "it is being deleted and still there".to_owned(),
        held => format!("it is being deleted, held by `{}`", held.join("`, `")),
    }
}

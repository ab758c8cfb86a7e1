//! Waits until objects are ready, or gone.
//!
//! Owns how often the cluster is looked at and for how long. When an object is ready is decided in
//! [`plan::readiness`]. It must not know how anything is shown.

use crate::cluster::{ApiError, Cluster, Discovery, ListOptions, Resource};
use crate::signals::Stop;
use futures_util::{StreamExt as _, stream};
use manifest::ObjectId;
use plan::{Live, Readiness, marks, readiness};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// How often the cluster is looked at.
pub const POLL: Duration = Duration::from_millis(500);

/// How many lists are under way at once.
const PARALLEL: usize = 16;

/// An object to wait for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The object.
    pub id: ObjectId,
    /// What is waited for.
    pub wish: Wish,
    /// Until when.
    pub deadline: Instant,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It is ready. A Job that removes itself may be gone instead.
    Ready,
    /// The object of this UID is gone.
    Gone {
        /// The UID.
        uid: String,
    },
}

/// Whether objects of this kind are waited for.
pub fn is_awaited(id: &ObjectId) -> bool {
    matches!(
        (id.group.as_str(), id.kind.as_str()),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet") | ("batch", "Job")
    )
}

/// What came of waiting.
#[derive(Debug, Default)]
pub struct Waited {
    /// Objects that are as wished.
    pub reached: BTreeSet<ObjectId>,
    /// The others, each with the reason.
    pub missed: BTreeMap<ObjectId, String>,
}

/// Waits for each target until its deadline, or until we are told to stop. `told` learns of every
/// change of an object's readiness. Fails only if the cluster cannot be asked at the beginning: a
/// server that is away for a while later on is waited for as well.
pub async fn wait(
    cluster: &Cluster,
    discovery: &Discovery,
    applyset: &str,
    targets: Vec<Target>,
    stop: &Stop,
    told: &mut dyn FnMut(&ObjectId, &Readiness),
) -> Result<Waited, ApiError> {
    let mut watch = Watch::default();
    for target in targets {
        watch.add(target);
    }
    let mut has_looked = false;
    while let Ok(looked) = stop.unless_told(look(cluster, discovery, applyset, watch.ids())).await {
        match looked {
            Err(error) if !has_looked => return Err(error),
            looked => watch.learn(looked.ok().as_ref(), told),
        }
        has_looked = true;
        if watch.pending.is_empty() || !stop.sleep(POLL).await {
            break;
        }
    }
    watch.give_up("the run was told to stop");
    Ok(watch.waited)
}

/// The live objects of these, and others of ours, by one list for each kind and namespace.
pub async fn look(
    cluster: &Cluster,
    discovery: &Discovery,
    applyset: &str,
    ids: BTreeSet<ObjectId>,
) -> Result<BTreeMap<ObjectId, Live>, ApiError> {
    let groups: BTreeSet<(&str, &str, Option<&str>)> = ids
        .iter()
        .map(|id| (id.group.as_str(), id.kind.as_str(), id.namespace.as_deref()))
        .collect();
    let labels = marks::selector(applyset);
    let lists = groups.into_iter().filter_map(|(group, kind, namespace)| {
        let resource = discovery.preferred(group, kind)?;
        Some(list(cluster, resource, namespace, &labels))
    });
    let mut lists = stream::iter(lists).buffer_unordered(PARALLEL);
    let mut found = BTreeMap::new();
    while let Some(list) = lists.next().await {
        found.extend(list?);
    }
    Ok(found)
}

async fn list(
    cluster: &Cluster,
    resource: &Resource,
    namespace: Option<&str>,
    labels: &str,
) -> Result<Vec<(ObjectId, Live)>, ApiError> {
    let options = ListOptions { namespace, labels: Some(labels), ..ListOptions::default() };
    let items = cluster.list(resource, &options).await?;
    let identity = |live: &Live| ObjectId {
        group: resource.group.clone(),
        kind: resource.kind.clone(),
        namespace: live.namespace().map(str::to_owned),
        name: live.name().to_owned(),
    };
    Ok(items.into_iter().map(|live| (identity(&live), live)).collect())
}

/// What is still waited for, and what is known so far.
#[derive(Debug, Default)]
pub struct Watch {
    pending: BTreeMap<ObjectId, Target>,
    /// What was last told of each object.
    seen: BTreeMap<ObjectId, Readiness>,
    /// What came of it so far.
    pub waited: Waited,
}

impl Watch {
    /// Waits for one more, unless it is known already.
    pub fn add(&mut self, target: Target) {
        if !self.knows(&target.id) {
            self.pending.insert(target.id.clone(), target);
        }
    }

    /// Whether an object is waited for, or was.
    pub fn knows(&self, id: &ObjectId) -> bool {
        self.pending.contains_key(id)
            || self.waited.reached.contains(id)
            || self.waited.missed.contains_key(id)
    }

    /// What is still waited for.
    pub fn ids(&self) -> BTreeSet<ObjectId> {
        self.pending.keys().cloned().collect()
    }

    /// Whether nothing is waited for any more.
    pub fn is_over(&self) -> bool {
        self.pending.is_empty()
    }

    /// Takes in a look at the cluster, or that there was none, and gives up what has run out of time.
    pub fn learn(
        &mut self,
        live: Option<&BTreeMap<ObjectId, Live>>,
        told: &mut dyn FnMut(&ObjectId, &Readiness),
    ) {
        if let Some(live) = live {
            self.judge(live, told);
        }
        self.expire();
    }

    fn judge(
        &mut self,
        live: &BTreeMap<ObjectId, Live>,
        told: &mut dyn FnMut(&ObjectId, &Readiness),
    ) {
        for (id, target) in std::mem::take(&mut self.pending) {
            let readiness = judge(&target.wish, &id, live.get(&id));
            if self.seen.get(&id) != Some(&readiness) {
                told(&id, &readiness);
                self.seen.insert(id.clone(), readiness.clone());
            }
            match readiness {
                Readiness::Ready => drop(self.waited.reached.insert(id)),
                Readiness::Failed(reason) => drop(self.waited.missed.insert(id, reason)),
                Readiness::Progressing(_) | Readiness::Terminating(_) => {
                    self.pending.insert(id, target);
                }
            }
        }
    }

    /// Gives up what has run out of time.
    fn expire(&mut self) {
        let now = Instant::now();
        for (id, _) in self.pending.extract_if(.., |_, target| target.deadline <= now) {
            let reason = reason(self.seen.get(&id));
            self.waited.missed.insert(id, format!("{reason}, and time is up"));
        }
    }

    fn give_up(&mut self, why: &str) {
        for id in std::mem::take(&mut self.pending).into_keys() {
            self.waited.missed.insert(id, why.to_owned());
        }
    }
}

fn judge(wish: &Wish, id: &ObjectId, live: Option<&Live>) -> Readiness {
    match (wish, live) {
        (Wish::Ready, Some(live)) => readiness::assess(live),
        // A Job with a time to live removes itself once it has completed.
        (Wish::Ready, None) if id.is("batch", "Job") => Readiness::Ready,
        (Wish::Ready, None) => Readiness::Failed("it is not there".to_owned()),
        (Wish::Gone { uid }, Some(live)) if live.uid() == uid => {
            let finalizers = live.finalizers();
            let held = if finalizers.is_empty() {
                "it is still there".to_owned()
            } else {
                format!("it is still there, held by `{}`", finalizers.join("`, `"))
            };
            Readiness::Terminating(held)
        }
        (Wish::Gone { .. }, _) => Readiness::Ready,
    }
}

fn reason(readiness: Option<&Readiness>) -> String {
    match readiness {
        Some(
            Readiness::Progressing(reason)
            | Readiness::Failed(reason)
            | Readiness::Terminating(reason),
        ) => reason.clone(),
        Some(Readiness::Ready) | None => "nothing is known of it".to_owned(),
    }
}

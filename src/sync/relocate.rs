//! Moving the record of an environment to another namespace, or to another name of the project or
//! the environment, with the marks of its objects.
//!
//! Both records say so before the first mark is changed, and neither is synced by until the last one
//! is (`moving` in the record, which older versions refuse to read): whatever moment the move ends
//! at, one of the two names every object, and the same command goes on. It must not know how
//! anything is shown.
//!
//! ```text
//! both leases ─> old: moving to ─> new: moving from ─> marks, one object at a time ─> new: done ─> old: removed
//! ```

use super::custody::Custody;
use super::hand;
use super::observe::owner;
use super::request::Request;
use super::situation::{self, Situation, cannot, store, unreachable};
use crate::cluster::{ApiError, Cluster, Discovery};
use crate::error::{Diagnostic, Failure};
use crate::signals::Stop;
use manifest::ObjectId;
use plan::guards::Refusal;
use plan::ownership::{self, transfer};
use plan::{Entry, Inventory, Live, Moving, Phase, Run, RunPhase};
use std::collections::BTreeMap;

/// What a move would do.
pub enum Found {
    /// Move this many objects.
    Movable {
        /// How many are recorded.
        objects: usize,
        /// Whether a move that ended too early goes on.
        is_begun: bool,
    },
    /// The record is where it belongs, and nothing is at the old place.
    Moved,
    /// This is not the cluster of the environment.
    Refused(Vec<Refusal>),
}

/// What came of a move.
#[derive(Debug, Default)]
pub struct Moved {
    /// How many objects carry the new marks.
    pub marked: usize,
    /// Objects that could not be marked, each with the reason: the move is not done.
    pub failed: BTreeMap<ObjectId, String>,
    /// Whether the move is done.
    pub is_done: bool,
}

/// Looks at what moving the record of `from` to `to` would do.
pub async fn look(
    cluster: &Cluster,
    from: &Request<'_>,
    to: &Request<'_>,
) -> Result<Found, Failure> {
    let (old, new) = (read(cluster, from).await?, read(cluster, to).await?);
    let refusals = refusals(&old, from, &new, to);
    if !refusals.is_empty() {
        return Ok(Found::Refused(refusals));
    }
    match (&old.inventory, &new.inventory) {
        (None, Some(new)) if new.moving.is_none() => Ok(Found::Moved),
        (old, new) => {
            let record = check(old.as_ref(), from, new.as_ref(), to)?;
            let is_begun = record.moving.is_some();
            Ok(Found::Movable { objects: record.entries.len(), is_begun })
        }
    }
}

/// Moves the record of `from` to `to`, or goes on with that.
pub async fn relocate(
    cluster: &Cluster,
    from: &Request<'_>,
    to: &Request<'_>,
    stop: &Stop,
) -> Result<Moved, Failure> {
    for request in [from, to] {
        let made = store(cluster, request).ensure_namespace().await;
        made.map_err(|error| cannot(&error, "make the state's namespace"))?;
    }
    let mut old = Custody::take(cluster, from, stop).await?;
    let mut new = match Custody::take(cluster, to, stop).await {
        Ok(new) => new,
        Err(failure) => {
            old.release().await;
            return Err(failure);
        }
    };
    let mover = Mover { cluster, from, to, stop };
    let result = mover.run(&mut old, &mut new).await;
    new.release().await;
    old.release().await;
    result
}

/// Both ends of a move.
struct Mover<'a> {
    cluster: &'a Cluster,
    from: &'a Request<'a>,
    to: &'a Request<'a>,
    stop: &'a Stop,
}

impl Mover<'_> {
    async fn run(&self, old: &mut Custody, new: &mut Custody) -> Result<Moved, Failure> {
        let refusals = refusals(&old.situation, self.from, &new.situation, self.to);
        if let Some(refusal) = refusals.into_iter().next() {
            return Err(Diagnostic::error(refusal.message).hint(refusal.hint).into());
        }
        let (was, is) = (&old.situation.inventory, &new.situation.inventory);
        check(was.as_ref(), self.from, is.as_ref(), self.to)?;
        if is.as_ref().is_none_or(|is| is.moving.is_some()) {
            if was.is_some() {
                self.begin(old, new).await?;
            }
            let moved = self.mark_all(new).await?;
            if !moved.is_done {
                return Ok(moved);
            }
            new.inventory.moving = None;
            new.conclude(RunPhase::Succeeded).await?;
            self.remove_old(old).await?;
            return Ok(moved);
        }
        // All but the last step was done before.
        self.remove_old(old).await?;
        Ok(Moved { marked: new.inventory.entries.len(), is_done: true, ..Moved::default() })
    }

    /// Both records say that they are being moved, and the new one names all objects.
    async fn begin(&self, old: &mut Custody, new: &mut Custody) -> Result<(), Failure> {
        new.check().await?;
        old.inventory.moving = Some(Moving::To(self.to.place()));
        old.write().await?;
        // Digests of Secrets are worth nothing without it, and no other record is there to need another.
        if let Some(key) = &old.situation.key {
            let kept = new.store.keep_key(key).await;
            kept.map_err(|error| cannot(&error, "copy the key"))?;
        }
        let begun = std::mem::take(&mut new.inventory.run);
        let mut moved = old.inventory.clone();
        // What an earlier try marked and learnt is the newer.
        moved.entries.extend(std::mem::take(&mut new.inventory.entries));
        new.inventory = Inventory {
            project: self.to.project.to_owned(),
            environment: self.to.environment.to_owned(),
            run: Run { commit: moved.run.commit.clone(), ..begun },
            moving: Some(Moving::From(self.from.place())),
            ..moved
        };
        new.write().await
    }

    /// Puts the new marks on every object that carries the old ones.
    async fn mark_all(&self, new: &mut Custody) -> Result<Moved, Failure> {
        let discovery = situation::discover(self.cluster).await?;
        let key = new.store.key().await.map_err(|error| unreachable(&error, "the key"))?;
        let mut moved = Moved { is_done: true, ..Moved::default() };
        let mut entries = std::mem::take(&mut new.inventory.entries);
        for (id, entry) in &mut entries {
            if self.stop.is_set() || !new.holds().await {
                moved.is_done = false;
                break;
            }
            match self.mark(&discovery, id, entry).await {
                Ok(Some(live)) => {
                    learn(id, entry, &live, key.as_deref());
                    moved.marked += 1;
                }
                Ok(None) => {}
                Err(error) => {
                    moved.is_done = false;
                    moved.failed.insert(id.clone(), error.message);
                }
            }
        }
        new.inventory.entries = entries;
        Ok(moved)
    }

    /// Puts the new marks on an object. Gives it as it is then; nothing if it is not ours.
    async fn mark(
        &self,
        discovery: &Discovery,
        id: &ObjectId,
        entry: &Entry,
    ) -> Result<Option<Live>, ApiError> {
        let Some(resource) = discovery.serving(id, &entry.version) else {
            return Ok(None);
        };
        let new_owner = owner(self.to, &entry.service, &entry.attempt);
        let new_set = self.to.identity().applyset;
        let mut is_ours = false;
        let change = |live: &Live| {
            is_ours = self.is_ours(entry, live);
            if !is_ours {
                return None;
            }
            let marking = transfer::marking(live, &new_set, &new_owner);
            marking.or_else(|| transfer::taking_over(live, &[transfer::OURSELVES]))
        };
        let live = hand::work(self.cluster, resource, id, change).await?;
        Ok(live.filter(|_| is_ours))
    }

    /// Whether the live object is the recorded one and carries the marks of either place.
    fn is_ours(&self, entry: &Entry, live: &Live) -> bool {
        let sets = [self.from, self.to].map(|request| request.identity().applyset);
        entry.phase != Phase::Foreign
            && ownership::is_recorded(live, entry)
            && sets.iter().any(|set| ownership::is_marked(live, set))
    }

    async fn remove_old(&self, old: &mut Custody) -> Result<(), Failure> {
        old.check().await?;
        let removed = old.store.remove().await;
        removed.map_err(|error| cannot(&error, "remove the old record"))
    }
}

/// What our own change of the marks made of the object is no change by others.
fn learn(id: &ObjectId, entry: &mut Entry, live: &Live, key: Option<&[u8]>) {
    if entry.owned.is_some() {
        entry.owned = ownership::owned_digest(live, ownership::key_for(id, key));
        entry.resource_version = Some(live.resource_version().to_owned());
    }
    entry.uid.get_or_insert_with(|| live.uid().to_owned());
}

async fn read(cluster: &Cluster, request: &Request<'_>) -> Result<Situation, Failure> {
    situation::read(cluster, request).await
}

/// What refuses a move: another cluster, or a record of neither place. That the records are being
/// moved does not.
fn refusals(
    old: &Situation,
    from: &Request<'_>,
    new: &Situation,
    to: &Request<'_>,
) -> Vec<Refusal> {
    let pinned = new.other_cluster(to);
    let others = [old.other_record(from), new.other_record(to)];
    pinned.into_iter().chain(others.into_iter().flatten()).collect()
}

/// The record that is moved. Fails if there is none, or if another one is in the way.
fn check<'a>(
    old: Option<&'a Inventory>,
    from: &Request<'_>,
    new: Option<&'a Inventory>,
    to: &Request<'_>,
) -> Result<&'a Inventory, Diagnostic> {
    let (there, here) = (from.place(), to.place());
    if there == here {
        return Err(Diagnostic::error(format!("the record is at {here} already")).hint(
            "change `molave.yaml` first, and name what it said before: \
             `--from-namespace`, `--from-project`, `--from-environment`",
        ));
    }
    let is_on_its_way = |moving: &Option<Moving>, expected: &Moving| match moving {
        None => true,
        Some(moving) => moving == expected,
    };
    let (to_here, from_there) = (Moving::To(here.clone()), Moving::From(there.clone()));
    match (old, new) {
        (Some(old), _) if !is_on_its_way(&old.moving, &to_here) => {
            let elsewhere = match &old.moving {
                Some(Moving::To(place) | Moving::From(place)) => place.to_string(),
                None => String::new(),
            };
            Err(Diagnostic::error(format!("the record at {there} is on its way: {elsewhere}"))
                .hint("finish that move first"))
        }
        (Some(old), None) => Ok(old),
        (Some(_) | None, Some(new)) if new.moving.as_ref() == Some(&from_there) => Ok(new),
        (Some(old), Some(_)) if old.moving.as_ref() == Some(&to_here) => Ok(old),
        (Some(_), Some(_)) => Err(Diagnostic::error(format!("there is a record at {here}"))
            .hint("two records cannot be made one: look at both with `molave state show`")),
        (None, _) => Err(Diagnostic::error(format!("nothing is recorded at {there}"))
            .hint("is it another namespace, project or environment that it is moved from?")),
    }
}

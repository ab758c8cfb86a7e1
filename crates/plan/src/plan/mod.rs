//! What becomes of each object, and why.
//!
//! Owns the decision; one value that `diff`, `--dry-run`, `sync` and the report show. It must not
//! act on it.
//!
//! ```text
//! selection ─> desired | recorded | namespaces ─> fate of each object ─> blocked ─> order ─> Plan
//! ```

mod blocked;
mod desired;
mod draft;
mod fate;
pub(crate) mod holder;
mod namespaces;
mod order;
mod recorded;
mod switches;

use self::blocked::Blocked;
use self::fate::{Context, Draft, Fate};
pub use self::recorded::why_spared;
use crate::desired::{Desired, NAMESPACES};
use crate::guards::Holding;
use crate::inventory::{Entry, Phase};
use crate::observed::Observed;
use crate::ownership::Difference;
use crate::selection::Selection;
use crate::waves::{self, Item, Needs, Order, Stage, Ties};
use manifest::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// The plan of a run, complete before the first write.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What becomes of each object, in the order of [`Stage`] and identity.
    pub changes: Vec<Change>,
    /// Why services are left alone, by service: the rejections of their own objects, or the name
    /// of the service they depend on.
    pub blocked: BTreeMap<String, Vec<String>>,
    /// Objects that someone else made or that belong to another environment, each with the
    /// reason. They refuse the run.
    pub foreign: Vec<Foreign>,
    /// Objects whose change is in the record already: what was kept, disowned or not served in the
    /// run before. Nothing is written for them.
    pub noted: BTreeSet<ObjectId>,
    /// Until when objects stay that left Git and ask for a while, in seconds since 1970.
    pub kept_until: BTreeMap<ObjectId, i64>,
    /// How many replicas new Deployments begin with that leave their number to others.
    pub begins_with: BTreeMap<ObjectId, i64>,
    /// What objects need of others before they are applied, besides what their stages say.
    pub needs: Needs,
    /// What the namespaces and definitions hold that are deleted or replaced. Looked up once the
    /// rest of the plan is known; [`plan`] leaves it empty.
    pub contents: BTreeMap<ObjectId, Holding>,
    /// How many objects are recorded in the whole environment, without the namespaces that Molave
    /// makes for others.
    pub recorded: usize,
    /// How many objects the whole environment should have, without those namespaces; none if
    /// everything is meant to go.
    pub desired: usize,
}

impl Plan {
    /// How many objects each action is about, in the order of [`Action`]; only actions that occur.
    pub fn counts(&self) -> BTreeMap<Action, usize> {
        let mut counts = BTreeMap::new();
        for change in &self.changes {
            *counts.entry(change.action).or_default() += 1;
        }
        counts
    }

    /// What is deleted, in the order of the plan: a run goes the other way.
    pub fn deletions(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.action == Action::Delete)
    }

    /// What is deleted, also if it is made again, in the order of the plan.
    pub fn removals(&self) -> impl Iterator<Item = &Change> {
        let is_removed =
            |change: &&Change| matches!(change.action, Action::Delete | Action::Replace);
        self.changes.iter().filter(is_removed)
    }

    /// Whether carrying out a change writes to the cluster or to the record. A change that the
    /// record has already is none, nor is one that is left alone.
    pub fn is_written(&self, change: &Change) -> bool {
        let is_left =
            matches!(change.action, Action::Unchanged | Action::Blocked | Action::Pending);
        !is_left && !self.noted.contains(&change.id)
    }

    /// Whether there is nothing to do and nothing in the way: no change is written, no service is
    /// blocked, and no object is someone else's. What is pending is left to another run.
    pub fn is_nothing(&self) -> bool {
        self.foreign.is_empty()
            && self.blocked.is_empty()
            && !self.changes.iter().any(|change| self.is_written(change))
    }
}

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The object.
    pub id: ObjectId,
    /// The service it belongs to, or belonged to.
    pub service: String,
    /// Where it stands in the order of the run.
    pub stage: Stage,
    /// What is done.
    pub action: Action,
    /// Why, as a phrase: `changed`, `new`, `deleted by hand`, `moved from cart`.
    pub reason: String,
    /// The UID of the live object that was seen, if any.
    pub seen: Option<String>,
    /// What a drift is, for [`Action::Drifted`], and what an object of others becomes, for
    /// [`Action::Adopt`].
    pub differences: Vec<Difference>,
}

/// What is done with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is made.
    Create,
    /// Someone else's object becomes ours.
    Adopt,
    /// It is applied.
    Update,
    /// It was changed by others, and is applied.
    Drifted,
    /// It cannot be changed in place: it is deleted and made again.
    Replace,
    /// Nothing.
    Unchanged,
    /// It is deleted.
    Delete,
    /// Git dropped it, and it asks to stay.
    Keep,
    /// It is gone already; only its record goes.
    Forget,
    /// What stands there now is not ours: it is left alone, and the record says so.
    Disown,
    /// Its kind is not served any more: the record stays.
    Unserved,
    /// It is left alone because its service, or one that it depends on, is blocked.
    Blocked,
    /// Git has it otherwise; a drift-only run leaves that to the next deploy.
    Pending,
}

impl Action {
    /// Whether it applies the object.
    pub fn is_apply(self) -> bool {
        matches!(self, Self::Create | Self::Adopt | Self::Update | Self::Drifted | Self::Replace)
    }
}

/// An object that keeps the run from starting.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    /// The object.
    pub id: ObjectId,
    /// The service that wants it.
    pub service: String,
    /// Whose it is: `shop/staging` for another environment of Molave, a manager such as
    /// `kubectl-client-side-apply` or `helm` otherwise.
    pub holder: String,
    /// Whether `--adopt` takes it over. Not if it belongs to another environment.
    pub adoptable: bool,
    /// How it came to be theirs, as a phrase: ``was made by `helm` ``.
    pub reason: String,
}

/// Who syncs: the marks to compare with.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The id of the environment's `ApplySet`.
    pub applyset: String,
}

/// Decides what becomes of each object of a selection. Objects outside it are not in the plan, nor
/// are those of others, which keep the run from starting.
///
/// What was not looked at is judged by its record alone, and is never deleted. `order` is that of
/// what is desired ([`Order::of`]).
pub fn plan(
    identity: &Identity,
    selection: &Selection<'_>,
    order: &Order,
    observed: &Observed,
) -> Plan {
    let Selection { desired, inventory, options, ref subjects, ref untouched } = *selection;
    let context = Context { identity, observed, options };
    let drafts = subjects.iter().filter_map(|subject| context.draft(*subject));
    let mut drafts: Vec<Draft<'_>> = drafts.collect();
    recorded::forget_with_definitions(&mut drafts, observed);
    let switches = switches::find(desired, observed, &drafts);
    let needs = switches.iter().map(|switch| (switch.service, switch.needs())).collect();
    let order = order.switching(desired, &needs);
    let blocked = blocked::find(&context, desired, &drafts, order.needs());
    namespaces::drop_needless(&mut drafts, &blocked);
    let backwards = order_of_deletions(desired, observed, &drafts);

    let counted = |service: &&str| *service != NAMESPACES;
    let entries = inventory.into_iter().flat_map(|inventory| inventory.entries.values());
    let wanted = desired.len() - needed_namespaces(desired) + untouched.len();
    let wanted = if options.destroy { 0 } else { wanted };
    let mut plan = Plan {
        blocked: blocked.services(),
        recorded: entries.map(|entry| entry.service.as_str()).filter(counted).count(),
        desired: wanted,
        begins_with: switches.iter().filter_map(|switch| switch.begins_with(&drafts)).collect(),
        ..Plan::default()
    };
    for draft in drafts {
        let until = context.reprieve(&draft);
        plan.kept_until.extend(until.map(|until| (draft.subject.id.clone(), until)));
        let order = if draft.subject.claim.is_some() { &*order } else { &backwards };
        plan.add(draft, &blocked, order);
    }
    plan.changes.extend(untouched.iter().map(|(id, entry)| unchanged(id, entry)));
    plan.needs = if options.destroy { Needs::new() } else { order.into_owned().into_needs() };
    order::sort(&mut plan.changes);
    plan.foreign.sort_by(|left, right| manifest::compare(&left.id, &right.id));
    plan
}

/// An object of a service that was not read: it says no more of its place than its kind does.
fn unchanged(id: &ObjectId, entry: &Entry) -> Change {
    let is_done = entry.phase == Phase::Done;
    Change {
        id: id.clone(),
        service: entry.service.clone(),
        stage: Stage::natural(0, 0, waves::wave_of(id), 0),
        action: Action::Unchanged,
        reason: if is_done { desired::COMPLETED } else { "" }.to_owned(),
        seen: None,
        differences: Vec::new(),
    }
}

/// The order of what is only recorded, as the live objects have it: deletion goes against it.
fn order_of_deletions(desired: &Desired, observed: &Observed, drafts: &[Draft<'_>]) -> Order {
    let gone = drafts.iter().filter(|draft| draft.subject.claim.is_none());
    let items = gone.filter_map(|draft| {
        let id = draft.subject.id;
        let live = observed.sights.get(id).and_then(|sight| sight.live.as_ref())?;
        Some(Item::live(draft.subject.service(), id, live))
    });
    let items: Vec<Item<'_>> = items.collect();
    if items.is_empty() && !drafts.iter().any(|draft| draft.subject.claim.is_none()) {
        return Order::default();
    }
    Order::of_live(&items, &waves::dependencies(desired))
}

fn needed_namespaces(desired: &Desired) -> usize {
    desired.services.get(NAMESPACES).map_or(0, |service| service.objects.len())
}

impl Plan {
    fn add(&mut self, draft: Draft<'_>, blocked: &Blocked<'_>, order: &Order) {
        let id = draft.subject.id;
        let service = draft.subject.service();
        let ties = draft.subject.claim.map(|claim| &claim.wanted.ties);
        let place = ties.map_or_else(|| (waves::wave_of(id), 0), Ties::place);
        let (action, reason, differences) = match (blocked.reason(&draft), draft.fate) {
            (_, Fate::Foreign { holder, adoptable, reason }) => {
                let (id, service) = (id.clone(), service.to_owned());
                self.foreign.push(Foreign { id, service, holder, adoptable, reason });
                return;
            }
            (Some(reason), _) | (None, Fate::Rejected(reason)) => {
                (Action::Blocked, reason, Vec::new())
            }
            (None, Fate::Becomes { action, reason, differences }) => {
                (action, reason.into_owned(), differences)
            }
        };
        if is_noted(action, draft.subject.entry) {
            self.noted.insert(id.clone());
        }
        self.changes.push(Change {
            id: id.clone(),
            service: service.to_owned(),
            stage: order.stage(id, service, place),
            action,
            reason,
            seen: draft.seen,
            differences,
        });
    }
}

/// What is foreign stays recorded as that, whatever else becomes of it.
fn is_noted(action: Action, entry: Option<&Entry>) -> bool {
    let phase = match action {
        Action::Keep => Phase::Kept,
        Action::Disown => Phase::Foreign,
        Action::Unserved => Phase::Unserved,
        _ => return false,
    };
    entry.is_some_and(|entry| entry.phase == phase || entry.phase == Phase::Foreign)
}

#[cfg(test)]
pub(crate) mod tests;

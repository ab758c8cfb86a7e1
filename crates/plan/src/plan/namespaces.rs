//! What becomes of namespaces that Molave makes because objects need them.
//!
//! Owns that such a namespace is made where it is missing and an object goes into it, and left
//! alone otherwise. It must not know of namespaces that a service wants: those are objects like
//! any other.

use super::Action;
use super::blocked::Blocked;
use super::fate::{Draft, Fate, Seen};
use crate::desired::NAMESPACES;
use crate::inventory::{Entry, Phase};
use crate::live::Live;
use crate::ownership;
use std::collections::BTreeSet;

/// Decides on a namespace that objects may need. Nothing if it is there and someone else's.
pub(super) fn needed(entry: Option<&Entry>, seen: Option<Seen<'_>>) -> Option<Fate> {
    let entry = entry.filter(|entry| entry.phase != Phase::Foreign);
    let Some(seen) = seen else { return entry.map(|_| Fate::is(Action::Unchanged, "")) };
    match (seen.live, entry) {
        (None, None) => Some(Fate::is(Action::Create, "needed")),
        (None, Some(entry)) if entry.uid.is_none() => {
            Some(Fate::is(Action::Create, "not confirmed by the run before"))
        }
        (None, Some(_)) => Some(Fate::is(Action::Create, "was deleted by others")),
        (Some(live), _) if live.is_terminating() => {
            Some(Fate::is(Action::Create, "is being deleted"))
        }
        (Some(_), None) => None,
        (Some(live), Some(entry)) => Some(recorded(entry, live)),
    }
}

/// One that is recorded, and there.
fn recorded(entry: &Entry, live: &Live) -> Fate {
    match (ownership::is_recorded(live, entry), &entry.uid) {
        (true, Some(_)) => Fate::is(Action::Unchanged, ""),
        (true, None) => Fate::is(Action::Update, "not confirmed by the run before"),
        (false, Some(_)) => Fate::is(Action::Disown, "was made again by others"),
        (false, None) => Fate::is(Action::Disown, "was never ours"),
    }
}

/// One that is recorded and needed no more.
pub(super) fn kept() -> Fate {
    Fate::is(Action::Keep, "namespaces are never deleted by a sync")
}

/// Leaves out the namespaces that nothing goes into and that would have to be written for it.
pub(super) fn drop_needless(drafts: &mut Vec<Draft<'_>>, blocked: &Blocked<'_>) {
    let is_needed_one = |draft: &Draft<'_>| draft.subject.wanting() == Some(NAMESPACES);
    let is_applied = |draft: &&Draft<'_>| {
        draft.action().is_some_and(Action::is_apply)
            && !is_needed_one(draft)
            && blocked.reason(draft).is_none()
    };
    let applied = drafts.iter().filter(is_applied);
    let used: BTreeSet<String> =
        applied.filter_map(|draft| draft.subject.id.namespace.clone()).collect();
    drafts.retain(|draft| {
        let is_used = used.contains(&draft.subject.id.name);
        !is_needed_one(draft) || draft.action() == Some(Action::Unchanged) || is_used
    });
}

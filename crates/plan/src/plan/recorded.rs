//! What becomes of an object that is recorded and that nobody wants any more.
//!
//! Owns when an object is deleted (DESIGN.md, rule 6): the record names it, the live object is the
//! one we made, it carries our mark, and it does not ask to stay. In doubt it stays. It must not
//! know why nobody wants it.

use super::fate::{Context, Draft, Fate, Seen};
use super::{Action, Identity, namespaces};
use crate::desired::NAMESPACES;
use crate::inventory::{Entry, Phase};
use crate::live::Live;
use crate::observed::Observed;
use crate::{marks, ownership};
use manifest::ObjectId;
use std::collections::BTreeSet;

/// Decides on an object that is only recorded.
pub(super) fn decide(
    context: &Context<'_>,
    id: &ObjectId,
    entry: &Entry,
    seen: Option<Seen<'_>>,
) -> Fate {
    if context.options.drift_only && entry.kept_until.is_none() {
        return Fate::is(Action::Pending, "removed from Git, not deployed yet");
    }
    if context.observed.is_unserved(id) {
        return Fate::is(Action::Unserved, "its kind is not served any more");
    }
    let Some(seen) = seen else {
        return Fate::is(Action::Unchanged, "nobody looked at it");
    };
    let Some(live) = seen.live else { return Fate::is(Action::Forget, "is gone already") };
    if let Some(reason) = why_not_ours(entry, live) {
        return Fate::is(Action::Disown, reason);
    }
    if entry.service == NAMESPACES {
        return namespaces::kept();
    }
    if !is_marked(live, context.identity) {
        let is_unconfirmed = entry.uid.is_none();
        return Fate::is(Action::Disown, if is_unconfirmed { NEVER_OURS } else { UNMARKED });
    }
    if asks_to_stay(live) {
        return Fate::is(Action::Keep, "asks to stay");
    }
    match reprieve(context, entry, live) {
        Some(until) => Fate::is(Action::Keep, stays_for(until.saturating_sub(context.options.now))),
        None => Fate::is(Action::Delete, why_deleted(context, live)),
    }
}

/// Until when an object stays that left Git and asks for that; nothing if it may go.
pub(super) fn reprieve(context: &Context<'_>, entry: &Entry, live: &Live) -> Option<i64> {
    let now = context.options.now;
    let asked = live.annotation(marks::KEEP_FOR).and_then(marks::seconds);
    let until = entry.kept_until.or_else(|| Some(now.saturating_add(asked?)))?;
    (until > now && asked.is_some() && !context.options.destroy).then_some(until)
}

fn stays_for(seconds: i64) -> String {
    let minutes = seconds.saturating_add(59) / 60;
    let plural = if minutes == 1 { "" } else { "s" };
    format!("removed from Git, stays for {minutes} more minute{plural}")
}

/// Forgets what is of a kind that is not served, and of which nothing can be there:
///
/// - what a run was deleting, or never knew to have made, when it deleted the definition of its
///   kind, too, which is gone since: the server lets a definition go only after everything of its
///   kind;
/// - what a run never knew to have made, when the definition of its kind is not there, and is made
///   now.
///
/// Nobody can look at such an object, and its record would stay, for the first kind for ever.
pub(super) fn forget_with_definitions(drafts: &mut [Draft<'_>], observed: &Observed) {
    let gone = drafts.iter().filter(|draft| draft.action() == Some(Action::Forget));
    let gone = gone.filter(|draft| is_on_its_way_out(draft));
    let gone: BTreeSet<&str> =
        gone.filter_map(|draft| manifest::defined_group(draft.subject.id)).collect();
    let made: BTreeSet<(&str, &str)> =
        drafts.iter().filter_map(|draft| kind_to_make(draft, observed)).collect();
    if gone.is_empty() && made.is_empty() {
        return;
    }
    for draft in drafts.iter_mut().filter(|draft| draft.action() == Some(Action::Unserved)) {
        let id = draft.subject.id;
        if is_on_its_way_out(draft) && gone.contains(id.group.as_str()) {
            draft.fate = Fate::is(Action::Forget, "went with its definition");
        } else if is_unmade(draft) && made.contains(&(&id.group, &id.kind)) {
            draft.fate = Fate::is(Action::Forget, "was never made, nor was its definition");
        }
    }
}

/// The kind of a definition that is not there, and is made now.
fn kind_to_make<'a>(draft: &Draft<'a>, observed: &Observed) -> Option<(&'a str, &'a str)> {
    let id = draft.subject.id;
    let is_absent = || observed.sights.get(id).is_some_and(|sight| sight.live.is_none());
    let is_made = id.is_definition() && draft.action() == Some(Action::Create) && is_absent();
    let claim = draft.subject.claim.filter(|_| is_made)?;
    manifest::defined_kind(&claim.wanted.object.body)
}

fn is_on_its_way_out(draft: &Draft<'_>) -> bool {
    let phase = draft.subject.entry.map(|entry| entry.phase);
    draft.subject.claim.is_none() && (phase == Some(Phase::Deleting) || is_unmade(draft))
}

/// Whether nobody wants it any more, and no run learnt that it made it.
fn is_unmade(draft: &Draft<'_>) -> bool {
    draft.subject.claim.is_none() && draft.subject.entry.is_some_and(|entry| entry.uid.is_none())
}

/// Why a live object must not be deleted although its record says so, looked at directly before:
/// it is not the object of this UID, it does not carry our mark, or it asks to stay. Nothing if it
/// may go.
pub fn why_spared(identity: &Identity, uid: &str, live: &Live) -> Option<&'static str> {
    if live.uid() != uid {
        return Some("was made again by others");
    }
    if !is_marked(live, identity) {
        return Some(UNMARKED);
    }
    asks_to_stay(live).then_some("asks to stay")
}

const NEVER_OURS: &str = "was never ours";
pub(super) const UNMARKED: &str = "no longer carries our mark";

fn why_not_ours(entry: &Entry, live: &Live) -> Option<&'static str> {
    if entry.phase == Phase::Foreign {
        return Some("is not ours");
    }
    if ownership::is_recorded(live, entry) {
        return None;
    }
    Some(if entry.uid.is_some() { "was made again by others" } else { NEVER_OURS })
}

/// Whether an object carries our mark and no other environment's.
pub(super) fn is_marked(live: &Live, identity: &Identity) -> bool {
    let owner = live.owner();
    let is_other = owner.is_some_and(|owner| {
        owner.project != identity.project || owner.environment != identity.environment
    });
    !is_other && ownership::is_marked(live, &identity.applyset)
}

pub(super) fn asks_to_stay(live: &Live) -> bool {
    live.annotation(marks::PRUNE) == Some("disabled")
        || live.annotation(marks::HELM_RESOURCE_POLICY) == Some("keep")
}

fn why_deleted(context: &Context<'_>, live: &Live) -> &'static str {
    if live.is_terminating() {
        "is being deleted"
    } else if context.options.destroy {
        "environment destroyed"
    } else {
        "removed from Git"
    }
}

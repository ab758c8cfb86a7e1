//! What becomes of an object that a service wants.
//!
//! Owns the cases, in the order in which they are told apart. It must not know of namespaces that
//! nobody's service wants ([`super::namespaces`]).

use super::Action;
use super::fate::{Context, Fate, Seen};
use super::holder::{self, Holder};
use super::recorded::{UNMARKED, asks_to_stay, is_marked};
use crate::adoption;
use crate::inventory::{Entry, Phase};
use crate::live::Live;
use crate::observed::Verdict;
use crate::ownership::{self, Difference};
use crate::readiness::is_complete;
use crate::selection::{Claim, Subject};
use std::borrow::Cow;

/// Decides on an object that a service wants.
pub(super) fn decide(
    context: &Context<'_>,
    subject: &Subject<'_>,
    claim: Claim<'_>,
    seen: Option<Seen<'_>>,
) -> Fate {
    if subject.is_done() {
        return Fate::is(Action::Unchanged, COMPLETED);
    }
    if context.options.drift_only && !subject.is_settled() {
        let is_equal = subject.entry.is_some_and(|entry| is_unsure(entry) && claim.is_equal(entry));
        return Fate::is(Action::Pending, if is_equal { UNCONFIRMED } else { "not deployed yet" });
    }
    match subject.entry {
        Some(entry) if entry.phase != Phase::Foreign => recorded(context, entry, claim, seen),
        Some(_) | None => new(context, seen),
    }
}

/// Why nothing is done with a Job.
pub(super) const COMPLETED: &str = "completed";
const UNCONFIRMED: &str = "not confirmed by the run before";
const TERMINATING: &str = "is being deleted: made again once it is gone";

/// Nothing of ours is recorded.
fn new(context: &Context<'_>, seen: Option<Seen<'_>>) -> Fate {
    match seen {
        None => Fate::is(Action::Create, "new"),
        Some(Seen { live: None, verdict }) => Fate::applied(Action::Create, "new", verdict),
        Some(Seen { live: Some(live), .. }) if live.is_terminating() => {
            Fate::is(Action::Create, "new, once the old one is gone")
        }
        Some(Seen { live: Some(live), verdict }) => foreign(context, live, verdict, "was made"),
    }
}

/// It is recorded, as ours or as what may be ours.
fn recorded(
    context: &Context<'_>,
    entry: &Entry,
    claim: Claim<'_>,
    seen: Option<Seen<'_>>,
) -> Fate {
    let Some(seen) = seen else { return unseen(entry, claim) };
    let Some(live) = seen.live else { return absent(entry, claim, seen.verdict) };
    let (is_ours, change) = (ownership::is_recorded(live, entry), change(entry, claim));
    if is_ours && change.is_none() && claim.is_job() && is_complete(live) {
        return Fate::is(Action::Unchanged, COMPLETED);
    }
    if live.is_terminating() {
        return Fate::is(Action::Create, TERMINATING);
    }
    if !is_ours {
        let how = if entry.uid.is_some() { "was made again" } else { "was made" };
        return foreign(context, live, seen.verdict, how);
    }
    if holder::is_of_another_environment(live, context.identity) {
        return foreign(context, live, seen.verdict, "is held");
    }
    if adoption::is_half_taken(context.identity, live, entry) {
        return foreign(context, live, seen.verdict, "was made");
    }
    match (change, seen.verdict) {
        (_, Verdict::Immutable(reason)) => replaced(context, claim, live, reason),
        (Some(change), verdict) => Fate::applied(Action::Update, change, verdict),
        (None, Verdict::Accepted(after)) => drift(ownership::differences(live, after)),
        (None, verdict) => Fate::applied(Action::Unchanged, "", verdict),
    }
}

/// It cannot be changed in place. It goes and is made again if it may, says the caller, the object,
/// or the chart of which it was a hook.
fn replaced(context: &Context<'_>, claim: Claim<'_>, live: &Live, reason: &str) -> Fate {
    let why_not = if asks_to_stay(live) {
        "asks to stay"
    } else if !is_marked(live, context.identity) {
        UNMARKED
    } else if context.options.replace || claim.may_be_replaced() {
        return Fate::is(Action::Replace, format!("cannot be changed in place: {reason}"));
    } else {
        "may not be replaced (`--replace`, or `molave.dev/replace: allowed` on it)"
    };
    Fate::Rejected(format!("it cannot be changed in place, and {why_not}: {reason}"))
}

/// Nobody looked: the record is all there is. An apply carries the UID it names, or must create.
fn unseen(entry: &Entry, claim: Claim<'_>) -> Fate {
    match change(entry, claim) {
        None => Fate::is(Action::Unchanged, ""),
        Some(change) if entry.uid.is_some() => Fate::is(Action::Update, change),
        Some(_) => Fate::is(Action::Create, UNCONFIRMED),
    }
}

fn absent(entry: &Entry, claim: Claim<'_>, verdict: &Verdict) -> Fate {
    let was_applied =
        matches!(entry.phase, Phase::Applied) || (is_unsure(entry) && !entry.may_be_going());
    if entry.uid.is_none() {
        return Fate::applied(Action::Create, UNCONFIRMED, verdict);
    }
    if was_applied && claim.is_passing_job() && entry.digest == claim.wanted.digest {
        return Fate::is(Action::Unchanged, COMPLETED);
    }
    let is_equal = claim.is_equal(entry);
    let reason = match entry.phase {
        Phase::Deleting | Phase::Kept => "wanted again",
        Phase::Done => "changed",
        _ if is_equal => "was deleted by others",
        _ => "changed, and was deleted by others",
    };
    Fate::applied(Action::Create, reason, verdict)
}

fn drift(differences: Vec<Difference>) -> Fate {
    if differences.is_empty() {
        return Fate::is(Action::Unchanged, "");
    }
    Fate::Becomes { action: Action::Drifted, reason: "changed by others".into(), differences }
}

/// Why it is applied again, other than for what is live: the first that fits. A new version always
/// is new content too, so it is told first.
fn change(entry: &Entry, claim: Claim<'_>) -> Option<Cow<'static, str>> {
    let reason = match entry.phase {
        _ if entry.service != claim.service => format!("moved from {}", entry.service).into(),
        _ if entry.version != claim.version() => {
            format!("now {}, was {}", claim.version(), entry.version).into()
        }
        _ if entry.digest != claim.wanted.digest => "changed".into(),
        Phase::Deleting | Phase::Kept => "wanted again".into(),
        Phase::Unserved => "its kind is served again".into(),
        Phase::Applied | Phase::Done if entry.uid.is_some() => return None,
        Phase::Applied | Phase::Done | Phase::Intent | Phase::Maybe | Phase::Foreign => {
            UNCONFIRMED.into()
        }
    };
    Some(reason)
}

fn is_unsure(entry: &Entry) -> bool {
    matches!(entry.phase, Phase::Intent | Phase::Maybe)
}

/// Someone else's object: taken over if that is allowed and asked for.
fn foreign(context: &Context<'_>, live: &Live, verdict: &Verdict, how: &str) -> Fate {
    let Holder { name, adoptable } = holder::of(live, context.identity);
    if adoptable && context.options.adopt {
        return adopted(live, verdict, &name);
    }
    let reason = format!("{how} by `{name}`");
    Fate::Foreign { holder: name, adoptable, reason }
}

fn adopted(live: &Live, verdict: &Verdict, from: &str) -> Fate {
    let (action, reason) = (Action::Adopt, format!("adopted from {from}"));
    match verdict {
        Verdict::Accepted(after) => Fate::Becomes {
            action,
            reason: reason.into(),
            differences: ownership::adoption_differences(live, after),
        },
        verdict => Fate::applied(action, reason, verdict),
    }
}

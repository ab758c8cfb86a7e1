//! Who decides what becomes of an object: by what it is to the run. It must not decide itself.

use super::Action;
use super::fate::{Context, Draft, Fate, Seen};
use super::{desired, namespaces, recorded};
use crate::desired::NAMESPACES;
use crate::observed::Verdict;
use crate::selection::Subject;
use manifest::ObjectId;

const UNASKED: &Verdict = &Verdict::Unasked;

impl<'a> Context<'a> {
    /// Decides on an object. Nothing if it is none of this run's business.
    pub(super) fn draft<'b>(&self, subject: Subject<'b>) -> Option<Draft<'b>> {
        let seen = self.look(subject.id);
        let fate = match (subject.claim, subject.entry) {
            (Some(claim), entry) if claim.service == NAMESPACES => namespaces::needed(entry, seen)?,
            (Some(claim), _) => desired::decide(self, &subject, claim, seen),
            (None, Some(entry)) => recorded::decide(self, subject.id, entry, seen),
            (None, None) => return None,
        };
        let fate = self.allowed(subject.id, fate);
        let live = seen.and_then(|seen| seen.live);
        Some(Draft { subject, seen: live.map(|live| live.uid().to_owned()), fate })
    }

    /// Until when an object stays that left Git.
    pub(super) fn reprieve(&self, draft: &Draft<'_>) -> Option<i64> {
        let is_kept = draft.action() == Some(Action::Keep) && draft.subject.claim.is_none();
        let live = self.look(draft.subject.id)?.live.filter(|_| is_kept)?;
        recorded::reprieve(self, draft.subject.entry?, live)
    }

    /// What may not be done is not, whatever else is known of it.
    fn allowed(&self, id: &ObjectId, fate: Fate) -> Fate {
        let Some(reason) = self.observed.lacking.get(id) else { return fate };
        let is_left = match &fate {
            Fate::Becomes { action, .. } => *action == Action::Pending,
            Fate::Foreign { .. } => true,
            Fate::Rejected(_) => false,
        };
        if is_left { fate } else { Fate::Rejected(reason.clone()) }
    }

    /// What was seen of an object; nothing if no one looked. In a namespace that is not there,
    /// nothing is.
    fn look(&self, id: &ObjectId) -> Option<Seen<'a>> {
        let sight = self.observed.sights.get(id);
        let sight = sight.map(|sight| Seen { live: sight.live.as_ref(), verdict: &sight.verdict });
        let is_missing = || self.observed.missing_namespace(id).is_some();
        sight.or_else(|| is_missing().then_some(Seen { live: None, verdict: UNASKED }))
    }
}

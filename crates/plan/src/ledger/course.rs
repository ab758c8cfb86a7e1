//! What a run means to do with one object, and how far that came.
//!
//! Owns when an entry can be as it was before the run. It must not know the inventory.

use crate::inventory::Entry;
use crate::plan::{Action, Change};

/// What a run means to do with one object, and how far that came.
#[derive(Clone, Debug)]
pub(super) struct Course {
    action: Action,
    /// The entry from before the run, with the UID if the plan settled that.
    before: Option<Entry>,
    /// The intent that was taken out of the record again.
    withdrawn: Option<Entry>,
    /// Whether a request of this run had, or may have had, an effect.
    is_told: bool,
}

impl Course {
    pub(super) fn of(change: &Change, before: Option<Entry>) -> Self {
        let action = change.action;
        let before = before.map(|before| settled(before, change));
        Self { action, before, withdrawn: None, is_told: false }
    }

    pub(super) fn is_apply(&self) -> bool {
        self.action.is_apply()
    }

    pub(super) fn is_forgotten(&self) -> bool {
        self.action == Action::Forget && !self.is_told
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told
    }

    pub(super) fn tell(&mut self) {
        self.is_told = true;
        self.withdrawn = None;
    }

    /// Withdraws the intent that is in the record now. Gives the entry that comes back.
    pub(super) fn take_back(&mut self, intent: Option<&Entry>) -> Option<Entry> {
        self.withdrawn = self.withdrawn.take().or_else(|| intent.cloned());
        self.before.clone()
    }

    /// The intent that was withdrawn, in case something comes of it after all.
    pub(super) fn withdrawn(&self) -> Option<&Entry> {
        self.withdrawn.as_ref()
    }
}

/// An entry whose object the plan found to be ours has that object's UID from then on, whatever becomes of the change.
fn settled(before: Entry, change: &Change) -> Entry {
    let is_ours = matches!(change.action, Action::Update | Action::Drifted | Action::Delete);
    let seen = change.seen.clone().filter(|_| is_ours);
    Entry { uid: seen.or(before.uid), ..before }
}

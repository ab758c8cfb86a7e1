//! The inventory while a run is at work: intent before the first write, each outcome after it.
//!
//! Keeps the record a superset of what we may have made at every moment. It must not write
//! anything anywhere: whoever holds it takes [`Ledger::inventory`] and stores it.

mod course;
#[cfg(test)]
mod tests;

use crate::desired::{Desired, Wanted};
use crate::inventory::{Entry, Inventory, Phase, Run, RunCounts, RunPhase};
use crate::live::Live;
use crate::plan::{Action, Change, Plan};
use crate::readiness::is_complete;
use course::Course;
use manifest::ObjectId;
use std::collections::BTreeMap;

/// How many runs before the last one are remembered.
const HISTORY: usize = 50;

/// The record of a run at work.
#[derive(Clone, Debug)]
pub struct Ledger {
    now: Inventory,
    /// What the run means to do with each object, and what came of it.
    courses: BTreeMap<ObjectId, Course>,
    is_changed: bool,
    is_taken: bool,
}

impl Ledger {
    /// Begins with what is recorded, or with an empty record that names project, environment and
    /// cluster. The run before goes to the history.
    pub fn begin(before: Inventory, run: Run) -> Self {
        let mut now = before;
        let last = std::mem::replace(&mut now.run, run);
        if !last.id.is_empty() {
            now.history.insert(0, last);
        }
        now.history.truncate(HISTORY);
        Self { now, courses: BTreeMap::new(), is_changed: false, is_taken: false }
    }

    /// Writes down what the plan means to do: the old entries and the new ones together. Once a
    /// run.
    ///
    /// | action | entry |
    /// |---|---|
    /// | create | intent, with the new digest, this run as attempt, no UID |
    /// | adopt | intent, with the new digest, this run as attempt, the UID that was seen |
    /// | replace | as adopt: the UID is that of the old object, the attempt that of the new one |
    /// | update, drifted | intent, with the new digest and the service; UID and attempt as they were, or as settled |
    /// | delete | deleting; all else as it was, the UID as settled |
    /// | keep | kept, with the time until which it stays, if it is for a while; all else as it was |
    /// | disown, unserved | foreign, unserved; all else as it was. What is foreign stays foreign |
    /// | forget | as it was until the result is written |
    /// | unchanged, blocked, pending | as it was |
    ///
    /// Whatever is applied afterwards is marked with the service and attempt of its
    /// [`Ledger::entry`].
    pub fn intend(&mut self, desired: &Desired, plan: &Plan) {
        let wanted = desired.by_id();
        for change in &plan.changes {
            let before = self.now.entries.get(&change.id).cloned();
            let wanted = wanted.get(&change.id).map(|(_, wanted)| *wanted);
            let entry = intended(change, wanted, before.as_ref(), &self.now.run.id);
            if entry.is_some() || change.action == Action::Forget {
                self.courses.insert(change.id.clone(), Course::of(change, before));
            }
            if let Some(mut entry) = entry {
                if change.action == Action::Keep {
                    entry.kept_until = plan.kept_until.get(&change.id).copied();
                }
                self.set(&change.id, entry);
            }
        }
    }

    /// Keeps the fingerprints of services as this run read them, and of those that it did not read.
    pub fn keep(&mut self, fingerprints: BTreeMap<String, String>) {
        self.now.fingerprints = fingerprints;
    }

    /// An object was applied: it is recorded as the answer has it. A completed Job is done.
    pub fn applied(&mut self, id: &ObjectId, live: &Live, owned: Option<String>) {
        let intent = self.known(id).unwrap_or_else(|| entry_of(live));
        let is_done = is_job(id) && is_complete(live);
        let entry = Entry {
            uid: stated(live.uid()).or(intent.uid),
            resource_version: stated(live.resource_version()),
            generation: live.generation(),
            owned,
            phase: if is_done { Phase::Done } else { Phase::Applied },
            ..intent
        };
        self.tell(id, entry);
    }

    /// The server refused to apply or delete an object and stored nothing: the entry is again as
    /// it was before the run (but for a UID that was settled since), or gone if there was none.
    /// Not if another request of this run had, or may have had, an effect.
    pub fn refused(&mut self, id: &ObjectId) {
        self.restore(id);
    }

    /// Nobody knows whether the apply came to pass: the entry stays, as a maybe. After a deletion
    /// it stays as it is.
    pub fn uncertain(&mut self, id: &ObjectId) {
        let Some(entry) = self.known(id) else { return };
        let phase = if entry.phase == Phase::Deleting { Phase::Deleting } else { Phase::Maybe };
        self.tell(id, Entry { phase, ..entry });
    }

    /// An apply that should have made the object landed on one that was there: it is not ours.
    pub fn raced(&mut self, id: &ObjectId, live: &Live) {
        let entry = self.known(id).unwrap_or_else(|| entry_of(live));
        self.tell(id, Entry { uid: stated(live.uid()), phase: Phase::Foreign, ..entry });
    }

    /// The object is seen to be gone: so is its entry. If this run is to apply it, the entry stays
    /// as an intent without UID, because what was there may only have made room; a Job that is
    /// done stays so.
    pub fn gone(&mut self, id: &ObjectId) {
        let is_wanted = self.courses.get(id).is_some_and(Course::is_apply);
        match self.now.entries.get(id) {
            Some(entry) if is_wanted && entry.phase == Phase::Done => {}
            Some(entry) if is_wanted => {
                let entry = unmade(entry.clone());
                self.set(id, entry);
            }
            _ => self.remove(id),
        }
    }

    /// The object was not deleted after all, because what stands there is not what we made.
    pub fn disowned(&mut self, id: &ObjectId) {
        if let Some(entry) = self.now.entries.get(id) {
            let entry = Entry { phase: Phase::Foreign, ..entry.clone() };
            self.tell(id, entry);
        }
    }

    /// The run never came to this object: its entry is again as it was before the run (but for a
    /// UID that was settled since), or gone if there was none.
    pub fn untouched(&mut self, id: &ObjectId) {
        self.restore(id);
    }

    /// A Job that is as it was applied is seen to have completed: it is done.
    pub fn completed(&mut self, id: &ObjectId) {
        let entry = self.now.entries.get(id).filter(|entry| entry.phase == Phase::Applied);
        if let Some(entry) = entry.filter(|_| is_job(id)) {
            let entry = Entry { phase: Phase::Done, ..entry.clone() };
            self.set(id, entry);
        }
    }

    /// The run has ended. Entries that the plan forgets go; entries whose outcome was never told
    /// stay as they are.
    pub fn end(&mut self, phase: RunPhase, counts: RunCounts, ended: &str) {
        let forgotten = self.courses.iter().filter(|(_, course)| course.is_forgotten());
        let forgotten: Vec<ObjectId> = forgotten.map(|(id, _)| id.clone()).collect();
        for id in &forgotten {
            self.remove(id);
        }
        let run = &mut self.now.run;
        (run.phase, run.counts, run.ended) = (phase, counts, Some(ended.to_owned()));
        self.is_changed |= self.is_taken;
    }

    /// The record as it is now, to be stored. Its generation is one more than that of the record
    /// taken before.
    pub fn inventory(&mut self) -> &Inventory {
        self.now.generation = self.now.generation.saturating_add(1);
        (self.is_changed, self.is_taken) = (false, true);
        &self.now
    }

    /// Whether the record has to be stored: an entry was changed since it was last taken, or since
    /// the beginning, or the run has ended and its beginning was taken. A run that changes
    /// nothing leaves nothing to store.
    pub fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// What is recorded of an object now. What is applied is marked with its service and attempt.
    pub fn entry(&self, id: &ObjectId) -> Option<&Entry> {
        self.now.entries.get(id)
    }

    /// What is recorded of an object, or was before a refusal took it back.
    fn known(&self, id: &ObjectId) -> Option<Entry> {
        let withdrawn = self.courses.get(id).and_then(Course::withdrawn);
        withdrawn.or_else(|| self.now.entries.get(id)).cloned()
    }

    fn restore(&mut self, id: &ObjectId) {
        let Some(course) = self.courses.get_mut(id).filter(|course| !course.is_told()) else {
            return;
        };
        match course.take_back(self.now.entries.get(id)) {
            Some(entry) => self.set(id, entry),
            None => self.remove(id),
        }
    }

    /// Records an outcome, after which nothing is as it was before the run.
    fn tell(&mut self, id: &ObjectId, entry: Entry) {
        if let Some(course) = self.courses.get_mut(id) {
            course.tell();
        }
        self.set(id, entry);
    }

    fn set(&mut self, id: &ObjectId, entry: Entry) {
        if self.now.entries.get(id) != Some(&entry) {
            self.now.entries.insert(id.clone(), entry);
            self.is_changed = true;
        }
    }

    fn remove(&mut self, id: &ObjectId) {
        self.is_changed |= self.now.entries.remove(id).is_some();
    }
}

/// What an entry becomes when a change is meant; nothing if it stays, or stays away.
fn intended(
    change: &Change,
    wanted: Option<&Wanted>,
    before: Option<&Entry>,
    run: &str,
) -> Option<Entry> {
    let seen = change.seen.clone();
    match change.action {
        Action::Create => Some(fresh(change, wanted, None, run)),
        Action::Adopt | Action::Replace => Some(fresh(change, wanted, seen, run)),
        Action::Update | Action::Drifted => {
            let new = fresh(change, wanted, seen, run);
            Some(before.cloned().map_or_else(|| new.clone(), |before| renewed(before, &new)))
        }
        Action::Delete => {
            let before = before?.clone();
            Some(Entry { uid: seen.or(before.uid), phase: Phase::Deleting, ..before })
        }
        Action::Keep => {
            let before = before?.clone();
            let before = Entry { uid: seen.or(before.uid), ..before };
            Some(resting(&before, Phase::Kept))
        }
        Action::Disown => Some(resting(before?, Phase::Foreign)),
        Action::Unserved => Some(resting(before?, Phase::Unserved)),
        Action::Unchanged | Action::Forget | Action::Blocked | Action::Pending => None,
    }
}

/// The intent to make an object, or to take over the one with this UID.
fn fresh(change: &Change, wanted: Option<&Wanted>, uid: Option<String>, run: &str) -> Entry {
    let version = wanted.map(|wanted| wanted.object.version());
    Entry {
        service: change.service.clone(),
        version: version.unwrap_or_default().to_owned(),
        // Without a digest the next run applies again, which is right if nobody wants it now.
        digest: wanted.map(|wanted| wanted.digest.clone()).unwrap_or_default(),
        uid,
        phase: Phase::Intent,
        attempt: run.to_owned(),
        ..Entry::default()
    }
}

/// The intent to apply an object of ours. It stays known by the attempt that made it.
fn renewed(before: Entry, new: &Entry) -> Entry {
    Entry {
        service: new.service.clone(),
        version: new.version.clone(),
        digest: new.digest.clone(),
        uid: new.uid.clone().or(before.uid),
        phase: Phase::Intent,
        kept_until: None,
        ..before
    }
}

/// What is left alone. A foreign object must not become ours again by a detour.
fn resting(before: &Entry, phase: Phase) -> Entry {
    let is_foreign = before.phase == Phase::Foreign;
    Entry { phase: if is_foreign { Phase::Foreign } else { phase }, ..before.clone() }
}

/// The intent that is left once the object is seen to be gone.
fn unmade(entry: Entry) -> Entry {
    Entry {
        uid: None,
        resource_version: None,
        generation: None,
        owned: None,
        phase: Phase::Intent,
        ..entry
    }
}

/// The entry of an applied object that nobody told of: its marks say whose it is.
fn entry_of(live: &Live) -> Entry {
    let owner = live.owner();
    let (service, attempt) = owner.map(|owner| (owner.service, owner.attempt)).unwrap_or_default();
    let version = live.0.get("apiVersion").and_then(serde_json::Value::as_str).unwrap_or_default();
    Entry {
        service,
        attempt,
        version: manifest::version_of(version).to_owned(),
        ..Entry::default()
    }
}

fn stated(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn is_job(id: &ObjectId) -> bool {
    id.is("batch", "Job")
}

//! Which objects a run is about.
//!
//! Owns the selection (DESIGN.md, rule 9): it narrows desired and recorded alike, after moves
//! between services are resolved on the whole. It must not know what is seen of an object.

use crate::desired::{Desired, NAMESPACES, Wanted};
use crate::inventory::{Entry, Inventory, Phase};
use crate::marks;
use crate::options::Options;
use manifest::ObjectId;
use std::cmp::Ordering;

/// An object that is desired, recorded or both.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The object.
    pub(crate) id: &'a ObjectId,
    /// What is recorded of it.
    pub(crate) entry: Option<&'a Entry>,
    /// Who wants it, and how.
    pub(crate) claim: Option<Claim<'a>>,
}

/// What a service wants an object to be.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    /// The service.
    pub(crate) service: &'a str,
    /// The object.
    pub(crate) wanted: &'a Wanted,
}

/// What is desired and what is recorded, side by side, and which of it a run is about.
pub struct Selection<'a> {
    /// All that is desired.
    pub(crate) desired: &'a Desired,
    /// All that is recorded.
    pub(crate) inventory: Option<&'a Inventory>,
    /// What a run may do.
    pub(crate) options: &'a Options,
    /// The objects of the run, each once, in the order of their identities: those that a selected
    /// service wants, and those that are recorded for one and wanted by none. Namespaces that
    /// objects need are among them, whether or not an object of the selection needs them.
    pub(crate) subjects: Vec<Subject<'a>>,
    /// The objects of services that were not read: what is recorded of them is what they want. They
    /// are no subjects, so that nothing can be done to them.
    pub(crate) untouched: Vec<(&'a ObjectId, &'a Entry)>,
}

impl<'a> Selection<'a> {
    /// Puts side by side what is desired and what is recorded, and selects as the options say.
    pub fn of(
        desired: &'a Desired,
        inventory: Option<&'a Inventory>,
        options: &'a Options,
    ) -> Self {
        let mut untouched = Vec::new();
        let mut subjects = Vec::new();
        for subject in all(desired, inventory) {
            match subject.untouched(desired) {
                Some(entry) => untouched.push((subject.id, entry)),
                None => subjects.extend(selected(subject, options)),
            }
        }
        Self { desired, inventory, options, subjects, untouched }
    }
}

/// An object as the options have it; nothing if it is not selected.
fn selected<'a>(subject: Subject<'a>, options: &Options) -> Option<Subject<'a>> {
    match (subject.claim, subject.entry) {
        (Some(claim), _) if !options.destroy => {
            let is_in = claim.service == NAMESPACES || options.selects(claim.service);
            is_in.then_some(subject)
        }
        // A selection never deletes what Git still has, not even where all is meant to go.
        (Some(_), _) if !options.apps.is_empty() => None,
        (_, entry) => {
            let is_in = entry.is_some_and(|entry| options.selects(&entry.service));
            is_in.then_some(Subject { claim: None, ..subject })
        }
    }
}

/// Everything that is desired or recorded, by one walk along both.
fn all<'a>(desired: &'a Desired, inventory: Option<&'a Inventory>) -> Vec<Subject<'a>> {
    let mut all = Vec::new();
    let entries = inventory.into_iter().flat_map(|inventory| &inventory.entries);
    let mut entries = entries.peekable();
    for (id, (service, wanted)) in desired.in_order() {
        let mut entry = None;
        while let Some((recorded, found)) = entries.peek().copied() {
            match recorded.cmp(id) {
                Ordering::Less => {
                    all.push(Subject { id: recorded, entry: Some(found), claim: None });
                }
                Ordering::Equal => entry = Some(found),
                Ordering::Greater => break,
            }
            entries.next();
        }
        all.push(Subject { id, entry, claim: Some(Claim { service, wanted }) });
    }
    all.extend(entries.map(|(id, entry)| Subject { id, entry: Some(entry), claim: None }));
    all
}

impl<'a> Subject<'a> {
    /// What is recorded of it, if the service that wants it was not read.
    fn untouched(&self, desired: &Desired) -> Option<&'a Entry> {
        let is_read = self.claim.is_some() || desired.untouched.is_empty();
        let entry = self.entry.filter(|_| !is_read)?;
        desired.untouched.contains(&entry.service).then_some(entry)
    }

    /// The service that wants it.
    pub(crate) fn wanting(&self) -> Option<&'a str> {
        self.claim.map(|claim| claim.service)
    }

    /// The service that it belongs to, or belonged to.
    pub(crate) fn service(&self) -> &'a str {
        let recorded = self.entry.map(|entry| entry.service.as_str());
        self.wanting().or(recorded).unwrap_or_default()
    }

    /// Whether it is a Job that has completed as it is wanted: never made again.
    pub(crate) fn is_done(&self) -> bool {
        let (Some(claim), Some(entry)) = (self.claim, self.entry) else { return false };
        claim.service != NAMESPACES
            && entry.phase == Phase::Done
            && entry.digest == claim.wanted.digest
    }

    /// Whether it is recorded as applied, just as it is wanted.
    pub(crate) fn is_settled(&self) -> bool {
        let (Some(claim), Some(entry)) = (self.claim, self.entry) else { return false };
        entry.phase == Phase::Applied && entry.uid.is_some() && claim.is_equal(entry)
    }
}

impl Claim<'_> {
    /// Whether the record names the same service, version and content.
    pub(crate) fn is_equal(&self, entry: &Entry) -> bool {
        entry.digest == self.wanted.digest
            && entry.service == self.service
            && entry.version == self.version()
    }

    /// The API version without its group.
    pub(crate) fn version(&self) -> &str {
        self.wanted.object.version()
    }

    /// Whether the object may be deleted and made again where it cannot be changed in place: it says
    /// so, or it was a hook of a chart, which Helm deletes before it makes it again unless the hook
    /// has another policy.
    pub(crate) fn may_be_replaced(&self) -> bool {
        let object = &self.wanted.object;
        let is_hook = object.annotation("helm.sh/hook").is_some();
        let policy = object.annotation("helm.sh/hook-delete-policy");
        let policy = policy.filter(|policy| !policy.trim().is_empty());
        let policy = policy.unwrap_or("before-hook-creation");
        object.annotation(marks::REPLACE) == Some("allowed")
            || (is_hook && policy.split(',').any(|one| one.trim() == "before-hook-creation"))
    }

    /// Whether the object is a Job.
    pub(crate) fn is_job(&self) -> bool {
        self.wanted.object.id.is("batch", "Job")
    }

    /// Whether the object is a Job that goes by itself some time after it has completed.
    pub(crate) fn is_passing_job(&self) -> bool {
        let spec = self.wanted.object.body.get("spec");
        let time = spec.and_then(|spec| spec.get("ttlSecondsAfterFinished"));
        self.is_job() && time.is_some_and(|time| !time.is_null())
    }
}

//! Which services need not be read, because their files still say just what is recorded of them.
//!
//! Owns the fingerprint of a service: a digest of its files together with what they were read to,
//! the identity, version and digest of each object. The record keeps one for each service that
//! nothing but that matters of while it does not change. If a fingerprint taken of the files as they
//! are now and of the entries as they are now is the one that is kept, then reading the files would
//! give the entries. So it is right after whatever became of the run that kept it, and after
//! whatever was done to the record.
//!
//! It must not know where files come from, nor do anything about what is untouched: such an object
//! has no body here, so that it cannot be applied, and a service that wants it, so that it is not
//! deleted.

use crate::desired::{Desired, Service, Wanted};
use crate::inventory::{Entry, Inventory, Phase, RunPhase};
use crate::observed::Observed;
use crate::options::Options;
use manifest::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// The digest of the files of a service, and of whatever else decides what they are read to.
pub type Files = [u8; 32];

/// What is recorded of each service.
type Recorded<'a> = BTreeMap<&'a str, Vec<(&'a ObjectId, &'a Entry)>>;

/// The fingerprint of a service as it was read: nothing if it has to be read in every run, or if it
/// has Secrets and there is no `key`.
///
/// Read in every run is what others may have to wait for or cannot be understood without, such as
/// namespaces and definitions, and what says something of its own place in a run.
pub fn fingerprint(files: &Files, service: &Service, key: Option<&[u8]>) -> Option<String> {
    let is_plain = service.objects.iter().all(|wanted| wanted.ties.is_plain(&wanted.object.id));
    if !is_plain || !service.depends_on.is_empty() {
        return None;
    }
    let mut objects: Vec<Said<'_>> = service
        .objects
        .iter()
        .map(|wanted| (&wanted.object.id, wanted.object.version(), wanted.digest.as_str()))
        .collect();
    objects.sort_unstable();
    written(files, objects.into_iter(), key)
}

/// The services that need not be read for a run with these options: their files say what is recorded,
/// and nothing is to be done about it.
pub fn find(
    inventory: &Inventory,
    options: &Options,
    files: &BTreeMap<String, Files>,
    key: Option<&[u8]>,
) -> BTreeSet<String> {
    let is_whole = options.destroy || options.looks_at_all() || !options.apps.is_empty();
    if is_whole || inventory.run.phase != RunPhase::Succeeded {
        return BTreeSet::new();
    }
    let recorded = recorded(inventory);
    let is_untouched = |(name, files): &(&String, &Files)| {
        let kept = inventory.fingerprints.get(*name);
        let entries = recorded.get(name.as_str());
        kept.zip(entries).is_some_and(|(kept, entries)| {
            entries.iter().all(|(_, entry)| is_settled(entry))
                && of_entries(files, entries, key).as_ref() == Some(kept)
        })
    };
    files.iter().filter(is_untouched).map(|(name, _)| name.clone()).collect()
}

/// Those of the untouched services that must be read after all, because of what the others turned out
/// to want: they depend on it, refer to it, or have the same object.
pub fn needed(
    untouched: &BTreeSet<String>,
    inventory: &Inventory,
    read: &Desired,
) -> BTreeSet<String> {
    let objects = || read.services.values().flat_map(|service| &service.objects);
    let owner = |id: &ObjectId| inventory.entries.get(id).map(|entry| entry.service.as_str());
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    needed
        .extend(read.services.values().flat_map(|service| &service.depends_on).map(String::as_str));
    needed.extend(objects().filter_map(|wanted| owner(&wanted.object.id)));
    needed.extend(objects().flat_map(Wanted::references).filter_map(|id| owner(&id)));
    for wanted in objects().filter(|wanted| wanted.has_targets()) {
        let named = inventory.entries.iter().filter(|(id, _)| wanted.is_after(id));
        needed.extend(named.map(|(_, entry)| entry.service.as_str()));
    }
    needed.into_iter().filter(|service| untouched.contains(*service)).map(str::to_owned).collect()
}

/// Whether the cluster lacks a kind or a namespace that an untouched service uses. Then something is to
/// be said of it, and everything must be read.
pub fn is_hindered(
    untouched: &BTreeSet<String>,
    inventory: &Inventory,
    observed: &Observed,
) -> bool {
    let lacks = |(id, entry): (&ObjectId, &Entry)| {
        observed.missing_namespace(id).is_some() || observed.is_unserved_in(id, &entry.version)
    };
    observed.lacks_anything() && entries(untouched, inventory).any(lacks)
}

/// What is recorded of the untouched services, which is what they want.
pub fn entries<'a>(
    untouched: &'a BTreeSet<String>,
    inventory: &'a Inventory,
) -> impl Iterator<Item = (&'a ObjectId, &'a Entry)> {
    inventory.entries.iter().filter(|(_, entry)| untouched.contains(&entry.service))
}

/// What is recorded of each service, in the order of identities.
fn recorded(inventory: &Inventory) -> Recorded<'_> {
    let mut recorded = Recorded::new();
    for (id, entry) in &inventory.entries {
        recorded.entry(&entry.service).or_default().push((id, entry));
    }
    recorded
}

fn is_settled(entry: &Entry) -> bool {
    match entry.phase {
        Phase::Applied => entry.uid.is_some(),
        Phase::Done => true,
        _ => false,
    }
}

fn of_entries(
    files: &Files,
    entries: &[(&ObjectId, &Entry)],
    key: Option<&[u8]>,
) -> Option<String> {
    let said =
        entries.iter().map(|(id, entry)| -> Said<'_> { (id, &entry.version, &entry.digest) });
    written(files, said, key)
}

/// What is known of an object: its identity, its version without the group, and its digest.
type Said<'a> = (&'a ObjectId, &'a str, &'a str);

/// The fingerprint of files and what they say. It is keyed where they hold secrets, or else those
/// could be guessed with its help.
fn written<'a>(
    files: &Files,
    objects: impl Iterator<Item = Said<'a>>,
    key: Option<&[u8]>,
) -> Option<String> {
    let mut text = files.to_vec();
    let mut has_secrets = false;
    for (id, version, digest) in objects {
        has_secrets |= id.is("", "Secret");
        // No namespace has this name.
        let namespace = id.namespace.as_deref().unwrap_or("/");
        for part in [&id.group, &id.kind, namespace, &id.name, version, digest] {
            text.extend(part.len().to_le_bytes());
            text.extend(part.as_bytes());
        }
    }
    let key = key.filter(|_| has_secrets);
    (key.is_some() || !has_secrets).then(|| manifest::digest_of(&text, key))
}

#[cfg(test)]
mod tests;

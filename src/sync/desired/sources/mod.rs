//! The folder of an environment, of which no more is read than is asked for.
//!
//! Owns that what is not read would make no difference: a service stays unread if its files and the
//! record agree ([`plan::untouched`]), and if nothing that was read, and nothing that is known of kinds
//! now, says otherwise. In doubt everything is read, so that every problem is told.

use super::service::{self, ServiceFolder};
use super::{Context, Manifests, Unknown, read};
use crate::config::tree::Folder;
use crate::error::{Diagnostic, in_order};
use crate::parallel;
use manifest::{ObjectId, Scope, Scopes};
use plan::untouched::{self, Files};
use plan::{Desired, Inventory, Options};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// The manifests of an environment, read or not.
pub struct Sources<'a> {
    folder: Folder,
    context: Context<'a>,
    files: OnceLock<BTreeMap<String, Files>>,
    whole: OnceLock<Result<Manifests, Vec<Diagnostic>>>,
}

impl<'a> Sources<'a> {
    /// The manifests in a folder, none of them read.
    pub fn new(folder: Folder, context: Context<'a>) -> Self {
        Self { folder, context, files: OnceLock::new(), whole: OnceLock::new() }
    }

    /// Everything, read once. Fails with every problem at once, each with file and line.
    pub fn read(&self) -> Result<&Manifests, Vec<Diagnostic>> {
        self.whole.get_or_init(|| self.read_whole()).as_ref().map_err(Clone::clone)
    }

    fn read_whole(&self) -> Result<Manifests, Vec<Diagnostic>> {
        let (folders, mut problems) = service::folders(&self.folder, &self.context.path);
        let mut reading = read(&folders, &self.context, Unknown::Refused);
        problems.append(&mut reading.problems);
        if problems.is_empty() { Ok(reading.manifests) } else { Err(in_order(problems)) }
    }

    /// The digest of each service's files, and of what else decides what they are read to, by its
    /// name. A service of which something cannot be read has none.
    pub fn files(&self) -> &BTreeMap<String, Files> {
        self.files.get_or_init(|| {
            let (folders, _) = service::folders(&self.folder, &self.context.path);
            let namespace = self.context.namespace();
            let digest = |folder: &ServiceFolder<'_>| files(folder, namespace);
            let digests = parallel::map(&folders, digest, |_| {});
            let names = folders.iter().map(|folder| folder.name.to_owned());
            names.zip(digests).filter_map(|(name, digest)| Some((name, digest?))).collect()
        })
    }

    /// What a run with a record wants, of which only that was read which the record does not say.
    /// Nothing if everything has to be read.
    pub fn changed(
        &self,
        inventory: &Inventory,
        options: &Options,
        key: Option<&[u8]>,
    ) -> Option<Desired> {
        let mut untouched = untouched::find(inventory, options, self.files(), key);
        let (folders, problems) = service::folders(&self.folder, &self.context.path);
        if !problems.is_empty() {
            return None;
        }
        while !untouched.is_empty() {
            let is_read = |folder: &&ServiceFolder<'_>| !untouched.contains(folder.name);
            let chosen: Vec<ServiceFolder<'_>> = folders.iter().filter(is_read).cloned().collect();
            let reading = read(&chosen, &self.context, Unknown::Refused);
            if !reading.problems.is_empty() {
                return None;
            }
            let desired = reading.manifests.desired(key);
            let mut needed = untouched::needed(&untouched, inventory, &desired);
            needed.extend(moved(&untouched, inventory, &reading.scopes));
            if needed.is_empty() {
                return Some(Desired { untouched, ..desired });
            }
            untouched.retain(|service| !needed.contains(service));
        }
        None
    }

    /// The fingerprints to record: those of services that were read, and those that are recorded
    /// already of services that were not.
    pub fn fingerprints(
        &self,
        desired: &Desired,
        recorded: Option<&BTreeMap<String, String>>,
        key: Option<&[u8]>,
    ) -> BTreeMap<String, String> {
        let files = self.files();
        let services: Vec<_> = desired.services.iter().collect();
        let fingerprint = |(name, service): &(&String, &plan::Service)| {
            untouched::fingerprint(files.get(*name)?, service, key)
        };
        let taken = parallel::map(&services, fingerprint, |_| {});
        let taken =
            services.iter().zip(taken).filter_map(|((name, _), taken)| Some((*name, taken?)));
        let is_unread = |(name, _): &(&String, &String)| desired.untouched.contains(*name);
        let kept = recorded.into_iter().flatten().filter(is_unread);
        let kept = kept.map(|(name, kept)| (name, kept.clone()));
        taken.chain(kept).map(|(name, fingerprint)| (name.clone(), fingerprint)).collect()
    }

    /// How long to wait for a service, as written, if it says so itself.
    pub fn wait_timeout(&self, service: &str) -> Option<String> {
        if let Some(Ok(manifests)) = self.whole.get() {
            return manifests.services.get(service)?.wait_timeout.clone();
        }
        service::lock(self.folder.folder(service)?)?.wait_timeout
    }

    /// What was read, to be freed.
    pub fn into_parts(self) -> (Folder, Option<Manifests>) {
        (self.folder, self.whole.into_inner().and_then(Result::ok))
    }
}

/// The digest of everything in a folder. What this version of Molave makes of it may be something
/// else than what another makes.
fn files(ServiceFolder { folder, .. }: &ServiceFolder<'_>, namespace: &str) -> Option<Files> {
    if folder.unreadable().is_some() {
        return None;
    }
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    add(namespace.as_bytes());
    for (path, content) in folder.files() {
        add(path.as_bytes());
        add(content);
    }
    Some(hash.finalize().into())
}

/// Those of the untouched services of whose kinds another scope is known now, or none any more.
fn moved(untouched: &BTreeSet<String>, inventory: &Inventory, scopes: &Scopes) -> BTreeSet<String> {
    let kind = |(id, _)| -> (&str, &str, bool) {
        let id: &ObjectId = id;
        (&id.group, &id.kind, id.namespace.is_some())
    };
    let mut other: BTreeSet<_> = untouched::entries(untouched, inventory).map(kind).collect();
    other.retain(|(group, kind, is_within)| {
        let scope = if *is_within { Scope::Namespaced } else { Scope::Cluster };
        scopes.scope_of(group, kind) != Some(scope)
    });
    if other.is_empty() {
        return BTreeSet::new();
    }
    let moved = untouched::entries(untouched, inventory).filter(|it| other.contains(&kind(*it)));
    moved.map(|(_, entry)| entry.service.clone()).collect()
}

#[cfg(test)]
mod tests;

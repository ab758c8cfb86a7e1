//! What should be there: the objects of an environment, by service. It must not know where they
//! were read.

use crate::sorting;
use crate::waves::Ties;
use manifest::{Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The name under which namespaces are recorded that Molave makes because objects need them
/// (`createNamespaces`). No service has it: names of services hold no underscore. Such a namespace
/// is made if it is missing and otherwise left as it is; it is never adopted, applied again or
/// deleted.
pub const NAMESPACES: &str = "_namespaces";

/// The services of an environment by name.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// The services that were read.
    pub services: BTreeMap<String, Service>,
    /// The services that were not, because they are just what is recorded of them, and nothing is to
    /// be done about that ([`crate::untouched`]). None of them is among those that were read.
    pub untouched: BTreeSet<String>,
}

/// One service.
#[derive(Clone, Debug, Default)]
pub struct Service {
    /// Its objects. No object is in two services.
    pub objects: Vec<Wanted>,
    /// The services that must be there before it, by name.
    pub depends_on: Vec<String>,
}

/// An object that should be there.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The object, in canonical form and in its namespace, without marks. Shared with whoever read
    /// it: the bodies of 100,000 objects are most of what a sync holds.
    pub object: Arc<Object>,
    /// Its digest before marks: keyed for Secrets.
    pub digest: String,
    /// What it says of its place in a run, which would be slow to look up each time.
    pub ties: Ties,
}

impl Wanted {
    /// An object with its digest.
    pub fn new(object: impl Into<Arc<Object>>, digest: String) -> Self {
        let object = object.into();
        Self { ties: Ties::of(&object), object, digest }
    }

    /// Whether it says what it depends on.
    pub(crate) fn has_targets(&self) -> bool {
        self.ties.has_targets()
    }

    /// Whether it says that it depends on this object.
    pub(crate) fn is_after(&self, other: &ObjectId) -> bool {
        self.ties.is_after(other, self.object.id.namespace.as_deref())
    }

    /// What its pods refer to.
    pub(crate) fn references(&self) -> impl Iterator<Item = ObjectId> {
        self.ties.references(self.object.id.namespace.as_deref())
    }
}

impl Desired {
    /// Every object by identity, with the service it belongs to.
    pub fn by_id(&self) -> BTreeMap<&ObjectId, (&str, &Wanted)> {
        self.in_order().into_iter().collect()
    }

    /// Every object with the service it belongs to, in the order of identities; if two services
    /// have the same object, that of the last one only.
    pub(crate) fn in_order(&self) -> Vec<(&ObjectId, (&str, &Wanted))> {
        let all = self.services.iter().flat_map(|(name, service)| {
            service.objects.iter().map(|wanted| (&wanted.object.id, (name.as_str(), wanted)))
        });
        let mut all = sorting::by_identity(all.collect(), |(id, _)| id);
        all.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                *kept = *next;
            }
            is_same
        });
        all
    }

    /// How many objects were read.
    pub fn len(&self) -> usize {
        self.services.values().map(|service| service.objects.len()).sum()
    }

    /// Whether no object was read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

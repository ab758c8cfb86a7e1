//! What should be there: the objects of an environment, by service. It must not know where they
//! were read.

use manifest::{Object, ObjectId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name under which namespaces are recorded that Molave makes because objects need them
/// (`createNamespaces`). No service has it: names of services hold no underscore. Such a namespace
/// is made if it is missing and otherwise left as it is; it is never adopted, applied again or
/// deleted.
pub const NAMESPACES: &str = "_namespaces";

/// The services of an environment by name.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// The services.
    pub services: BTreeMap<String, Service>,
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
}

impl Desired {
    /// Every object by identity, with the service it belongs to.
    pub fn by_id(&self) -> BTreeMap<&ObjectId, (&str, &Wanted)> {
        self.in_order().into_iter().collect()
    }

    /// Every object with the service it belongs to, in the order of identities; if two services
    /// have the same object, that of the last one only.
    pub(crate) fn in_order(&self) -> Vec<(&ObjectId, (&str, &Wanted))> {
        // Within a kind and a namespace, names mostly stand in the order of services already:
        // that saves nearly all comparisons of 100,000 objects.
        let mut places: BTreeMap<_, Vec<(&ObjectId, (&str, &Wanted))>> = BTreeMap::new();
        for (name, service) in &self.services {
            for wanted in &service.objects {
                let id = &wanted.object.id;
                let place = (id.group.as_str(), id.kind.as_str(), id.namespace.as_deref());
                places.entry(place).or_default().push((id, (name, wanted)));
            }
        }
        let mut all = Vec::with_capacity(self.len());
        for mut place in places.into_values() {
            place.sort_by(|(left, _), (right, _)| left.name.cmp(&right.name));
            all.append(&mut place);
        }
        all.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                *kept = *next;
            }
            is_same
        });
        all
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.services.values().map(|service| service.objects.len()).sum()
    }

    /// Whether there is no object at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

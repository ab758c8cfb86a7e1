//! What was found in the cluster when the survey's questions were asked. It must not know how
//! they were asked.

use crate::live::Live;
use manifest::{Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// The answers.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// What was seen of each object that was asked about.
    pub sights: BTreeMap<ObjectId, Sight>,
    /// Group and kind of what the server does not serve in any version.
    pub unserved: BTreeSet<(String, String)>,
    /// API version and kind, as objects have them, of what we want and the server does not serve
    /// in that version, though it may serve it in another.
    pub unserved_versions: BTreeSet<(String, String)>,
    /// Objects that carry our mark, and that are neither recorded nor wanted: the late request of a
    /// run that was killed may have made them. Only some kinds are looked through for them.
    pub strays: BTreeSet<ObjectId>,
    /// Namespaces that are not there, or on their way out.
    pub missing_namespaces: BTreeSet<String>,
    /// Those of them that are on their way out.
    pub ending_namespaces: BTreeSet<String>,
    /// Objects that we lack a right for, each with the reason. Nothing is done with them.
    pub lacking: BTreeMap<ObjectId, String>,
}

/// What was seen of one object.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// The live object, if there is one.
    pub live: Option<Live>,
    /// What the server says of the object that we want.
    pub verdict: Verdict,
}

/// What the server would do with the object that we want.
#[derive(Clone, Debug, Default)]
pub enum Verdict {
    /// It was not asked.
    #[default]
    Unasked,
    /// It need not be asked: the object is as our last write left it, and that is what we want.
    Confirmed,
    /// It would take it; the object as it would become.
    Accepted(Box<Live>),
    /// It would refuse it, with this reason. Never holds a Secret's data.
    Rejected(String),
    /// It would not change the live object into it, with this reason, but would make it anew.
    Immutable(String),
    /// It cannot say yet: the kind or the namespace comes with the same change.
    Unverified,
}

impl Observed {
    /// Whether the server serves no version of an object's kind.
    pub fn is_unserved(&self, id: &ObjectId) -> bool {
        !self.unserved.is_empty() && self.unserved.contains(&(id.group.clone(), id.kind.clone()))
    }

    /// Whether the server does not serve an object's kind in the version it is written in.
    pub fn is_unserved_version(&self, object: &Object) -> bool {
        self.is_unserved_in(&object.id, object.version())
    }

    /// The same of an object of this version, without the group.
    pub(crate) fn is_unserved_in(&self, id: &ObjectId, version: &str) -> bool {
        let version_and_kind = || {
            let slash = if id.group.is_empty() { "" } else { "/" };
            (format!("{}{slash}{version}", id.group), id.kind.clone())
        };
        self.is_unserved(id)
            || (!self.unserved_versions.is_empty()
                && self.unserved_versions.contains(&version_and_kind()))
    }

    /// Whether the cluster lacks a kind or a namespace.
    pub(crate) fn lacks_anything(&self) -> bool {
        !(self.unserved.is_empty()
            && self.unserved_versions.is_empty()
            && self.missing_namespaces.is_empty())
    }

    /// The namespace that is not there, of those that an object is in or is.
    pub fn missing_namespace<'a>(&self, id: &'a ObjectId) -> Option<&'a str> {
        let own = id.is("", "Namespace").then_some(id.name.as_str());
        let namespace = id.namespace.as_deref().or(own)?;
        self.missing_namespaces.contains(namespace).then_some(namespace)
    }
}

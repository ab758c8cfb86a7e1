//! The written form of an approval. It must not know what needs one.

use super::Limits;
use manifest::ObjectId;

/// An approval: `Kind/namespace/name`, or `Kind//name` for a cluster-scoped object. It may also be
/// written as the object is shown: with the group, and without an empty namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval<'a> {
    /// The kind.
    pub kind: &'a str,
    /// The group; none if any will do.
    pub group: Option<&'a str>,
    /// The namespace; empty for a cluster-scoped object.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
}

impl<'a> Approval<'a> {
    /// Reads one; nothing if the text names no object.
    pub fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, name] => (*kind, "", *name),
            [kind, namespace, name] => (*kind, *namespace, *name),
            _ => return None,
        };
        let (kind, group) = match kind.split_once('.') {
            Some((kind, group)) => (kind, Some(group)),
            None => (kind, None),
        };
        (!kind.is_empty() && !name.is_empty()).then_some(Self { kind, group, namespace, name })
    }

    /// Whether it is for an object.
    pub fn is_for(&self, id: &ObjectId) -> bool {
        self.kind == id.kind
            && self.group.is_none_or(|group| group == id.group)
            && self.namespace == id.namespace.as_deref().unwrap_or_default()
            && self.name == id.name
    }

    /// Whether another is for the same object as far as their texts tell: one may name the group
    /// that the other leaves out.
    pub fn is_same(&self, other: &Self) -> bool {
        let any_group = |approval: &Self| Self { group: None, ..*approval };
        let is_open = self.group.is_none() || other.group.is_none();
        any_group(self) == any_group(other) && (is_open || self.group == other.group)
    }
}

/// The approval for an object as it is best written.
pub(super) fn approval(id: &ObjectId) -> String {
    format!("{}/{}/{}", id.kind, id.namespace.as_deref().unwrap_or_default(), id.name)
}

/// Whether an object is approved.
pub(super) fn is_approved(id: &ObjectId, limits: &Limits) -> bool {
    limits.approve.iter().filter_map(|text| Approval::read(text)).any(|it| it.is_for(id))
}

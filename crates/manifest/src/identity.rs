//! What tells one object from another.
//!
//! Identity is group, kind, namespace and name: an object that moves to another version of its
//! group stays the same object. It must not know what is in an object.

use go_yaml::Node;
use std::fmt;

/// The identity of an object. Prints as `Deployment.apps/namespace/name`; without a dot for the
/// core group, and without a namespace for a cluster-scoped object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// The API group, empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; none if the object is cluster-scoped.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectId {
    /// Whether an object is of a group's kind: `id.is("apps", "Deployment")`.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }

    /// Whether this is a `CustomResourceDefinition`.
    pub fn is_definition(&self) -> bool {
        self.is("apiextensions.k8s.io", "CustomResourceDefinition")
    }
}

/// An object whose scope is known: in canonical form, and in a namespace if it belongs in one.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its identity, which the body repeats.
    pub id: ObjectId,
    /// The version it is written in, with its group: `apps/v1`.
    pub api_version: String,
    /// Where it comes from: the path of a chart's template.
    pub source: String,
    /// The 1-based line in the text it was parsed from.
    pub line: u32,
    /// The whole object, `apiVersion` and `kind` included.
    pub body: Node,
}

impl Object {
    /// The version it is written in, without its group: `v1`.
    pub fn version(&self) -> &str {
        version_of(&self.api_version)
    }

    /// The text of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations()?.get(name)?.as_str()
    }

    /// All annotations, if it has any.
    pub fn annotations(&self) -> Option<&Node> {
        self.body.get("metadata")?.get("annotations")
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&kind_and_group(&self.group, &self.kind))?;
        if let Some(namespace) = &self.namespace {
            write!(formatter, "/{namespace}")?;
        }
        write!(formatter, "/{}", self.name)
    }
}

/// `Deployment.apps`, or `Service` for the core group.
pub(crate) fn kind_and_group(group: &str, kind: &str) -> String {
    if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") }
}

/// The group in an `apiVersion`: none in `v1`, the core group's.
pub(crate) fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// The version in an `apiVersion`, without its group: `v1` of `apps/v1`.
pub fn version_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or(api_version, |(_, version)| version)
}

//! Which kinds live in namespaces.
//!
//! Owns what is known of kinds before any cluster is asked: Kubernetes' own, a shipped table of
//! common custom resources, and what the caller adds. A kind is never guessed.

use crate::identity::ObjectId;
use go_yaml::Node;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Kubernetes' own kinds.
const KUBERNETES: &str = include_str!("kubernetes.txt");

/// Common custom resources.
const COMMON: &str = include_str!("common.txt");

/// Every kind of the shipped tables with its group before it.
static SHIPPED: LazyLock<BTreeMap<(&str, &str), Scope>> =
    LazyLock::new(|| rows(KUBERNETES).chain(rows(COMMON)).flat_map(Row::kinds).collect());

/// Where the objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In the cluster itself.
    Cluster,
}

/// The kinds of one group in a shipped table.
#[derive(Clone, Copy)]
struct Row {
    group: &'static str,
    namespaced: &'static str,
    cluster: &'static str,
}

/// The scope of every kind that is known.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    added: BTreeMap<(String, String), Scope>,
}

impl Scopes {
    /// Kubernetes' own kinds (1.34 to 1.37, and what older charts still name), and common custom
    /// resources.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// Adds a kind. What is added last wins, over the shipped tables too.
    pub fn add(&mut self, group: &str, kind: &str, scope: Scope) {
        self.added.insert((group.to_owned(), kind.to_owned()), scope);
    }

    /// Adds the kind that a `CustomResourceDefinition` defines. False if this is none, or one
    /// that does not say group, kind and scope.
    pub fn add_definition(&mut self, definition: &Node) -> bool {
        let Some((group, kind, scope)) = read_definition(definition) else { return false };
        self.add(group, kind, scope);
        true
    }

    /// The scope of a kind; nothing if it is not known.
    pub fn scope_of(&self, group: &str, kind: &str) -> Option<Scope> {
        let added = self.added.get(&(group.to_owned(), kind.to_owned()));
        added.or_else(|| SHIPPED.get(&(group, kind))).copied()
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut columns = line.split('|').map(str::trim);
        let mut column = || columns.next().unwrap_or_default();
        Row { group: column().trim_matches('"'), namespaced: column(), cluster: column() }
    })
}

impl Row {
    fn kinds(self) -> impl Iterator<Item = ((&'static str, &'static str), Scope)> {
        let of = move |kinds: &'static str, scope| {
            kinds.split_whitespace().map(move |kind| ((self.group, kind), scope))
        };
        of(self.namespaced, Scope::Namespaced).chain(of(self.cluster, Scope::Cluster))
    }
}

fn read_definition(definition: &Node) -> Option<(&str, &str, Scope)> {
    let text = |key: &str| definition.get(key)?.as_str();
    let (group, version) = text("apiVersion")?.split_once('/')?;
    if group != "apiextensions.k8s.io" || text("kind") != Some("CustomResourceDefinition") {
        return None;
    }
    let (group, kind) = defined_kind(definition)?;
    let scope = match definition.get("spec")?.get("scope").map(Node::as_str) {
        Some(Some("Namespaced")) => Scope::Namespaced,
        Some(Some("Cluster")) => Scope::Cluster,
        // The first version of the API had a default.
        None if version == "v1beta1" => Scope::Namespaced,
        _ => return None,
    };
    Some((group, kind, scope))
}

/// The group and the kind that a `CustomResourceDefinition` defines.
pub fn defined_kind(definition: &Node) -> Option<(&str, &str)> {
    let spec = definition.get("spec")?;
    Some((spec.get("group")?.as_str()?, spec.get("names")?.get("kind")?.as_str()?))
}

/// The group of which a `CustomResourceDefinition` defines a kind, as its name tells: the API server
/// insists on `<plural>.<group>`. Nothing for any other object.
pub fn defined_group(id: &ObjectId) -> Option<&str> {
    id.name.split_once('.').filter(|_| id.is_definition()).map(|(_, group)| group)
}

#[cfg(test)]
mod tests;

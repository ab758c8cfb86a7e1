//! The namespaces that Molave makes because objects need them (`createNamespaces`).

use go_yaml::{Data, Entry, Mapping, Node, Position};
use manifest::{Object, ObjectId};
use plan::desired::NAMESPACES;
use plan::{Desired, Inventory, Service, Wanted, untouched};
use std::collections::BTreeSet;

/// Adds a namespace for each one that objects are in and that no service brings along. Those of
/// services that were not read are recorded, and bring none.
pub(super) fn add(desired: &mut Desired, inventory: Option<&Inventory>) {
    let objects = || desired.services.values().flat_map(|service| &service.objects);
    let brought: BTreeSet<&str> = objects()
        .map(|wanted| &wanted.object.id)
        .filter(|id| id.is("", "Namespace"))
        .map(|id| id.name.as_str())
        .collect();
    let unread = inventory.into_iter();
    let unread = unread.flat_map(|inventory| untouched::entries(&desired.untouched, inventory));
    let ids = objects().map(|wanted| &wanted.object.id).chain(unread.map(|(id, _)| id));
    let needed: BTreeSet<&str> = ids.filter_map(|id| id.namespace.as_deref()).collect();
    let missing: Vec<Wanted> = needed.difference(&brought).map(|name| namespace(name)).collect();
    if !missing.is_empty() {
        let service = Service { objects: missing, depends_on: Vec::new() };
        drop(desired.services.insert(NAMESPACES.to_owned(), service));
    }
}

fn namespace(name: &str) -> Wanted {
    let body = map([
        ("apiVersion", text("v1")),
        ("kind", text("Namespace")),
        ("metadata", map([("name", text(name))])),
    ]);
    let id = ObjectId {
        group: String::new(),
        kind: "Namespace".to_owned(),
        namespace: None,
        name: name.to_owned(),
    };
    let api_version = "v1".to_owned();
    let source = "createNamespaces".to_owned();
    let object = Object { id, api_version, source, line: 0, body };
    let digest = manifest::digest(&object);
    Wanted::new(object, digest)
}

fn text(text: &str) -> Node {
    Node { position: Position::default(), data: Data::String(text.into()) }
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let entry = |(key, value): (&str, Node)| {
        (key.into(), Entry { key_position: Position::default(), value })
    };
    let data = Data::Map(Box::new(entries.into_iter().map(entry).collect::<Mapping>()));
    Node { position: Position::default(), data }
}

//! Which objects hold secrets, and under which keys. It must never return a value.

use crate::identity::Object;
use go_yaml::Node;

/// Whether the object is a Secret of the core group.
pub fn is_secret(object: &Object) -> bool {
    is_secret_kind(&object.id.group, &object.id.kind)
}

pub(crate) fn is_secret_kind(group: &str, kind: &str) -> bool {
    group.is_empty() && kind == "Secret"
}

/// The keys of a Secret under which a value is written out, in byte order; none for any other
/// object. A key with an empty value is a place to be filled, not a secret.
pub fn literal_secret_keys(object: &Object) -> Vec<String> {
    if !is_secret(object) {
        return Vec::new();
    }
    let data = object.body.get("data").and_then(Node::as_map);
    let filled = data.into_iter().flatten().filter(|(_, entry)| is_filled(&entry.value));
    let mut keys: Vec<String> = filled.map(|(key, _)| key.to_string()).collect();
    keys.sort_unstable();
    keys
}

fn is_filled(value: &Node) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

//! Whose a live object is.
//!
//! Owns who is named as the holder of an object that is not ours. It must not decide what becomes
//! of it.

use super::Identity;
use crate::live::Live;
use crate::marks::Owner;
use crate::ownership;
use serde_json::Value;

/// Who holds an object.
pub(crate) struct Holder {
    /// `shop/staging` for an environment of Molave, else a field manager.
    pub(crate) name: String,
    /// Whether it may be taken over: not from another environment.
    pub(crate) adoptable: bool,
}

/// Who holds an object that is not recorded as ours.
pub(crate) fn of(live: &Live, identity: &Identity) -> Holder {
    match mark(live) {
        Some(owner) => Holder {
            name: format!("{}/{}", owner.project, owner.environment),
            adoptable: !is_other(&owner, identity),
        },
        None => Holder { name: newest_manager(live).to_owned(), adoptable: true },
    }
}

/// Whether an object carries the mark of another environment.
pub(super) fn is_of_another_environment(live: &Live, identity: &Identity) -> bool {
    mark(live).is_some_and(|owner| is_other(&owner, identity))
}

/// The owner that an object names, if it counts: annotations travel (DESIGN.md, State).
fn mark(live: &Live) -> Option<Owner> {
    let counts = ownership::our_entry(live).is_some() && !live.has_controller();
    live.owner().filter(|_| counts)
}

fn is_other(owner: &Owner, identity: &Identity) -> bool {
    owner.project != identity.project || owner.environment != identity.environment
}

/// The manager that wrote last, other than to a subresource. Times are RFC 3339 in UTC, which
/// compare as texts.
fn newest_manager(live: &Live) -> &str {
    fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
        entry.get(key).and_then(Value::as_str).unwrap_or_default()
    }
    let entries = live.managed_fields().iter();
    let entries = entries.filter(|entry| text(entry, "subresource").is_empty());
    let newest = entries.max_by_key(|entry| text(entry, "time"));
    let manager = newest.map(|entry| text(entry, "manager")).unwrap_or_default();
    if manager.is_empty() { "an unknown manager" } else { manager }
}

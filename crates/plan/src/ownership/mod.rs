//! What makes a live object ours, and what of it.
//!
//! Labels and annotations travel (`EndpointSlice`s copy a Service's labels), so a mark counts only
//! with an Apply entry of our manager in `managedFields` and without a controller owner
//! (DESIGN.md, State). It must not know what becomes of an object.

mod differences;
mod fields;
mod losses;
mod owned;
mod secrecy;
mod shown;
pub mod transfer;
mod writers;

#[cfg(test)]
mod tests;

pub use differences::{Difference, adoption_differences, differences};
pub use losses::leaving_out;
pub use writers::Writer;

use crate::inventory::Entry;
use crate::live::Live;
use crate::marks::{self, MANAGER};
use manifest::ObjectId;
use serde_json::Value;

/// Our entry in `managedFields`: manager [`crate::marks::MANAGER`], operation `Apply`, no
/// subresource. Of several (one an API version), the newest.
pub fn our_entry(live: &Live) -> Option<&Value> {
    // Of equally old ones, the last: a server only ever keeps one for an apply manager.
    live.managed_fields().iter().filter(|entry| is_ours(entry)).max_by_key(|entry| time_of(entry))
}

fn is_ours(entry: &Value) -> bool {
    text(entry, "manager") == MANAGER
        && text(entry, "operation") == "Apply"
        && text(entry, "subresource").is_empty()
}

fn time_of(entry: &Value) -> Option<&str> {
    let time = text(entry, "time");
    is_time(time).then_some(time)
}

fn text<'value>(object: &'value Value, key: &str) -> &'value str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether it is a time as the API server writes it, `2025-01-02T03:04:05Z`: of these, the order
/// of the texts is the order of the times.
fn is_time(time: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00Z";
    let fits = |(byte, shape): (u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        mark => byte == *mark,
    };
    time.len() == SHAPE.len() && time.bytes().zip(SHAPE).all(fits)
}

/// Whether the object carries the mark of this set: the `part-of` label with this id, our Apply
/// entry, and no controller owner.
pub fn is_marked(live: &Live, applyset: &str) -> bool {
    live.label(marks::PART_OF) == Some(applyset)
        && our_entry(live).is_some()
        && !live.has_controller()
}

/// Whether our apply made the object, rather than landed on one that was there: the owner
/// annotation names this attempt, and our Apply entry is not younger than the object. A time that
/// is missing or has another form than the server's speaks against it.
pub fn is_made_by(live: &Live, attempt: &str) -> bool {
    let ours = live.owner().is_some_and(|owner| owner.attempt == attempt);
    let applied = our_entry(live).and_then(time_of);
    ours && is_time(live.created()) && applied.is_some_and(|time| time <= live.created())
}

/// The digest of what we own of the object: our field set and the live values at its paths, list
/// order included, and the length of keyed lists that we own items of (`reference/api.md`, last
/// section). 32 hexadecimal digits (16 bytes of SHA-256, or of HMAC-SHA-256 with `key` for
/// Secrets, so that nothing of a value can be guessed). Nothing if we own nothing.
///
/// The time of our entry, the resource version, and what others own make no difference.
pub fn owned_digest(live: &Live, key: Option<&[u8]>) -> Option<String> {
    owned::digest(our_fields(live)?, &live.0, key)
}

/// Whether the live object is the one that the record names: the UID is the same, or it was made by
/// the attempt that is recorded, where there is no UID or nobody knows what came of the last write,
/// which may have replaced the object of that UID.
pub fn is_recorded(live: &Live, entry: &Entry) -> bool {
    if live.uid().is_empty() {
        return false;
    }
    let may_be_new = entry.uid.is_none() || !entry.phase.is_settled();
    entry.uid.as_deref() == Some(live.uid())
        || (may_be_new && !entry.attempt.is_empty() && is_made_by(live, &entry.attempt))
}

/// The key for digests of what we own of an object: those of Secrets are keyed, others are not.
pub fn key_for<'key>(id: &ObjectId, key: Option<&'key [u8]>) -> Option<&'key [u8]> {
    key.filter(|_| id.is("", "Secret"))
}

/// Whether the live object is the one that was recorded, and what we own of it is as the answer to
/// our last write had it: the resource version is still that one, or the digest of what we own is
/// ([`owned_digest`], with the same `key`). Nothing has to be asked of such an object, and nothing
/// applied to it. Not of one that is being deleted, nor where the record says less.
pub fn is_as_left(live: &Live, entry: &Entry, key: Option<&[u8]>) -> bool {
    let is_that_one = entry.uid.as_deref().is_some_and(|uid| !uid.is_empty() && uid == live.uid());
    let version = entry.resource_version.as_deref().filter(|version| !version.is_empty());
    let is_untouched = || version == Some(live.resource_version());
    let is_equal = || entry.owned.is_some() && entry.owned == owned_digest(live, key);
    is_that_one && !live.is_terminating() && (is_untouched() || is_equal())
}

fn our_fields(live: &Live) -> Option<&Value> {
    our_entry(live)?.get("fieldsV1")
}

/// Whether an apply of `wanted` would drop `spec.replicas`, which we own alone and which would
/// fall to its default: for a Deployment, `StatefulSet` or `ReplicaSet`
/// (`apps`) or a `ReplicationController` whose live object has a number there. Gives that number,
/// to be handed over first.
///
/// A `wanted` with `spec.replicas: null` counts as dropping it; but the server takes that null for
/// the default, whoever else holds the field, so it must not be sent.
pub fn replicas_to_hand_over(live: &Live, wanted: &Value) -> Option<i64> {
    let drops = has_replicas(wanted) && replicas(wanted).is_none_or(Value::is_null);
    let alone = owns_replicas(our_entry(live)?)
        && live.managed_fields().iter().filter(|entry| owns_replicas(entry)).count() == 1;
    if drops && alone { replicas(&live.0)?.as_i64() } else { None }
}

fn has_replicas(object: &Value) -> bool {
    matches!(
        (group_of(object), text(object, "kind")),
        ("apps", "Deployment" | "StatefulSet" | "ReplicaSet") | ("", "ReplicationController")
    )
}

/// The API group that the object is written in, empty for the core group.
pub(crate) fn group_of(object: &Value) -> &str {
    text(object, "apiVersion").split_once('/').map_or("", |(group, _)| group)
}

fn replicas(object: &Value) -> Option<&Value> {
    object.get("spec")?.get("replicas")
}

fn owns_replicas(entry: &Value) -> bool {
    let spec = entry.get("fieldsV1").and_then(|fields| fields.get("f:spec"));
    spec.is_some_and(|spec| spec.get("f:replicas").is_some())
}

//! The one form in which an object is written, compared and digested.
//!
//! - `stringData` of a Secret becomes part of `data`, where it wins. The API server does the
//!   same, but under server-side apply `stringData` never drops a key again.
//! - What only the server writes goes: `status`, and in `metadata` `creationTimestamp`,
//!   `generation`, `managedFields`, `resourceVersion`, `selfLink` and `uid`.
//! - A `null` directly in `metadata` goes: all of these are absent if null, for every kind.
//! - Any other `null` stays. It is not always the same as nothing: in a ConfigMap's `data` it
//!   is an empty string, in a custom resource it may be a value, and the server turns
//!   `rollingUpdate: null` into a default by itself.
//!
//! It must not know how an object is written or digested.

use crate::identity::ObjectId;
use crate::problem::Problem;
use crate::secret::is_secret_kind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use go_yaml::{Data, Entry, Mapping, Node};

const SERVER_METADATA: [&str; 6] =
    ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// Brings an object into canonical form. Fails where a Secret's `stringData` or `data` is not what
/// the API server would take.
pub(crate) fn canonicalise(body: &mut Node, id: &ObjectId, source: &str) -> Result<(), Problem> {
    if let Data::Map(map) = &mut body.data {
        map.shift_remove("status");
        if is_secret_kind(&id.group, &id.kind) {
            merge_string_data(map, source)?;
        }
    }
    if let Some(metadata) = body.map_mut("metadata") {
        metadata.retain(|key, entry| {
            !SERVER_METADATA.contains(&key.as_str()) && !entry.value.is_null()
        });
    }
    Ok(())
}

fn merge_string_data(secret: &mut Mapping, source: &str) -> Result<(), Problem> {
    let Some(texts) = secret.shift_remove("stringData") else { return Ok(()) };
    let Some(texts) = take_map(texts, "stringData", source)? else { return Ok(()) };
    let place = secret.get("data").map(|entry| (entry.key_position, entry.value.position));
    let mut data = match secret.shift_remove("data") {
        Some(data) => take_map(data, "data", source)?.unwrap_or_default(),
        None => Mapping::default(),
    };
    for (key, mut entry) in texts {
        entry.value.data = Data::String(encode(&key, &entry.value, source)?.into());
        data.insert(key, entry);
    }
    let (key_position, position) = place.unwrap_or_default();
    let value = Node { position, data: Data::Map(Box::new(data)) };
    secret.insert("data".into(), Entry { key_position, value });
    Ok(())
}

/// The mapping in an entry, nothing if it is null.
fn take_map(entry: Entry, name: &str, source: &str) -> Result<Option<Mapping>, Problem> {
    match entry.value.data {
        Data::Map(map) => Ok(Some(*map)),
        Data::Null => Ok(None),
        other => {
            let message = format!("`{name}` of a Secret must be a map, not {}", other.kind_name());
            Err(Problem::new(source, entry.key_position, message))
        }
    }
}

/// A text in base64; null is the empty text, as for the API server. The message must not show the
/// value.
fn encode(key: &str, value: &Node, source: &str) -> Result<String, Problem> {
    match &value.data {
        Data::String(text) => Ok(STANDARD.encode(text)),
        Data::Null => Ok(String::new()),
        other => {
            let message = format!("`stringData.{key}` must be a string, not {}", other.kind_name());
            Err(Problem::new(source, value.position, message).with_hint("put it in quotes"))
        }
    }
}

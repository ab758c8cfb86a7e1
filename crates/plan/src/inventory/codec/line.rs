//! One entry, a line of JSON: `{"id":"Deployment.apps/shop/cart","version":"v1",…}`; or, before
//! those of a service, its fingerprint: `{"fingerprint":"v1:…"}`.
//!
//! Owns the order of its keys, the words for phases, and the written form of an identity. It must
//! not know where lines stand.

use super::Unwritable;
use crate::inventory::{Entry, Phase};
use manifest::ObjectId;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    version: Cow<'a, str>,
    digest: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_version: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owned: Option<Cow<'a, str>>,
    phase: Phase,
    attempt: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_until: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fingerprint<'a> {
    #[serde(borrow)]
    fingerprint: Cow<'a, str>,
}

/// The line of a fingerprint, with its end.
pub(super) fn fingerprint(fingerprint: &String) -> Result<Vec<u8>, Unwritable> {
    let line = serde_json::to_vec(&Fingerprint { fingerprint: fingerprint.into() });
    let mut line = line.map_err(|error| Unwritable(error.to_string()))?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a fingerprint; nothing if the line is not of one. Fails with a phrase.
pub(super) fn read_fingerprint(text: &str) -> Result<Option<String>, String> {
    if !text.starts_with("{\"fingerprint\"") {
        return Ok(None);
    }
    let line: Fingerprint<'_> = serde_json::from_str(text).map_err(|error| describe(&error))?;
    Ok(Some(line.fingerprint.into_owned()))
}

/// Appends an entry and the end of its line.
pub(super) fn write(out: &mut Vec<u8>, id: &ObjectId, entry: &Entry) -> Result<(), Unwritable> {
    let line = Line {
        id: write_id(id).into(),
        version: Cow::Borrowed(&entry.version),
        digest: Cow::Borrowed(&entry.digest),
        uid: entry.uid.as_deref().map(Cow::Borrowed),
        resource_version: entry.resource_version.as_deref().map(Cow::Borrowed),
        generation: entry.generation,
        owned: entry.owned.as_deref().map(Cow::Borrowed),
        phase: entry.phase,
        attempt: Cow::Borrowed(&entry.attempt),
        kept_until: entry.kept_until,
    };
    serde_json::to_writer(&mut *out, &line)
        .map_err(|error| Unwritable(format!("`{id}`: {error}")))?;
    out.push(b'\n');
    Ok(())
}

/// Reads an entry of a service. Fails with a phrase.
pub(super) fn read(text: &str, service: &str) -> Result<(ObjectId, Entry), String> {
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| describe(&error))?;
    let id = read_id(&line.id).ok_or_else(|| format!("`{}` is not an object", line.id))?;
    let entry = Entry {
        service: service.to_owned(),
        version: line.version.into_owned(),
        digest: line.digest.into_owned(),
        uid: line.uid.map(Cow::into_owned),
        resource_version: line.resource_version.map(Cow::into_owned),
        generation: line.generation,
        owned: line.owned.map(Cow::into_owned),
        phase: line.phase,
        attempt: line.attempt.into_owned(),
        kept_until: line.kept_until,
    };
    Ok((id, entry))
}

/// The message without the place that it ends with, whose line is always 1.
fn describe(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(&message).to_owned()
}

/// An identity as it prints. What would make that ambiguous is written as `%` and two digits; no
/// name that a server takes needs it.
fn write_id(id: &ObjectId) -> String {
    let is_plain = |text: &str| !text.contains(['/', '%']);
    let namespace = id.namespace.as_deref();
    let plain = is_plain(&id.group)
        && is_plain(&id.kind)
        && !id.kind.contains('.')
        && namespace.is_none_or(is_plain)
        && is_plain(&id.name);
    if plain { id.to_string() } else { escaped(id).to_string() }
}

fn escaped(id: &ObjectId) -> ObjectId {
    let escape = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    ObjectId {
        group: escape(&id.group),
        kind: escape(&id.kind).replace('.', "%2E"),
        namespace: id.namespace.as_deref().map(escape),
        name: escape(&id.name),
    }
}

/// Reads what [`write_id`] wrote, and nothing else.
fn read_id(text: &str) -> Option<ObjectId> {
    let mut parts = text.split('/');
    let (head, second, third) = (parts.next()?, parts.next()?, parts.next());
    let (kind, group) = head.split_once('.').unwrap_or((head, ""));
    let (namespace, name) = match third {
        Some(name) => (Some(second), name),
        None => (None, second),
    };
    let id = ObjectId {
        group: unescaped(group),
        kind: unescaped(kind),
        namespace: namespace.map(unescaped),
        name: unescaped(name),
    };
    (write_id(&id) == text).then_some(id)
}

fn unescaped(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    text.replace("%2F", "/").replace("%2E", ".").replace("%25", "%")
}

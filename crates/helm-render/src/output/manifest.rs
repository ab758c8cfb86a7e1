//! Rendered files to documents and hooks, in install order.

use super::document::{Document, Hook, HookEvent};
use super::head::{self, Head};
use super::{order, split, whitespace};
use crate::engine::error::{ErrorKind, RenderError};
use crate::profile::Profile;

/// The documents and the hooks of a render.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    pub(crate) documents: Vec<Document>,
    pub(crate) hooks: Vec<Document>,
}

/// What the annotations say a document is.
enum Role {
    Manifest,
    Hook(Hook),
    UnknownHook(String),
}

/// Splits every file, reads the head of each document, and sorts by kind. `files` must come in
/// byte order of their paths. A document with a hook that Helm does not know is dropped with a
/// warning.
pub(crate) fn sort_manifests<'a>(
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
    profile: Profile,
    warnings: &mut Vec<String>,
) -> Result<Sorted, RenderError> {
    let mut sorted = Sorted::default();
    for (path, text) in files {
        if whitespace::trim(text).is_empty() {
            continue;
        }
        for content in split::split(text, profile) {
            let head = read_head(path, content, profile)
                .map_err(|error| shift_line(error, text, content))?;
            add(&mut sorted, warnings, path, content, head);
        }
    }
    order::sort(&mut sorted.documents, profile);
    order::sort(&mut sorted.hooks, profile);
    Ok(sorted)
}

fn add(sorted: &mut Sorted, warnings: &mut Vec<String>, path: &str, content: &[u8], head: Head) {
    let hook = match role(&head) {
        Role::Manifest => None,
        Role::Hook(hook) => Some(hook),
        Role::UnknownHook(events) => {
            warnings.push(format!("skipping unknown hook: {events:?} in {path}"));
            return;
        }
    };
    let list = if hook.is_some() { &mut sorted.hooks } else { &mut sorted.documents };
    list.push(Document {
        path: path.to_owned(),
        api_version: head.api_version,
        kind: head.kind,
        name: head.name,
        hook,
        content: content.to_vec(),
    });
}

fn role(head: &Head) -> Role {
    let Some(written) = head.annotations.get("helm.sh/hook") else { return Role::Manifest };
    let mut events = Vec::new();
    for name in entries(written) {
        match HookEvent::find(&name) {
            Some(event) => events.push(event),
            None => return Role::UnknownHook(written.clone()),
        }
    }
    let weight = head.annotations.get("helm.sh/hook-weight");
    let policies = head.annotations.get("helm.sh/hook-delete-policy");
    Role::Hook(Hook {
        events,
        weight: weight.and_then(|text| text.parse().ok()).unwrap_or(0),
        delete_policies: policies.map(|text| entries(text).collect()).unwrap_or_default(),
    })
}

fn entries(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(',').map(|entry| entry.trim().to_lowercase())
}

fn read_head(path: &str, content: &[u8], profile: Profile) -> Result<Head, RenderError> {
    let fail = |reason: String, line| {
        let message = format!("YAML parse error on {path}: {reason}");
        let mut error = RenderError::new(ErrorKind::Yaml, message);
        error.reason = reason;
        error.template = Some(path.to_owned());
        error.line = line;
        error
    };
    let node = go_yaml::parse(content).map_err(|error| {
        fail(format!("error converting YAML to JSON: {}", error.message), error.line)
    })?;
    head::decode(&node, profile).map_err(|reason| fail(reason, None))
}

/// The line of an error counts from the document's begin; as data it counts from the file's.
/// `content` is a part of `text`.
fn shift_line(mut error: RenderError, text: &[u8], content: &[u8]) -> RenderError {
    let start = content.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let before = text.get(..start).unwrap_or_default();
    let lines = before.split(|byte| *byte == b'\n').count().saturating_sub(1);
    let lines = u32::try_from(lines).unwrap_or(u32::MAX);
    error.line = error.line.map(|line| line.saturating_add(lines));
    error
}

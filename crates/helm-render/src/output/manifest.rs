//! Rendered files to documents and hooks, in install order.

use super::document::{Document, Hook, HookEvent};
use super::head::{self, Head};
use super::heads::Heads;
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
    heads: &Heads,
    profile: Profile,
    warnings: &mut Vec<String>,
) -> Result<Sorted, RenderError> {
    let mut sorted = Sorted::default();
    for (path, text) in files {
        if whitespace::trim(text).is_empty() {
            continue;
        }
        let mut lines = Lines { text, reached: 0, line: 1 };
        for content in split::split(text, profile) {
            let line = lines.first_of(content);
            let head = heads.get(content, || read_head(path, content, profile));
            let head = head.map_err(|error| shifted(error, line))?;
            add(&mut sorted, warnings, (path, line, content), head);
        }
    }
    order::sort(&mut sorted.documents, profile);
    order::sort(&mut sorted.hooks, profile);
    Ok(sorted)
}

/// Counts the lines up to each part of a text, in order.
struct Lines<'a> {
    text: &'a [u8],
    reached: usize,
    line: u32,
}

impl Lines<'_> {
    /// The 1-based line with which `content`, a part of the text, begins.
    fn first_of(&mut self, content: &[u8]) -> u32 {
        let start = content.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let between = self.text.get(self.reached..start).unwrap_or_default();
        let passed = memchr::memchr_iter(b'\n', between).count();
        self.reached = start;
        self.line = self.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        self.line
    }
}

fn add(
    sorted: &mut Sorted,
    warnings: &mut Vec<String>,
    (path, line, content): (&str, u32, &[u8]),
    head: Head,
) {
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
        line,
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
fn shifted(mut error: RenderError, first: u32) -> RenderError {
    error.line = error.line.map(|line| line.saturating_add(first.saturating_sub(1)));
    error
}

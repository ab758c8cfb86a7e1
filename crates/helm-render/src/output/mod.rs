//! From rendered texts to documents in Helm's order, and the bytes `helm template` writes.
//!
//! It must not know how the texts came about ([`crate::engine`]).

pub mod document;
mod head;
mod heads;
mod manifest;
mod order;
mod split;
mod whitespace;

use crate::engine::error::{ErrorKind, RenderError};
use crate::path_pattern::PathPattern;
use crate::profile::Profile;
use document::Rendering;
pub(crate) use heads::Heads;
pub(crate) use manifest::sort_manifests;
use std::collections::BTreeMap;

/// What `helm template`'s flags choose to print.
#[derive(Clone, Debug, Default)]
pub struct PrintOptions {
    /// Which Helm is imitated: `show_only` splits as it does.
    pub profile: Profile,
    /// `--include-crds`: the files under `crds/` first.
    pub include_crds: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--skip-tests`: leave out hooks that are tests.
    pub skip_tests: bool,
    /// `--show-only`: globs of template paths within the chart; empty prints all.
    pub show_only: Vec<String>,
}

/// The bytes `helm template` writes to its standard output. Fails if a `show_only` glob matches
/// nothing, with Helm's text.
pub fn print(rendering: &Rendering, options: &PrintOptions) -> Result<Vec<u8>, RenderError> {
    let text = print_all(rendering, options);
    if options.show_only.is_empty() { Ok(text) } else { print_chosen(&text, options) }
}

/// What `helm template --debug` writes to its standard output when the render failed; Helm 4 writes
/// nothing if a `show_only` glob matches nothing, and Helm 3 fails with that instead.
pub fn print_failed(error: &RenderError, options: &PrintOptions) -> Result<Vec<u8>, RenderError> {
    let Some(partial) = &error.partial else { return Ok(Vec::new()) };
    let mut text = partial.to_vec();
    text.push(b'\n');
    match print_chosen(&text, options) {
        _ if options.show_only.is_empty() => Ok(text),
        Err(_) if options.profile == Profile::Helm4 => Ok(Vec::new()),
        chosen => chosen,
    }
}

/// The files as they were rendered, for [`print_failed`].
pub(crate) fn raw(texts: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, text) in texts {
        if !whitespace::trim(text).is_empty() {
            print_document(&mut out, path, text);
        }
    }
    whitespace::trim(&out).to_vec()
}

fn print_all(rendering: &Rendering, options: &PrintOptions) -> Vec<u8> {
    let mut text = Vec::new();
    if options.include_crds {
        for definition in &rendering.definitions {
            print_document(&mut text, &definition.path, &definition.content);
        }
    }
    for document in &rendering.documents {
        print_document(&mut text, &document.path, &document.content);
    }
    let mut out = whitespace::trim(&text).to_vec();
    out.push(b'\n');
    let hooks = rendering.hooks.iter().filter(|_| !options.no_hooks);
    for document in hooks {
        let is_test = document.hook.as_ref().is_some_and(document::Hook::is_test);
        if !(options.skip_tests && is_test) {
            print_document(&mut out, &document.path, &document.content);
        }
    }
    out
}

fn print_document(out: &mut Vec<u8>, path: &str, content: &[u8]) {
    out.extend_from_slice(b"---\n# Source: ");
    out.extend_from_slice(path.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(content);
    out.push(b'\n');
}

/// Helm splits what it printed once more and looks for the comment with the path.
fn print_chosen(text: &[u8], options: &PrintOptions) -> Result<Vec<u8>, RenderError> {
    let documents = split::split(text, options.profile);
    let mut out = Vec::new();
    for pattern in &options.show_only {
        // Like Helm, which drops the error: a malformed pattern chooses nothing.
        let checked = PathPattern::new(pattern).ok();
        let is_chosen = |path: String| checked.as_ref().is_some_and(|known| known.matches(&path));
        let chosen: Vec<_> = documents
            .iter()
            .filter(|document| source_path(document).is_some_and(is_chosen))
            .collect();
        if chosen.is_empty() {
            let message = format!("could not find template {pattern} in chart");
            return Err(RenderError::new(ErrorKind::Other, message));
        }
        for document in chosen {
            out.extend_from_slice(b"---\n");
            out.extend_from_slice(document);
            out.push(b'\n');
        }
    }
    Ok(out)
}

/// The path within the chart after the first `# Source: <chart>/`.
fn source_path(document: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"# Source: ";
    let mut rest = document;
    while let Some(at) = memchr::memmem::find(rest, MARK) {
        rest = rest.get(at + MARK.len()..)?;
        let line = rest.split(|byte| *byte == b'\n').next()?;
        let slash = rest.iter().position(|byte| *byte == b'/');
        let path = slash.filter(|at| *at > 0 && *at < line.len()).and_then(|at| line.get(at + 1..));
        if let Some(path) = path.filter(|path| !path.is_empty()) {
            return Some(String::from_utf8_lossy(path).into_owned());
        }
    }
    None
}

//! Values files: one YAML document, or several merged.
//!
//! Owns Helm's splitting of a file into documents and its error texts. It must not know what the
//! values are merged with later.

use super::ValuesError;
use crate::profile::Profile;
use go_yaml::{Data, Entry, Node, Position, Text};
use indexmap::map::Entry as Slot;

/// The content of a values file for both profiles.
pub(crate) struct Documents {
    /// The first document: all that Helm 3 reads.
    pub(crate) first: Result<Node, ValuesError>,
    /// All documents merged, as Helm 4 does; `None` if there is only one.
    pub(crate) merged: Option<Result<Node, ValuesError>>,
}

/// Reads a values file as `profile` does: always a map.
pub(crate) fn read(text: &[u8], profile: Profile) -> Result<Node, ValuesError> {
    match profile {
        Profile::Helm3 => read_one(text),
        Profile::Helm4 => read_all(&split(text)?),
    }
}

/// Reads a values file for whichever profile comes to render it.
pub(crate) fn read_both(text: &[u8]) -> Documents {
    let several = match split(text) {
        Ok(parts) if parts.len() < 2 => None,
        Ok(parts) => Some(read_all(&parts)),
        Err(error) => Some(Err(error)),
    };
    Documents { first: read_one(text), merged: several }
}

/// Reads the first document, which must be a map or nothing.
fn read_one(text: &[u8]) -> Result<Node, ValuesError> {
    let node = go_yaml::parse(text).map_err(|error| ValuesError {
        line: error.line,
        message: format!("error converting YAML to JSON: {}", error.message),
    })?;
    let line = Some(node.position.line).filter(|line| *line > 0);
    let kind = match node.data {
        Data::Map(_) => return Ok(node),
        Data::Null => return Ok(empty_map()),
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::List(_) => "array",
    };
    let message = format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go \
         value of type map[string]interface {{}}"
    );
    Err(ValuesError { line, message })
}

fn read_all(parts: &[Part<'_>]) -> Result<Node, ValuesError> {
    let mut merged = empty_map();
    for part in parts {
        let mut node = read_one(part.text).map_err(|error| ValuesError {
            line: error.line.map(|line| line.saturating_add(part.lines_before)),
            message: format!("cannot unmarshal yaml document: {}", error.message),
        })?;
        if part.lines_before > 0 {
            shift(&mut node, part.lines_before);
        }
        merge(&mut merged, node);
    }
    Ok(merged)
}

/// An empty map that stands nowhere.
pub(crate) fn empty_map() -> Node {
    Node { position: Position::default(), data: Data::Map(Box::default()) }
}

/// One document of a file.
struct Part<'a> {
    text: &'a [u8],
    lines_before: u32,
}

/// Splits at lines that begin with `---`, as Kubernetes' reader does: only a comment may follow
/// the dashes. The line stays with the document only if nothing came before it.
fn split(text: &[u8]) -> Result<Vec<Part<'_>>, ValuesError> {
    let mut parts = Vec::new();
    let (mut begin, mut begin_line) = (0, 0);
    let (mut offset, mut line) = (0, 0_u32);
    for content in text.split_inclusive(|byte| *byte == b'\n') {
        let end = offset + content.len();
        if let Some(rest) = content.strip_prefix(b"---") {
            check_separator(rest, line)?;
            if offset > begin {
                parts.push(part(text, begin..offset, begin_line));
                (begin, begin_line) = (end, line.saturating_add(1));
            }
        }
        (offset, line) = (end, line.saturating_add(1));
    }
    if offset > begin {
        parts.push(part(text, begin..offset, begin_line));
    }
    Ok(parts)
}

fn part(text: &[u8], range: std::ops::Range<usize>, lines_before: u32) -> Part<'_> {
    Part { text: text.get(range).unwrap_or_default(), lines_before }
}

fn check_separator(rest: &[u8], lines_before: u32) -> Result<(), ValuesError> {
    let rest = String::from_utf8_lossy(rest);
    let rest = rest.trim();
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(());
    }
    let message = format!("error reading yaml document: invalid Yaml document separator: {rest}");
    Err(ValuesError { line: Some(lines_before.saturating_add(1)), message })
}

/// Merges `over` into `base`: maps deeply, anything else replaces.
fn merge(base: &mut Node, over: Node) {
    let (Data::Map(base), Data::Map(over)) = (&mut base.data, over.data) else { return };
    for (key, entry) in *over {
        merge_entry(base.entry(key), entry);
    }
}

fn merge_entry(slot: Slot<'_, Text, Entry>, over: Entry) {
    match slot {
        Slot::Vacant(slot) => {
            slot.insert(over);
        }
        Slot::Occupied(mut slot) => {
            let both_are_maps =
                matches!((&slot.get().value.data, &over.value.data), (Data::Map(_), Data::Map(_)));
            if both_are_maps {
                merge(&mut slot.get_mut().value, over.value);
            } else {
                slot.insert(over);
            }
        }
    }
}

/// Moves positions down, for a document that is not the first of its file.
fn shift(node: &mut Node, lines: u32) {
    node.position.line = node.position.line.saturating_add(lines);
    match &mut node.data {
        Data::List(items) => items.iter_mut().for_each(|item| shift(item, lines)),
        Data::Map(mapping) => {
            for entry in mapping.values_mut() {
                entry.key_position.line = entry.key_position.line.saturating_add(lines);
                shift(&mut entry.value, lines);
            }
        }
        _ => {}
    }
}

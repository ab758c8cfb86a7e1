//! Keys that deserve an error of their own in files that people write: those that stand twice in one
//! mapping, which go-yaml takes in silence, and those that cannot be keys. It resolves nothing but keys.

use std::collections::BTreeMap;

use crate::compose::{compose, is_merge};
use crate::document::{Content, Document, Part};
use crate::error::Error;
use crate::node::{Node, Position};
use crate::number::float_key;
use crate::reader::Reader;
use crate::resolve::{Value, resolve};

/// A key that a mapping already has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key as text.
    pub key: String,
    /// Where it stands first.
    pub first: Position,
    /// Where it stands again.
    pub second: Position,
}

/// Reads every document of a stream, as [`crate::parse_all`] does, and finds every key that stands
/// more than once in one mapping, at any depth, in the order of the mappings. Each repetition is an
/// entry of its own. Merge keys (`<<`), and what they bring, do not count.
pub fn parse_all_with_duplicates(text: &[u8]) -> Result<(Vec<Node>, Vec<DuplicateKey>), Error> {
    let mut reader = Reader::new(text);
    let mut nodes = Vec::new();
    let mut found = Vec::new();
    while let Some(document) = reader.next_document()? {
        nodes.push(compose(document)?);
        for part in &document.nodes {
            if let Content::Mapping(entries) = &part.content {
                find(document, entries, &mut found);
            }
        }
    }
    Ok((nodes, found))
}

/// Where the first key stands that cannot be one, in all documents of a text: a list, a map, `null`.
/// [`crate::parse`] refuses it without saying where. Errors: those of the syntax.
pub fn unusable_key(text: &[u8]) -> Result<Option<Position>, Error> {
    let mut reader = Reader::new(text);
    while let Some(document) = reader.next_document()? {
        let keys = document.nodes.iter().flat_map(|part| {
            match &part.content {
                Content::Mapping(entries) => entries.as_slice(),
                Content::Scalar(_) | Content::Sequence(_) | Content::Alias { .. } => &[],
            }
            .iter()
            .step_by(2)
        });
        let mut keys = keys.filter_map(|place| document.nodes.get(*place));
        let unusable = keys.find(|key| !is_merge(document, key) && name(document, key).is_none());
        if let Some(key) = unusable {
            return Ok(Some(key.position));
        }
    }
    Ok(None)
}

fn find(document: &Document, entries: &[usize], found: &mut Vec<DuplicateKey>) {
    let mut seen: BTreeMap<String, Position> = BTreeMap::new();
    for key in entries.iter().step_by(2).filter_map(|place| document.nodes.get(*place)) {
        let Some(name) = name(document, key) else { continue };
        if let Some(first) = seen.get(&name).copied() {
            found.push(DuplicateKey { key: name, first, second: key.position });
        } else {
            seen.insert(name, key.position);
        }
    }
}

/// A key as JSON spells it. One that no value could be read with is left to [`crate::parse`].
fn name(document: &Document, key: &Part) -> Option<String> {
    if is_merge(document, key) {
        return None;
    }
    let target = match &key.content {
        Content::Alias { target, .. } => document.nodes.get(*target)?,
        Content::Scalar(_) | Content::Sequence(_) | Content::Mapping(_) => key,
    };
    let Content::Scalar(scalar) = &target.content else { return None };
    match resolve(scalar, document.value(scalar)).ok()? {
        Value::Null | Value::Uint(_) => None,
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(float_key(number)),
        Value::String(text) => Some(text.into_owned()),
        Value::Timestamp(text) => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_all_with_duplicates, unusable_key};

    fn check(text: &str, expected: &[&str]) {
        let (_, found) = parse_all_with_duplicates(text.as_bytes()).expect("YAML");
        let shown: Vec<String> = found
            .iter()
            .map(|it| {
                let (first, second) = (it.first, it.second);
                let (line, column) = (second.line, second.column);
                format!("{} {}:{} {line}:{column}", it.key, first.line, first.column)
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn a_key_must_not_stand_twice_in_one_map() {
        check("a: 1\nb: 2\na: 3\n", &["a 1:1 3:1"]);
        check("a: 1\n'a': 2\na: 3\n", &["a 1:1 2:1", "a 1:1 3:1"]);
        check("x:\n- {p: 1, p: 2}\n", &["p 2:4 2:10"]);
        check("a: 1\n---\nb: 1\nb: 2\n", &["b 3:1 4:1"]);
    }

    #[test]
    fn keys_are_the_same_if_json_spells_them_the_same() {
        check("1: a\n'1': b\n", &["1 1:1 2:1"]);
        check("yes: a\ntrue: b\n", &["true 1:1 2:1"]);
        check("1.5: a\n'1.5': b\n", &["1.5 1:1 2:1"]);
    }

    #[test]
    fn other_maps_and_merges_do_not_count() {
        check("a: {b: 1}\nc: {b: 1}\n", &[]);
        check("a: &a {b: 1}\nc: {<<: *a, <<: *a, b: 2}\n", &[]);
        check("", &[]);
    }

    #[test]
    fn a_key_that_cannot_be_one_has_a_place() {
        let check = |text: &str, expected: Option<(u32, u32)>| {
            let found = unusable_key(text.as_bytes()).expect("YAML");
            assert_eq!(found.map(|at| (at.line, at.column)), expected, "{text}");
        };
        check("a: 1\nb: {{ x }}\n", Some((2, 5)));
        check("[a]: 1\n", Some((1, 1)));
        check("a:\n- null: 1\n", Some((2, 3)));
        check("a: {<<: {b: 1}, 1: 2, yes: 3}\n", None);
    }

    #[test]
    fn broken_syntax_is_an_error() {
        assert!(parse_all_with_duplicates(b"a: [").is_err());
    }
}

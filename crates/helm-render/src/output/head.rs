//! The head of a document: what Helm itself reads of a manifest.
//!
//! Helm decodes through JSON into a struct: keys match in any case, scalars become strings, of
//! several wrong types the first in the order of sorted keys is reported.

use crate::json_fields::{kind_name, scalar_text, sorted};
use crate::profile::Profile;
use go_yaml::{Data, Mapping, Node};
use std::collections::BTreeMap;

/// What Helm reads of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) annotations: BTreeMap<String, String>,
}

const METADATA_TYPE: &str = r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

/// Decodes a document. The error is Go's, with the prefixes of the YAML library.
pub(crate) fn decode(node: &Node, profile: Profile) -> Result<Head, String> {
    let mut head = Head::default();
    let mut errors = Vec::new();
    match &node.data {
        Data::Null => {}
        Data::Map(mapping) => read_root(mapping, &mut head, &mut errors),
        other => errors.push(format!(
            "{} into Go value of type {}.SimpleHead",
            kind_name(other),
            match profile {
                Profile::Helm4 => "util",
                Profile::Helm3 => "releaseutil",
            }
        )),
    }
    match errors.into_iter().next() {
        None => Ok(head),
        Some(error) => Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {error}"
        )),
    }
}

fn read_root(mapping: &Mapping, head: &mut Head, errors: &mut Vec<String>) {
    for (key, Node { data: value, .. }) in sorted(mapping) {
        match key.to_lowercase().as_str() {
            "apiversion" => {
                read_string(value, &mut head.api_version, "SimpleHead.apiVersion", errors);
            }
            "kind" => read_string(value, &mut head.kind, "SimpleHead.kind", errors),
            "metadata" => match value {
                Data::Null => {}
                Data::Map(mapping) => read_metadata(mapping, head, errors),
                other => {
                    errors.push(wrong_type(other, "SimpleHead.metadata", METADATA_TYPE));
                }
            },
            _ => {}
        }
    }
}

fn read_metadata(mapping: &Mapping, head: &mut Head, errors: &mut Vec<String>) {
    for (key, Node { data: value, .. }) in sorted(mapping) {
        match key.to_lowercase().as_str() {
            "name" => read_string(value, &mut head.name, ".metadata.name", errors),
            "annotations" => read_annotations(value, &mut head.annotations, errors),
            _ => {}
        }
    }
}

fn read_annotations(
    value: &Data,
    annotations: &mut BTreeMap<String, String>,
    errors: &mut Vec<String>,
) {
    const FIELD: &str = ".metadata.annotations";
    match value {
        Data::Null => {}
        Data::Map(mapping) => {
            for (key, Node { data: value, .. }) in sorted(mapping) {
                let mut text = String::new();
                read_string(value, &mut text, FIELD, errors);
                annotations.insert(key.to_owned(), text);
            }
        }
        other => errors.push(wrong_type(other, FIELD, "map[string]string")),
    }
}

fn read_string(value: &Data, into: &mut String, field: &str, errors: &mut Vec<String>) {
    match scalar_text(value) {
        Some(text) => *into = text,
        None if *value == Data::Null => {}
        None => errors.push(wrong_type(value, field, "string")),
    }
}

fn wrong_type(value: &Data, field: &str, expected: &str) -> String {
    format!("{} into Go struct field {field} of type {expected}", kind_name(value))
}

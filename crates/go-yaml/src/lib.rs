//! YAML as Go's libraries read and write it (sigs.k8s.io/yaml on go-yaml v2, and v3 for
//! `toYamlPretty`), with the line and column of every node.
//!
//! Reading: `events` (libyaml) → `reader` and `document` (syntax) → `resolve` and `compose`
//! (go-yaml's meaning) → [`Node`]. Writing: [`Emitter`]. It knows nothing of templates, charts or
//! Kubernetes.

mod compose;
mod document;
mod duplicates;
mod emitter;
mod error;
mod event;
mod events;
mod json;
mod keys;
mod node;
mod number;
pub mod pointer;
mod reader;
mod resolve;
mod syntax;
mod timestamp;

use crate::document::Document;
use crate::reader::Reader;

pub use crate::duplicates::{DuplicateKey, parse_all_with_duplicates, unusable_key};
pub use crate::emitter::{Emitter, Style};
pub use crate::error::Error;
pub use crate::json::reread_json_text;
pub use crate::keys::{compare_keys, sort_keys};
pub use crate::node::{Data, Entry, Mapping, Node, Position, Text};

/// Reads the first document of a text, as sigs.k8s.io/yaml does. An empty text is `Null`. What
/// follows the first document is not looked at.
pub fn parse(text: &[u8]) -> Result<Node, Error> {
    match Reader::new(text).next_document()? {
        Some(document) => compose::compose(document),
        None => compose::compose(&Document::default()),
    }
}

/// Reads every document of a stream, each as [`parse`] reads one. An empty text has none.
pub fn parse_all(text: &[u8]) -> Result<Vec<Node>, Error> {
    let mut reader = Reader::new(text);
    let mut nodes = Vec::new();
    while let Some(document) = reader.next_document()? {
        nodes.push(compose::compose(document)?);
    }
    Ok(nodes)
}

/// Writes a node as one document, its maps in their own order.
pub fn write(node: &Node, style: Style) -> String {
    let mut emitter = Emitter::new(style);
    write_node(&mut emitter, node);
    emitter.finish()
}

fn write_node(emitter: &mut Emitter, node: &Node) {
    match &node.data {
        Data::Null => emitter.null(),
        Data::Bool(value) => emitter.bool(*value),
        Data::Int(value) => emitter.int(*value),
        Data::Uint(value) => emitter.uint(*value),
        Data::Float(value) => emitter.float(*value),
        Data::String(value) => emitter.string(value),
        Data::List(items) => {
            emitter.begin_list(items.len());
            for item in items {
                write_node(emitter, item);
            }
            emitter.end_list();
        }
        Data::Map(map) => {
            emitter.begin_map(map.len());
            for (key, entry) in map.iter() {
                emitter.string(key);
                write_node(emitter, &entry.value);
            }
            emitter.end_map();
        }
    }
}

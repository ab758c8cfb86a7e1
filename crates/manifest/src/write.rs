//! Objects to the text of `resources.yaml`.
//!
//! Owns the order of keys and the framing of documents. The text depends on nothing but the
//! objects: not on the order of keys in them, nor on where they stood.

use crate::identity::Object;
use go_yaml::{Data, Emitter, Mapping, Node, Style};

const OBJECT_KEYS: &[&str] = &["apiVersion", "kind", "metadata"];
const METADATA_KEYS: &[&str] = &["name", "namespace", "labels", "annotations"];

/// The text of `resources.yaml` for objects in this order: each a document with a comment that
/// names its source. `apiVersion`, `kind` and `metadata` come first, `name`, `namespace`, `labels`
/// and `annotations` first in `metadata`; all other keys stand in byte order.
pub fn write(objects: &[Object]) -> String {
    let mut out = String::new();
    for object in objects {
        out.push_str("---\n");
        if !object.source.is_empty() {
            out.push_str("# Source: ");
            out.extend(
                object
                    .source
                    .chars()
                    .map(|character| if character.is_control() { ' ' } else { character }),
            );
            out.push('\n');
        }
        out.push_str(&write_body(&object.body));
    }
    out
}

fn write_body(body: &Node) -> String {
    let mut emitter = Emitter::new(Style::Unfolded);
    match &body.data {
        Data::Map(map) => emit_map(&mut emitter, map, OBJECT_KEYS, emit_part),
        _ => emit(&mut emitter, body),
    }
    emitter.finish()
}

fn emit_part(emitter: &mut Emitter, key: &str, value: &Node) {
    match (key, &value.data) {
        ("metadata", Data::Map(metadata)) => emit_map(emitter, metadata, METADATA_KEYS, emit_entry),
        _ => emit(emitter, value),
    }
}

/// Emits a mapping with some keys before the others.
fn emit_map(
    emitter: &mut Emitter,
    map: &Mapping,
    first: &[&str],
    emit_value: fn(&mut Emitter, &str, &Node),
) {
    let mut entries: Vec<_> = map.iter().collect();
    let place = |key: &str| first.iter().position(|known| *known == key).unwrap_or(first.len());
    entries.sort_unstable_by_key(|(key, _)| (place(key), key.as_str()));
    emitter.begin_map(entries.len());
    for (key, entry) in entries {
        emitter.string(key);
        emit_value(emitter, key, &entry.value);
    }
    emitter.end_map();
}

fn emit_entry(emitter: &mut Emitter, _key: &str, value: &Node) {
    emit(emitter, value);
}

fn emit(emitter: &mut Emitter, node: &Node) {
    match &node.data {
        Data::Null => emitter.null(),
        Data::Bool(value) => emitter.bool(*value),
        Data::Int(number) => emitter.int(*number),
        Data::Uint(number) => emitter.uint(*number),
        Data::Float(number) => emitter.float(*number),
        Data::String(text) => emitter.string(text),
        Data::List(items) => {
            emitter.begin_list(items.len());
            for item in items {
                emit(emitter, item);
            }
            emitter.end_list();
        }
        Data::Map(map) => emit_map(emitter, map, &[], emit_entry),
    }
}

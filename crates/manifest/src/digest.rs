//! Digests of objects.
//!
//! Owns the canonical JSON they are taken of. It must not know what they are kept for.

use crate::identity::Object;
use go_yaml::{Data, Mapping, Node};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The digest of an object's body: `v1:` and SHA-256 in hexadecimal of its canonical JSON. Key
/// order, positions, source and how numbers were written make no difference.
pub fn digest(object: &Object) -> String {
    digest_of(canonical_json(&object.body).as_bytes(), None)
}

/// The digest of an object whose content must not be guessed, in the same form: HMAC-SHA-256 with
/// `key`.
pub fn keyed_digest(object: &Object, key: &[u8]) -> String {
    digest_of(canonical_json(&object.body).as_bytes(), Some(key))
}

/// The digest of bytes, in the same form: HMAC-SHA-256 with a key if there is one, else SHA-256.
pub fn digest_of(bytes: &[u8], key: Option<&[u8]>) -> String {
    let Some(key) = key else { return written(&Sha256::digest(bytes)) };
    // HMAC takes a key of any length, so the error cannot occur; an empty digest would only make
    // the object be applied again.
    let Ok(mut keyed) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    keyed.update(bytes);
    written(&keyed.finalize().into_bytes())
}

fn written(hash: &[u8]) -> String {
    format!("v1:{}", hexadecimal(hash))
}

/// Bytes in hexadecimal, two digits each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A value as JSON without white space, keys in byte order, numbers in their shortest form.
pub(crate) fn canonical_json(node: &Node) -> String {
    let mut out = String::new();
    push_node(&mut out, node);
    out
}

fn push_node(out: &mut String, node: &Node) {
    match &node.data {
        Data::Null => out.push_str("null"),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::Int(number) => push_display(out, format_args!("{number}")),
        Data::Uint(number) => push_display(out, format_args!("{number}")),
        Data::Float(number) => push_float(out, *number),
        Data::String(text) => push_string(out, text),
        Data::List(items) => push_list(out, items),
        Data::Map(map) => push_map(out, map),
    }
}

fn push_list(out: &mut String, items: &[Node]) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_node(out, item);
    }
    out.push(']');
}

fn push_map(out: &mut String, map: &Mapping) {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| key.as_str());
    out.push('{');
    for (index, (key, entry)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_string(out, key);
        out.push(':');
        push_node(out, &entry.value);
    }
    out.push('}');
}

/// A whole number looks like an integer, zero has no sign.
fn push_float(out: &mut String, number: f64) {
    push_display(out, format_args!("{}", number + 0.0));
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    // Most texts can be copied in one piece, which is far quicker than letter by letter.
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        out.push_str(text);
    } else {
        text.chars().for_each(|character| push_character(out, character));
    }
    out.push('"');
}

fn push_character(out: &mut String, character: char) {
    match character {
        '"' | '\\' => out.extend(['\\', character]),
        '\0'..='\u{1f}' => push_display(out, format_args!("\\u{:04x}", u32::from(character))),
        _ => out.push(character),
    }
}

fn push_display(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(arguments);
}

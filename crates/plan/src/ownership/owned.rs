//! The digest of what a field set covers of an object.
//!
//! Owns the text that is hashed: the set as a tree, with the live value at each leaf and the place
//! of each list item. It must not know whose set it is.

use super::fields::Element;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Number, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// 32 hexadecimal digits; nothing for an empty set.
pub(super) fn digest(fields: &Value, live: &Value, key: Option<&[u8]>) -> Option<String> {
    let fields = fields.as_object().filter(|fields| !fields.is_empty())?;
    let mut text = String::with_capacity(8 * 1024);
    push_fields(&mut text, fields, Some(live));
    match key {
        None => Some(written(&Sha256::digest(&text))),
        Some(key) => {
            let mut keyed = Hmac::<Sha256>::new_from_slice(key).ok()?;
            keyed.update(text.as_bytes());
            Some(written(&keyed.finalize().into_bytes()))
        }
    }
}

fn written(hash: &[u8]) -> String {
    manifest::hexadecimal(hash.get(..16).unwrap_or(hash))
}

fn push_fields(out: &mut String, fields: &Map<String, Value>, live: Option<&Value>) {
    let mut places = Places::default();
    out.push('{');
    for (key, below) in sorted(fields) {
        push_string(out, key);
        push_element(out, key, below, live, &mut places);
    }
    if !places.0.is_empty() {
        let length = live.and_then(Value::as_array).map_or(0, Vec::len);
        push_display(out, format_args!("#{length}"));
    }
    out.push('}');
}

fn push_element<'live>(
    out: &mut String,
    key: &str,
    below: &Value,
    live: Option<&'live Value>,
    places: &mut Places<'live>,
) {
    match Element::parse(key) {
        Some(Element::Itself) => out.push_str(shape(live)),
        Some(Element::Field(name)) => push_below(out, below, live.and_then(|live| live.get(name))),
        Some(Element::Index(index)) => {
            push_below(out, below, live.and_then(|live| live.get(index)));
        }
        Some(Element::Member(member)) => push_members(out, &member, live),
        Some(Element::Item(keys)) => places.push_items(out, &keys, below, live),
        None => push_value(out, below),
    }
}

/// What a path leads to: deeper fields, or a leaf with its whole value.
fn push_below(out: &mut String, below: &Value, live: Option<&Value>) {
    match (below.as_object().filter(|fields| !fields.is_empty()), live) {
        (Some(fields), _) => push_fields(out, fields, live),
        (None, Some(value)) => push_value(out, value),
        // No JSON value looks like this.
        (None, None) => out.push('-'),
    }
}

/// That something is there and of which shape: its content belongs to paths of its own.
fn shape(live: Option<&Value>) -> &'static str {
    match live {
        None => "-",
        Some(Value::Object(_)) => "{}",
        Some(Value::Array(_)) => "[]",
        Some(_) => "=",
    }
}

fn push_members(out: &mut String, member: &Value, live: Option<&Value>) {
    for (place, _) in items(live).filter(|(_, item)| *item == member) {
        push_display(out, format_args!("@{place}"));
    }
}

fn items(live: Option<&Value>) -> impl Iterator<Item = (usize, &Value)> {
    live.and_then(Value::as_array).into_iter().flatten().enumerate()
}

/// Where the items of one list stand, by the names of their keys and the text of these keys.
#[derive(Default)]
struct Places<'live>(BTreeMap<Vec<String>, BTreeMap<String, Vec<Place<'live>>>>);

type Place<'live> = (usize, &'live Value);

impl<'live> Places<'live> {
    /// Writes the place of each item with these keys, and what is owned of it. A list may hold
    /// several such items if it was not written by an apply.
    fn push_items(
        &mut self,
        out: &mut String,
        keys: &Map<String, Value>,
        below: &Value,
        live: Option<&'live Value>,
    ) {
        let mut names: Vec<String> = keys.keys().cloned().collect();
        names.sort_unstable();
        let text = key_text(&names, keys);
        let index = self.0.entry(names);
        let index = index.or_insert_with_key(|names| index_by(names, live));
        for (place, item) in index.get(&text).into_iter().flatten() {
            push_display(out, format_args!("@{place}"));
            push_below(out, below, Some(item));
        }
    }
}

fn index_by<'live>(
    names: &[String],
    live: Option<&'live Value>,
) -> BTreeMap<String, Vec<Place<'live>>> {
    let mut index: BTreeMap<String, Vec<Place<'live>>> = BTreeMap::new();
    for (place, item) in items(live) {
        if let Value::Object(item_keys) = item {
            index.entry(key_text(names, item_keys)).or_default().push((place, item));
        }
    }
    index
}

fn key_text(names: &[String], object: &Map<String, Value>) -> String {
    let mut out = String::new();
    for name in names {
        push_below(&mut out, &Value::Null, object.get(name));
        out.push(',');
    }
    out
}

/// JSON in which equal values have equal texts: keys in byte order, whole numbers as such.
fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => push_number(out, number),
        Value::String(text) => push_string(out, text),
        Value::Array(items) => push_list(out, items),
        Value::Object(map) => push_map(out, map),
    }
}

fn push_number(out: &mut String, number: &Number) {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => push_display(out, format_args!("{}", float + 0.0)),
        None => push_display(out, format_args!("{number}")),
    }
}

fn push_list(out: &mut String, items: &[Value]) {
    out.push('[');
    for item in items {
        push_value(out, item);
        out.push(',');
    }
    out.push(']');
}

fn push_map(out: &mut String, map: &Map<String, Value>) {
    out.push('{');
    for (key, value) in sorted(map) {
        push_string(out, key);
        push_value(out, value);
        out.push(',');
    }
    out.push('}');
}

fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| key.as_str());
    entries
}

/// Escapes as little as tells any two texts apart.
fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for part in text.split_inclusive(['"', '\\']) {
        match part.strip_suffix(['"', '\\']) {
            Some(plain) => {
                out.push_str(plain);
                out.push('\\');
                out.push_str(if part.ends_with('"') { "\"" } else { "\\" });
            }
            None => out.push_str(part),
        }
    }
    out.push('"');
}

fn push_display(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(arguments);
}

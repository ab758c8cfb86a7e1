//! Values as people read them in one line: short, without control characters, and without what
//! must not be shown. It must not know what is compared.

use super::secrecy::{Secrecy, is_telling};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What stands in the place of a value that must not be shown.
const HIDDEN: &str = "(hidden)";
/// How many characters of a value are shown.
const WIDTH: usize = 60;
/// How many characters before the first difference are shown.
const LEAD: usize = 16;

/// One value.
pub(super) fn value(value: &Value, secrecy: Secrecy) -> String {
    let mut out = String::new();
    push(&mut out, value, secrecy, false);
    cut(&out)
}

/// A key, as part of a path.
pub(super) fn key(text: &str) -> String {
    cut(&if text.is_empty() || has_unprintable(text) { quoted(text) } else { text.into() })
}

fn quoted(text: &str) -> Cow<'_, str> {
    format!("{text:?}").into()
}

/// Two values; of long ones the part where they begin to differ.
pub(super) fn pair(before: &Value, after: &Value, secrecy: Secrecy) -> (String, String) {
    let (mut old, mut new) = (String::new(), String::new());
    push(&mut old, before, secrecy, false);
    push(&mut new, after, secrecy, false);
    let common = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    if common < WIDTH - LEAD {
        return (cut(&old), cut(&new));
    }
    let tail = |text: &str| cut(&text.chars().skip(common - LEAD).collect::<String>());
    (format!("…{}", tail(&old)), format!("…{}", tail(&new)))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Stops soon after what will be shown at most; a difference may be far behind in a text.
fn push(out: &mut String, value: &Value, secrecy: Secrecy, nested: bool) {
    const ENOUGH: usize = 4096;
    match value {
        _ if out.len() > ENOUGH => {}
        _ if secrecy == Secrecy::Hidden => out.push_str(HIDDEN),
        Value::String(text) => push_text(out, &without_flag(text), nested),
        Value::Array(items) => push_list(out, items, secrecy),
        Value::Object(map) => push_map(out, value, map, secrecy),
        plain => out.push_str(&plain.to_string()),
    }
}

/// A text that could be read as anything else is quoted, and any text inside of a list or a map.
fn push_text(out: &mut String, text: &str, nested: bool) {
    let plain = !text.is_empty()
        && text.trim() == text
        && !text.starts_with(['"', '{', '[', '('])
        && !has_unprintable(text)
        && serde_json::from_str::<Value>(text).is_err();
    out.push_str(&if plain && !nested { text.into() } else { quoted(text) });
}

/// Whether there are control characters, or such as change how others are shown.
fn has_unprintable(text: &str) -> bool {
    text.chars().any(|character| {
        let marks = '\u{200b}'..='\u{200f}';
        let directions = '\u{2028}'..='\u{202e}';
        let joiners = '\u{2060}'..='\u{2069}';
        character.is_control()
            || [marks, directions, joiners].iter().any(|range| range.contains(&character))
            || character == '\u{feff}'
    })
}

/// A flag such as `--password=…` without its value.
fn without_flag(text: &str) -> Cow<'_, str> {
    match text.split_once('=') {
        Some((flag, _)) if flag.starts_with('-') && is_telling(flag) => {
            format!("{flag}={HIDDEN}").into()
        }
        _ => text.into(),
    }
}

fn push_list(out: &mut String, items: &[Value], secrecy: Secrecy) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push(out, item, secrecy, true);
    }
    out.push(']');
}

fn push_map(out: &mut String, value: &Value, map: &Map<String, Value>, secrecy: Secrecy) {
    out.push('{');
    for (index, (key, entry)) in map.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_text(out, key, true);
        out.push(':');
        push(out, entry, secrecy.below(value, key), true);
    }
    out.push('}');
}

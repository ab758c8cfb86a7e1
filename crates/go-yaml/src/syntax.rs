//! Values as Go's `%#v` prints them, which two of its error texts contain. It reads documents
//! only.

use std::fmt::Write as _;

use crate::document::{Content, DEPTH_LIMIT, Document, Part};
use crate::number::write_float;
use crate::resolve::{Value, resolve};

/// The longest text before the rest is left out: aliases can make it grow without bounds.
const LENGTH_LIMIT: usize = 4096;

/// A node as Go prints the value that go-yaml makes of it.
pub(crate) fn go_syntax(document: &Document, part: &Part) -> String {
    print(document, part, false, 0)
}

/// `nested`: within a collection Go names the interface that a nil stands in.
fn print(document: &Document, part: &Part, nested: bool, depth: usize) -> String {
    let mut printer = Printer { document, output: String::new() };
    printer.value(part, nested, depth);
    printer.output
}

struct Printer<'document> {
    document: &'document Document,
    output: String,
}

impl Printer<'_> {
    fn value(&mut self, part: &Part, nested: bool, depth: usize) {
        if self.output.len() > LENGTH_LIMIT || depth > DEPTH_LIMIT {
            return;
        }
        match &part.content {
            Content::Scalar(scalar) => {
                // Composing has reported an error before.
                if let Ok(value) = resolve(scalar, self.document.value(scalar)) {
                    self.scalar(&value, nested);
                }
            }
            Content::Alias { target, .. } => self.child(*target, nested, depth),
            Content::Sequence(items) => self.list(items, depth),
            Content::Mapping(entries) => self.map(entries, depth),
        }
    }

    fn child(&mut self, place: usize, nested: bool, depth: usize) {
        let document = self.document;
        if let Some(part) = document.nodes.get(place) {
            self.value(part, nested, depth + 1);
        }
    }

    fn list(&mut self, items: &[usize], depth: usize) {
        self.output.push_str("[]interface {}{");
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.output.push_str(", ");
            }
            self.child(*item, true, depth);
        }
        self.output.push('}');
    }

    fn map(&mut self, entries: &[usize], depth: usize) {
        let document = self.document;
        let mut sorted: Vec<_> = entries
            .chunks_exact(2)
            .filter_map(|entry| Some((document.nodes.get(*entry.first()?)?, *entry.last()?)))
            .map(|(key, value)| (print(document, key, true, depth + 1), value))
            .collect();
        // Texts are sorted and stand before numbers; Go's order of other kinds is not fixed.
        sorted.sort_by_key(|(key, _)| (!key.starts_with('"'), key.clone()));
        // Of equal keys the last one counts.
        let last = |place: &usize| {
            sorted
                .get(place + 1)
                .is_none_or(|next| sorted.get(*place).is_some_and(|it| it.0 != next.0))
        };
        let kept = (0..sorted.len()).filter(last).filter_map(|place| sorted.get(place));
        self.output.push_str("map[interface {}]interface {}{");
        for (index, (key, value)) in kept.enumerate() {
            if index > 0 {
                self.output.push_str(", ");
            }
            self.output.push_str(key);
            self.output.push(':');
            self.child(*value, true, depth);
        }
        self.output.push('}');
    }

    fn scalar(&mut self, value: &Value<'_>, nested: bool) {
        match value {
            Value::Null if nested => self.output.push_str("interface {}(nil)"),
            Value::Null => self.output.push_str("<nil>"),
            Value::Bool(value) => self.output.push_str(if *value { "true" } else { "false" }),
            // Writing into a string does not fail.
            Value::Int(value) => drop(write!(self.output, "{value}")),
            Value::Uint(value) => drop(write!(self.output, "{value:#x}")),
            Value::Float(value) => write_float(&mut self.output, *value),
            Value::String(value) => quote(&mut self.output, value),
            Value::Timestamp(value) => quote(&mut self.output, value),
        }
    }
}

/// `strconv.Quote`, but for characters that Unicode has not given out, which count as printable here.
fn quote(output: &mut String, text: &str) {
    output.push('"');
    for character in text.chars() {
        match character {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            '\u{7}' => output.push_str("\\a"),
            '\u{8}' => output.push_str("\\b"),
            '\u{b}' => output.push_str("\\v"),
            '\u{c}' => output.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{7f}' => drop(write!(output, "\\x{:02x}", u32::from(character))),
            _ if is_unseen(character) && character > '\u{ffff}' => {
                let _ = write!(output, "\\U{:08x}", u32::from(character));
            }
            _ if is_unseen(character) => {
                let _ = write!(output, "\\u{:04x}", u32::from(character));
            }
            _ => output.push(character),
        }
    }
    output.push('"');
}

/// What Go does not count as printable: controls, formats, blanks, and what is for private use.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{a0}'
            | '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{1680}'
            | '\u{180e}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0001}'..='\u{e007f}'
            | '\u{f0000}'..
    )
}

//! YAML in block style, byte by byte as go-yaml's emitters write it. It knows neither [`Node`]
//! nor where values come from: the caller walks them.
//!
//! [`Node`]: crate::Node

mod analysis;
mod scalar;

use crate::number::write_float;
use analysis::Analysis;
use scalar::Quotes;

/// Which emitter is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// go-yaml v2 as `toYaml` uses it: folds at 80 columns, sequences not indented in maps.
    V2,
    /// go-yaml v3 with indent 2 as `toYamlPretty` uses it: no folding, sequences indented.
    V3,
    /// As V2, never folding, and with quotes around `<<`: for files that people read and compare.
    Unfolded,
}

/// How many columns each level indents.
const INDENT: usize = 2;

/// How many characters of base64 stand in a line.
const BASE64_WIDTH: usize = 70;

/// Go-yaml writes longer keys behind `? `.
const KEY_LIMIT: usize = 128;

/// Writes one document, node by node. The caller walks its own values, sorts map keys by
/// [`sort_keys`] where Go would, and says how many entries a collection has.
///
/// [`sort_keys`]: crate::sort_keys
#[derive(Debug)]
pub struct Emitter {
    output: String,
    style: Style,
    width: usize,
    column: usize,
    /// Whether the last character was a blank or nothing yet.
    whitespace: bool,
    /// Whether the line has only indentation and `-`, `?`, `:` so far.
    indention: bool,
    /// The column of the current collection, nothing at the root.
    indent: Option<usize>,
    slot: Slot,
    open: Vec<Outer>,
}

/// Where to go on behind a collection.
#[derive(Debug)]
struct Outer {
    slot: Slot,
    indent: Option<usize>,
    simple: bool,
}

/// What the next node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Root,
    Item,
    Key,
    /// Behind a key on the same line.
    Value,
    /// Behind a key that needed a `? `.
    ComplexValue,
}

impl Emitter {
    /// A writer of one document.
    pub fn new(style: Style) -> Self {
        Self {
            output: String::new(),
            style,
            width: if style == Style::V2 { 80 } else { usize::MAX },
            column: 0,
            whitespace: true,
            indention: true,
            indent: None,
            slot: Slot::Root,
            open: Vec::new(),
        }
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.token("null");
    }

    /// Writes a boolean.
    pub fn bool(&mut self, value: bool) {
        self.token(if value { "true" } else { "false" });
    }

    /// Writes an integer.
    pub fn int(&mut self, value: i64) {
        self.token(&value.to_string());
    }

    /// Writes an unsigned integer.
    pub fn uint(&mut self, value: u64) {
        self.token(&value.to_string());
    }

    /// Writes a float in go-yaml's shortest form (`1e+06`, `.inf`).
    pub fn float(&mut self, value: f64) {
        let mut text = String::new();
        write_float(&mut text, value);
        self.token(&text);
    }

    /// Writes a string in the style go-yaml chooses; used for keys too.
    pub fn string(&mut self, value: &str) {
        let analysis = Analysis::of(value, self.style);
        let simple = !analysis.multiline && value.len() <= KEY_LIMIT;
        let inline = self.slot == Slot::Key && simple;
        let quotes = Quotes::choose(value, &analysis, inline, self.style);
        self.lead(simple);
        self.write_scalar(value, quotes, !inline);
        self.advance(simple);
    }

    /// Writes text that needs no quotes and is no string, such as a time.
    pub fn plain(&mut self, text: &str) {
        self.token(text);
    }

    /// Writes bytes, given in base64, as go-yaml v3 does with text that is not UTF-8: tagged, and
    /// in lines of 70 characters if they do not fit into one.
    pub fn binary(&mut self, base64: &str) {
        let is_short = base64.len() <= BASE64_WIDTH;
        let mut text = String::new();
        for (index, character) in base64.char_indices() {
            if !is_short && index > 0 && index % BASE64_WIDTH == 0 {
                text.push('\n');
            }
            text.push(character);
        }
        if !is_short {
            text.push('\n');
        }
        self.lead(is_short);
        self.part("!!binary");
        self.write_scalar(&text, if is_short { Quotes::Plain } else { Quotes::Literal }, false);
        self.advance(is_short);
    }

    /// Begins a sequence of `length` items.
    pub fn begin_list(&mut self, length: usize) {
        // V2 puts the dashes of a value right under its key.
        let indentless = self.style != Style::V3 && self.slot == Slot::Value;
        self.begin(length, "[]", Slot::Item, indentless);
    }

    /// Ends it.
    pub fn end_list(&mut self) {
        self.end();
    }

    /// Begins a mapping of `length` entries: key, value, key, value.
    pub fn begin_map(&mut self, length: usize) {
        self.begin(length, "{}", Slot::Key, false);
    }

    /// Ends it.
    pub fn end_map(&mut self) {
        self.end();
    }

    /// The document, with its final newline.
    pub fn finish(mut self) -> String {
        self.start_line(0);
        self.output
    }

    /// Writes a scalar that is always plain and short.
    fn token(&mut self, text: &str) {
        self.lead(true);
        self.part(text);
        self.advance(true);
    }

    fn begin(&mut self, length: usize, empty: &str, slot: Slot, indentless: bool) {
        self.lead(length == 0);
        self.open.push(Outer { slot: self.slot, indent: self.indent, simple: length == 0 });
        if length == 0 {
            self.part(empty);
            return;
        }
        self.indent = match self.indent {
            None => Some(0),
            Some(indent) if indentless => Some(indent),
            Some(indent) => Some(indent + INDENT),
        };
        self.slot = slot;
    }

    fn end(&mut self) {
        let Some(outer) = self.open.pop() else { return };
        self.indent = outer.indent;
        self.slot = outer.slot;
        self.advance(outer.simple);
    }

    /// Writes what stands before a node: indentation, a dash, a colon.
    fn lead(&mut self, simple: bool) {
        let indent = self.indent.unwrap_or(0);
        match self.slot {
            Slot::Root => {}
            Slot::Item => self.mark(indent, '-'),
            Slot::Key if simple => self.start_line(indent),
            Slot::Key => self.mark(indent, '?'),
            Slot::Value => {
                self.push(':');
                self.whitespace = false;
                self.indention = false;
            }
            Slot::ComplexValue => self.mark(indent, ':'),
        }
    }

    fn advance(&mut self, simple: bool) {
        self.slot = match self.slot {
            Slot::Key if simple => Slot::Value,
            Slot::Key => Slot::ComplexValue,
            Slot::Value | Slot::ComplexValue => Slot::Key,
            slot => slot,
        };
    }

    /// Writes an indicator at the start of a line, behind which the line still counts as empty.
    fn mark(&mut self, indent: usize, indicator: char) {
        self.start_line(indent);
        self.push(indicator);
        self.whitespace = false;
    }

    /// Goes to a column on a line that holds nothing but indentation before it.
    fn start_line(&mut self, indent: usize) {
        let taken = self.column > indent || (self.column == indent && !self.whitespace);
        if !self.indention || taken {
            self.output.push('\n');
            self.column = 0;
        }
        self.pad(indent);
        self.whitespace = true;
        self.indention = true;
    }

    fn pad(&mut self, indent: usize) {
        let missing = indent.saturating_sub(self.column);
        self.output.extend(std::iter::repeat_n(' ', missing));
        self.column += missing;
    }

    /// Writes text as it is, behind a blank.
    fn part(&mut self, text: &str) {
        self.separate();
        self.output.push_str(text);
        self.column += if text.is_ascii() { text.len() } else { text.chars().count() };
        self.end_part();
    }

    fn separate(&mut self) {
        if !self.whitespace {
            self.push(' ');
        }
    }

    fn end_part(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }

    fn push(&mut self, character: char) {
        self.output.push(character);
        self.column += 1;
    }
}

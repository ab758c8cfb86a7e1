//! Scalars of the emitter: which quotes a string gets, and how each kind is written and folded.

use super::analysis::{Analysis, is_break, is_printable};
use super::{Emitter, INDENT, Style};
use crate::resolve;

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    Plain,
    Single,
    Double,
    Literal,
}

impl Quotes {
    /// What go-yaml chooses; `inline` is a key without `? `.
    pub(super) fn choose(value: &str, analysis: &Analysis, inline: bool, style: Style) -> Self {
        if value.contains('\n') {
            return if analysis.block && !inline { Self::Literal } else { Self::Double };
        }
        if reads_as_other(value, style) {
            return Self::Double;
        }
        match analysis {
            Analysis { plain: true, .. } => Self::Plain,
            Analysis { single: true, .. } => Self::Single,
            _ => Self::Double,
        }
    }
}

/// Whether a plain text would not be read as a string, or was a number in YAML 1.1.
fn reads_as_other(value: &str, style: Style) -> bool {
    !matches!(resolve::plain(value), resolve::Value::String(_))
        || is_sexagesimal(value)
        || match style {
            Style::V2 => false,
            Style::V3 => is_signed_octal(value),
            // Go leaves `<<` plain, and then reads a merge where a string was written.
            Style::Unfolded => value == "<<",
        }
}

/// Base 60: `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_sexagesimal(value: &str) -> bool {
    let rest = value.strip_prefix(['-', '+']).unwrap_or(value);
    if !rest.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut groups = whole.split(':');
    let first = groups.next().is_some_and(is_digits);
    let mut count = 0;
    let rest = groups.all(|group| {
        count += 1;
        matches!(group.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    first && rest && count > 0 && is_digits(fraction)
}

/// V3 reads a sign behind `0o`, an accident of how it calls `ParseInt`.
fn is_signed_octal(value: &str) -> bool {
    let digits = value.replace('_', "");
    let rest = digits.strip_prefix("0o").and_then(|rest| rest.strip_prefix(['-', '+']));
    rest.is_some_and(|rest| i64::from_str_radix(rest, 8).is_ok() && !rest.starts_with(['-', '+']))
}

impl Emitter {
    /// Writes a string; `fold` is whether it may go on in further lines.
    pub(super) fn write_scalar(&mut self, value: &str, quotes: Quotes, fold: bool) {
        let indent = self.indent.map_or(INDENT, |indent| indent + INDENT);
        match quotes {
            Quotes::Plain => self.write_plain(value, fold, indent),
            Quotes::Single => self.write_single(value, fold, indent),
            Quotes::Double => self.write_double(value, fold, indent),
            Quotes::Literal => self.write_literal(value, indent),
        }
    }

    fn write_plain(&mut self, value: &str, fold: bool, indent: usize) {
        if !fold || self.column.saturating_add(value.len()) < self.width {
            return self.part(value);
        }
        self.separate();
        let mut spaces = false;
        for (place, character) in value.char_indices() {
            let foldable = character == ' ' && !spaces && !space_at(value, place + 1);
            if foldable && self.column > self.width {
                self.start_line(indent);
            } else {
                self.push(character);
                self.indention = false;
            }
            spaces = character == ' ';
        }
        self.end_part();
    }

    fn write_single(&mut self, value: &str, fold: bool, indent: usize) {
        self.separate();
        self.push('\'');
        self.end_part();
        let mut spaces = false;
        let mut breaks = false;
        for (place, character) in value.char_indices() {
            if character == ' ' {
                let foldable = fold && !spaces && is_inner(value, place);
                if foldable && self.column > self.width && !space_at(value, place + 1) {
                    self.start_line(indent);
                } else {
                    self.push(' ');
                }
                spaces = true;
                continue;
            }
            if is_break(character) {
                self.push_break(character);
                breaks = true;
                continue;
            }
            if breaks {
                self.start_line(indent);
            }
            if character == '\'' {
                self.push('\'');
            }
            self.push(character);
            self.indention = false;
            spaces = false;
            breaks = false;
        }
        self.push('\'');
        self.end_part();
    }

    fn write_double(&mut self, value: &str, fold: bool, indent: usize) {
        self.separate();
        self.push('"');
        self.end_part();
        // libyaml looks for the mark at the string's start whichever character it writes.
        let escape_all = value.starts_with('\u{FEFF}');
        let mut spaces = false;
        for (place, character) in value.char_indices() {
            let escape = escape_all
                || !is_printable(character)
                || is_break(character)
                || matches!(character, '"' | '\\');
            if escape {
                self.write_escape(character);
            } else if character == ' '
                && (fold && !spaces && is_inner(value, place) && self.column > self.width)
            {
                self.start_line(indent);
                if space_at(value, place + 1) {
                    self.push('\\');
                }
            } else {
                self.push(character);
            }
            spaces = character == ' ' && !escape;
        }
        self.push('"');
        self.end_part();
    }

    fn write_escape(&mut self, character: char) {
        self.push('\\');
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{B}' => 'v',
            '\u{C}' => 'f',
            '\r' => 'r',
            '\u{1B}' => 'e',
            '"' | '\\' => character,
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => return self.write_hexadecimal(u32::from(character)),
        };
        self.push(short);
    }

    fn write_hexadecimal(&mut self, code: u32) {
        let text = match code {
            0..=0xFF => format!("x{code:02X}"),
            0x100..=0xFFFF => format!("u{code:04X}"),
            _ => format!("U{code:08X}"),
        };
        self.output.push_str(&text);
        self.column += text.len();
    }

    fn write_literal(&mut self, value: &str, indent: usize) {
        self.separate();
        self.push('|');
        self.write_hints(value);
        self.push_break('\n');
        self.whitespace = true;
        let mut breaks = true;
        for character in value.chars() {
            if is_break(character) {
                self.push_break(character);
                breaks = true;
                continue;
            }
            if breaks {
                self.pad(indent);
                breaks = false;
            }
            self.push(character);
            self.indention = false;
        }
    }

    /// The indentation where the text's own start would hide it, and what to do at the end.
    fn write_hints(&mut self, value: &str) {
        if value.starts_with(|first| first == ' ' || is_break(first)) {
            self.output.push('2');
        }
        let mut ends = value.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next().is_none_or(is_break)) {
            (false, _) => self.output.push('-'),
            (true, true) => self.output.push('+'),
            (true, false) => {}
        }
    }

    fn push_break(&mut self, character: char) {
        self.output.push(character);
        self.column = 0;
        self.indention = true;
    }
}

fn space_at(value: &str, place: usize) -> bool {
    value.as_bytes().get(place) == Some(&b' ')
}

/// Neither the first nor the last byte.
fn is_inner(value: &str, place: usize) -> bool {
    place > 0 && place + 1 < value.len()
}

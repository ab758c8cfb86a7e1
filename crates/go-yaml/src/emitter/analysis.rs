//! What a string's characters allow: plain, single-quoted or block style. It knows nothing of
//! types: whether a plain text would read as a number is not its concern.

use super::Style;

/// The styles that a string can be written in, besides double quotes, which always do.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each style may be allowed on its own")]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) plain: bool,
    pub(super) single: bool,
    pub(super) block: bool,
}

/// What the characters are.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent finding")]
struct Findings {
    indicator: bool,
    breaks: bool,
    special: bool,
    tab: bool,
    /// A blank or break at either end.
    edge: bool,
    trailing_space: bool,
    break_space: bool,
    space_break: bool,
}

impl Analysis {
    pub(super) fn of(value: &str, style: Style) -> Self {
        if value.is_empty() || is_harmless(value) {
            return Self { multiline: false, plain: true, single: true, block: !value.is_empty() };
        }
        let indicator = value.starts_with("---") || value.starts_with("...");
        let mut findings = Findings { indicator, ..Findings::default() };
        findings.read(value, style);
        findings.verdict()
    }
}

/// Most strings of charts: a letter or digit, then characters without any meaning.
fn is_harmless(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_./=+".contains(byte))
}

impl Findings {
    fn read(&mut self, value: &str, style: Style) {
        let mut previous = ' ';
        for (place, character) in value.char_indices() {
            let end = place + character.len_utf8();
            let next = value.as_bytes().get(end);
            let blank_next = matches!(next, None | Some(b' ' | b'\t'));
            self.indicator |= if place == 0 {
                is_first_indicator(character, blank_next)
            } else {
                is_inner_indicator(character, blank_next, previous)
            };
            if character == '\t' && style == Style::V3 {
                self.tab = true;
            } else if !is_printable(character) {
                self.special = true;
            }
            self.read_space(character, place, previous, next.is_none());
            previous = character;
        }
    }

    fn read_space(&mut self, character: char, place: usize, previous: char, last: bool) {
        let edge = place == 0 || last;
        if character == ' ' {
            self.edge |= edge;
            self.trailing_space |= last;
            self.break_space |= place > 0 && is_break(previous);
        } else if is_break(character) {
            self.edge |= edge;
            self.breaks = true;
            self.space_break |= place > 0 && previous == ' ';
        }
    }

    fn verdict(&self) -> Analysis {
        let bent = self.space_break || self.special;
        let quotable = !self.break_space && !bent && !self.tab;
        Analysis {
            multiline: self.breaks,
            plain: quotable && !self.edge && !self.breaks && !self.indicator,
            single: quotable,
            block: !self.trailing_space && !bent,
        }
    }
}

fn is_first_indicator(character: char, blank_next: bool) -> bool {
    match character {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => true,
        '?' | ':' | '-' => blank_next,
        _ => false,
    }
}

fn is_inner_indicator(character: char, blank_next: bool, previous: char) -> bool {
    match character {
        ':' => blank_next,
        '#' => matches!(previous, ' ' | '\t' | '\0') || is_break(previous),
        _ => false,
    }
}

/// What libyaml writes unescaped; characters above U+FFFF are not among it.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character,
        '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}'
        | '\u{FF00}'..='\u{FFFD}')
}

pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

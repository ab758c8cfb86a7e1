//! Go's quoted strings and characters (`strconv.Quote` and its kin).
//!
//! Owns the escapes. It must not know of widths, flags or values.

use super::printable::is_printable;
use super::runes::{push, runes};

/// `strconv.Quote`: `text` between double quotes with Go's escapes.
pub fn quote(text: &[u8]) -> Vec<u8> {
    quote_with(text, '"', false)
}

/// `strconv.QuoteToASCII`.
pub(crate) fn quote_to_ascii(text: &[u8]) -> Vec<u8> {
    quote_with(text, '"', true)
}

/// `strconv.QuoteRune`, or `QuoteRuneToASCII`.
pub(crate) fn quote_character(character: char, ascii: bool) -> Vec<u8> {
    quote_with(character.encode_utf8(&mut [0; 4]).as_bytes(), '\'', ascii)
}

/// `strconv.CanBackquote`: whether the text can stand between back quotes on one line.
pub(crate) fn can_backquote(text: &[u8]) -> bool {
    runes(text).all(|rune| {
        let control = rune.character < ' ' && rune.character != '\t';
        !control && !rune.is_invalid() && !matches!(rune.character, '`' | '\u{7f}' | '\u{feff}')
    })
}

fn quote_with(text: &[u8], delimiter: char, ascii: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    push(&mut out, delimiter);
    for rune in runes(text) {
        if rune.is_invalid() {
            let byte = text.get(rune.start).copied().unwrap_or_default();
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        } else {
            push_escaped(&mut out, rune.character, delimiter, ascii);
        }
    }
    push(&mut out, delimiter);
    out
}

fn push_escaped(out: &mut Vec<u8>, character: char, delimiter: char, ascii: bool) {
    if character == delimiter || character == '\\' {
        out.push(b'\\');
        push(out, character);
    } else if is_printable(character) && (!ascii || character.is_ascii()) {
        push(out, character);
    } else {
        out.extend_from_slice(escape(character).as_bytes());
    }
}

fn escape(character: char) -> String {
    match character {
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\0'..' ' | '\u{7f}' => format!("\\x{:02x}", u32::from(character)),
        '\u{80}'..='\u{ffff}' => format!("\\u{:04x}", u32::from(character)),
        _ => format!("\\U{:08x}", u32::from(character)),
    }
}

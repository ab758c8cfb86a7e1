//! Any bytes on one line of text, and back.

use std::fmt::Write as _;

/// Bytes on one line.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\\' => out.push_str("\\\\"),
                character if is_invisible(character) => {
                    escape_bytes(character.encode_utf8(&mut [0; 4]).as_bytes(), &mut out);
                }
                other => out.push(other),
            }
        }
        escape_bytes(chunk.invalid(), &mut out);
    }
    out
}

fn is_invisible(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn escape_bytes(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        _ = write!(out, "\\x{byte:02x}");
    }
}

/// Undoes [`escape`].
pub(super) fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let Some((kind, after)) = rest.split_first() else { break };
        rest = after;
        match kind {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'x' => {
                let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                out.extend(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()));
                rest = rest.get(2..).unwrap_or_default();
            }
            other => out.push(*other),
        }
    }
    out
}

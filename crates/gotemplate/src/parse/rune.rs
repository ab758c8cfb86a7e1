//! Code points as Go's `unicode` and `utf8` packages see them.
//!
//! Owns which characters make up names, and how characters and tokens look in
//! messages. It must not know tokens or nodes.

use crate::format::runes::runes;
use regex::Regex;
use std::sync::LazyLock;

static LETTER_OR_DIGIT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{Nd}]$").ok());

/// The first code point and how many bytes it takes. An invalid byte is U+FFFD of width 1.
pub(super) fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    runes(bytes).next().map(|rune| (rune.character, rune.size))
}

/// Whether a name may contain it: `_`, any letter, any decimal digit.
pub(super) fn is_alphanumeric(rune: char) -> bool {
    if rune.is_ascii() {
        return rune == '_' || rune.is_ascii_alphanumeric();
    }
    let class = LETTER_OR_DIGIT.as_ref();
    class.is_some_and(|class| class.is_match(rune.encode_utf8(&mut [0; 4])))
}

/// A code point as `%#U` prints it: `U+0040 '@'`, without the character if it is not printable.
pub(super) fn describe(rune: char) -> String {
    let code = u32::from(rune);
    let is_printable = quote(rune.encode_utf8(&mut [0; 4]).as_bytes()).contains(rune);
    if is_printable { format!("U+{code:04X} '{rune}'") } else { format!("U+{code:04X}") }
}

/// A text as `%q` prints it.
pub(super) fn quote(text: &[u8]) -> String {
    String::from_utf8_lossy(&crate::format::quote(text)).into_owned()
}

/// A token's text as messages show it: cut after ten code points if it is longer than ten bytes.
pub(super) fn quote_short(text: &[u8]) -> String {
    if text.len() <= 10 {
        return quote(text);
    }
    let end = runes(text).nth(9).map_or(text.len(), |rune| rune.start + rune.size);
    format!("{}...", quote(text.get(..end).unwrap_or(text)))
}

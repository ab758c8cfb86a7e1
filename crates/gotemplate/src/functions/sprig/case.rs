//! Upper and lower case as Go maps them: one character to one character.
//!
//! Owns the mappings; the classes are in [`super::classes`]. It must not know the functions that use them.

use super::classes::{is_digit, is_letter, is_lower, is_title, is_upper};
use crate::format::is_printable;
use crate::format::runes::{Rune, push, runes};

/// `unicode.ToUpper`.
pub(super) fn to_upper(character: char) -> char {
    match u32::from(character) {
        0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7 => shift(character, 8),
        0x1FB3 | 0x1FC3 | 0x1FF3 => shift(character, 9),
        _ => single(character, character.to_uppercase()),
    }
}

/// `unicode.ToLower`.
pub(super) fn to_lower(character: char) -> char {
    match character {
        '\u{130}' => 'i',
        _ => single(character, character.to_lowercase()),
    }
}

/// `unicode.ToTitle`.
pub(super) fn to_title(character: char) -> char {
    match u32::from(character) {
        0x1C4..=0x1C6 => '\u{1C5}',
        0x1C7..=0x1C9 => '\u{1C8}',
        0x1CA..=0x1CC => '\u{1CB}',
        0x1F1..=0x1F3 => '\u{1F2}',
        0x10D0..=0x10FA | 0x10FD..=0x10FF => character,
        _ => to_upper(character),
    }
}

/// A mapping to one character, if Go's edition of Unicode knows both.
fn single(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(single), None) if is_printable(single) && is_printable(character) => single,
        _ => character,
    }
}

fn shift(character: char, distance: u32) -> char {
    char::from_u32(u32::from(character) + distance).unwrap_or(character)
}

/// `strings.Map`: every rune mapped, invalid bytes replaced by U+FFFD.
pub(super) fn map(text: &[u8], mapping: impl Fn(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for rune in runes(text) {
        push(&mut out, mapping(rune.character));
    }
    out
}

/// `strings.Title`: the first letter of every word in title case.
pub(super) fn title(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut previous = ' ';
    for Rune { character, .. } in runes(text) {
        push(&mut out, if is_separator(previous) { to_title(character) } else { character });
        previous = character;
    }
    out
}

fn is_separator(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_alphanumeric() && character != '_';
    }
    !is_letter(character) && !is_digit(character) && character.is_whitespace()
}

/// sprig's `untitle`: the first letter of every word in lower case.
pub(super) fn untitle(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut word_begins = true;
    for Rune { character, .. } in runes(text) {
        let is_space = character.is_whitespace();
        let lowered = word_begins && !is_space;
        push(&mut out, if lowered { to_lower(character) } else { character });
        word_begins = is_space;
    }
    out
}

/// sprig's `swapcase`: upper becomes lower; lower becomes upper, or title at the start of a word.
pub(super) fn swap(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut after_space = true;
    for Rune { character, .. } in runes(text) {
        let swapped = if is_upper(character) || is_title(character) {
            to_lower(character)
        } else if !is_lower(character) {
            after_space = character.is_whitespace();
            push(&mut out, character);
            continue;
        } else if after_space {
            to_title(character)
        } else {
            to_upper(character)
        };
        after_space = false;
        push(&mut out, swapped);
    }
    out
}

//! Character classes as Go's `unicode` package has them, of the Unicode edition that Go carries.
//!
//! Owns the questions only. The standard library's own answers differ: its upper case has the
//! Roman numerals, its alphabet has marks, and its edition is newer.

use crate::format::is_printable;
use regex::Regex;
use std::sync::LazyLock;

/// A class that a single character is matched against.
type Class = LazyLock<Option<Regex>>;

static UPPER: Class = LazyLock::new(|| Regex::new(r"^\p{Lu}$").ok());
static LOWER: Class = LazyLock::new(|| Regex::new(r"^\p{Ll}$").ok());
static TITLE: Class = LazyLock::new(|| Regex::new(r"^\p{Lt}$").ok());
static LETTER: Class = LazyLock::new(|| Regex::new(r"^\p{L}$").ok());
static DIGIT: Class = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());
static NUMBER: Class = LazyLock::new(|| Regex::new(r"^\p{N}$").ok());
static PUNCTUATION: Class = LazyLock::new(|| Regex::new(r"^\p{P}$").ok());

fn belongs(character: char, class: &Class) -> bool {
    let mut buffer = [0; 4];
    is_printable(character)
        && class.as_ref().is_some_and(|class| class.is_match(character.encode_utf8(&mut buffer)))
}

/// `unicode.IsUpper`.
pub(super) fn is_upper(character: char) -> bool {
    character.is_ascii_uppercase() || !character.is_ascii() && belongs(character, &UPPER)
}

/// `unicode.IsLower`.
pub(super) fn is_lower(character: char) -> bool {
    character.is_ascii_lowercase() || !character.is_ascii() && belongs(character, &LOWER)
}

/// `unicode.IsTitle`.
pub(super) fn is_title(character: char) -> bool {
    !character.is_ascii() && belongs(character, &TITLE)
}

/// `unicode.IsLetter`.
pub(super) fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || !character.is_ascii() && belongs(character, &LETTER)
}

/// `unicode.IsDigit`.
pub(super) fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || !character.is_ascii() && belongs(character, &DIGIT)
}

/// `unicode.IsNumber`.
pub(super) fn is_number(character: char) -> bool {
    character.is_ascii_digit() || !character.is_ascii() && belongs(character, &NUMBER)
}

/// `unicode.IsPunct`.
pub(super) fn is_punctuation(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_punctuation()
            && !matches!(character, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    }
    belongs(character, &PUNCTUATION)
}

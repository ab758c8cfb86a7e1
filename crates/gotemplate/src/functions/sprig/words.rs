//! Names in camel, snake and kebab case, as the `xstrings` library splits words.
//!
//! Owns the word rules. It must not know the functions that use them.

use super::case::{to_lower, to_upper};
use super::classes::{self, is_number, is_punctuation, is_upper};
use crate::format::runes::{characters, push};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invalid,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// `camelcase`: words joined, each with its first letter in upper case.
pub(super) fn camel(text: &[u8]) -> Vec<u8> {
    let characters = characters(text);
    let mut out = Vec::with_capacity(text.len());
    let start = characters.iter().position(|character| !is_connector(*character));
    let leading = start.unwrap_or(characters.len().saturating_sub(1));
    for connector in characters.iter().take(leading) {
        push(&mut out, *connector);
    }
    let mut rest = characters.iter().skip(leading).copied();
    let Some(first) = rest.next() else { return out };
    let mut upper_run = is_upper(first);
    // Go writes a text that is nothing but connectors with its last one doubled.
    if start.is_none() {
        push(&mut out, first);
        push(&mut out, first);
        return out;
    }
    let mut current = to_upper(first);
    for next in rest {
        let previous = std::mem::replace(&mut current, next);
        if is_connector(current) && is_connector(previous) {
            push(&mut out, previous);
        } else if is_connector(previous) {
            upper_run = is_upper(current);
            current = to_upper(current);
        } else {
            if upper_run && is_upper(current) {
                current = to_lower(current);
            } else {
                upper_run = false;
            }
            push(&mut out, previous);
        }
    }
    push(&mut out, current);
    out
}

/// `snakecase` and `kebabcase`: words in lower case with `connector` between them.
pub(super) fn separated(text: &[u8], connector: char) -> Vec<u8> {
    let characters = characters(text);
    let mut writer = Writer { words: &characters, out: Vec::new(), connector };
    let (mut kind, mut word) = writer.next();
    while !writer.words.is_empty() {
        if kind != Kind::Connector {
            writer.write(kind, word);
        }
        let (previous, last) = (kind, word);
        (kind, word) = writer.next();
        match previous {
            Kind::Number => (kind, word) = writer.after_number(kind, word),
            Kind::Connector => writer.write(previous, last),
            Kind::Punctuation => {}
            _ if kind != Kind::Number => writer.connect_unless_separated(kind),
            _ if writer.words.is_empty() => {}
            _ => (kind, word) = writer.number_inside(word),
        }
    }
    writer.write(kind, word);
    writer.out
}

struct Writer<'a> {
    words: &'a [char],
    out: Vec<u8>,
    connector: char,
}

impl<'a> Writer<'a> {
    fn next(&mut self) -> (Kind, &'a [char]) {
        let (kind, length) = measure(self.words);
        let (word, rest) = self.words.split_at_checked(length).unwrap_or((self.words, &[]));
        self.words = rest;
        (kind, word)
    }

    fn write(&mut self, kind: Kind, word: &[char]) {
        let changes = matches!(kind, Kind::Upper | Kind::Connector);
        for character in word {
            let character = match *character {
                character if changes && is_connector(character) => self.connector,
                character if changes && is_upper(character) => to_lower(character),
                character => character,
            };
            push(&mut self.out, character);
        }
    }

    fn connect_unless_separated(&mut self, kind: Kind) {
        if !matches!(kind, Kind::Connector | Kind::Punctuation) {
            push(&mut self.out, self.connector);
        }
    }

    /// Letters and numbers that follow a number belong to it.
    fn after_number(&mut self, mut kind: Kind, mut word: &'a [char]) -> (Kind, &'a [char]) {
        while matches!(kind, Kind::Letters | Kind::Number) {
            self.write(kind, word);
            (kind, word) = self.next();
        }
        if kind != Kind::Invalid {
            self.connect_unless_separated(kind);
        }
        (kind, word)
    }

    /// A number after letters belongs to them, unless lower case letters follow it.
    fn number_inside(&mut self, number: &'a [char]) -> (Kind, &'a [char]) {
        let (kind, word) = self.next();
        if kind == Kind::Letters {
            push(&mut self.out, self.connector);
            self.write(Kind::Number, number);
            return self.after_number(kind, word);
        }
        self.write(Kind::Number, number);
        self.connect_unless_separated(kind);
        (kind, word)
    }
}

/// The kind and length of the first word.
fn measure(characters: &[char]) -> (Kind, usize) {
    let Some(first) = characters.first().copied() else { return (Kind::Invalid, 0) };
    let run = |belongs: fn(char) -> bool| {
        characters.iter().position(|character| !belongs(*character)).unwrap_or(characters.len())
    };
    if is_connector(first) {
        (Kind::Connector, run(is_connector))
    } else if is_punctuation(first) {
        (Kind::Punctuation, run(is_punctuation))
    } else if is_upper(first) {
        (Kind::Upper, upper_word(characters))
    } else if is_letter(first) {
        (Kind::Letters, run(is_lower_letter))
    } else if is_number(first) {
        (Kind::Number, run(is_number))
    } else {
        (Kind::Other, run(is_other))
    }
}

/// `Status`, or as much of `HTTPStatus` as is before its last capital.
fn upper_word(characters: &[char]) -> usize {
    let upper = characters.iter().take_while(|character| is_upper(**character)).count();
    let next = characters.get(upper).copied();
    if upper > 1 {
        return upper - usize::from(next.is_some_and(is_letter));
    }
    1 + characters.iter().skip(1).take_while(|character| is_lower_letter(**character)).count()
}

fn is_connector(character: char) -> bool {
    matches!(character, '-' | '_') || character.is_whitespace()
}

fn is_lower_letter(character: char) -> bool {
    is_letter(character) && !is_upper(character)
}

fn is_other(character: char) -> bool {
    !is_connector(character)
        && !is_letter(character)
        && !is_number(character)
        && !is_punctuation(character)
}

/// Letters except those of Chinese, Japanese and Korean scripts.
fn is_letter(character: char) -> bool {
    classes::is_letter(character)
        && !matches!(character, '\u{3400}'..='\u{4D85}' | '\u{4E00}'..='\u{9FCC}' | '\u{20000}'..='\u{2B81D}')
}

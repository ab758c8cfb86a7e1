//! Runes as Go reads them from byte strings.
//!
//! Owns decoding: every byte that starts no valid UTF-8 sequence is a rune of its own. It must
//! not know what anyone does with the runes.

/// One decoded rune and where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rune {
    /// The offset of its first byte.
    pub(crate) start: usize,
    /// The number of bytes it took.
    pub(crate) size: usize,
    /// The character; U+FFFD with a size of 1 for an invalid byte.
    pub(crate) character: char,
}

impl Rune {
    /// Whether the bytes were no valid UTF-8.
    pub(crate) fn is_invalid(self) -> bool {
        self.character == char::REPLACEMENT_CHARACTER && self.size == 1
    }
}

/// The runes of a byte string in order.
pub(crate) struct Runes<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Iterator for Runes<'_> {
    type Item = Rune;

    fn next(&mut self) -> Option<Rune> {
        let (character, size) = decode(self.bytes.get(self.offset..)?)?;
        let rune = Rune { start: self.offset, size, character };
        self.offset += size;
        Some(rune)
    }
}

/// The runes of `bytes`.
pub(crate) fn runes(bytes: &[u8]) -> Runes<'_> {
    Runes { bytes, offset: 0 }
}

/// The number of runes in `bytes`.
pub(crate) fn count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { runes(bytes).count() }
}

/// The characters of `bytes`, U+FFFD for each invalid byte (Go's conversion to `[]rune`).
pub(crate) fn characters(bytes: &[u8]) -> Vec<char> {
    runes(bytes).map(|rune| rune.character).collect()
}

/// Appends a character in UTF-8.
pub(crate) fn push(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    let size = match first {
        0..0x80 => return Some((char::from(first), 1)),
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Some((char::REPLACEMENT_CHARACTER, 1)),
    };
    let text = bytes.get(..size).and_then(|sequence| std::str::from_utf8(sequence).ok());
    let character = text.and_then(|text| text.chars().next());
    Some(character.map_or((char::REPLACEMENT_CHARACTER, 1), |character| (character, size)))
}

//! Texts as expressions see them.
//!
//! Owns the way back from a match to the bytes: Go matches every byte that is no UTF-8 as U+FFFD.
//! It must not know expressions.

use crate::format::runes::runes;
use std::borrow::Cow;
use std::ops::Range;

/// A text to match.
pub(super) struct Subject<'a> {
    bytes: &'a [u8],
    text: Cow<'a, str>,
    /// The offset in `bytes` for each offset in `text`, where they differ.
    offsets: Vec<usize>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self { bytes, text: Cow::Borrowed(text), offsets: Vec::new() };
        }
        let mut text = String::new();
        let mut offsets = Vec::new();
        for rune in runes(bytes) {
            text.push(rune.character);
            offsets.resize(text.len(), rune.start);
        }
        offsets.push(bytes.len());
        Self { bytes, text: Cow::Owned(text), offsets }
    }

    /// The text to match.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where in the bytes a range of the text lies.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        let offset = |offset| self.offsets.get(offset).copied().unwrap_or(offset);
        offset(range.start)..offset(range.end)
    }

    /// The bytes of a range of the text.
    pub(super) fn slice(&self, range: Range<usize>) -> &'a [u8] {
        self.bytes.get(self.range(range)).unwrap_or_default()
    }
}

//! Line breaking, abbreviation and initials, as the `goutils` library does them: by byte.
//!
//! Owns the algorithms. It must not know the functions that use them.

use crate::format::runes::push;

/// `wrap`: lines of at most `width` bytes where spaces allow; long words stay whole.
pub(super) fn wrap(text: &[u8], width: i64) -> Vec<u8> {
    wrap_custom(text, width, b"\n", false)
}

/// `wrapWith`: as [`wrap`], with another line break, and long words broken.
pub(super) fn wrap_with(text: &[u8], width: i64, separator: &[u8]) -> Vec<u8> {
    wrap_custom(text, width, if separator.is_empty() { b"\n" } else { separator }, true)
}

fn wrap_custom(text: &[u8], width: i64, separator: &[u8], break_words: bool) -> Vec<u8> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while rest.len() > width {
        if let Some(trimmed) = rest.strip_prefix(b" ") {
            rest = trimmed;
            continue;
        }
        let Some((line, remaining)) = take_line(rest, width, break_words) else { break };
        out.extend_from_slice(line);
        if let Some(remaining) = remaining {
            out.extend_from_slice(separator);
            rest = remaining;
        } else {
            rest = &[];
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The next line and what follows its break, if a break follows.
fn take_line(text: &[u8], width: usize, break_words: bool) -> Option<(&[u8], Option<&[u8]>)> {
    let space = text.get(..=width)?.iter().rposition(|byte| *byte == b' ');
    let space = match space {
        Some(space) => space,
        None if break_words => return Some((text.get(..width)?, text.get(width..))),
        None => match text.get(width..)?.iter().position(|byte| *byte == b' ') {
            Some(offset) => width + offset,
            None => return Some((text, None)),
        },
    };
    Some((text.get(..space)?, text.get(space + 1..)))
}

/// `abbrev` and `abbrevboth`: cut to `width` bytes with `...` at the end, or at both ends.
pub(super) fn abbreviate(text: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if width < 4 || (offset > 0 && width < 7) || length <= width {
        return text.to_vec();
    }
    let kept = width - 3;
    let mut offset = offset.min(length);
    if length.saturating_sub(offset) < kept {
        offset = length - kept;
    }
    let slice = |start: i64, end: i64| {
        let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
        text.get(range).unwrap_or_default()
    };
    if offset <= 4 {
        return [slice(0, kept), b"..."].concat();
    }
    if offset + kept < length {
        let middle = abbreviate_end(slice(offset, length), kept);
        return [b"...", &*middle].concat();
    }
    [b"...", slice(length - kept, length)].concat()
}

/// The second cut of a text cut at both ends: nothing is left of it below a width of 4.
fn abbreviate_end(text: &[u8], width: i64) -> Vec<u8> {
    if width < 4 { Vec::new() } else { abbreviate(text, 0, width) }
}

/// `initials`: the first byte of every word, read as Latin-1.
pub(super) fn initials(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut after_gap = true;
    for character in text.iter().copied().map(char::from) {
        let gap = character.is_whitespace();
        if after_gap && !gap {
            push(&mut out, character);
        }
        after_gap = gap;
    }
    out
}

/// `nospace`: without white space; a text that has any is read as Latin-1, byte by byte.
pub(super) fn without_spaces(text: &[u8]) -> Vec<u8> {
    if !text.iter().any(|byte| char::from(*byte).is_whitespace()) {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    for character in text.iter().copied().map(char::from).filter(|each| !each.is_whitespace()) {
        push(&mut out, character);
    }
    out
}

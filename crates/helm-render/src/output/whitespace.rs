//! Go's idea of white space in byte strings (`strings.TrimSpace`).

/// The text without white space, Unicode's included, at its beginning.
pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some(length) = leading_space(rest) {
        rest = rest.get(length..).unwrap_or_default();
    }
    rest
}

/// The text without white space, Unicode's included, at both ends.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let mut rest = trim_start(text);
    while let Some(length) = trailing_space(rest) {
        rest = rest.get(..rest.len() - length).unwrap_or_default();
    }
    rest
}

/// Go's `\s` in regular expressions.
pub(crate) fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

fn leading_space(text: &[u8]) -> Option<usize> {
    (1..=4.min(text.len())).find(|length| text.get(..*length).is_some_and(is_space))
}

fn trailing_space(text: &[u8]) -> Option<usize> {
    (1..=4.min(text.len())).find(|length| text.get(text.len() - length..).is_some_and(is_space))
}

/// Whether the bytes are exactly one white-space character.
fn is_space(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_whitespace) && characters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicode_space_is_trimmed_and_broken_bytes_are_not() {
        assert_eq!(trim("\u{a0}\t a b\u{2003}\n".as_bytes()), b"a b");
        assert_eq!(trim(b" \xa0a\xff "), b"\xa0a\xff");
        assert_eq!(trim_start(b"\n a \n"), b"a \n");
    }
}

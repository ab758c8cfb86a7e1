//! DER, written and read: tags, lengths and the few types that keys and certificates need.
//!
//! Owns the encoding. It must not know any structure. Reading is as strict as Go's cryptobyte:
//! lengths and integers are minimal, tags fit into one byte.

/// A tag as its byte.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BITS: u8 = 0x03;
    pub(crate) const OCTETS: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const T61_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// A context-specific tag around one value.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// A context-specific tag around whole elements.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// An element with its tag and length.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => long_length(&mut out, content.len()),
    }
    out.extend_from_slice(content);
    out
}

fn long_length(out: &mut Vec<u8>, length: usize) {
    let bytes = length.to_be_bytes();
    let digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
    out.extend_from_slice(&digits);
}

/// An element that holds others.
pub(crate) fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A `SEQUENCE`.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    constructed(tag::SEQUENCE, parts)
}

/// An `INTEGER` that is not negative, from its big-endian bytes.
pub(crate) fn integer(magnitude: &[u8]) -> Vec<u8> {
    let mut content: Vec<u8> = magnitude.iter().copied().skip_while(|byte| *byte == 0).collect();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    element(tag::INTEGER, &content)
}

/// A `BIT STRING` of which the last `unused` bits do not count.
pub(crate) fn bits(unused: u8, bytes: &[u8]) -> Vec<u8> {
    constructed(tag::BITS, &[&[unused], bytes])
}

/// What is left to read of some DER.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

/// One element as it was read.
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// With tag and length.
    pub(crate) whole: &'a [u8],
    pub(crate) content: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether an element of that tag comes next.
    pub(crate) fn is_next(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next element whatever its tag.
    pub(crate) fn any(&mut self) -> Option<Element<'a>> {
        let (&[tag, first], _) = self.0.split_first_chunk::<2>()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (header, length) = if first < 0x80 {
            (2, usize::from(first))
        } else {
            let digits = usize::from(first & 0x7f);
            (2 + digits, minimal_length(self.0.get(2..2 + digits)?)?)
        };
        let (whole, left) = self.0.split_at_checked(header.checked_add(length)?)?;
        self.0 = left;
        Some(Element { tag, whole, content: whole.get(header..)? })
    }

    /// The next element, which must have that tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<Element<'a>> {
        self.any().filter(|element| element.tag == tag)
    }

    /// The content of the next element, which must have that tag.
    pub(crate) fn read(&mut self, tag: u8) -> Option<Self> {
        self.element(tag).map(|element| Self(element.content))
    }

    /// The content of the next element if it has that tag; the outer `None` is an unreadable one.
    #[expect(clippy::option_option, reason = "absent and unreadable differ")]
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<Self>> {
        if self.is_next(tag) { self.read(tag).map(Some) } else { Some(None) }
    }

    /// The bytes of an `INTEGER`, in the fewest that two's complement needs.
    pub(crate) fn integer(&mut self) -> Option<&'a [u8]> {
        let bytes = self.read(tag::INTEGER)?.0;
        match *bytes {
            [] => None,
            [0, second, ..] if second < 0x80 => None,
            [0xff, second, ..] if second >= 0x80 => None,
            _ => Some(bytes),
        }
    }

    /// The encoded parts of an `OBJECT IDENTIFIER`.
    pub(crate) fn identifier(&mut self) -> Option<&'a [u8]> {
        let bytes = self.read(tag::IDENTIFIER)?.0;
        is_identifier(bytes).then_some(bytes)
    }

    /// The bytes of a `BIT STRING` and how many bits at its end do not count.
    pub(crate) fn bits(&mut self) -> Option<(u8, &'a [u8])> {
        let (&unused, bytes) = self.read(tag::BITS)?.0.split_first()?;
        let spare = match bytes.last() {
            _ if unused > 7 => return None,
            None => unused,
            Some(last) => last & ((1 << unused) - 1),
        };
        (spare == 0).then_some((unused, bytes))
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match *self.read(tag::BOOLEAN)?.0 {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }
}

/// A length in long form, which must not fit into a shorter one.
fn minimal_length(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 4 || digits.first() == Some(&0) {
        return None;
    }
    let length = digits.iter().fold(0_u32, |length, digit| length << 8 | u32::from(*digit));
    usize::try_from(length).ok().filter(|length| *length >= 0x80)
}

/// Whether all parts are complete, minimal, and fit into 31 bits.
fn is_identifier(bytes: &[u8]) -> bool {
    let ends = bytes.last().is_some_and(|last| *last < 0x80);
    ends && bytes.split_inclusive(|byte| *byte < 0x80).all(|part| {
        let value = part.iter().fold(0_u64, |value, byte| value << 7 | u64::from(byte & 0x7f));
        part.first() != Some(&0x80) && part.len() <= 5 && value < 1 << 31
    })
}

/// An identifier's parts with dots between them, as Go prints it.
pub(crate) fn dotted(bytes: &[u8]) -> String {
    let mut parts = Vec::new();
    for part in bytes.split_inclusive(|byte| *byte < 0x80) {
        let value = part.iter().fold(0_u64, |value, byte| value << 7 | u64::from(byte & 0x7f));
        match (parts.is_empty(), value) {
            (true, 0..80) => parts.extend([value / 40, value % 40]),
            (true, _) => parts.extend([2, value - 80]),
            (false, _) => parts.push(value),
        }
    }
    parts.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::{Input, dotted, element, integer, tag};

    #[test]
    fn lengths_are_written_in_the_fewest_bytes_and_read_only_so() {
        for (length, header) in [(127, 2), (128, 3), (255, 3), (256, 4), (70_000, 5)] {
            let written = element(tag::OCTETS, &vec![7; length]);
            assert_eq!(written.len(), header + length);
            let mut input = Input(&written);
            assert_eq!(input.read(tag::OCTETS).unwrap().0.len(), length);
            assert!(input.is_empty());
        }
        for broken in [
            &b"\x04\x81\x05aaaaa"[..],
            b"\x04\x82\x00\x80",
            b"\x04\x80",
            b"\x1f\x01a",
            b"\x04\x02a",
        ] {
            assert!(Input(broken).any().is_none(), "{broken:?}");
        }
    }

    #[test]
    fn integers_keep_their_sign_and_are_minimal() {
        assert_eq!(integer(&[0, 0]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(Input(&[2, 2, 0, 0x80]).integer(), Some(&[0, 0x80][..]));
        for broken in [&[2, 0][..], &[2, 2, 0, 1], &[2, 2, 0xff, 0x80]] {
            assert!(Input(broken).integer().is_none(), "{broken:?}");
        }
    }

    #[test]
    fn identifiers_are_read_and_printed() {
        assert_eq!(dotted(&[0x2b, 0x65, 0x70]), "1.3.101.112");
        assert_eq!(dotted(&[0x88, 0x37]), "2.999");
        assert!(Input(&[6, 1, 0x80]).identifier().is_none());
        assert!(Input(&[6, 0]).identifier().is_none());
    }

    #[test]
    fn bits_that_do_not_count_are_zero() {
        assert_eq!(Input(&[3, 2, 5, 0xa0]).bits(), Some((5, &[0xa0][..])));
        for broken in [&[3, 2, 5, 0xa1][..], &[3, 2, 8, 0], &[3, 1, 1], &[3, 0]] {
            assert!(Input(broken).bits().is_none(), "{broken:?}");
        }
    }
}

//! Reading the structures of private keys, with the error texts of Go's `encoding/asn1`.
//!
//! Owns the texts. It must not know which structures there are. Certificates are read by
//! [`crate::der::Input`], since Go reads them with another library, which has no texts of its own.

use crate::error::Error;

/// What a field must be.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    tag: u32,
    compound: bool,
    /// The name of the Go type, empty where Go has none.
    name: &'static str,
}

/// `int`
pub(crate) const INT: Kind = Kind { tag: 2, compound: false, name: "int" };
/// `*big.Int`
pub(crate) const BIG: Kind = Kind { tag: 2, compound: false, name: "" };
/// `asn1.BitString`
pub(crate) const BITS: Kind = Kind { tag: 3, compound: false, name: "BitString" };
/// `[]byte`
pub(crate) const BYTES: Kind = Kind { tag: 4, compound: false, name: "" };
/// `asn1.ObjectIdentifier`
pub(crate) const IDENTIFIER: Kind = Kind { tag: 6, compound: false, name: "ObjectIdentifier" };
/// A slice of structs.
pub(crate) const LIST: Kind = structure("");

/// A struct of that name.
pub(crate) const fn structure(name: &'static str) -> Kind {
    Kind { tag: 16, compound: true, name }
}

/// The fields of one struct, read in order.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    offset: usize,
}

#[derive(Clone, Copy)]
struct Header {
    class: u8,
    tag: u32,
    length: usize,
    compound: bool,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.offset >= self.bytes.len()
    }

    /// The content of a field that must be there.
    pub(crate) fn required(&mut self, kind: Kind) -> Result<&'a [u8], Error> {
        if self.is_empty() {
            return Err(syntax("sequence truncated"));
        }
        let header = self.header()?;
        if !header.is(kind) {
            return Err(mismatch(header, kind, self.offset));
        }
        self.content(header)
    }

    /// The content of a field that may be missing.
    pub(crate) fn optional(&mut self, kind: Kind) -> Result<Option<&'a [u8]>, Error> {
        let start = self.offset;
        if self.is_empty() {
            return Ok(None);
        }
        let header = self.header()?;
        if !header.is(kind) {
            self.offset = start;
            return Ok(None);
        }
        self.content(header).map(Some)
    }

    /// The content of a field that may be missing, within a context-specific tag of its own.
    pub(crate) fn explicit(&mut self, number: u32, kind: Kind) -> Result<Option<&'a [u8]>, Error> {
        let start = self.offset;
        if self.is_empty() {
            return Ok(None);
        }
        let outer = self.header()?;
        if self.is_empty() {
            return Err(structural("explicit tag has no child"));
        }
        if outer.class != 2 || outer.tag != number || (outer.length > 0 && !outer.compound) {
            self.offset = start;
            return Ok(None);
        }
        if outer.length == 0 {
            return Err(structural("zero length explicit tag was not an asn1.Flag"));
        }
        let found = self.optional(kind)?;
        if found.is_none() {
            self.offset = start;
        }
        Ok(found)
    }

    /// An element of any kind, with tag and length; empty at the end.
    pub(crate) fn raw(&mut self) -> Result<&'a [u8], Error> {
        let start = self.offset;
        if self.is_empty() {
            return Ok(&[]);
        }
        let header = self.header()?;
        self.content(header)?;
        Ok(self.bytes.get(start..self.offset).unwrap_or_default())
    }

    /// An `int`.
    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        int64(self.required(INT)?)
    }

    /// A `*big.Int`, in two's complement.
    pub(crate) fn big(&mut self) -> Result<&'a [u8], Error> {
        self.required(BIG).and_then(minimal)
    }

    fn content(&mut self, header: Header) -> Result<&'a [u8], Error> {
        let end = self.offset.saturating_add(header.length);
        let content = self.bytes.get(self.offset..end).ok_or_else(|| syntax("data truncated"))?;
        self.offset = end;
        Ok(content)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let byte = self.bytes.get(self.offset).ok_or_else(|| syntax("truncated tag or length"))?;
        self.offset += 1;
        Ok(*byte)
    }

    fn header(&mut self) -> Result<Header, Error> {
        let first = self.byte()?;
        let tag = match u32::from(first & 0x1f) {
            0x1f => self.long_tag()?,
            tag => tag,
        };
        let length = match self.byte()? {
            short @ 0..0x80 => usize::from(short),
            0x80 => return Err(syntax("indefinite length found (not DER)")),
            long => self.long_length(long & 0x7f)?,
        };
        Ok(Header { class: first >> 6, tag, length, compound: first & 0x20 != 0 })
    }

    fn long_tag(&mut self) -> Result<u32, Error> {
        let mut tag = 0_u64;
        for place in 0..5 {
            let byte =
                *self.bytes.get(self.offset).ok_or_else(|| syntax("truncated base 128 integer"))?;
            if place == 0 && byte == 0x80 {
                return Err(syntax("integer is not minimally encoded"));
            }
            self.offset += 1;
            tag = tag << 7 | u64::from(byte & 0x7f);
            if byte < 0x80 {
                return match u32::try_from(tag) {
                    Ok(0..0x1f) => Err(syntax("non-minimal tag")),
                    Ok(tag) if tag < 1 << 31 => Ok(tag),
                    _ => Err(structural("base 128 integer too large")),
                };
            }
        }
        Err(structural("base 128 integer too large"))
    }

    fn long_length(&mut self, digits: u8) -> Result<usize, Error> {
        let mut length = 0_usize;
        for _ in 0..digits {
            let digit = self.byte()?;
            if length >= 1 << 23 {
                return Err(structural("length too large"));
            }
            length = length << 8 | usize::from(digit);
            if length == 0 {
                return Err(structural("superfluous leading zeros in length"));
            }
        }
        if length < 0x80 { Err(structural("non-minimal length")) } else { Ok(length) }
    }
}

impl Header {
    fn is(self, kind: Kind) -> bool {
        self.class == 0 && self.tag == kind.tag && self.compound == kind.compound
    }
}

fn mismatch(found: Header, kind: Kind, offset: usize) -> Error {
    let Kind { tag, name, .. } = kind;
    let Header { class, tag: other, length, compound } = found;
    structural(&format!(
        "tags don't match ({tag} vs {{class:{class} tag:{other} length:{length} \
         isCompound:{compound}}}) {{optional:false explicit:false application:false private:false \
         defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}} {name} \
         @{offset}"
    ))
}

pub(crate) fn syntax(text: &str) -> Error {
    Error::new(format!("asn1: syntax error: {text}"))
}

pub(crate) fn structural(text: &str) -> Error {
    Error::new(format!("asn1: structure error: {text}"))
}

/// An integer's bytes if they are the fewest that hold it.
pub(crate) fn minimal(bytes: &[u8]) -> Result<&[u8], Error> {
    match *bytes {
        [] => Err(structural("empty integer")),
        [0, second, ..] if second < 0x80 => Err(structural("integer not minimally-encoded")),
        [0xff, second, ..] if second >= 0x80 => Err(structural("integer not minimally-encoded")),
        _ => Ok(bytes),
    }
}

fn int64(bytes: &[u8]) -> Result<i64, Error> {
    let bytes = minimal(bytes)?;
    if bytes.len() > 8 {
        return Err(structural("integer too large"));
    }
    let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { -1 } else { 0 };
    Ok(bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
}

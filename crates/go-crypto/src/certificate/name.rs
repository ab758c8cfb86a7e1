//! The name of whom a certificate is for: a common name and nothing else.

use crate::der::{self, tag};
use crate::error::Error;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// The encoded name; without a common name it is empty.
///
/// Fails as Go does for text that is not UTF-8.
pub(super) fn encode(common_name: &[u8]) -> Result<Vec<u8>, Error> {
    if common_name.is_empty() {
        return Ok(der::sequence(&[]));
    }
    let kind = if common_name.iter().copied().all(is_printable) {
        tag::PRINTABLE_STRING
    } else if std::str::from_utf8(common_name).is_ok() {
        tag::UTF8_STRING
    } else {
        return Err(Error::new("asn1: string not valid UTF-8"));
    };
    let attribute = der::sequence(&[
        &der::element(tag::IDENTIFIER, COMMON_NAME),
        &der::element(kind, common_name),
    ]);
    Ok(der::sequence(&[&der::element(tag::SET, &attribute)]))
}

/// Whether a byte may stand in a `PrintableString`.
fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)
}

/// A string's bytes, checked for its kind as Go does where it reads names.
pub(super) fn check(kind: u8, bytes: &[u8]) -> Result<(), Error> {
    let (name, is_good) = match kind {
        tag::T61_STRING => return Ok(()),
        tag::PRINTABLE_STRING => (
            "PrintableString",
            bytes.iter().all(|byte| is_printable(*byte) || matches!(byte, b'*' | b'&')),
        ),
        tag::UTF8_STRING => ("UTF-8 string", std::str::from_utf8(bytes).is_ok()),
        tag::BMP_STRING => ("BMPString", is_basic_plane(bytes)),
        tag::IA5_STRING => ("IA5String", bytes.is_ascii()),
        tag::NUMERIC_STRING => {
            ("NumericString", bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '))
        }
        _ => return Err(Error::new(format!("unsupported string type: {kind}"))),
    };
    if is_good { Ok(()) } else { Err(Error::new(format!("invalid {name}"))) }
}

/// Whether the bytes are pairs that are characters of Unicode's first plane.
fn is_basic_plane(bytes: &[u8]) -> bool {
    let (pairs, rest) = bytes.as_chunks::<2>();
    rest.is_empty()
        && pairs.iter().all(|pair| {
            !matches!(u16::from_be_bytes(*pair), 0xfffe..=0xffff | 0xfdd0..=0xfdef | 0xd800..=0xdfff)
        })
}

/// The failure of a text that must be ASCII.
pub(super) fn not_ascii(text: &[u8]) -> Error {
    Error::new(format!("x509: {} cannot be encoded as an IA5String", quoted(text)))
}

/// The text as Go's `%q` has it; a character counts as printable unless it controls.
fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match (character, u32::from(character)) {
                ('"' | '\\', _) => out.extend(['\\', character]),
                (_, code @ 7..=13) => {
                    out.extend(
                        "abtnvfr"
                            .chars()
                            .nth(code as usize - 7)
                            .into_iter()
                            .flat_map(|c| ['\\', c]),
                    );
                }
                (_, code @ (0..0x20 | 0x7f)) => out.extend(format!("\\x{code:02x}").chars()),
                (_, code) if character.is_control() => out.extend(format!("\\u{code:04x}").chars()),
                _ => out.push(character),
            }
        }
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{encode, not_ascii};

    #[test]
    fn what_is_not_ascii_is_quoted_as_in_go() {
        let error = not_ascii("é\n\"\\\u{1}\u{85}".as_bytes()).to_string();
        assert_eq!(error, r#"x509: "é\n\"\\\x01\u0085" cannot be encoded as an IA5String"#);
        assert!(not_ascii(b"a\xff").to_string().starts_with(r#"x509: "a\xff""#));
    }

    #[test]
    fn names_are_printable_strings_where_they_can_be() {
        assert_eq!(encode(b"").unwrap(), [0x30, 0]);
        for (name, kind) in [("a b", 0x13), ("a*", 0x0c), ("a&b", 0x0c), ("a@b", 0x0c), ("é", 0x0c)]
        {
            assert_eq!(encode(name.as_bytes()).unwrap()[11], kind, "{name}");
        }
        assert_eq!(encode(b"\xff").unwrap_err().to_string(), "asn1: string not valid UTF-8");
    }
}

//! Go-yaml's rules for what a scalar means, with and without a tag. It knows nothing of
//! documents or writing.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::error::Error;
use crate::event::Scalar;
use crate::number::{parse_digits, parse_float, parse_fraction, parse_int, parse_uint};
use crate::timestamp::is_timestamp;

/// A resolved scalar. Floats may be infinite or no number here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'text> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    String(Cow<'text, str>),
    /// What go-yaml recognises as a time and yet hands on as text.
    Timestamp(&'text str),
}

const LONG_PREFIX: &str = "tag:yaml.org,2002:";

/// Go's decoder takes any bits in the last sextet's unused part, and wants padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Resolves a scalar that has a tag or may be typed by its text (`implicit`); anything else is
/// its own text. Errors: the tag and the text disagree, or `!!binary` is not base64.
pub(crate) fn resolve<'text>(scalar: &Scalar, value: &'text str) -> Result<Value<'text>, Error> {
    let Some(tag) = &scalar.tag else {
        return Ok(if scalar.implicit { plain(value) } else { verbatim(value) });
    };
    match tag.strip_prefix(LONG_PREFIX) {
        Some("binary") => decode_binary(value),
        Some(short @ ("bool" | "int" | "float" | "null" | "timestamp")) => tagged(value, short),
        // `!!str`, and what go-yaml does not know.
        _ => Ok(verbatim(value)),
    }
}

fn verbatim(value: &str) -> Value<'_> {
    Value::String(Cow::Borrowed(value))
}

fn tagged<'text>(value: &'text str, tag: &str) -> Result<Value<'text>, Error> {
    // Only an untagged scalar, or one tagged so, is tried as a time.
    let resolved = if tag == "timestamp" { plain(value) } else { resolve_text(value, false) };
    match (tag, resolved) {
        #[expect(clippy::cast_precision_loss, reason = "`!!float` rounds, in Go too")]
        ("float", Value::Int(integer)) => Ok(Value::Float(integer as f64)),
        (_, resolved) if resolved.tag() == tag => Ok(resolved),
        (_, resolved) => {
            let found = resolved.tag();
            Err(Error::yaml(format_args!("cannot decode !!{found} `{value}` as a !!{tag}")))
        }
    }
}

fn decode_binary(value: &str) -> Result<Value<'_>, Error> {
    let digits: Vec<u8> = value.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let bytes = BASE64
        .decode(digits)
        .map_err(|_| Error::yaml("!!binary value contains invalid base64 data"))?;
    Ok(Value::String(Cow::Owned(replace_invalid(&bytes))))
}

/// What Go's JSON encoder does to a string: each byte that is no UTF-8 becomes U+FFFD.
fn replace_invalid(bytes: &[u8]) -> String {
    let mut output = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        output.push_str(chunk.valid());
        output.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    output
}

impl Value<'_> {
    /// The short name of go-yaml's tag for it.
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::Uint(_) => "int",
            Self::Float(_) => "float",
            Self::String(_) => "str",
            Self::Timestamp(_) => "timestamp",
        }
    }
}

/// Resolves an untagged plain scalar.
pub(crate) fn plain(value: &str) -> Value<'_> {
    resolve_text(value, true)
}

fn resolve_text(value: &str, times: bool) -> Value<'_> {
    match value.as_bytes().first() {
        None => Value::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(value).unwrap_or(verbatim(value))
        }
        Some(b'.') => not_finite(value)
            .or_else(|| parse_fraction(value).map(Value::Float))
            .unwrap_or(verbatim(value)),
        Some(b'0'..=b'9' | b'+' | b'-') => number(value, times),
        Some(_) => verbatim(value),
    }
}

fn word(value: &str) -> Option<Value<'static>> {
    Some(match value {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Value::Null,
        _ => return None,
    })
}

fn not_finite(value: &str) -> Option<Value<'static>> {
    Some(match value {
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(value: &str, times: bool) -> Value<'_> {
    if let Some(found) = not_finite(value) {
        return found;
    }
    if times && is_timestamp(value) {
        return Value::Timestamp(value);
    }
    let digits =
        if value.contains('_') { Cow::Owned(value.replace('_', "")) } else { Cow::Borrowed(value) };
    parse_number(&digits).unwrap_or(verbatim(value))
}

fn parse_number(digits: &str) -> Option<Value<'static>> {
    parse_int(digits)
        .map(Value::Int)
        .or_else(|| parse_uint(digits).map(Value::Uint))
        .or_else(|| parse_float(digits).map(Value::Float))
        .or_else(|| signed_binary(digits).map(Value::Int))
}

/// Go-yaml reads a sign behind `0b`, an accident of how it calls `ParseInt`.
fn signed_binary(digits: &str) -> Option<i64> {
    let rest = digits.strip_prefix("0b")?;
    match rest.as_bytes().first()? {
        b'-' => {
            let magnitude = i128::from(parse_digits(rest.get(1..)?, 2)?);
            i64::try_from(-magnitude).ok()
        }
        b'+' => i64::try_from(parse_digits(rest.get(1..)?, 2)?).ok(),
        _ => None,
    }
}

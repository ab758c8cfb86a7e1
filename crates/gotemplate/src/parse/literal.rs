//! The values of constants: Go's rules for strings, characters and numbers.
//!
//! It must not know where a constant may stand.

use super::lexer::Kind;
use super::node::Number;
use super::rune::{decode, quote};
use crate::value::Text;

/// Undoes the quotes of a `"…"` or `` `…` `` constant; nothing if it is malformed. A raw string
/// loses its carriage returns.
pub(super) fn unquote(written: &[u8]) -> Option<Vec<u8>> {
    match written {
        [b'`', body @ .., b'`'] => {
            Some(body.iter().copied().filter(|byte| *byte != b'\r').collect())
        }
        [b'"', body @ .., b'"'] => unescape(body),
        _ => None,
    }
}

fn unescape(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let (piece, tail) = read_piece(rest, b'"')?;
        match piece {
            Escaped::Byte(byte) => out.push(byte),
            Escaped::Rune(rune) => out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = tail;
    }
    Some(out)
}

/// One character of a constant. `\x80` and `\200` are bytes even where a character is meant.
enum Escaped {
    Byte(u8),
    Rune(char),
}

/// Reads one character or escape sequence between quotes.
fn read_piece(text: &[u8], quote: u8) -> Option<(Escaped, &[u8])> {
    match text {
        [b'\\', rest @ ..] => read_escape(rest, quote),
        [byte, ..] if *byte == quote || *byte == b'\n' => None,
        _ => {
            let (rune, width) = decode(text)?;
            Some((Escaped::Rune(rune), text.get(width..)?))
        }
    }
}

fn read_escape(text: &[u8], quote: u8) -> Option<(Escaped, &[u8])> {
    let (letter, rest) = text.split_first()?;
    let byte = match letter {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if *letter == quote => quote,
        b'x' => return read_byte(rest, 2, 16),
        b'0'..=b'7' => return read_byte(text, 3, 8),
        b'u' => return read_code_point(rest, 4),
        b'U' => return read_code_point(rest, 8),
        _ => return None,
    };
    Some((Escaped::Byte(byte), rest))
}

fn read_byte(text: &[u8], digits: usize, radix: u32) -> Option<(Escaped, &[u8])> {
    let (code, rest) = read_digits(text, digits, radix)?;
    Some((Escaped::Byte(u8::try_from(code).ok()?), rest))
}

fn read_code_point(text: &[u8], digits: usize) -> Option<(Escaped, &[u8])> {
    let (code, rest) = read_digits(text, digits, 16)?;
    Some((Escaped::Rune(char::from_u32(code)?), rest))
}

fn read_digits(text: &[u8], digits: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (head, rest) = text.split_at_checked(digits)?;
    let mut code = 0_u32;
    for digit in head {
        code = code.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?)?;
    }
    Some((code, rest))
}

/// The values of a number or character constant under every type that can hold it.
pub(super) fn parse_number(kind: Kind, written: &[u8]) -> Result<Number, String> {
    match kind {
        Kind::CharConstant => parse_character(written),
        Kind::Complex => parse_complex(written),
        _ => parse_real(written),
    }
}

fn parse_character(written: &[u8]) -> Result<Number, String> {
    let body = written.get(1..).unwrap_or_default();
    let (piece, tail) = read_piece(body, b'\'').ok_or("invalid syntax")?;
    if tail != b"'" {
        return Err(format!("malformed character constant: {}", String::from_utf8_lossy(written)));
    }
    let code = match piece {
        Escaped::Byte(byte) => u32::from(byte),
        Escaped::Rune(rune) => u32::from(rune),
    };
    Ok(Number {
        int: Some(i64::from(code)),
        uint: Some(u64::from(code)),
        float: Some(f64::from(code)),
        is_rune: true,
        ..no_number(written)
    })
}

fn no_number(written: &[u8]) -> Number {
    let text = Text::from(written);
    Number { text, int: None, uint: None, float: None, is_complex: false, is_rune: false }
}

/// `1+2i`: usable only if the imaginary part is zero.
fn parse_complex(written: &[u8]) -> Result<Number, String> {
    let text = String::from_utf8_lossy(written);
    let sign = text.rfind(['+', '-']).unwrap_or_default();
    let is_exponent = text.get(..sign).is_some_and(|head| head.ends_with(['e', 'E', 'p', 'P']));
    let sign = if is_exponent {
        text.get(..sign).and_then(|head| head.rfind(['+', '-']))
    } else {
        Some(sign)
    };
    let (real, imaginary) = text.split_at(sign.unwrap_or_default());
    let imaginary = imaginary.strip_suffix('i').unwrap_or(imaginary);
    if real.ends_with('i') || imaginary.len() < 2 {
        return Err("syntax error scanning complex number".to_owned());
    }
    Ok(complex(written, scan_float(real)?, scan_float(imaginary)?))
}

fn scan_float(text: &str) -> Result<f64, String> {
    parse_float(text).ok_or_else(|| {
        format!("strconv.ParseFloat: parsing {}: invalid syntax", quote(text.as_bytes()))
    })
}

fn complex(written: &[u8], real: f64, imaginary: f64) -> Number {
    let float = (imaginary == 0.0).then_some(real);
    Number {
        int: float.and_then(exact_int),
        uint: float.and_then(exact_uint),
        float,
        is_complex: true,
        ..no_number(written)
    }
}

fn parse_real(written: &[u8]) -> Result<Number, String> {
    let text = std::str::from_utf8(written).unwrap_or_default();
    if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
        return Ok(complex(written, 0.0, imaginary));
    }
    let int = parse_int(text);
    // `-0` is an unsigned zero too.
    let uint = parse_uint(text).or((int == Some(0)).then_some(0));
    if int.is_some() || uint.is_some() {
        let float = int.map(to_float).or(uint.map(to_float_unsigned));
        return Ok(Number { int, uint, float, ..no_number(written) });
    }
    let float =
        parse_float(text).ok_or_else(|| format!("illegal number syntax: {}", quote(written)))?;
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", quote(written)));
    }
    Ok(Number {
        int: exact_int(float),
        uint: exact_uint(float),
        float: Some(float),
        ..no_number(written)
    })
}

#[expect(clippy::cast_precision_loss, reason = "Go converts so")]
fn to_float(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "Go converts so")]
fn to_float_unsigned(number: u64) -> f64 {
    number as f64
}

/// The integer that a float is exactly, if it is one and fits.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn exact_int(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (float.trunc().to_bits() == float.to_bits() && (-LIMIT..LIMIT).contains(&float))
        .then_some(float as i64)
}

/// The unsigned integer that a float is exactly, if it is one and fits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn exact_uint(float: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    (float.trunc().to_bits() == float.to_bits() && (0.0..LIMIT).contains(&float))
        .then_some(float as u64)
}

/// An optional sign, and the rest.
fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn parse_int(text: &str) -> Option<i64> {
    let (is_negative, rest) = split_sign(text);
    let magnitude = parse_uint(rest)?;
    if is_negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// An unsigned integer in the base that its prefix says; a leading `0` alone means octal.
fn parse_uint(text: &str) -> Option<u64> {
    let (radix, digits) = split_base(text);
    let is_bare = digits.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    if !is_bare || !has_legal_underscores(text) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

fn split_base(text: &str) -> (u32, &str) {
    match text.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, text.get(2..).unwrap_or_default()),
        [b'0', b'o' | b'O', _, ..] => (8, text.get(2..).unwrap_or_default()),
        [b'0', b'b' | b'B', _, ..] => (2, text.get(2..).unwrap_or_default()),
        [b'0', _, ..] => (8, text.get(1..).unwrap_or_default()),
        _ => (10, text),
    }
}

/// Underscores stand between digits, or between a base prefix and a digit.
fn has_legal_underscores(text: &str) -> bool {
    if !text.contains('_') {
        return true;
    }
    let (_, text) = split_sign(text);
    let has_prefix = matches!(text.as_bytes(), [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let is_hexadecimal = matches!(text.as_bytes(), [b'0', b'x' | b'X', ..]);
    let is_digit =
        |byte: &u8| byte.is_ascii_digit() || (is_hexadecimal && byte.is_ascii_hexdigit());
    let body = if has_prefix { text.get(2..).unwrap_or_default() } else { text };
    let mut before_is_digit = has_prefix;
    let mut bytes = body.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'_' && !(before_is_digit && bytes.peek().is_some_and(is_digit)) {
            return false;
        }
        before_is_digit = is_digit(&byte);
    }
    true
}

/// A decimal or hexadecimal float; nothing if malformed or too large.
fn parse_float(text: &str) -> Option<f64> {
    if !has_legal_underscores(text) {
        return None;
    }
    let text = text.replace('_', "");
    let (is_negative, magnitude) = split_sign(&text);
    let float = match magnitude.strip_prefix("0x").or_else(|| magnitude.strip_prefix("0X")) {
        Some(digits) => parse_hexadecimal_float(digits)?,
        None if magnitude.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            magnitude.parse().ok()?
        }
        None => return None,
    };
    float.is_finite().then_some(if is_negative { -float } else { float })
}

/// `1.8p3` after its `0x`; the exponent is not optional.
fn parse_hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent = i32::try_from(exponent.parse::<i64>().ok()?.clamp(-100_000, 100_000)).ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value.mul_add(16.0, f64::from(digit.to_digit(16)?));
    }
    let places = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let shift = exponent.saturating_sub(places);
    let half = shift / 2;
    Some(value * 2.0_f64.powi(half) * 2.0_f64.powi(shift - half))
}

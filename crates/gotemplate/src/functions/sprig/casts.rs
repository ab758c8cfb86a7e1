//! Conversions to numbers, as the `cast` library does them: what does not convert is 0.
//!
//! Owns the rules for texts, booleans and floats out of range. It must not know the functions
//! that use them.

use crate::value::{IntKind, Value};

/// `cast.ToInt64`, which is `cast.ToInt` too.
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(IntKind::Duration, _) => 0,
        Value::Int(_, number) => *number,
        Value::Uint(_, number) => number.cast_signed(),
        Value::Float(_, number) => float_to_int(*number),
        Value::Bool(truth) => i64::from(*truth),
        Value::String(text) => std::str::from_utf8(text)
            .ok()
            .and_then(|text| parse_literal(trim_zeros(text)))
            .unwrap_or(0),
        _ => 0,
    }
}

/// `cast.ToFloat64`.
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(IntKind::Duration, _) => 0.0,
        Value::Int(_, number) => int_to_float(*number),
        Value::Uint(_, number) => uint_to_float(*number),
        Value::Float(_, number) => *number,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(text) => std::str::from_utf8(text).ok().and_then(parse_float).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Go's conversion of an `int64` to a `float64`.
#[expect(clippy::cast_precision_loss, reason = "Go rounds to the nearest float too")]
pub(super) fn int_to_float(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "Go rounds to the nearest float too")]
fn uint_to_float(number: u64) -> f64 {
    number as f64
}

/// Go's conversion of a `float64` to an `int64` on amd64: the smallest integer if out of range.
#[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
pub(super) fn float_to_int(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// `strconv.ParseFloat` of a decimal number; `None` where Go has an error. Underscores may stand
/// between digits.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let separates = |index: usize| {
        let before = index.checked_sub(1).and_then(|before| bytes.get(before));
        digit(before) && digit(bytes.get(index + 1))
    };
    let mut underscores = text.match_indices('_');
    if !underscores.all(|(index, _)| separates(index)) {
        return None;
    }
    let number: f64 = text.replace('_', "").parse().ok()?;
    let overflows = number.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit());
    (!overflows).then_some(number)
}

/// `5.00` as `5`: a text that is an integer but for zeros after the dot.
fn trim_zeros(text: &str) -> &str {
    match text.trim_end_matches('0').strip_suffix('.') {
        Some(whole) if text.ends_with('0') => whole,
        _ => text,
    }
}

/// `strconv.ParseInt` in base 0: decimal, `0x`, `0b`, `0o` or a leading zero for octal, with
/// underscores between digits.
pub(super) fn parse_literal(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text);
    let (radix, digits, prefixed) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?, true),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?, true),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?, true),
        [b'0', _, ..] => (8, digits.get(1..)?, true),
        _ => (10, digits, false),
    };
    let mut separated = digits.split('_').enumerate();
    if separated.any(|(index, part)| part.is_empty() && (index > 0 || !prefixed)) {
        return None;
    }
    let digits = digits.replace('_', "");
    parse_digits(negative, &digits, radix)
}

/// `strconv.ParseInt` in a given base.
pub(super) fn parse_int(text: &str, radix: u32) -> Option<i64> {
    let (negative, digits) = sign(text);
    parse_digits(negative, digits, radix)
}

/// `strconv.Atoi` without its error: out of range is the nearest integer, anything else 0.
pub(super) fn atoi(text: &str) -> i64 {
    let (negative, digits) = sign(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    let limit = if negative { i64::MIN } else { i64::MAX };
    parse_digits(negative, digits, 10).unwrap_or(limit)
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn parse_digits(negative: bool, digits: &str, radix: u32) -> Option<i64> {
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, radix).ok()?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

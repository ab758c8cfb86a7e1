//! Numbers as Go's `strconv` reads and writes them.

use std::fmt::Write as _;

/// Appends a float in Go's shortest `%g` form, with YAML's names for what is not finite.
pub(crate) fn write_float(output: &mut String, value: f64) {
    match not_finite(value) {
        Some(name) => output.push_str(name),
        None => write_decimal(output, &shortest(value)),
    }
}

/// A float that stands as a map key: sigs.k8s.io/yaml writes it with the digits of a 32-bit one.
pub(crate) fn float_key(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "sigs.k8s.io/yaml rounds to 32 bits here")]
    let narrow = value as f32;
    if let Some(name) = not_finite(f64::from(narrow)) {
        return name.to_owned();
    }
    let mut output = String::new();
    write_decimal(&mut output, &format!("{narrow:e}"));
    output
}

/// A whole number below 1e21 as Go's JSON writes it: shortest digits, padded with zeros.
pub(crate) fn whole_digits(value: f64) -> String {
    let mut output = String::new();
    let digits = shortest(value);
    let (mantissa, exponent) = split(&digits);
    write_plain(&mut output, mantissa, exponent);
    output
}

fn not_finite(value: f64) -> Option<&'static str> {
    match value {
        value if value.is_nan() => Some(".nan"),
        f64::INFINITY => Some(".inf"),
        f64::NEG_INFINITY => Some("-.inf"),
        _ => None,
    }
}

/// The shortest digits that mean the value, as `1.5e7`. Where the value lies in the middle of
/// two candidates Rust rounds up; Go takes the even digit, as printing with a precision does.
fn shortest(value: f64) -> String {
    let digits = format!("{value:e}");
    let count = split(&digits).0.bytes().filter(u8::is_ascii_digit).count();
    let even = format!("{value:.*e}", count.saturating_sub(1));
    if even.parse() == Ok(value) { even } else { digits }
}

fn split(digits: &str) -> (&str, i32) {
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    (mantissa, exponent.parse().unwrap_or(0))
}

/// Lays out shortest digits in Rust's `1.5e7` form as Go's `%g` does: an exponent of two digits
/// at least, used below 1e-4 and from 1e6
/// on.
fn write_decimal(output: &mut String, digits: &str) {
    let (mantissa, exponent) = split(digits);
    if (-4..6).contains(&exponent) {
        return write_plain(output, mantissa, exponent);
    }
    write_exponent(output, mantissa, exponent);
}

fn write_exponent(output: &mut String, mantissa: &str, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    // Writing into a string does not fail.
    let _ = write!(output, "{mantissa}e{sign}{:02}", exponent.unsigned_abs());
}

fn write_plain(output: &mut String, mantissa: &str, exponent: i32) {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(|digit| *digit != '.').collect();
    output.push_str(sign);
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    if whole == 0 {
        output.push_str("0.");
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        output.extend(std::iter::repeat_n('0', zeros));
        return output.push_str(&digits);
    }
    for place in 0..whole.max(digits.len()) {
        if place == whole {
            output.push('.');
        }
        output.push(digits.as_bytes().get(place).map_or('0', |digit| char::from(*digit)));
    }
}

/// `strconv.ParseInt` with base 0: a sign, then `0x`, `0o`, `0b`, `0` or decimal digits.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = i128::from(parse_uint(digits)?);
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// `strconv.ParseUint` with base 0.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let (base, digits) = match (bytes.first()?, bytes.get(1).map(u8::to_ascii_lowercase)) {
        (b'0', Some(b'b')) if bytes.len() > 2 => (2, text.get(2..)?),
        (b'0', Some(b'o')) if bytes.len() > 2 => (8, text.get(2..)?),
        (b'0', Some(b'x')) if bytes.len() > 2 => (16, text.get(2..)?),
        (b'0', None) => return Some(0),
        (b'0', Some(_)) => (8, text.get(1..)?),
        _ => (10, text),
    };
    parse_digits(digits, base)
}

/// Digits of one base without a sign.
pub(crate) fn parse_digits(digits: &str, base: u32) -> Option<u64> {
    // Rust takes a sign here, Go does not.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

/// A decimal float in YAML's form: no hexadecimal digits, no names, no overflow.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    if !is_decimal(text.as_bytes()) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// A float that begins with a point, where `strconv.ParseFloat` itself takes underscores, though
/// between digits only.
pub(crate) fn parse_fraction(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return parse_float(text);
    }
    let bytes = text.as_bytes();
    let is_digit = |place: Option<usize>| {
        place.and_then(|place| bytes.get(place)).is_some_and(u8::is_ascii_digit)
    };
    let misplaced = bytes.iter().enumerate().any(|(place, byte)| {
        *byte == b'_' && !(is_digit(place.checked_sub(1)) && is_digit(place.checked_add(1)))
    });
    if misplaced { None } else { parse_float(&text.replace('_', "")) }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal(text: &[u8]) -> bool {
    let rest = skip_sign(text);
    let (whole, rest) = skip_digits(rest);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => skip_digits(rest),
        _ => (0, rest),
    };
    if whole == 0 && fraction == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let (count, rest) = skip_digits(skip_sign(exponent));
            count > 0 && rest.is_empty()
        }
        _ => false,
    }
}

fn skip_sign(text: &[u8]) -> &[u8] {
    match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    }
}

fn skip_digits(text: &[u8]) -> (usize, &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count, text.get(count..).unwrap_or_default())
}

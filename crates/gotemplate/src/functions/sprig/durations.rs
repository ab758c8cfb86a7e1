//! Durations: sprig's, and those that Helm 4.2 added.
//!
//! Owns reading and rounding; [`crate::format::duration`] prints.

use super::casts::{float_to_int, int_to_float, parse_float, parse_int};
use super::dates::since;
use super::signature::{fixed, string, value};
use crate::format::{FloatForm, duration, format_float, quote};
use crate::functions::Function;
use crate::functions::Parameter::Interface;
use crate::time::{Time, quoted};
use crate::value::{IntKind, Value};

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

pub(super) const TABLE: &[Function] = &[
    fixed("duration", &[Interface], |_, a| {
        Ok(string(duration(seconds(value(a, 0)).wrapping_mul(SECOND))))
    }),
    fixed("durationRound", &[Interface], |call, a| {
        let duration = match Time::of_value(value(a, 0)) {
            Some(time) => since(call, time),
            None => plain(value(a, 0)),
        };
        Ok(string(largest_unit(duration)))
    }),
    fixed("mustToDuration", &[Interface], |_, a| Ok(nanoseconds(read(value(a, 0))?))),
    fixed("durationSeconds", &[Interface], |_, a| Ok(fraction(value(a, 0), SECOND, 1.0))),
    fixed("durationMinutes", &[Interface], |_, a| Ok(fraction(value(a, 0), MINUTE, 1.0))),
    fixed("durationHours", &[Interface], |_, a| Ok(fraction(value(a, 0), HOUR, 1.0))),
    fixed("durationDays", &[Interface], |_, a| Ok(fraction(value(a, 0), HOUR, 24.0))),
    fixed("durationWeeks", &[Interface], |_, a| {
        let days = fraction(value(a, 0), HOUR, 24.0);
        Ok(match days {
            Value::Float(kind, days) => Value::Float(kind, days / 7.0),
            other => other,
        })
    }),
    fixed("durationMilliseconds", &[Interface], |_, a| Ok(whole(value(a, 0), MILLISECOND))),
    fixed("durationMicroseconds", &[Interface], |_, a| Ok(whole(value(a, 0), MICROSECOND))),
    fixed("durationNanoseconds", &[Interface], |_, a| Ok(whole(value(a, 0), 1))),
    fixed("durationRoundTo", &[Interface, Interface], |_, a| Ok(to_multiple(a, round))),
    fixed("durationTruncateTo", &[Interface, Interface], |_, a| Ok(to_multiple(a, truncate))),
];

fn nanoseconds(number: i64) -> Value {
    Value::Int(IntKind::Duration, number)
}

/// sprig takes `int64` and texts of digits as seconds, and anything else as 0.
fn seconds(value: &Value) -> i64 {
    match value {
        Value::Int(IntKind::Int64, seconds) => *seconds,
        Value::String(text) => {
            let text = String::from_utf8_lossy(text);
            let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let limit = if text.starts_with('-') { i64::MIN } else { i64::MAX };
            parse_int(&text, 10).unwrap_or(if is_number { limit } else { 0 })
        }
        _ => 0,
    }
}

/// sprig's `durationRound` takes `int64` as nanoseconds.
fn plain(value: &Value) -> i64 {
    match value {
        Value::Int(IntKind::Int64, nanoseconds) => *nanoseconds,
        Value::String(text) => parse(text).unwrap_or(0),
        _ => 0,
    }
}

/// The largest unit that the duration exceeds: `3d`, `2mo`. The sign is lost, as in sprig.
fn largest_unit(duration: i64) -> String {
    let units =
        [(365 * DAY, "y"), (30 * DAY, "mo"), (DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let magnitude = duration.unsigned_abs();
    for (unit, name) in units {
        if magnitude > unit.unsigned_abs() {
            return format!("{}{name}", magnitude / unit.unsigned_abs());
        }
    }
    "0s".to_owned()
}

/// `time.ParseDuration`: `1h30m`, `-1.5s`, `100ms`.
///
/// Fails as Go does.
pub(super) fn parse(text: &[u8]) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, tail) = split(rest, |byte| byte.is_ascii_digit());
        let (fraction, tail) = match tail {
            [b'.', tail @ ..] => split(tail, |byte| byte.is_ascii_digit()),
            _ => (Default::default(), tail),
        };
        if number.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let number = whole_number(number).ok_or_else(invalid)?;
        let (unit, tail) = split(tail, |byte| !byte.is_ascii_digit() && byte != b'.');
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quoted(text)));
        }
        let unit = unit_of(unit).ok_or_else(|| {
            format!("time: unknown unit {} in duration {}", quoted(unit), quoted(text))
        })?;
        let term = term(number, fraction, unit).ok_or_else(invalid)?;
        total = total.checked_add(term).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
        rest = tail;
    }
    let signed = if negative { -i128::from(total) } else { i128::from(total) };
    i64::try_from(signed).map_err(|_| invalid())
}

/// Splits before the first byte that does not belong.
fn split(text: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !belongs(*byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or_default()
}

/// A number of digits, maybe none; `None` beyond 2^63.
fn whole_number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        (number <= 1 << 63).then_some(number)
    })
}

fn unit_of(unit: &[u8]) -> Option<u64> {
    Some(match str::from_utf8(unit).ok()? {
        "ns" => 1,
        "us" | "µs" | "μs" => MICROSECOND.unsigned_abs(),
        "ms" => MILLISECOND.unsigned_abs(),
        "s" => SECOND.unsigned_abs(),
        "m" => MINUTE.unsigned_abs(),
        "h" => HOUR.unsigned_abs(),
        _ => return None,
    })
}

/// A decimal number of units in whole nanoseconds; the fraction goes through a float, as in Go.
fn term(number: u64, fraction: &[u8], unit: u64) -> Option<u64> {
    let whole = number.checked_mul(unit).filter(|whole| *whole <= 1 << 63)?;
    let (mut numerator, mut scale) = (0_i64, 1.0);
    for digit in fraction {
        let next = numerator.checked_mul(10).and_then(|n| n.checked_add(i64::from(digit - b'0')));
        let Some(next) = next else { break };
        numerator = next;
        scale *= 10.0;
    }
    let unit = int_to_float(unit.cast_signed());
    let part = float_to_int(int_to_float(numerator) * (unit / scale));
    whole.checked_add(u64::try_from(part).ok()?).filter(|sum| *sum <= 1 << 63)
}

/// Helm's reading: a duration, a text of one, or a number of seconds.
fn read(value: &Value) -> Result<i64, String> {
    match value {
        Value::Int(IntKind::Duration, nanoseconds) => Ok(*nanoseconds),
        Value::String(text) => read_text(text),
        Value::Invalid | Value::Nil => Err("invalid duration".to_owned()),
        Value::Int(_, seconds) => from_seconds(*seconds),
        Value::Uint(_, seconds) => match i64::try_from(*seconds) {
            Ok(seconds) => from_seconds(seconds),
            Err(_) => Err(overflow(&seconds.to_string())),
        },
        Value::Float(_, seconds) => from_float(*seconds),
        _ => Err(format!("unsupported duration type {}", value.type_name())),
    }
}

fn read_text(text: &[u8]) -> Result<i64, String> {
    let shown = String::from_utf8_lossy(text);
    let trimmed = shown.trim();
    if trimmed.is_empty() {
        return Err("empty duration".to_owned());
    }
    if let Ok(duration) = parse(trimmed.as_bytes()) {
        return Ok(duration);
    }
    if let Some(seconds) = parse_float(trimmed) {
        return from_float(seconds);
    }
    let quoted = quote(text);
    Err(format!("could not parse duration {}", String::from_utf8_lossy(&quoted)))
}

fn from_seconds(seconds: i64) -> Result<i64, String> {
    seconds.checked_mul(SECOND).ok_or_else(|| overflow(&seconds.to_string()))
}

fn overflow(seconds: &str) -> String {
    format!("duration seconds overflow: {seconds}")
}

fn from_float(seconds: f64) -> Result<i64, String> {
    let limit = int_to_float(i64::MAX / SECOND);
    let shown = format_float(seconds, FloatForm::General, None);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {shown}"));
    }
    if seconds.abs() > limit {
        return Err(overflow(&shown));
    }
    Ok(float_to_int(seconds * int_to_float(SECOND)))
}

fn fraction(value: &Value, unit: i64, divisor: f64) -> Value {
    Value::float(fraction_of(read(value).unwrap_or(0), unit) / divisor)
}

/// Go divides whole units and the rest apart, which rounds differently from one division.
pub(crate) fn fraction_of(duration: i64, unit: i64) -> f64 {
    int_to_float(duration / unit) + int_to_float(duration % unit) / int_to_float(unit)
}

fn whole(value: &Value, unit: i64) -> Value {
    Value::int64(read(value).unwrap_or(0) / unit)
}

fn to_multiple(arguments: &[Value], convert: fn(i64, i64) -> i64) -> Value {
    let Ok(duration) = read(value(arguments, 0)) else { return nanoseconds(0) };
    match read(value(arguments, 1)) {
        Ok(multiple) if multiple > 0 => nanoseconds(convert(duration, multiple)),
        _ => nanoseconds(duration),
    }
}

/// To a multiple, towards zero.
pub(crate) fn truncate(duration: i64, multiple: i64) -> i64 {
    duration - duration % multiple
}

/// To the nearest multiple, halves away from zero, staying within what a duration can hold.
pub(crate) fn round(duration: i64, multiple: i64) -> i64 {
    let remainder = duration % multiple;
    if remainder.unsigned_abs().saturating_mul(2) < multiple.unsigned_abs() {
        return duration - remainder;
    }
    let down = duration - remainder;
    if duration < 0 { down.saturating_sub(multiple) } else { down.saturating_add(multiple) }
}

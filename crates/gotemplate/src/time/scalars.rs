//! The methods of `time.Duration`, `time.Month` and `time.Weekday`.
//!
//! It must not know how methods are looked up.

use super::SECOND;
use crate::format::{calendar_name, duration};
use crate::functions::Parameter;
use crate::functions::sprig::durations::{fraction_of, round, truncate};
use crate::value::{IntKind, Method, Value};

const MINUTE: i64 = 60 * SECOND;

/// The parameters of a method of a number of that kind.
pub(crate) fn method(kind: IntKind, name: &str) -> Option<Method> {
    let parameters: &'static [Parameter] = match (kind, name) {
        (IntKind::Month | IntKind::Weekday, "String")
        | (
            IntKind::Duration,
            "Abs" | "Hours" | "Microseconds" | "Milliseconds" | "Minutes" | "Nanoseconds"
            | "Seconds" | "String",
        ) => &[],
        (IntKind::Duration, "Round" | "Truncate") => &[Parameter::Duration],
        _ => return None,
    };
    Some(Method { parameters, variadic: None })
}

/// Calls a method with checked arguments.
pub(crate) fn run(kind: IntKind, number: i64, name: &str, arguments: &[Value]) -> Value {
    let multiple = match arguments.first() {
        Some(Value::Int(_, multiple)) if *multiple > 0 => *multiple,
        _ => 1,
    };
    let nanoseconds = |number| Value::Int(IntKind::Duration, number);
    match (kind, name) {
        (IntKind::Duration, "String") => Value::from(duration(number)),
        (_, "String") => Value::from(calendar_name(kind, number)),
        (_, "Abs") => nanoseconds(number.saturating_abs()),
        (_, "Round") => nanoseconds(round(number, multiple)),
        (_, "Truncate") => nanoseconds(truncate(number, multiple)),
        (_, "Hours") => Value::float(fraction_of(number, 60 * MINUTE)),
        (_, "Minutes") => Value::float(fraction_of(number, MINUTE)),
        (_, "Seconds") => Value::float(fraction_of(number, SECOND)),
        (_, "Milliseconds") => Value::int64(number / 1_000_000),
        (_, "Microseconds") => Value::int64(number / 1_000),
        _ => Value::int64(number),
    }
}

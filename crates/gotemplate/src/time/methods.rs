//! The methods of `time.Time` that templates can call.
//!
//! Those with several results are known so that their call fails as Go's does; those that write
//! binary data or change the time in place are not there.

use super::object::{Location, text_of, zone_of};
use super::{SECOND, Time, Zone};
use crate::functions::{Failure, Parameter};
use crate::value::{IntKind, Method, Text, Value};
use std::cmp::Ordering;

const TIME: Parameter = Parameter::Object("time.Time");

/// The parameters of a method.
pub(super) fn method(name: &str) -> Option<Method> {
    let parameters: &'static [Parameter] = match name {
        "Clock" | "Date" | "Day" | "GoString" | "Hour" | "ISOWeek" | "IsDST" | "IsZero"
        | "Local" | "Location" | "MarshalJSON" | "MarshalText" | "Minute" | "Month"
        | "Nanosecond" | "Second" | "String" | "UTC" | "Unix" | "UnixMicro" | "UnixMilli"
        | "UnixNano" | "Weekday" | "Year" | "YearDay" | "Zone" | "ZoneBounds" => &[],
        "After" | "Before" | "Compare" | "Equal" | "Sub" => &[TIME],
        "Add" | "Round" | "Truncate" => &[Parameter::Duration],
        "AddDate" => &[Parameter::Int, Parameter::Int, Parameter::Int],
        "Format" => &[Parameter::String],
        "In" => &[Parameter::Object(Location::TYPE_NAME)],
        _ => return None,
    };
    Some(Method { parameters, variadic: None })
}

/// Calls a method with checked arguments.
pub(super) fn run(time: &Time, name: &str, arguments: &[Value]) -> Result<Value, Failure> {
    let first = arguments.first().unwrap_or(&Value::Nil);
    if let Some(number) = number(time, name) {
        return Ok(number);
    }
    Ok(match name {
        "GoString" => Value::from(time.source()),
        "String" => Value::from(time.text()),
        "Format" => Value::string(time.format(&text_of(first))),
        "IsDST" => time.zone.at(time.seconds).is_summer.into(),
        "IsZero" => (time.total() == 0).into(),
        "Local" => time.clone().within(Zone::Local(time.local.clone())).into_value(),
        "Location" => time.zone.clone().into(),
        "MarshalJSON" => {
            let text = time.rfc_3339("Time.MarshalJSON: ")?;
            Value::Bytes(Text::from([b"\"", text.as_slice(), b"\""].concat()))
        }
        "MarshalText" => Value::Bytes(Text::from(time.rfc_3339("Time.MarshalText: ")?)),
        "UTC" => time.clone().within(Zone::Utc).into_value(),
        "In" => match zone_of(first) {
            Some(zone) => time.clone().within(zone.clone()).into_value(),
            None => return Err("time: missing Location in call to Time.In".into()),
        },
        "Add" => time.plus(whole(first)).into_value(),
        "Round" => time.rounded(whole(first)).into_value(),
        "Truncate" => time.truncated(whole(first)).into_value(),
        "AddDate" => {
            let part = |index| arguments.get(index).map_or(0, whole);
            time.plus_date(part(0), part(1), part(2)).into_value()
        }
        "After" | "Before" | "Compare" | "Equal" | "Sub" => return compared(time, name, first),
        _ => return Err(results(name).unwrap_or_default().into()),
    })
}

/// The methods that tell a part of the time.
fn number(time: &Time, name: &str) -> Option<Value> {
    let nanoseconds = i64::from(time.nanoseconds);
    let unix = |unit: i64| {
        let parts = nanoseconds / (SECOND / unit);
        Value::int64(time.seconds.wrapping_mul(unit).wrapping_add(parts))
    };
    Some(match name {
        "Unix" => Value::int64(time.seconds),
        "UnixMilli" => unix(1_000),
        "UnixMicro" => unix(1_000_000),
        "UnixNano" => unix(SECOND),
        "Nanosecond" => Value::int(nanoseconds),
        "Year" => Value::int(time.shown().1.date.year),
        "Month" => Value::Int(IntKind::Month, time.shown().1.date.month),
        "Day" => Value::int(time.shown().1.date.day),
        "YearDay" => Value::int(time.shown().1.date.day_of_year()),
        "Weekday" => Value::Int(IntKind::Weekday, time.shown().1.weekday),
        "Hour" => Value::int(time.shown().1.hour),
        "Minute" => Value::int(time.shown().1.minute),
        "Second" => Value::int(time.shown().1.second),
        _ => return None,
    })
}

fn compared(time: &Time, name: &str, other: &Value) -> Result<Value, Failure> {
    let Some(other) = Time::of_value(other) else {
        return Err("runtime error: invalid memory address or nil pointer dereference".into());
    };
    let ordering = time.compared(other);
    Ok(match name {
        "After" => (ordering == Ordering::Greater).into(),
        "Before" => (ordering == Ordering::Less).into(),
        "Equal" => (ordering == Ordering::Equal).into(),
        "Sub" => Value::Int(IntKind::Duration, time.since(other)),
        _ => Value::int(match ordering {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }),
    })
}

fn whole(value: &Value) -> i64 {
    match value {
        Value::Int(_, number) => *number,
        _ => 0,
    }
}

/// What a template is told that calls a method with several results.
pub(super) fn results(name: &str) -> Option<String> {
    let second = match name {
        "ISOWeek" | "Zone" => "int",
        "ZoneBounds" => "time.Time",
        "Clock" | "Date" => {
            return Some(format!("function {name} has 3 return values; should be 1 or 2"));
        }
        _ => return None,
    };
    Some(format!(
        "invalid function signature for {name}: second return value should be error; is {second}"
    ))
}

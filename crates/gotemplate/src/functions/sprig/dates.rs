//! Dates: `now`, formatting, reading and shifting.
//!
//! Owns what each function takes for a date. The moment and the local zone come from the call;
//! [`crate::time`] knows layouts and zones.

use super::durations;
use super::signature::{fixed, string, text, value};
use crate::execute::Call;
use crate::format::duration;
use crate::functions::Parameter::{Interface, Object, String};
use crate::functions::{Failure, Function, Parameter};
use crate::time::{SECOND, Time, Zone};
use crate::value::{IntKind, Value};

const TIME: Parameter = Object("time.Time");

pub(super) const TABLE: &[Function] = &[
    fixed("now", &[], |call, _| Ok(Time::now(&call.now()).into_value())),
    fixed("ago", &[Interface], |call, a| Ok(string(ago(call, value(a, 0))))),
    fixed("date", &[String, Interface], |call, a| written(call, text(a, 0), value(a, 1), b"Local")),
    fixed("dateInZone", &[String, Interface, String], in_zone),
    fixed("date_in_zone", &[String, Interface, String], in_zone),
    fixed("htmlDate", &[Interface], |call, a| written(call, HTML, value(a, 0), b"Local")),
    fixed("htmlDateInZone", &[Interface, String], |call, a| {
        written(call, HTML, value(a, 0), text(a, 1))
    }),
    fixed("dateModify", &[String, TIME], modify),
    fixed("date_modify", &[String, TIME], modify),
    fixed("mustDateModify", &[String, TIME], must_modify),
    fixed("must_date_modify", &[String, TIME], must_modify),
    fixed("toDate", &[String, String], |call, a| {
        let read = read(call, text(a, 0), text(a, 1));
        Ok(read.unwrap_or_else(|_| Time::zero(call.local_zone())).into_value())
    }),
    fixed("mustToDate", &[String, String], |call, a| {
        Ok(read(call, text(a, 0), text(a, 1))?.into_value())
    }),
    fixed("unixEpoch", &[TIME], |_, a| {
        Ok(string(Time::of_value(value(a, 0)).map_or(0, Time::seconds).to_string()))
    }),
];

/// What `<input type="date">` takes.
const HTML: &[u8] = b"2006-01-02";

fn in_zone(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    written(call, text(arguments, 0), value(arguments, 1), text(arguments, 2))
}

/// A date in a zone; an unknown zone is UTC.
#[expect(clippy::unnecessary_wraps, reason = "the result of the functions that end in it")]
fn written(call: &Call<'_>, layout: &[u8], date: &Value, zone: &[u8]) -> Result<Value, Failure> {
    let time = match date {
        Value::Int(IntKind::Int32, seconds) => Time::unix(*seconds, call.local_zone()),
        date => date_of(call, date),
    };
    Ok(string(time.within_named(zone, call.local_zone()).format(layout)))
}

/// A time, or seconds since the epoch; whatever else is now, floats of values files too.
fn date_of(call: &Call<'_>, date: &Value) -> Time {
    match date {
        Value::Int(IntKind::Int | IntKind::Int64, seconds) => {
            Time::unix(*seconds, call.local_zone())
        }
        date => Time::of_value(date).cloned().unwrap_or_else(|| Time::now(&call.now())),
    }
}

/// How long a date is past, to the second.
fn ago(call: &Call<'_>, date: &Value) -> std::string::String {
    let past = Time::now(&call.now()).since(&date_of(call, date));
    duration(durations::round(past, SECOND))
}

/// How long a time is past.
pub(super) fn since(call: &Call<'_>, time: &Time) -> i64 {
    Time::now(&call.now()).since(time)
}

#[expect(clippy::unnecessary_wraps, reason = "the type of every function body")]
fn modify(_: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let date = value(arguments, 1);
    let Ok(duration) = durations::parse(text(arguments, 0)) else { return Ok(date.clone()) };
    Ok(plus(date, duration))
}

fn must_modify(_: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let duration = durations::parse(text(arguments, 0))?;
    Ok(plus(value(arguments, 1), duration))
}

fn plus(date: &Value, duration: i64) -> Value {
    Time::of_value(date).map_or(Value::Nil, |time| time.plus(duration).into_value())
}

fn read(call: &Call<'_>, layout: &[u8], text: &[u8]) -> Result<Time, std::string::String> {
    let local = call.local_zone();
    Time::parse(layout, text, &Zone::Local(local.clone()), local)
}

//! Go's `fmt`: how values are printed, and `printf`'s verbs.
//!
//! Owns everything from a value to its text. It must not know which template or function asks.

mod directive;
mod float;
mod printable;
mod printer;
mod quote;
pub(crate) mod runes;

use crate::time::names::{MONTHS, WEEKDAYS, named};
use crate::value::{IntKind, List, Value};
pub use float::{FloatForm, format_float};
pub(crate) use printable::is_printable;
use printer::Printer;
pub(crate) use quote::can_backquote;
pub use quote::quote;

/// The most that the functions without a limit print; beyond it they print nothing.
const MAX_OUTPUT: usize = 256 << 20;

/// What an action writes for a value: `fmt.Fprint` of it, `<no value>` for an absent one.
pub fn print(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Invalid | Value::Nil => out.extend_from_slice(b"<no value>"),
        Value::String(text) => out.extend_from_slice(text),
        Value::Object(object) => out.extend_from_slice(object.print_in_action().as_bytes()),
        _ => out.extend_from_slice(&sprint(std::slice::from_ref(value))),
    }
}

/// `fmt.Sprint`: a space between two operands when neither is a string.
pub fn sprint(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::new(MAX_OUTPUT);
    let mut after_string = true;
    for value in values {
        let is_string = matches!(value, Value::String(_));
        if !is_string && !after_string {
            printer.raw(b" ");
        }
        printer.operand(value, 'v');
        after_string = is_string;
    }
    printer.finish().unwrap_or_default()
}

/// `fmt.Sprintln`: a space between all operands, and a newline.
pub fn sprintln(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::new(MAX_OUTPUT);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.raw(b" ");
        }
        printer.operand(value, 'v');
    }
    printer.raw(b"\n");
    printer.finish().unwrap_or_default()
}

/// `fmt.Sprintf`, for formats and operands that the host knows. See [`sprintf_within`] for others.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Vec<u8> {
    directive::sprintf(format, arguments, MAX_OUTPUT).unwrap_or_default()
}

/// `fmt.Sprintf` of what a template asks for; `None` if it would print more than `limit` bytes.
/// A width may be a million, for each item of a list, for each of many verbs.
pub fn sprintf_within(format: &[u8], arguments: &[Value], limit: usize) -> Option<Vec<u8>> {
    directive::sprintf(format, arguments, limit)
}

/// `time.Duration.String`: `1h30m0s`, `1.5s`, `250ms`.
pub fn duration(nanoseconds: i64) -> String {
    let magnitude = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let body = match magnitude {
        0 => "0s".to_owned(),
        1..1_000 => format!("{magnitude}ns"),
        1_000..1_000_000 => format!("{}µs", decimal_fraction(magnitude, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal_fraction(magnitude, 1_000_000)),
        _ => clock(magnitude),
    };
    format!("{sign}{body}")
}

/// `time.Month.String` or `time.Weekday.String`: the name, `%!Month(13)` if there is none.
pub(crate) fn calendar_name(kind: IntKind, number: i64) -> String {
    let (type_name, name) = match kind {
        IntKind::Weekday => ("Weekday", named(&WEEKDAYS, number)),
        _ => ("Month", named(&MONTHS, number.wrapping_sub(1))),
    };
    name.map_or_else(|| format!("%!{type_name}({})", number.cast_unsigned()), str::to_owned)
}

fn clock(nanoseconds: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    let minutes = nanoseconds / (60 * SECOND);
    let seconds = decimal_fraction(nanoseconds % (60 * SECOND), SECOND);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// `number / unit` in decimal without trailing zeros, for a unit that is a power of ten.
fn decimal_fraction(number: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", number % unit);
    match fraction.trim_end_matches('0') {
        "" => format!("{}", number / unit),
        fraction => format!("{}.{fraction}", number / unit),
    }
}

/// Counts what printing or encoding `value` would visit: one for each value and each 64 bytes of
/// text. For functions that charge the budget before they begin.
///
/// Errors with Go's stack overflow in view: a map that contains itself, or a value nested deeper
/// than 400 levels, or larger than `limit`.
pub(crate) fn weigh(value: &Value, limit: u64) -> Result<u64, &'static str> {
    let mut weight = 0;
    weigh_into(value, limit, 0, &mut weight)?;
    Ok(weight)
}

fn weigh_into(value: &Value, limit: u64, depth: u32, weight: &mut u64) -> Result<(), &'static str> {
    if depth > 400 {
        return Err("a value is nested too deep or contains itself");
    }
    if *weight > limit {
        return Err("a value is too large to print");
    }
    *weight += 1;
    match value {
        Value::String(text) | Value::Bytes(text) => *weight += (text.len() / 64) as u64,
        Value::List(list) => weigh_list(list, limit, depth, weight)?,
        Value::Map(map) => {
            for item in map.borrow().values() {
                weigh_into(item, limit, depth + 1, weight)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn weigh_list(list: &List, limit: u64, depth: u32, weight: &mut u64) -> Result<(), &'static str> {
    list.iter().try_for_each(|item| weigh_into(item, limit, depth + 1, weight))
}

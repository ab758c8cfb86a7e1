//! The objects that templates see: `time.Time` and `*time.Location`.
//!
//! Owns how they are printed, encoded and compared. It must not know the methods.

use super::methods::{method, results, run};
use super::names::{MONTHS, named};
use super::write::number;
use super::{SECOND, Time, Zone};
use crate::functions::{Failure, Parameter};
use crate::value::{Method, Object, Text, Value};
use std::any::Any;
use std::rc::Rc;

/// The layout that `Time.String` writes.
const STRING: &[u8] = b"2006-01-02 15:04:05.999999999 -0700 MST";

/// What JSON and other texts have times in.
const RFC_3339: &[u8] = b"2006-01-02T15:04:05.999999999Z07:00";

impl Time {
    /// The time as a value of a template.
    pub fn into_value(self) -> Value {
        Value::Object(Rc::new(self))
    }

    /// The time that a value is.
    pub fn of_value(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// `Time.String`
    pub(crate) fn text(&self) -> String {
        let mut text = self.format(STRING);
        if let Some(clock) = self.clock {
            text.extend_from_slice(if clock < 0 { b" m=-" } else { b" m=+" });
            let second = SECOND.unsigned_abs();
            let clock = clock.unsigned_abs();
            let seconds = clock / second;
            text.extend_from_slice(format!("{seconds}.{:09}", clock % second).as_bytes());
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// `Time.GoString`
    pub(super) fn source(&self) -> String {
        let shown = self.shown().1;
        let mut out = b"time.Date(".to_vec();
        number(shown.date.year, 0, &mut out);
        let month = named(&MONTHS, shown.date.month - 1).unwrap_or_default();
        out.extend_from_slice(format!(", time.{month}").as_bytes());
        let clock = [shown.date.day, shown.hour, shown.minute, shown.second];
        for part in clock.into_iter().chain([i64::from(self.nanoseconds)]) {
            out.extend_from_slice(b", ");
            number(part, 0, &mut out);
        }
        let zone = match &self.zone {
            Zone::Utc => "time.UTC".to_owned(),
            Zone::Local(_) => "time.Local".to_owned(),
            zone => format!("time.Location({})", super::quoted(&zone.name())),
        };
        format!("{}, {zone})", String::from_utf8_lossy(&out))
    }

    /// The time as RFC 3339 has it, with `what` before the reason if it has it not.
    pub fn rfc_3339(&self, what: &str) -> Result<Vec<u8>, String> {
        let (reading, shown) = self.shown();
        let minutes = reading.offset / 60;
        if !(0..=9999).contains(&shown.date.year) {
            return Err(format!("{what}year outside of range [0,9999]"));
        }
        if minutes.abs() / 60 >= 24 {
            return Err(format!("{what}timezone hour outside of range [0,23]"));
        }
        Ok(self.format(RFC_3339))
    }
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn method(&self, name: &str) -> Option<Method> {
        method(name)
    }

    fn unusable(&self, name: &str) -> Option<String> {
        results(name)
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, Failure> {
        run(self, name, arguments)
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn hides(&self, name: &str) -> bool {
        matches!(name, "wall" | "ext" | "loc")
    }

    fn print(&self) -> String {
        self.text()
    }

    fn source(&self) -> Option<String> {
        Some(self.source())
    }

    fn encode(&self) -> Option<Value> {
        self.rfc_3339("").ok().map(Value::string)
    }

    fn refusal(&self) -> String {
        let reason = self.rfc_3339("Time.MarshalJSON: ").err().unwrap_or_default();
        format!("json: error calling MarshalJSON for type time.Time: {reason}")
    }

    fn equals(&self, other: &dyn Object, is_deep: bool) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>()?;
        let are_same = |time: &Self| (time.seconds, time.nanoseconds, time.clock);
        let zones =
            if is_deep { self.zone.is_alike(&other.zone) } else { self.zone.is_same(&other.zone) };
        Some(zones && are_same(self) == are_same(other))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `*time.Location`
pub(super) struct Location(pub(super) Zone);

impl Location {
    pub(super) const TYPE_NAME: &str = "*time.Location";
}

impl Object for Location {
    fn type_name(&self) -> &'static str {
        Self::TYPE_NAME
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn method(&self, name: &str) -> Option<Method> {
        const NONE: &[Parameter] = &[];
        (name == "String").then_some(Method { parameters: NONE, variadic: None })
    }

    fn call(&self, _name: &str, _arguments: &[Value]) -> Result<Value, Failure> {
        Ok(Value::String(self.0.name()))
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn print(&self) -> String {
        self.0.name().to_str_lossy().into_owned()
    }

    fn is_true(&self) -> bool {
        true
    }

    /// A struct without a public field.
    fn encode(&self) -> Option<Value> {
        Some(Value::Map(crate::value::Map::default()))
    }

    fn equals(&self, other: &dyn Object, _is_deep: bool) -> Option<bool> {
        other.as_any().downcast_ref::<Self>().map(|other| self.0.is_same(&other.0))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl From<Zone> for Value {
    fn from(zone: Zone) -> Self {
        Self::Object(Rc::new(Location(zone)))
    }
}

/// The zone that a `*time.Location` argument is.
pub(super) fn zone_of(value: &Value) -> Option<&Zone> {
    match value {
        Value::Object(object) => {
            object.as_any().downcast_ref::<Location>().map(|location| &location.0)
        }
        _ => None,
    }
}

/// The text of a `Text` argument.
pub(super) fn text_of(value: &Value) -> Text {
    match value {
        Value::String(text) => text.clone(),
        _ => Text::default(),
    }
}

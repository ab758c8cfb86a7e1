//! Writes times under a layout.
//!
//! It must not know zones beyond their abbreviation and offset.

use super::Time;
use super::civil::Date;
use super::layout::{Element, Form, Padding, next_chunk};
use super::names::{MONTHS, WEEKDAYS, named};
use super::zone::Reading;

impl Time {
    /// `Time.Format`
    pub fn format(&self, layout: &[u8]) -> Vec<u8> {
        let (reading, shown) = self.shown();
        let writer = Writer { reading, date: shown.date, shown, nanoseconds: self.nanoseconds };
        let mut out = Vec::with_capacity(layout.len() + 8);
        let mut rest = layout;
        loop {
            let chunk = next_chunk(rest);
            out.extend_from_slice(chunk.literal);
            let Some((element, _)) = chunk.element else { return out };
            writer.element(element, &mut out);
            rest = chunk.rest;
        }
    }
}

/// What the calendar and the clock of the time's zone show.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) date: Date,
    /// 0 is Sunday.
    pub(super) weekday: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

struct Writer {
    reading: Reading,
    date: Date,
    shown: Shown,
    nanoseconds: u32,
}

impl Writer {
    fn element(&self, element: Element, out: &mut Vec<u8>) {
        let shown = &self.shown;
        match element {
            Element::Year { is_long: true } => number(self.date.year, 4, out),
            Element::Year { is_long: false } => number(self.date.year.abs() % 100, 2, out),
            Element::MonthName { is_long } => name(&MONTHS, self.date.month - 1, is_long, out),
            Element::Month { padding } => padded(self.date.month, padding, 2, out),
            Element::WeekdayName { is_long } => name(&WEEKDAYS, shown.weekday, is_long, out),
            Element::Day { padding } => padded(self.date.day, padding, 2, out),
            Element::DayOfYear { padding } => padded(self.date.day_of_year(), padding, 3, out),
            Element::Hour => number(shown.hour, 2, out),
            Element::Hour12 { padding } => padded((shown.hour + 11) % 12 + 1, padding, 2, out),
            Element::Minute { padding } => padded(shown.minute, padding, 2, out),
            Element::Second { padding } => padded(shown.second, padding, 2, out),
            Element::Half { is_upper } => {
                let half = if shown.hour >= 12 { *b"pm" } else { *b"am" };
                let cased = |byte: u8| if is_upper { byte.to_ascii_uppercase() } else { byte };
                out.extend(half.map(cased));
            }
            Element::Abbreviation => self.abbreviation(out),
            Element::Offset { form, is_z_for_utc } => self.offset(form, is_z_for_utc, out),
            Element::Fraction { digits, separator, is_trimmed } => {
                self.fraction(digits, separator, is_trimmed, out);
            }
        }
    }

    /// A zone without a name is written by its offset.
    fn abbreviation(&self, out: &mut Vec<u8>) {
        if self.reading.abbreviation.is_empty() {
            self.offset(Form::Minutes, false, out);
        } else {
            out.extend_from_slice(&self.reading.abbreviation);
        }
    }

    /// Whole minutes decide the sign, and seconds have their own: Go's way.
    fn offset(&self, form: Form, is_z_for_utc: bool, out: &mut Vec<u8>) {
        let offset = self.reading.offset;
        if is_z_for_utc && offset == 0 {
            return out.push(b'Z');
        }
        let minutes = offset / 60;
        out.push(if minutes < 0 { b'-' } else { b'+' });
        let seconds = if minutes < 0 { -offset } else { offset };
        let minutes = minutes.abs();
        let colon: &[u8] =
            if matches!(form, Form::ColonMinutes | Form::ColonSeconds) { b":" } else { b"" };
        number(minutes / 60, 2, out);
        if form != Form::Hours {
            out.extend_from_slice(colon);
            number(minutes % 60, 2, out);
        }
        if matches!(form, Form::Seconds | Form::ColonSeconds) {
            out.extend_from_slice(colon);
            number(seconds % 60, 2, out);
        }
    }

    fn fraction(&self, digits: usize, separator: u8, is_trimmed: bool, out: &mut Vec<u8>) {
        let written = format!("{:09}", self.nanoseconds);
        let written = written.get(..digits).unwrap_or(&written);
        let written = if is_trimmed { written.trim_end_matches('0') } else { written };
        if !is_trimmed || !written.is_empty() {
            out.push(separator);
            out.extend_from_slice(written.as_bytes());
        }
    }
}

/// A number with leading zeros, which do not count a sign.
pub(super) fn number(number: i64, width: usize, out: &mut Vec<u8>) {
    let sign = if number < 0 { "-" } else { "" };
    out.extend_from_slice(format!("{sign}{:0width$}", number.unsigned_abs()).as_bytes());
}

fn padded(value: i64, padding: Padding, width: usize, out: &mut Vec<u8>) {
    match padding {
        Padding::None => number(value, 0, out),
        Padding::Zero => number(value, width, out),
        Padding::Space => out.extend_from_slice(format!("{value:width$}").as_bytes()),
    }
}

fn name(names: &[&str], index: i64, is_long: bool, out: &mut Vec<u8>) {
    let name = named(names, index).unwrap_or_default();
    let length = if is_long { name.len() } else { 3 };
    out.extend_from_slice(name.get(..length).unwrap_or(name).as_bytes());
}

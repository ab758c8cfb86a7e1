//! Reads times under a layout, with Go's tolerance and Go's words.
//!
//! It must not know which zone is local; that is handed in.

use super::Time;
use super::civil::{Date, days_before, days_in, is_leap};
use super::layout::{Chunk, Element, Form, Padding, next_chunk};
use super::names::{MONTHS, WEEKDAYS};
use super::zone::Zone;
use jiff::tz::TimeZone;

/// Why an element cannot be read.
enum Refusal {
    /// What stands there is something else.
    Bad,
    /// A number is too large for what it means.
    Range(&'static str),
}

type Read<T> = Result<T, Refusal>;

impl Time {
    /// `time.ParseInLocation`; the zone is [`Zone::Local`] for functions of templates.
    ///
    /// Fails as Go does.
    pub(crate) fn parse(
        layout: &[u8],
        text: &[u8],
        zone: &Zone,
        local: &TimeZone,
    ) -> Result<Self, String> {
        let mut reader = Reader { text, rest: text, layout, found: Found::default() };
        let mut ahead = layout;
        loop {
            let chunk = next_chunk(ahead);
            let Some(rest) = skip(reader.rest, chunk.literal) else {
                let at = reader.rest_at_mismatch(chunk.literal);
                return Err(reader.mismatch(chunk.literal, at));
            };
            reader.rest = rest;
            ahead = chunk.rest;
            let Some((element, written)) = chunk.element else { break };
            let before = reader.rest;
            match reader.element(element, &next_chunk(ahead)) {
                Ok(()) => {}
                Err(Refusal::Bad) => return Err(reader.mismatch(written, before)),
                Err(Refusal::Range(what)) => {
                    return Err(reader.complaint(&format!("{what} out of range")));
                }
            }
        }
        if !reader.rest.is_empty() {
            return Err(reader.complaint(&format!("extra text: {}", quoted(reader.rest))));
        }
        let date = reader.found.date().map_err(|what| reader.complaint(what))?;
        Ok(reader.found.time(date, zone, local))
    }
}

struct Reader<'t> {
    layout: &'t [u8],
    text: &'t [u8],
    rest: &'t [u8],
    found: Found<'t>,
}

/// What was read so far.
#[derive(Default)]
struct Found<'t> {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    is_afternoon: Option<bool>,
    is_utc: bool,
    offset: Option<i64>,
    abbreviation: &'t [u8],
}

impl<'t> Reader<'t> {
    fn mismatch(&self, wanted: &[u8], found: &[u8]) -> String {
        let (text, layout) = (quoted(self.text), quoted(self.layout));
        let (wanted, found) = (quoted(wanted), quoted(found));
        format!("parsing time {text} as {layout}: cannot parse {found} as {wanted}")
    }

    fn complaint(&self, what: &str) -> String {
        format!("parsing time {}: {what}", quoted(self.text))
    }

    /// How far the text agrees with a literal part of the layout.
    fn rest_at_mismatch(&self, literal: &[u8]) -> &'t [u8] {
        skip_while_equal(self.rest, literal).1
    }

    fn element(&mut self, element: Element, next: &Chunk<'_>) -> Read<()> {
        match element {
            Element::Year { is_long } => self.year(is_long)?,
            Element::MonthName { is_long } => {
                self.found.month = Some(self.name(&MONTHS, is_long)? + 1);
            }
            Element::WeekdayName { is_long } => {
                self.name(&WEEKDAYS, is_long)?;
            }
            Element::Month { padding } => {
                self.found.month = Some(self.within("month", 1, 12, padding)?);
            }
            Element::Day { padding } => self.day(padding)?,
            Element::DayOfYear { padding } => self.day_of_year(padding)?,
            Element::Hour => self.found.hour = self.within("hour", 0, 23, Padding::None)?,
            Element::Hour12 { padding } => {
                self.found.hour = self.within("hour", 0, 12, padding)?;
            }
            Element::Minute { padding } => {
                self.found.minute = self.within("minute", 0, 59, padding)?;
            }
            Element::Second { padding } => self.second(padding, next)?,
            Element::Half { is_upper } => self.half(is_upper)?,
            Element::Abbreviation => self.abbreviation()?,
            Element::Offset { form, is_z_for_utc } => self.offset(form, is_z_for_utc)?,
            Element::Fraction { digits, is_trimmed, .. } => self.fraction(digits, is_trimmed)?,
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Read<&'t [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Refusal::Bad)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One or two digits; exactly two where the layout has a leading zero.
    fn number(&mut self, padding: Padding) -> Read<i64> {
        let digits = self.rest.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits == 1 && padding == Padding::Zero {
            return Err(Refusal::Bad);
        }
        integer(self.take(digits)?)
    }

    fn within(&mut self, what: &'static str, least: i64, most: i64, padding: Padding) -> Read<i64> {
        let number = self.number(padding)?;
        if (least..=most).contains(&number) { Ok(number) } else { Err(Refusal::Range(what)) }
    }

    fn year(&mut self, is_long: bool) -> Read<()> {
        if is_long && !self.rest.first().is_some_and(u8::is_ascii_digit) {
            return Err(Refusal::Bad);
        }
        let number = integer(self.take(if is_long { 4 } else { 2 })?)?;
        self.found.year = match number {
            number if is_long => number,
            69.. => number + 1900,
            _ => number + 2000,
        };
        Ok(())
    }

    /// The index of a name, in any case.
    fn name(&mut self, names: &[&str], is_long: bool) -> Read<i64> {
        for (index, name) in (0..).zip(names) {
            let name = name.get(..if is_long { name.len() } else { 3 }).unwrap_or(name);
            let head = self.rest.get(..name.len());
            if head.is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes())) {
                self.take(name.len())?;
                return Ok(index);
            }
        }
        Err(Refusal::Bad)
    }

    fn spaces(&mut self, padding: Padding, most: usize) {
        for _ in 0..most {
            if let Some(rest) = self.rest.strip_prefix(b" ").filter(|_| padding == Padding::Space) {
                self.rest = rest;
            }
        }
    }

    fn day(&mut self, padding: Padding) -> Read<()> {
        self.spaces(padding, 1);
        self.found.day = Some(self.number(padding)?);
        Ok(())
    }

    fn day_of_year(&mut self, padding: Padding) -> Read<()> {
        self.spaces(padding, 2);
        let digits = self.rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits < 3 && padding == Padding::Zero {
            return Err(Refusal::Bad);
        }
        self.found.day_of_year = Some(integer(self.take(digits)?)?);
        Ok(())
    }

    /// A fraction is taken even where the layout has none.
    fn second(&mut self, padding: Padding, next: &Chunk<'_>) -> Read<()> {
        self.found.second = self.within("second", 0, 59, padding)?;
        let is_expected = matches!(next.element, Some((Element::Fraction { .. }, _)));
        if is_expected { Ok(()) } else { self.any_fraction() }
    }

    fn any_fraction(&mut self) -> Read<()> {
        let [b'.' | b',', digits @ ..] = self.rest else { return Ok(()) };
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return Ok(());
        }
        let written = self.take(1 + length)?;
        self.found.nanoseconds = nanoseconds(written)?;
        Ok(())
    }

    fn fraction(&mut self, digits: usize, is_trimmed: bool) -> Read<()> {
        if is_trimmed {
            return self.any_fraction();
        }
        let written = self.take(1 + digits)?;
        self.found.nanoseconds = nanoseconds(written)?;
        Ok(())
    }

    fn half(&mut self, is_upper: bool) -> Read<()> {
        self.found.is_afternoon = match (self.take(2)?, is_upper) {
            (b"PM", true) | (b"pm", false) => Some(true),
            // Once the afternoon was told, the morning no longer counts.
            (b"AM", true) | (b"am", false) => Some(self.found.is_afternoon == Some(true)),
            _ => return Err(Refusal::Bad),
        };
        Ok(())
    }

    fn abbreviation(&mut self) -> Read<()> {
        if let Some(rest) = self.rest.strip_prefix(b"UTC") {
            self.rest = rest;
            self.found.is_utc = true;
            return Ok(());
        }
        let length = abbreviation_length(self.rest).ok_or(Refusal::Bad)?;
        self.found.abbreviation = self.take(length)?;
        Ok(())
    }

    fn offset(&mut self, form: Form, is_z_for_utc: bool) -> Read<()> {
        if let Some(rest) = self.rest.strip_prefix(b"Z").filter(|_| is_z_for_utc) {
            self.rest = rest;
            self.found.is_utc = true;
            return Ok(());
        }
        let (length, minutes, seconds, has_colons) = match form {
            Form::Hours => (3, None, None, false),
            Form::Minutes => (5, Some(3), None, false),
            Form::ColonMinutes => (6, Some(4), None, true),
            Form::Seconds => (7, Some(3), Some(5), false),
            Form::ColonSeconds => (9, Some(4), Some(7), true),
        };
        let written = self.rest.get(..length).ok_or(Refusal::Bad)?;
        let is_colon =
            |index: Option<usize>| index.is_none_or(|index| written.get(index - 1) == Some(&b':'));
        if has_colons && !(is_colon(minutes) && is_colon(seconds)) {
            return Err(Refusal::Bad);
        }
        self.take(length)?;
        let offset = signed_offset(written, minutes, seconds)?;
        self.found.offset = Some(offset);
        Ok(())
    }
}

/// Reads an offset whose parts begin at the given places. A part that is too large is told of even
/// where another is no number.
fn signed_offset(written: &[u8], minutes: Option<usize>, seconds: Option<usize>) -> Read<i64> {
    let hours = two_digits(written, Some(1));
    let minutes = hours.and_then(|_| two_digits(written, minutes));
    let seconds = minutes.and_then(|_| two_digits(written, seconds));
    let limits = [(hours, 24, "hour"), (minutes, 60, "minute"), (seconds, 60, "second")];
    // Go looks at the seconds last and reports what it saw last.
    for (part, most, what) in limits.iter().rev() {
        if part.is_some_and(|part| part > *most) {
            return Err(Refusal::Range(match *what {
                "hour" => "time zone offset hour",
                "minute" => "time zone offset minute",
                _ => "time zone offset second",
            }));
        }
    }
    let (Some(hours), Some(minutes), Some(seconds)) = (hours, minutes, seconds) else {
        return Err(Refusal::Bad);
    };
    let offset = (hours * 60 + minutes) * 60 + seconds;
    match written.first() {
        Some(b'+') => Ok(offset),
        Some(b'-') => Ok(-offset),
        _ => Err(Refusal::Bad),
    }
}

fn two_digits(written: &[u8], at: Option<usize>) -> Option<i64> {
    let Some(at) = at else { return Some(0) };
    let digits = written.get(at..at + 2)?;
    digits.iter().all(u8::is_ascii_digit).then(|| integer(digits).unwrap_or(0))
}

impl Found<'_> {
    /// The day that was told, in one way or two.
    fn date(&self) -> Result<Date, &'static str> {
        let (month, day) = match self.day_of_year {
            Some(day_of_year) => self.by_day_of_year(day_of_year)?,
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        if day < 1 || day > days_in(month, self.year) {
            return Err("day out of range");
        }
        Ok(Date { year: self.year, month, day })
    }

    fn by_day_of_year(&self, day_of_year: i64) -> Result<(i64, i64), &'static str> {
        let is_leap = is_leap(self.year);
        let (month, day) = if is_leap && day_of_year == 60 {
            (2, 29)
        } else {
            let day_of_year = day_of_year - i64::from(is_leap && day_of_year > 60);
            if !(1..=365).contains(&day_of_year) {
                return Err("day-of-year out of range");
            }
            let is_before = |month: &i64| days_before(*month) < day_of_year;
            let month = (1..=12).rev().find(is_before).unwrap_or(1);
            (month, day_of_year - days_before(month))
        };
        if self.month.is_some_and(|told| told != month) {
            return Err("day-of-year does not match month");
        }
        if self.day.is_some_and(|told| told != day) {
            return Err("day-of-year does not match day");
        }
        Ok((month, day))
    }

    fn hour(&self) -> i64 {
        match (self.is_afternoon, self.hour) {
            (Some(true), 0..12) => self.hour + 12,
            (Some(false), 12) => 0,
            _ => self.hour,
        }
    }

    fn time(&self, date: Date, zone: &Zone, local: &TimeZone) -> Time {
        let seconds = (self.hour() * 60 + self.minute) * 60 + self.second;
        let in_utc = |zone| Time::of_date(date, seconds, self.nanoseconds, (zone, local));
        if self.is_utc {
            return in_utc(Zone::Utc);
        }
        if let Some(offset) = self.offset {
            let time = in_utc(Zone::Utc).shifted(-offset);
            let there = zone.at(time.seconds);
            let is_local = there.offset == offset
                && (self.abbreviation.is_empty() || *there.abbreviation == *self.abbreviation);
            let own = || Zone::fixed(self.abbreviation, offset);
            return time.within(if is_local { zone.clone() } else { own() });
        }
        if !self.abbreviation.is_empty() {
            let time = in_utc(Zone::Utc);
            if let Some(offset) = zone.offset_of_abbreviation(self.abbreviation, time.seconds) {
                return time.shifted(-offset).within(zone.clone());
            }
            let hours = self.abbreviation.strip_prefix(b"GMT").map(integer);
            let hours = hours.and_then(Result::ok).unwrap_or(0);
            // Go takes the clock for UTC and then shows it in the zone it made up.
            return time.within(Zone::fixed(self.abbreviation, hours.saturating_mul(3600)));
        }
        in_utc(zone.clone())
    }
}

/// The text after a literal part of the layout; a space there stands for any number of them.
fn skip<'t>(text: &'t [u8], literal: &[u8]) -> Option<&'t [u8]> {
    let (agrees, rest) = skip_while_equal(text, literal);
    agrees.then_some(rest)
}

/// Whether the text begins with the literal, and what is left where that is decided.
fn skip_while_equal<'t>(mut text: &'t [u8], mut literal: &[u8]) -> (bool, &'t [u8]) {
    while let [wanted, later @ ..] = literal {
        if *wanted == b' ' {
            if text.first().is_some_and(|byte| *byte != b' ') {
                return (false, text);
            }
            (literal, text) = (without_spaces(literal), without_spaces(text));
            continue;
        }
        match text {
            [byte, rest @ ..] if byte == wanted => (literal, text) = (later, rest),
            _ => return (false, text),
        }
    }
    (true, text)
}

fn without_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|byte| **byte == b' ').count();
    text.get(spaces..).unwrap_or_default()
}

/// The length of what looks like a zone's abbreviation.
fn abbreviation_length(text: &[u8]) -> Option<usize> {
    match text {
        [b'C', b'h', b'S', b'T', ..] | [b'M', b'e', b'S', b'T', ..] => return Some(4),
        [b'G', b'M', b'T', rest @ ..] => return Some(3 + signed_hours(rest)),
        [b'+' | b'-', _, _, ..] => return Some(signed_hours(text)).filter(|length| *length > 0),
        _ => {}
    }
    match text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        3 => Some(3),
        4 if text.get(3) == Some(&b'T') || text.starts_with(b"WITA") => Some(4),
        5 if text.get(4) == Some(&b'T') => Some(5),
        _ => None,
    }
}

/// The length of a sign and hours of at most 23, 0 if there are none.
fn signed_hours(text: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = text else { return 0 };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match digits.get(..length).map(integer) {
        Some(Ok(0..=23)) => 1 + length,
        _ => 0,
    }
}

/// A whole number with an optional sign.
fn integer(text: &[u8]) -> Read<i64> {
    str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Refusal::Bad)
}

/// A separator and the digits of a fraction, of which nine count.
fn nanoseconds(written: &[u8]) -> Read<u32> {
    let (Some(b'.' | b','), Some(digits)) = (written.first(), written.get(1..)) else {
        return Err(Refusal::Bad);
    };
    let digits = digits.get(..9).unwrap_or(digits);
    let scale = 10_i64.pow(9 - u32::try_from(digits.len()).unwrap_or(9));
    u32::try_from(integer(digits)? * scale).map_err(|_| Refusal::Range("fractional second"))
}

/// The form that package `time` gives to texts in its errors.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'\x7f' => out.push(char::from(*byte)),
            _ => {
                out.push_str("\\x");
                out.extend([byte >> 4, byte & 0xf].map(hexadecimal));
            }
        }
    }
    out.push('"');
    out
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}

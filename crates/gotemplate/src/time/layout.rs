//! Go's layout language: how a reference time is written says how times are.
//!
//! Owns which texts stand for what. It must not know how they are written or read.

/// What a part of a layout stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Year {
        is_long: bool,
    },
    MonthName {
        is_long: bool,
    },
    Month {
        padding: Padding,
    },
    WeekdayName {
        is_long: bool,
    },
    Day {
        padding: Padding,
    },
    DayOfYear {
        padding: Padding,
    },
    Hour,
    Hour12 {
        padding: Padding,
    },
    Minute {
        padding: Padding,
    },
    Second {
        padding: Padding,
    },
    /// `PM` or `pm`
    Half {
        is_upper: bool,
    },
    /// `MST`
    Abbreviation,
    Offset {
        form: Form,
        is_z_for_utc: bool,
    },
    Fraction {
        digits: usize,
        separator: u8,
        is_trimmed: bool,
    },
}

/// What stands before a number that is shorter than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    None,
    Space,
    Zero,
}

/// How much of an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `-07`
    Hours,
    /// `-0700`
    Minutes,
    /// `-07:00`
    ColonMinutes,
    /// `-070000`
    Seconds,
    /// `-07:00:00`
    ColonSeconds,
}

/// A part of a layout: text to be taken as it is, and what comes after it.
pub(super) struct Chunk<'l> {
    pub(super) literal: &'l [u8],
    /// The element and how it is written; none at the end of the layout.
    pub(super) element: Option<(Element, &'l [u8])>,
    pub(super) rest: &'l [u8],
}

/// Splits the layout after its first element.
pub(super) fn next_chunk(layout: &[u8]) -> Chunk<'_> {
    for start in 0..layout.len() {
        let (literal, from) = layout.split_at(start);
        if let Some((element, length)) = element_at(from) {
            let (written, rest) = from.split_at(length);
            return Chunk { literal, element: Some((element, written)), rest };
        }
    }
    Chunk { literal: layout, element: None, rest: &[] }
}

/// The element that begins here, and its length.
fn element_at(text: &[u8]) -> Option<(Element, usize)> {
    match text.first()? {
        b'.' | b',' => fraction(text),
        // A literal underscore before a long year.
        b'_' if text.starts_with(b"_2006") => None,
        b'J' | b'M' | b'0'..=b'5' | b'P' | b'p' | b'-' | b'Z' | b'_' => {
            let is_it = |(name, _): &&(&[u8], Element)| {
                text.strip_prefix(*name).is_some_and(|rest| ends_word(name, rest))
            };
            ELEMENTS.iter().find(is_it).map(|(name, element)| (*element, name.len()))
        }
        _ => None,
    }
}

/// `Jan` and `Mon` do not stand for themselves in `Janet` and `Money`.
fn ends_word(name: &[u8], rest: &[u8]) -> bool {
    !matches!(name, b"Jan" | b"Mon") || !rest.first().is_some_and(u8::is_ascii_lowercase)
}

/// `.000`, `,999`: a run of one digit that no other digit follows.
fn fraction(text: &[u8]) -> Option<(Element, usize)> {
    let separator = *text.first()?;
    let digit = *text.get(1).filter(|digit| matches!(digit, b'0' | b'9'))?;
    let run = text.get(1..)?.iter().take_while(|byte| **byte == digit).count();
    if text.get(1 + run).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    // Go keeps the number in twelve bits.
    let element = Element::Fraction { digits: run & 0xfff, separator, is_trimmed: digit == b'9' };
    Some((element, 1 + run))
}

const fn offset(form: Form, is_z_for_utc: bool) -> Element {
    Element::Offset { form, is_z_for_utc }
}

/// Of several that fit, the first counts.
const ELEMENTS: &[(&[u8], Element)] = &[
    (b"January", Element::MonthName { is_long: true }),
    (b"Jan", Element::MonthName { is_long: false }),
    (b"Monday", Element::WeekdayName { is_long: true }),
    (b"Mon", Element::WeekdayName { is_long: false }),
    (b"MST", Element::Abbreviation),
    (b"01", Element::Month { padding: Padding::Zero }),
    (b"02", Element::Day { padding: Padding::Zero }),
    (b"03", Element::Hour12 { padding: Padding::Zero }),
    (b"04", Element::Minute { padding: Padding::Zero }),
    (b"05", Element::Second { padding: Padding::Zero }),
    (b"06", Element::Year { is_long: false }),
    (b"002", Element::DayOfYear { padding: Padding::Zero }),
    (b"15", Element::Hour),
    (b"1", Element::Month { padding: Padding::None }),
    (b"2006", Element::Year { is_long: true }),
    (b"2", Element::Day { padding: Padding::None }),
    (b"_2", Element::Day { padding: Padding::Space }),
    (b"__2", Element::DayOfYear { padding: Padding::Space }),
    (b"3", Element::Hour12 { padding: Padding::None }),
    (b"4", Element::Minute { padding: Padding::None }),
    (b"5", Element::Second { padding: Padding::None }),
    (b"PM", Element::Half { is_upper: true }),
    (b"pm", Element::Half { is_upper: false }),
    (b"-070000", offset(Form::Seconds, false)),
    (b"-07:00:00", offset(Form::ColonSeconds, false)),
    (b"-0700", offset(Form::Minutes, false)),
    (b"-07:00", offset(Form::ColonMinutes, false)),
    (b"-07", offset(Form::Hours, false)),
    (b"Z070000", offset(Form::Seconds, true)),
    (b"Z07:00:00", offset(Form::ColonSeconds, true)),
    (b"Z0700", offset(Form::Minutes, true)),
    (b"Z07:00", offset(Form::ColonMinutes, true)),
    (b"Z07", offset(Form::Hours, true)),
];

//! Reads format strings (`fmt.Sprintf`).
//!
//! Owns flags, width, precision, argument indexes and the error forms of a bad format. It must
//! not know what a verb prints ([`super::printer`]).

use super::printer::{Flags, Printer};
use super::runes;
use crate::value::Value;

/// Go's largest width and precision.
const MAX_NUMBER: i64 = 1_000_000;

/// Prints `arguments` as `format` says; `None` if that is more than `limit` bytes.
pub(super) fn sprintf(format: &[u8], arguments: &[Value], limit: usize) -> Option<Vec<u8>> {
    let mut directive = Reader::new(format, arguments, limit);
    while directive.literal() && !directive.printer.is_full {
        if !directive.verb() {
            directive.printer.raw(b"%!(NOVERB)");
            break;
        }
    }
    directive.report_extra();
    directive.printer.finish()
}

struct Reader<'a> {
    format: &'a [u8],
    offset: usize,
    arguments: &'a [Value],
    argument: usize,
    /// The format uses explicit argument indexes.
    reordered: bool,
    /// The argument index of the current verb is sound.
    good_index: bool,
    /// An index was the last thing read.
    after_index: bool,
    printer: Printer,
}

impl<'a> Reader<'a> {
    fn new(format: &'a [u8], arguments: &'a [Value], limit: usize) -> Self {
        Self {
            format,
            offset: 0,
            arguments,
            argument: 0,
            reordered: false,
            good_index: true,
            after_index: false,
            printer: Printer::new(limit),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.offset).copied()
    }

    fn rest(&self) -> &[u8] {
        self.format.get(self.offset..).unwrap_or_default()
    }

    /// Copies text up to the next `%` and steps over it; false at the end.
    fn literal(&mut self) -> bool {
        let rest = self.format.get(self.offset..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        self.printer.raw(rest.get(..length).unwrap_or_default());
        self.offset += length + 1;
        length < rest.len()
    }

    /// Reads and prints one verb after its `%`; false if the format ends before it.
    fn verb(&mut self) -> bool {
        self.good_index = true;
        self.after_index = false;
        self.printer.flags = self.flags();
        if !self.is_simple() {
            self.index();
            self.width();
            self.precision();
            if !self.after_index {
                self.index();
            }
        }
        let Some(rune) = runes::runes(self.rest()).next() else { return false };
        self.offset += rune.size;
        self.apply(rune.character);
        true
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.offset += 1;
        }
        flags
    }

    /// A lower-case verb follows at once.
    fn is_simple(&self) -> bool {
        self.peek().is_some_and(|byte| byte.is_ascii_lowercase())
            && self.argument < self.arguments.len()
    }

    fn apply(&mut self, verb: char) {
        if verb == '%' {
            return self.printer.raw(b"%");
        }
        if !self.good_index {
            return self.complain(verb, b"(BADINDEX)");
        }
        let Some(argument) = self.arguments.get(self.argument) else {
            return self.complain(verb, b"(MISSING)");
        };
        self.argument += 1;
        if matches!(verb, 'v' | 'w') {
            self.printer.flags.go_syntax = std::mem::take(&mut self.printer.flags.sharp);
            self.printer.flags.plus = false;
        }
        self.printer.operand(argument, verb);
    }

    fn complain(&mut self, verb: char, complaint: &[u8]) {
        self.printer.raw(b"%!");
        runes::push(&mut self.printer.out, verb);
        self.printer.raw(complaint);
    }

    fn width(&mut self) {
        if self.peek() == Some(b'*') {
            self.offset += 1;
            let width = self.number_argument();
            if width.is_none() {
                self.printer.raw(b"%!(BADWIDTH)");
            }
            if width.is_some_and(|width| width < 0) {
                self.printer.flags.minus = true;
                self.printer.flags.zero = false;
            }
            self.printer.flags.width = width.map(magnitude);
            self.after_index = false;
            return;
        }
        self.printer.flags.width = self.number();
        if self.after_index && self.printer.flags.width.is_some() {
            self.good_index = false;
        }
    }

    fn precision(&mut self) {
        if self.peek() != Some(b'.') || self.offset + 1 >= self.format.len() {
            return;
        }
        self.offset += 1;
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if self.peek() == Some(b'*') {
            self.offset += 1;
            let precision = self.number_argument().filter(|precision| *precision >= 0);
            if precision.is_none() {
                self.printer.raw(b"%!(BADPREC)");
            }
            self.printer.flags.precision = precision.map(magnitude);
            self.after_index = false;
        } else {
            self.printer.flags.precision = Some(self.number().unwrap_or(0));
        }
    }

    /// A decimal number, if one stands here. One that is too large swallows the whole format, as
    /// in Go.
    fn number(&mut self) -> Option<usize> {
        match decimal(self.rest()) {
            Decimal::Number(number, length) => {
                self.offset += length;
                (length > 0).then_some(magnitude(number))
            }
            Decimal::TooLarge => {
                self.offset = self.format.len();
                None
            }
        }
    }

    /// The next argument as a width or precision.
    fn number_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.argument)?;
        self.argument += 1;
        let number = match argument {
            Value::Int(_, number) => *number,
            Value::Uint(_, number) => i64::try_from(*number).ok()?,
            _ => return None,
        };
        (-MAX_NUMBER..=MAX_NUMBER).contains(&number).then_some(number)
    }

    /// An explicit argument index such as `[2]`, if one stands here.
    fn index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = self.rest();
        let close = rest.iter().position(|byte| *byte == b']').filter(|_| rest.len() >= 3);
        let Some(close) = close else {
            self.offset += 1;
            self.good_index = false;
            return;
        };
        let digits = rest.get(1..close).unwrap_or_default();
        let number = match decimal(digits) {
            Decimal::Number(number, length) if length == digits.len() && length > 0 => number,
            _ => {
                self.offset += close + 1;
                self.good_index = false;
                return;
            }
        };
        self.offset += close + 1;
        self.after_index = true;
        match usize::try_from(number - 1) {
            Ok(index) if index < self.arguments.len() => self.argument = index,
            _ => self.good_index = false,
        }
    }

    /// `%!(EXTRA …)` for arguments that nothing used.
    fn report_extra(&mut self) {
        let extra = self.arguments.get(self.argument..).unwrap_or_default();
        if self.reordered || extra.is_empty() {
            return;
        }
        self.printer.flags = Flags::default();
        self.printer.raw(b"%!(EXTRA ");
        for (index, argument) in extra.iter().enumerate() {
            if index > 0 {
                self.printer.raw(b", ");
            }
            self.printer.raw(argument.type_name().as_bytes());
            if !argument.is_nil() {
                self.printer.raw(b"=");
                self.printer.operand(argument, 'v');
            }
        }
        self.printer.raw(b")");
    }
}

enum Decimal {
    Number(i64, usize),
    TooLarge,
}

/// The decimal number at the start of `bytes` and its length, 0 if there is none.
fn decimal(bytes: &[u8]) -> Decimal {
    let mut number = 0;
    let mut length = 0;
    for byte in bytes.iter().take_while(|byte| byte.is_ascii_digit()) {
        if number > MAX_NUMBER {
            return Decimal::TooLarge;
        }
        number = number * 10 + i64::from(byte - b'0');
        length += 1;
    }
    Decimal::Number(number, length)
}

fn magnitude(number: i64) -> usize {
    usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX)
}

//! Prints single values under one set of flags, as Go's `fmt` does.
//!
//! Owns the verbs: what each prints for each type, and the `%!d(string=x)` form of a mismatch.
//! It must not know how a format string is read ([`super::directive`]).

use super::float::{FloatForm, format_float};
use super::printable::is_printable;
use super::quote::{can_backquote, quote, quote_character, quote_to_ascii};
use super::runes;
use crate::value::{IntKind, List, Map, MapType, UintKind, Value};

/// How deep values may nest before the rest prints as [`TOO_DEEP`]: Go overflows its stack on a
/// map that contains itself.
const MAX_DEPTH: usize = 500;

/// What stands for a value nested too deep.
const TOO_DEEP: &[u8] = b"%!(TOODEEP)";

/// The flags, width and precision of one verb.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that a format may set alone")]
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%#v`: Go syntax.
    pub(super) go_syntax: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Writes values under [`Flags`].
pub(super) struct Printer {
    pub(super) out: Vec<u8>,
    pub(super) flags: Flags,
    limit: usize,
    /// Something did not fit into the limit; nothing is written any more.
    pub(super) is_full: bool,
    /// Inside the report of a mismatch, where no method is asked for a text.
    reporting: bool,
}

impl Printer {
    /// A printer that writes no more than `limit` bytes: widths and shared values multiply what
    /// a few operands print.
    pub(super) fn new(limit: usize) -> Self {
        let (out, flags) = (Vec::new(), Flags::default());
        Self { out, flags, limit, is_full: false, reporting: false }
    }

    /// What was printed; `None` if it did not fit.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (!self.is_full).then_some(self.out)
    }

    fn makes_room(&mut self, length: usize) -> bool {
        self.is_full |= length > self.limit.saturating_sub(self.out.len());
        !self.is_full
    }

    /// Prints an operand under a verb.
    pub(super) fn operand(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Invalid | Value::Nil, 'T' | 'v') => self.pad(b"<nil>"),
            (_, 'T') => self.text(value.type_name().as_bytes()),
            _ => self.value(value, verb, 0),
        }
    }

    /// Appends bytes as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        if self.makes_room(bytes.len()) {
            self.out.extend_from_slice(bytes);
        }
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if self.is_full {
            return;
        }
        if depth > MAX_DEPTH {
            return self.raw(TOO_DEEP);
        }
        match value {
            Value::Invalid | Value::Nil => self.absent(verb, depth),
            Value::List(_) | Value::Map(_) if verb == 'w' => self.mismatch(value, verb),
            Value::Bool(_) if !matches!(verb, 't' | 'v') => self.mismatch(value, verb),
            Value::Bool(truth) => self.pad(if *truth { b"true" } else { b"false" }),
            Value::Int(IntKind::Duration, nanoseconds) if self.asks_for_text(verb) => {
                self.string(value, super::duration(*nanoseconds).as_bytes(), verb);
            }
            Value::Int(kind @ (IntKind::Month | IntKind::Weekday), number)
                if self.asks_for_text(verb) =>
            {
                self.string(value, super::calendar_name(*kind, *number).as_bytes(), verb);
            }
            Value::Int(_, number) => {
                self.integer(value, number.unsigned_abs(), *number < 0, verb);
            }
            Value::Uint(_, number) => self.unsigned(value, *number, verb),
            Value::Float(_, number) => self.float(value, *number, verb),
            Value::String(text) => self.string(value, text, verb),
            Value::Bytes(bytes) => self.bytes(bytes, verb),
            Value::List(list) => self.list(list, verb, depth),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Object(object) if self.flags.go_syntax && verb == 'v' => match object.source() {
                Some(source) => self.text(source.as_bytes()),
                None => self.string(value, object.print().as_bytes(), verb),
            },
            Value::Object(object) => self.string(value, object.print().as_bytes(), verb),
        }
    }

    fn asks_for_text(&self, verb: char) -> bool {
        !self.reporting && !self.flags.go_syntax && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
    }

    /// A nil: reported at the top, `<nil>` whatever the verb inside a list or map.
    fn absent(&mut self, verb: char, depth: usize) {
        match (depth, self.flags.go_syntax) {
            (0, _) => self.mismatch(&Value::Nil, verb),
            (_, true) => self.raw(b"interface {}(nil)"),
            (_, false) => self.raw(b"<nil>"),
        }
    }

    /// `%!VERB(TYPE=VALUE)`: the verb does not fit the value's type.
    fn mismatch(&mut self, value: &Value, verb: char) {
        self.reporting = true;
        self.raw(b"%!");
        runes::push(&mut self.out, verb);
        self.raw(b"(");
        self.raw(value.type_name().as_bytes());
        if !value.is_nil() {
            self.raw(b"=");
            self.operand(value, 'v');
        }
        self.raw(b")");
        self.reporting = false;
    }

    fn padding(&mut self, count: usize) {
        let fill = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        if self.makes_room(count) {
            self.out.extend(std::iter::repeat_n(fill, count));
        }
    }

    /// Writes `bytes` padded to the width.
    fn pad(&mut self, bytes: &[u8]) {
        let missing = self.flags.width.map_or(0, |width| width.saturating_sub(runes::count(bytes)));
        if self.flags.minus {
            self.raw(bytes);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.raw(bytes);
        }
    }

    fn pad_with_spaces(&mut self, bytes: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(bytes);
        self.flags.zero = zero;
    }

    /// `%s`: cut to the precision, padded to the width.
    fn text(&mut self, text: &[u8]) {
        let text = self.cut(text);
        self.pad(text);
    }

    fn cut<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let Some(precision) = self.flags.precision else { return text };
        let end = runes::runes(text).nth(precision).map_or(text.len(), |rune| rune.start);
        text.get(..end).unwrap_or(text)
    }

    fn string(&mut self, value: &Value, text: &[u8], verb: char) {
        match verb {
            'v' if self.flags.go_syntax => self.quoted(text),
            'v' | 's' => self.text(text),
            'x' | 'X' => self.hexadecimal(text, verb),
            'q' => self.quoted(text),
            _ => self.mismatch(value, verb),
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.cut(text);
        let quoted = if self.flags.sharp && can_backquote(text) {
            [b"`", text, b"`"].concat()
        } else if self.flags.plus {
            quote_to_ascii(text)
        } else {
            quote(text)
        };
        self.pad(&quoted);
    }

    fn hexadecimal(&mut self, bytes: &[u8], verb: char) {
        let upper = verb == 'X';
        let kept = bytes.get(..self.flags.precision.unwrap_or(bytes.len())).unwrap_or(bytes);
        if kept.is_empty() {
            return self.padding(self.flags.width.unwrap_or(0));
        }
        let prefix = if upper { "0X" } else { "0x" };
        let mut encoded = String::with_capacity(kept.len() * 2);
        for (index, byte) in kept.iter().enumerate() {
            if self.flags.space && index > 0 {
                encoded.push(' ');
            }
            if self.flags.sharp && (self.flags.space || index == 0) {
                encoded.push_str(prefix);
            }
            let digits = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            encoded.push_str(&digits);
        }
        self.pad(encoded.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8], verb: char) {
        match verb {
            'v' if self.flags.go_syntax => self.byte_items(bytes, verb, [b"[]byte{", b"}"]),
            's' => self.text(bytes),
            'x' | 'X' => self.hexadecimal(bytes, verb),
            'q' => self.quoted(bytes),
            _ => self.byte_items(bytes, verb, [b"[", b"]"]),
        }
    }

    fn byte_items(&mut self, bytes: &[u8], verb: char, [open, close]: [&[u8]; 2]) {
        self.raw(open);
        for (index, byte) in bytes.iter().enumerate() {
            self.separator(index);
            self.value(&Value::Uint(UintKind::Uint8, u64::from(*byte)), verb, 1);
        }
        self.raw(close);
    }

    fn list(&mut self, list: &List, verb: char, depth: usize) {
        let go_syntax = self.flags.go_syntax;
        if go_syntax {
            self.raw(list.element().slice_name().as_bytes());
            if list.is_nil() {
                return self.raw(b"(nil)");
            }
        }
        self.raw(if go_syntax { b"{" } else { b"[" });
        for (index, item) in list.iter().enumerate() {
            self.separator(index);
            self.value(item, verb, depth + 1);
        }
        self.raw(if go_syntax { b"}" } else { b"]" });
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) {
        let go_syntax = self.flags.go_syntax;
        self.raw(if go_syntax { map.map_type().name().as_bytes() } else { b"map" });
        if go_syntax && map.is_nil() {
            return self.raw(b"(nil)");
        }
        self.raw(if go_syntax { b"{" } else { b"[" });
        for (index, (key, value)) in map.entries().into_iter().enumerate() {
            self.separator(index);
            self.value(&Value::String(key), verb, depth + 1);
            self.raw(b":");
            self.map_item(map.map_type(), &value, verb, depth);
        }
        self.raw(if go_syntax { b"}" } else { b"]" });
    }

    fn map_item(&mut self, map_type: MapType, value: &Value, verb: char, depth: usize) {
        if map_type == MapType::StringString && value.is_nil() {
            self.value(&Value::string(""), verb, depth + 1);
        } else {
            self.value(value, verb, depth + 1);
        }
    }

    fn separator(&mut self, index: usize) {
        if index > 0 {
            self.raw(if self.flags.go_syntax { b", " } else { b" " });
        }
    }

    fn unsigned(&mut self, value: &Value, number: u64, verb: char) {
        if verb == 'v' && self.flags.go_syntax {
            let sharp = std::mem::replace(&mut self.flags.sharp, true);
            self.number(&format!("{number:x}"), number, false, 'x');
            self.flags.sharp = sharp;
        } else {
            self.integer(value, number, false, verb);
        }
    }

    fn integer(&mut self, value: &Value, magnitude: u64, negative: bool, verb: char) {
        match verb {
            'v' | 'd' => self.number(&format!("{magnitude}"), magnitude, negative, 'd'),
            'b' => self.number(&format!("{magnitude:b}"), magnitude, negative, verb),
            'o' | 'O' => self.number(&format!("{magnitude:o}"), magnitude, negative, verb),
            'x' => self.number(&format!("{magnitude:x}"), magnitude, negative, verb),
            'X' => self.number(&format!("{magnitude:X}"), magnitude, negative, verb),
            'c' => self.pad(character(magnitude, negative).encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                self.pad(&quote_character(character(magnitude, negative), self.flags.plus));
            }
            'U' => self.unicode(magnitude, negative),
            _ => self.mismatch(value, verb),
        }
    }

    /// An integer whose digits are ready: precision or zero padding, prefix, sign, width.
    fn number(&mut self, digits: &str, magnitude: u64, negative: bool, verb: char) {
        let flags = self.flags;
        let signed = negative || flags.plus || flags.space;
        let precision = match (flags.precision, flags.width) {
            (Some(0), _) if magnitude == 0 => {
                self.flags.zero = false;
                self.padding(flags.width.unwrap_or(0));
                self.flags.zero = flags.zero;
                return;
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => {
                width.saturating_sub(usize::from(signed))
            }
            _ => 0,
        };
        let zeros = precision.saturating_sub(digits.len());
        let mut text = String::new();
        text.push_str(self.sign(negative));
        text.push_str(prefix(verb, flags.sharp, zeros > 0 || digits == "0"));
        text.extend(std::iter::repeat_n('0', zeros));
        text.push_str(digits);
        self.pad_with_spaces(text.as_bytes());
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.flags.plus, self.flags.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        }
    }

    fn unicode(&mut self, magnitude: u64, negative: bool) {
        let code = if negative { magnitude.wrapping_neg() } else { magnitude };
        let precision = self.flags.precision.unwrap_or(4).max(4);
        let digits = format!("{code:X}");
        let zeros = "0".repeat(precision.saturating_sub(digits.len()));
        let shown = u32::try_from(code).ok().and_then(char::from_u32);
        let shown = shown.filter(|shown| self.flags.sharp && is_printable(*shown));
        let shown = shown.map_or_else(String::new, |shown| format!(" '{shown}'"));
        self.pad_with_spaces(format!("U+{zeros}{digits}{shown}").as_bytes());
    }

    fn float(&mut self, value: &Value, number: f64, verb: char) {
        let (form, precision) = match verb {
            'v' | 'g' | 'G' => (FloatForm::General, None),
            'b' => (FloatForm::Binary, None),
            'x' | 'X' => (FloatForm::Hexadecimal, None),
            'f' | 'F' => (FloatForm::Fixed, Some(6)),
            'e' | 'E' => (FloatForm::Exponent, Some(6)),
            _ => return self.mismatch(value, verb),
        };
        let precision = self.flags.precision.or(precision);
        let mut text = format_float(number, form, precision);
        if verb.is_ascii_uppercase() && number.is_finite() {
            text.make_ascii_uppercase();
        }
        let (negative, body) = match text.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        self.signed_float(number, negative, &self.restore_zeros(number, body, verb, precision));
    }

    fn signed_float(&mut self, number: f64, negative: bool, body: &str) {
        let sign = self.sign(negative);
        if !number.is_finite() {
            let sign = if sign.is_empty() && number.is_infinite() { "+" } else { sign };
            return self.pad_with_spaces(format!("{sign}{body}").as_bytes());
        }
        let width = self.flags.width.unwrap_or(0);
        let length = sign.len() + body.len();
        if self.flags.zero && !self.flags.minus && width > length && !sign.is_empty() {
            self.raw(sign.as_bytes());
            self.padding(width - length);
            self.raw(body.as_bytes());
        } else {
            self.pad(format!("{sign}{body}").as_bytes());
        }
    }

    /// The `#` flag: a decimal point always, and the trailing zeros that `%g` drops.
    fn restore_zeros(
        &self,
        number: f64,
        body: &str,
        verb: char,
        precision: Option<usize>,
    ) -> String {
        if !self.flags.sharp || verb == 'b' || !number.is_finite() {
            return body.to_owned();
        }
        let exponent = if matches!(verb, 'x' | 'X') { ['p', 'P'] } else { ['e', 'E'] };
        let (mantissa, tail) = body.split_at(body.find(exponent).unwrap_or(body.len()));
        let wanted = if matches!(verb, 'v' | 'g' | 'G' | 'x') { precision.unwrap_or(6) } else { 0 };
        let significant = mantissa.trim_start_matches(['0', '.']);
        let mut present = significant.chars().filter(|digit| *digit != '.').count();
        let dot = if mantissa.contains('.') { "" } else { "." };
        if mantissa == "0" {
            present += 1;
        }
        format!("{mantissa}{dot}{}{tail}", "0".repeat(wanted.saturating_sub(present)))
    }
}

/// The code point of an integer, U+FFFD if it is none.
fn character(magnitude: u64, negative: bool) -> char {
    let code = if negative { None } else { u32::try_from(magnitude).ok() };
    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn prefix(verb: char, sharp: bool, leading_zero: bool) -> &'static str {
    match verb {
        'O' if sharp && !leading_zero => "0o0",
        'O' => "0o",
        'b' if sharp => "0b",
        'o' if sharp && !leading_zero => "0",
        'x' if sharp => "0x",
        'X' if sharp => "0X",
        _ => "",
    }
}

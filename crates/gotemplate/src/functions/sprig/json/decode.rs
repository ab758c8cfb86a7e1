//! Reads JSON as Go's `encoding/json` does: every number a `float64`, and Go's error texts.
//!
//! Owns the grammar. It must not know who asks.

use crate::format::quote;
use crate::format::runes::{push, runes};
use crate::value::{Map, Text, Value};

/// How deep arrays and objects may nest; Go's own limit of 10,000 needs a larger stack.
const MAX_DEPTH: u32 = 500;

const VALUE: &str = "looking for beginning of value";

/// The contexts in which a space is an error.
const WITHIN: [&str; 6] = [
    "in literal",
    "in numeric literal",
    "after decimal point",
    "in exponent",
    "in string escape",
    "in \\u hexadecimal",
];

/// `json.Unmarshal` into an `interface{}`.
///
/// Errors as Go words them, for instance `invalid character 'x' looking for beginning of value`
/// and `unexpected end of JSON input`.
pub fn decode(input: &[u8]) -> Result<Value, String> {
    match decode_soundly(input)? {
        (_, Some(message)) => Err(message),
        (value, None) => Ok(value),
    }
}

/// What Go has read where it only complains of a number beyond a `float64`, which is nil then, and
/// its complaint.
pub fn decode_soundly(input: &[u8]) -> Result<(Value, Option<String>), String> {
    let mut reader = Reader { input, offset: 0, depth: 0, too_large: None };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    if reader.peek().is_some() {
        return Err(reader.unexpected("after top-level value"));
    }
    let complaint = reader.too_large.map(|number| {
        format!("json: cannot unmarshal number {number} into Go value of type float64")
    });
    Ok((value, complaint))
}

struct Reader<'a> {
    input: &'a [u8],
    offset: usize,
    depth: u32,
    /// The first number beyond a `float64`, reported only if the rest is sound.
    too_large: Option<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.input.get(self.offset).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.offset += 1;
        }
    }

    /// What is wrong with the next byte, or with there being none.
    fn unexpected(&self, context: &str) -> String {
        match self.peek() {
            // Go ends its input with a space, which is wrong within these and fine elsewhere.
            None if WITHIN.iter().any(|within| context.starts_with(within)) => {
                format!("invalid character ' ' {context}")
            }
            None => "unexpected end of JSON input".to_owned(),
            Some(byte) => format!("invalid character {} {context}", quote_byte(byte)),
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(Value::string),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Nil),
            _ => Err(self.unexpected(VALUE)),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        if self.depth >= MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.depth += 1;
        self.offset += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let expected = char::from(expected);
                return Err(self.unexpected(&format!("in literal {word} (expecting '{expected}')")));
            }
            self.offset += 1;
        }
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::list(items));
            }
            if !self.take(b',') {
                return Err(self.unexpected("after array element"));
            }
            self.skip_space();
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        let map = Map::default();
        if self.take(b'}') {
            return Ok(Value::Map(map));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.skip_space();
            map.insert(key, self.value()?);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::Map(map));
            }
            if !self.take(b',') {
                return Err(self.unexpected("after object key:value pair"));
            }
            self.skip_space();
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.offset += usize::from(found);
        found
    }

    fn digits(&mut self, context: &str) -> Result<(), String> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected(context));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.offset += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.offset;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits("in numeric literal")?;
        }
        if self.take(b'.') {
            self.digits("after decimal point in numeric literal")?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(self.input.get(start..self.offset).unwrap_or_default());
        let number = text.parse().unwrap_or(f64::INFINITY);
        if number.is_infinite() {
            self.too_large.get_or_insert_with(|| text.into_owned());
            return Ok(Value::Nil);
        }
        Ok(Value::float(number))
    }

    fn string(&mut self) -> Result<Text, String> {
        self.offset += 1;
        let mut out = Vec::new();
        loop {
            match self.peek() {
                None | Some(0..0x20) => return Err(self.unexpected("in string literal")),
                Some(b'"') => {
                    self.offset += 1;
                    return Ok(out.into());
                }
                Some(b'\\') => {
                    self.offset += 1;
                    let escaped = self.escape()?;
                    push(&mut out, escaped);
                }
                Some(_) => self.plain(&mut out),
            }
        }
    }

    /// Copies up to the next quote, escape or control character, with U+FFFD for invalid bytes.
    fn plain(&mut self, out: &mut Vec<u8>) {
        let rest = self.input.get(self.offset..).unwrap_or_default();
        let end = rest.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
        let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
        for rune in runes(part) {
            push(out, rune.character);
        }
        self.offset += part.len();
    }

    fn escape(&mut self) -> Result<char, String> {
        let escaped = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.offset += 1;
                return self.code_point();
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.offset += 1;
        Ok(escaped)
    }

    /// Four hexadecimal digits, or twice four for a pair; U+FFFD for half a pair.
    fn code_point(&mut self) -> Result<char, String> {
        let first = self.code_unit()?;
        if (0xD800..0xDC00).contains(&first) {
            let rest = self.input.get(self.offset..).unwrap_or_default();
            if rest.starts_with(b"\\u") {
                let before = self.offset;
                self.offset += 2;
                let second = self.code_unit()?;
                if (0xDC00..0xE000).contains(&second) {
                    let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                    return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                self.offset = before;
            }
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn code_unit(&mut self) -> Result<u32, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            unit = unit * 16 + digit;
            self.offset += 1;
        }
        Ok(unit)
    }
}

/// A byte as a character between single quotes.
fn quote_byte(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let text = char::from(byte).to_string();
            let quoted = quote(text.as_bytes());
            let quoted = String::from_utf8_lossy(&quoted);
            format!("'{}'", quoted.trim_matches('"'))
        }
    }
}

//! JSON as Go's `encoding/json` writes and reads it, and sprig's functions on it.
//!
//! Owns the encoding of values; reading is [`decode()`]. It must not know YAML.

mod decode;

use super::signature::{fixed, string, text, value};
use crate::execute::Call;
use crate::format::runes::{push, runes};
use crate::format::{FloatForm, format_float};
use crate::functions::Parameter::{Interface, String};
use crate::functions::{Failure, Function};
use crate::value::{List, Map, Object, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use decode::{decode, decode_soundly};

/// How deep values may nest: Go reports a cycle for what is deeper and contains itself.
const MAX_DEPTH: usize = 500;

/// sprig's functions; Helm has its own `toJson`, `fromJson` and `mustToJson` in their place.
pub(super) const TABLE: &[Function] = &[
    fixed("toJson", &[Interface], |call, a| lenient(call, a, true, "")),
    fixed("mustToJson", &[Interface], |call, a| strict(call, a, true, "")),
    fixed("toPrettyJson", &[Interface], |call, a| lenient(call, a, true, "  ")),
    fixed("mustToPrettyJson", &[Interface], |call, a| strict(call, a, true, "  ")),
    fixed("toRawJson", &[Interface], |call, a| strict(call, a, false, "")),
    fixed("mustToRawJson", &[Interface], |call, a| strict(call, a, false, "")),
    fixed("fromJson", &[String], |call, a| {
        call.spend((text(a, 0).len() / 16) as u64)?;
        Ok(decode_soundly(text(a, 0)).map_or(Value::Nil, |(value, _)| value))
    }),
    fixed("mustFromJson", &[String], |call, a| {
        call.spend((text(a, 0).len() / 16) as u64)?;
        Ok(decode(text(a, 0))?)
    }),
];

fn lenient(
    call: &mut Call<'_>,
    arguments: &[Value],
    escape: bool,
    indent: &str,
) -> Result<Value, Failure> {
    call.spend_on(arguments)?;
    Ok(string(encode(value(arguments, 0), escape, indent).unwrap_or_default()))
}

fn strict(
    call: &mut Call<'_>,
    arguments: &[Value],
    escape: bool,
    indent: &str,
) -> Result<Value, Failure> {
    call.spend_on(arguments)?;
    Ok(string(encode(value(arguments, 0), escape, indent)?))
}

/// `json.Marshal`, or `json.MarshalIndent` for an `indent` that is not empty.
///
/// `escape_html` writes `<`, `>` and `&` as `\u003c` and so on, as Go does unless told otherwise.
///
/// Errors as Go words them: a NaN or infinity, a host object that has no JSON, a value that
/// contains itself.
pub fn encode(
    value: &Value,
    escape_html: bool,
    indent: &str,
) -> Result<Vec<u8>, std::string::String> {
    let mut encoder = Encoder { out: Vec::new(), escape_html, indent, depth: 0 };
    encoder.value(value)?;
    Ok(encoder.out)
}

struct Encoder<'a> {
    out: Vec<u8>,
    escape_html: bool,
    indent: &'a str,
    depth: usize,
}

type Written = Result<(), std::string::String>;

impl Encoder<'_> {
    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value) -> Written {
        match value {
            Value::Invalid | Value::Nil => self.raw("null"),
            Value::Bool(truth) => self.raw(if *truth { "true" } else { "false" }),
            Value::Int(_, number) => self.raw(&number.to_string()),
            Value::Uint(_, number) => self.raw(&number.to_string()),
            Value::Float(_, number) => self.raw(&float(*number)?),
            Value::String(text) => self.string(text),
            Value::Bytes(bytes) => self.raw(&format!("\"{}\"", STANDARD.encode(bytes))),
            Value::List(list) => return self.list(list),
            Value::Map(map) => return self.map(map),
            Value::Object(object) => return self.object(&**object),
        }
        Ok(())
    }

    fn nested(&mut self, value: &Value) -> Written {
        if self.depth > MAX_DEPTH {
            let name = value.type_name();
            return Err(format!("json: unsupported value: encountered a cycle via {name}"));
        }
        self.depth += 1;
        self.value(value)?;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, list: &List) -> Written {
        if list.is_nil() {
            self.raw("null");
            return Ok(());
        }
        self.raw("[");
        for (index, item) in list.iter().enumerate() {
            self.separate(index, 1);
            self.nested(item)?;
        }
        self.close(list.is_empty(), "]");
        Ok(())
    }

    fn object(&mut self, object: &dyn Object) -> Written {
        let Some(fields) = object.encoded_fields() else {
            let plain = object.encode().ok_or_else(|| object.refusal())?;
            return self.value(&plain);
        };
        self.raw("{");
        for (index, (key, value)) in fields.iter().enumerate() {
            self.entry(index, key.as_bytes(), value)?;
        }
        self.close(fields.is_empty(), "}");
        Ok(())
    }

    fn entry(&mut self, index: usize, key: &[u8], value: &Value) -> Written {
        self.separate(index, 1);
        self.string(key);
        self.raw(if self.indent.is_empty() { ":" } else { ": " });
        self.nested(value)
    }

    fn map(&mut self, map: &Map) -> Written {
        if map.is_nil() {
            self.raw("null");
            return Ok(());
        }
        self.raw("{");
        for (index, (key, value)) in map.borrow().iter().enumerate() {
            self.entry(index, key, value)?;
        }
        self.close(map.is_empty(), "}");
        Ok(())
    }

    fn separate(&mut self, index: usize, deeper: usize) {
        if index > 0 {
            self.raw(",");
        }
        self.line(deeper);
    }

    fn close(&mut self, is_empty: bool, bracket: &str) {
        if !is_empty {
            self.line(0);
        }
        self.raw(bracket);
    }

    fn line(&mut self, deeper: usize) {
        if !self.indent.is_empty() {
            let indent = self.indent.repeat(self.depth + deeper);
            self.raw("\n");
            self.raw(&indent);
        }
    }

    fn string(&mut self, text: &[u8]) {
        self.raw("\"");
        for rune in runes(text) {
            if rune.is_invalid() {
                self.raw("\\ufffd");
            } else {
                self.character(rune.character);
            }
        }
        self.raw("\"");
    }

    fn character(&mut self, character: char) {
        match character {
            '"' => self.raw("\\\""),
            '\\' => self.raw("\\\\"),
            '\n' => self.raw("\\n"),
            '\r' => self.raw("\\r"),
            '\t' => self.raw("\\t"),
            '\u{8}' => self.raw("\\b"),
            '\u{c}' => self.raw("\\f"),
            '<' | '>' | '&' if self.escape_html => self.code(character),
            '\0'..' ' | '\u{2028}' | '\u{2029}' => self.code(character),
            _ => push(&mut self.out, character),
        }
    }

    fn code(&mut self, character: char) {
        self.raw(&format!("\\u{:04x}", u32::from(character)));
    }
}

/// The shortest form; an exponent for very small and very large numbers, without a leading zero.
fn float(number: f64) -> Result<std::string::String, std::string::String> {
    if !number.is_finite() {
        let shown = format_float(number, FloatForm::General, None);
        return Err(format!("json: unsupported value: {shown}"));
    }
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return Ok(format_float(number, FloatForm::Fixed, None));
    }
    Ok(format_float(number, FloatForm::Exponent, None).replace("e-0", "e-"))
}

//! `html`, `js` and `urlquery`.

use crate::execute::Call;
use crate::format::runes::runes;
use crate::format::{quote, sprint};
use crate::functions::Failure;
use crate::value::{Text, Value};
use std::borrow::Cow;

pub(super) fn html(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    escape(call, values, |text, out| {
        for byte in text {
            match byte {
                0 => out.extend_from_slice("\u{fffd}".as_bytes()),
                b'"' => out.extend_from_slice(b"&#34;"),
                b'\'' => out.extend_from_slice(b"&#39;"),
                b'&' => out.extend_from_slice(b"&amp;"),
                b'<' => out.extend_from_slice(b"&lt;"),
                b'>' => out.extend_from_slice(b"&gt;"),
                byte => out.push(*byte),
            }
        }
    })
}

pub(super) fn js(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    escape(call, values, |text, out| {
        for rune in runes(text) {
            let bytes = text.get(rune.start..rune.start + rune.size).unwrap_or_default();
            match rune.character {
                '\\' | '\'' | '"' => {
                    out.push(b'\\');
                    out.extend_from_slice(bytes);
                }
                '<' | '>' | '&' | '=' | '\0'..' ' => unicode(rune.character, out),
                ' '..='\x7f' => out.extend_from_slice(bytes),
                // Go takes an invalid byte for U+FFFD, which is printable, and copies the byte.
                _ if rune.is_invalid() || is_printable(bytes) => out.extend_from_slice(bytes),
                character => unicode(character, out),
            }
        }
    })
}

/// Whether Go would print the character as it is.
fn is_printable(character: &[u8]) -> bool {
    quote(character).get(1..=character.len()) == Some(character)
}

fn unicode(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("\\u{:04X}", u32::from(character)).as_bytes());
}

pub(super) fn urlquery(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    escape(call, values, |text, out| {
        for byte in text {
            match byte {
                b' ' => out.push(b'+'),
                b'-' | b'_' | b'.' | b'~' => out.push(*byte),
                byte if byte.is_ascii_alphanumeric() => out.push(*byte),
                byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            }
        }
    })
}

fn escape(
    call: &mut Call<'_>,
    values: &[Value],
    write: impl FnOnce(&[u8], &mut Vec<u8>),
) -> Result<Value, Failure> {
    call.spend_on(values)?;
    let text = joined(values);
    let mut out = Vec::with_capacity(text.len());
    write(&text, &mut out);
    Ok(Value::String(Text::from(out)))
}

/// The arguments printed one after another, as an action would print each.
fn joined(values: &[Value]) -> Cow<'_, [u8]> {
    if let [Value::String(text)] = values {
        return Cow::Borrowed(text);
    }
    let shown = |value: &Value| if value.is_nil() { "<no value>".into() } else { value.clone() };
    let values: Vec<Value> = values.iter().map(shown).collect();
    Cow::Owned(sprint(&values))
}

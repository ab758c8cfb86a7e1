//! Writes TOML: what has no table in it first, then tables, each indented below its parent.

use super::{INSTANT, UNZONED};
use gotemplate::format::{FloatForm, duration, format_float};
use gotemplate::{Element, IntKind, List, Map, Object, Time, UintKind, Value};

/// What Go fails with for no value at all.
pub(crate) const NO_VALUE: &str = "reflect: call of reflect.Value.Type on zero Value";

const NIL_IN_ARRAY: &str = "toml: cannot encode array with nil element";
const NO_KEY: &str = "toml: top-level values must be Go maps or structs";

/// Why a value was not written.
#[derive(Debug)]
pub(crate) enum Unwritten {
    /// TOML cannot hold it.
    Refused(String),
    /// It takes more than the limit.
    TooLong,
}

/// What a value is to TOML.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nil,
    Plain,
    Table,
    Tables,
}

type Written = Result<(), Unwritten>;

/// Writes a value in at most `limit` bytes.
pub(crate) fn write(value: &Value, limit: usize) -> Result<Vec<u8>, Unwritten> {
    let mut writer = Writer { out: Vec::new(), limit };
    match value {
        Value::Invalid | Value::Nil => return refuse(NO_VALUE),
        // Alone, without a key, a nil list is written.
        Value::List(list) if list.is_nil() => {
            writer.entry(&mut Vec::new(), &Value::list(Vec::new()))?;
        }
        value => writer.entry(&mut Vec::new(), value)?,
    }
    Ok(writer.out)
}

fn refuse<T>(message: &str) -> Result<T, Unwritten> {
    Err(Unwritten::Refused(message.to_owned()))
}

struct Writer {
    out: Vec<u8>,
    limit: usize,
}

impl Writer {
    fn raw(&mut self, bytes: &[u8]) -> Written {
        if bytes.len() > self.limit.saturating_sub(self.out.len()) {
            return Err(Unwritten::TooLong);
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// A line break, but not at the very beginning.
    fn line(&mut self) -> Written {
        if self.out.is_empty() { Ok(()) } else { self.raw(b"\n") }
    }

    /// A value with its keys, the last of which is its own.
    fn entry(&mut self, keys: &mut Vec<Vec<u8>>, value: &Value) -> Written {
        match (shape(value)?, value) {
            (Shape::Nil, _) => Ok(()),
            (Shape::Table, value) => self.table(keys, value),
            (Shape::Tables, value) => self.tables(keys, &items(value)),
            (Shape::Plain, value) => self.plain(keys, value),
        }
    }

    fn plain(&mut self, keys: &[Vec<u8>], value: &Value) -> Written {
        let Some(key) = keys.last() else { return self.element(value) };
        self.indent(keys.len())?;
        self.key(key)?;
        self.raw(b" = ")?;
        self.element(value)?;
        self.line()
    }

    fn indent(&mut self, depth: usize) -> Written {
        (1..depth).try_for_each(|_| self.raw(b"  "))
    }

    fn path(&mut self, keys: &[Vec<u8>]) -> Written {
        for (index, key) in keys.iter().enumerate() {
            if index > 0 {
                self.raw(b".")?;
            }
            self.key(key)?;
        }
        Ok(())
    }

    fn key(&mut self, key: &[u8]) -> Written {
        let is_bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !key.is_empty() && key.iter().all(is_bare) {
            return self.raw(key);
        }
        self.quoted(key)
    }

    fn table(&mut self, keys: &mut Vec<Vec<u8>>, value: &Value) -> Written {
        if keys.len() == 1 {
            self.line()?;
        }
        if !keys.is_empty() {
            self.indent(keys.len())?;
            self.raw(b"[")?;
            self.path(keys)?;
            self.raw(b"]")?;
            self.line()?;
        }
        self.body(keys, value)
    }

    fn tables(&mut self, keys: &mut Vec<Vec<u8>>, items: &[Value]) -> Written {
        if keys.is_empty() {
            return refuse(NO_KEY);
        }
        for item in items {
            self.line()?;
            self.indent(keys.len())?;
            self.raw(b"[[")?;
            self.path(keys)?;
            self.raw(b"]]")?;
            self.line()?;
            self.body(keys, item)?;
        }
        Ok(())
    }

    fn body(&mut self, keys: &mut Vec<Vec<u8>>, value: &Value) -> Written {
        let (plain, tables) = split(value)?;
        for (key, value) in plain.into_iter().chain(tables) {
            keys.push(key);
            self.entry(keys, &value)?;
            keys.pop();
        }
        Ok(())
    }

    /// A table within a list. A nil leaves the comma before it behind, as in the original.
    fn inline(&mut self, value: &Value) -> Written {
        let (plain, tables) = split(value)?;
        self.raw(b"{")?;
        let has_tables = !tables.is_empty();
        for (entries, is_followed) in [(plain, has_tables), (tables, false)] {
            let count = entries.len();
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if shape(&value)? == Shape::Nil {
                    continue;
                }
                self.key(&key)?;
                self.raw(b" = ")?;
                self.element(&value)?;
                if is_followed || index + 1 < count {
                    self.raw(b", ")?;
                }
            }
        }
        self.raw(b"}")
    }

    fn element(&mut self, value: &Value) -> Written {
        match value {
            Value::Invalid | Value::Nil => refuse(NIL_IN_ARRAY),
            Value::Bool(truth) => self.raw(if *truth { b"true" } else { b"false" }),
            Value::Int(IntKind::Duration, number) => self.quoted(duration(*number).as_bytes()),
            Value::Int(_, number) => self.raw(number.to_string().as_bytes()),
            Value::Uint(_, number) => self.raw(number.to_string().as_bytes()),
            Value::Float(_, number) => self.raw(float(*number).as_bytes()),
            Value::String(text) => self.quoted(text),
            Value::Bytes(_) | Value::List(_) => self.list(&items(value)),
            Value::Map(_) => self.inline(value),
            Value::Object(object) => self.object(value, &**object),
        }
    }

    fn object(&mut self, value: &Value, object: &dyn Object) -> Written {
        if let Some(time) = Time::of_value(value) {
            return self.raw(&time_text(time));
        }
        if object.entries().is_some() && object.kind_name() == "slice" {
            return self.list(&items(value));
        }
        if shape(value)? == Shape::Table {
            return self.inline(value);
        }
        self.quoted(object.print().as_bytes())
    }

    fn list(&mut self, items: &[Value]) -> Written {
        self.raw(b"[")?;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.raw(b", ")?;
            }
            self.element(item)?;
        }
        self.raw(b"]")
    }

    fn quoted(&mut self, text: &[u8]) -> Written {
        self.raw(b"\"")?;
        for byte in text {
            match byte {
                b'"' => self.raw(b"\\\"")?,
                b'\\' => self.raw(b"\\\\")?,
                b'\x08' => self.raw(b"\\b")?,
                b'\t' => self.raw(b"\\t")?,
                b'\n' => self.raw(b"\\n")?,
                b'\x0c' => self.raw(b"\\f")?,
                b'\r' => self.raw(b"\\r")?,
                0..b' ' | 0x7f => self.raw(format!("\\u{byte:04x}").as_bytes())?,
                byte => self.raw(&[*byte])?,
            }
        }
        self.raw(b"\"")
    }
}

/// What stands for a key, in order of the keys: what is no table, and what is.
type Entries = Vec<(Vec<u8>, Value)>;

fn split(value: &Value) -> Result<(Entries, Entries), Unwritten> {
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in entries(value) {
        match shape(&value)? {
            Shape::Table | Shape::Tables => tables.push((key, value)),
            Shape::Plain | Shape::Nil => plain.push((key, value)),
        }
    }
    Ok((plain, tables))
}

fn entries(value: &Value) -> Entries {
    match value {
        Value::Map(map) => {
            map.entries().into_iter().map(|(key, value)| (key.to_vec(), value)).collect()
        }
        Value::Object(object) => match object.public_fields() {
            Some(fields) => {
                fields.into_iter().map(|(key, value)| (key.as_bytes().to_vec(), value)).collect()
            }
            None => entries(&object.encode().unwrap_or_default()),
        },
        _ => Vec::new(),
    }
}

/// What a value is; fails for a list with a nil in it.
fn shape(value: &Value) -> Result<Shape, Unwritten> {
    Ok(match value {
        Value::Invalid | Value::Nil => Shape::Nil,
        Value::Map(map) if is_nil(map) => Shape::Nil,
        Value::Map(_) => Shape::Table,
        Value::List(list) if list.is_nil() => Shape::Nil,
        Value::List(list) => list_shape(list)?,
        Value::Object(object) => match object.kind_name() {
            "map" => Shape::Table,
            "struct" | "ptr" if object.public_fields().is_some() => Shape::Table,
            _ => Shape::Plain,
        },
        _ => Shape::Plain,
    })
}

fn is_nil(map: &Map) -> bool {
    map.is_nil()
}

fn list_shape(list: &List) -> Result<Shape, Unwritten> {
    if matches!(list.element(), Element::String | Element::Int | Element::Float64) {
        return Ok(Shape::Plain);
    }
    let mut are_tables = !list.is_empty();
    for item in list.iter() {
        let shape = shape(item)?;
        if shape == Shape::Nil {
            return refuse(NIL_IN_ARRAY);
        }
        are_tables &= shape == Shape::Table;
    }
    Ok(if are_tables { Shape::Tables } else { Shape::Plain })
}

fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::List(list) => list.to_vec(),
        Value::Bytes(bytes) => {
            bytes.iter().map(|byte| Value::Uint(UintKind::Uint8, u64::from(*byte))).collect()
        }
        Value::Object(object) => {
            object.entries().unwrap_or_default().into_iter().map(|(_, item)| item).collect()
        }
        _ => Vec::new(),
    }
}

/// A float has a dot or an exponent.
fn float(number: f64) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let text = format_float(number, FloatForm::General, None);
    if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
}

fn time_text(time: &Time) -> Vec<u8> {
    let layout = UNZONED.iter().find(|(_, name)| time.unzoned() == Some(name));
    match layout {
        Some((layout, _)) => time.in_utc().format(layout.as_bytes()),
        None => time.format(INSTANT.as_bytes()),
    }
}

//! Values to YAML and back, as `toYaml` and `fromYaml` do it.
//!
//! `toYaml` goes through JSON: numbers lose their type (`1e6` is printed as `1000000`), bytes
//! become base64, and what JSON or the YAML reader in between cannot hold is an error.

use crate::values::from_yaml as value_of;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use go_yaml::{Data, Emitter, Style};
use gotemplate::format::duration;
use gotemplate::{IntKind, Map, Object, Time, Value};

/// How deep values may be nested. Go notices cycles instead, and fails on them as we do.
const MAXIMUM_DEPTH: usize = 1000;

/// A value that has no YAML form.
#[derive(Debug)]
pub(crate) struct Unencodable(pub(crate) String);

/// What `toYaml` writes, without the final line break.
pub(crate) fn to_yaml(value: &Value) -> Result<String, Unencodable> {
    write(value, Style::V2)
}

/// What `toYamlPretty` writes, without the final line break.
pub(crate) fn to_yaml_pretty(value: &Value) -> Result<String, Unencodable> {
    write(value, Style::V3)
}

fn write(value: &Value, style: Style) -> Result<String, Unencodable> {
    let mut writer = Writer { emitter: Emitter::new(style), style };
    writer.value(value, 0)?;
    let mut text = writer.emitter.finish();
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

struct Writer {
    emitter: Emitter,
    style: Style,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Unencodable> {
        if depth > MAXIMUM_DEPTH {
            return fail("json: unsupported value: encountered a cycle");
        }
        match value {
            Value::Invalid | Value::Nil => self.emitter.null(),
            Value::Bool(value) => self.emitter.bool(*value),
            Value::Int(IntKind::Duration, number) if self.style == Style::V3 => {
                self.emitter.string(&duration(*number));
            }
            Value::Int(_, number) => self.emitter.int(*number),
            Value::Uint(_, number) => self.emitter.uint(*number),
            Value::Float(_, number) => self.float(*number)?,
            Value::String(text) => self.string(text)?,
            Value::Bytes(bytes) => self.bytes(bytes)?,
            Value::List(items) if items.is_nil() && self.style != Style::V3 => self.emitter.null(),
            Value::List(items) => {
                self.emitter.begin_list(items.len());
                for item in items.iter() {
                    self.value(item, depth + 1)?;
                }
                self.emitter.end_list();
            }
            Value::Map(map) => self.map(map, depth)?,
            Value::Object(object) => self.object(value, &**object, depth)?,
        }
        Ok(())
    }

    fn object(
        &mut self,
        value: &Value,
        object: &dyn Object,
        depth: usize,
    ) -> Result<(), Unencodable> {
        if self.style == Style::V3 {
            if let Some(time) = Time::of_value(value) {
                self.time(time);
                return Ok(());
            }
            if let Some(fields) = object.public_fields() {
                return self.fields(&fields, object.embedded(), depth);
            }
        }
        match object.encode() {
            Some(encoded) => self.value(&encoded, depth + 1),
            None => fail(&object.refusal()),
        }
    }

    /// The layout is plain to the reader of YAML, too, which sees a time.
    fn time(&mut self, time: &Time) {
        let text = time.format(b"2006-01-02T15:04:05.999999999Z07:00");
        self.emitter.plain(&String::from_utf8_lossy(&text));
    }

    /// A struct under the names of its fields, with small letters, those of an embedded struct
    /// under its name.
    fn fields(
        &mut self,
        fields: &[(&str, Value)],
        embedded: Option<(&str, usize)>,
        depth: usize,
    ) -> Result<(), Unencodable> {
        let (name, count) = embedded.unwrap_or_default();
        let (inner, own) = fields.split_at_checked(count).unwrap_or((&[], fields));
        self.emitter.begin_map(own.len() + usize::from(count > 0));
        if count > 0 {
            self.string(name.to_lowercase().as_bytes())?;
            self.fields(inner, None, depth + 1)?;
        }
        for (name, value) in own {
            self.string(name.to_lowercase().as_bytes())?;
            self.value(value, depth + 1)?;
        }
        self.emitter.end_map();
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), Unencodable> {
        // Through JSON, Go's nil map is null: the annotations of a chart that has none.
        if map.is_nil() && self.style != Style::V3 {
            self.emitter.null();
            return Ok(());
        }
        let mut entries: Vec<(String, Value)> = map
            .entries()
            .into_iter()
            .map(|(key, value)| (key.to_str_lossy().into_owned(), value))
            .collect();
        entries.sort_by(|left, right| go_yaml::compare_keys(&left.0, &right.0));
        self.emitter.begin_map(entries.len());
        for (key, value) in &entries {
            self.string(key.as_bytes())?;
            self.value(value, depth + 1)?;
        }
        self.emitter.end_map();
        Ok(())
    }

    /// Through JSON an integral float is written without an exponent in the fewest digits that tell
    /// it apart, and those are read back as an integer if they fit one. Minus zero is `-0`, which
    /// is the integer 0.
    fn float(&mut self, number: f64) -> Result<(), Unencodable> {
        if self.style == Style::V3 {
            self.emitter.float(number);
            return Ok(());
        }
        if !number.is_finite() {
            return fail(&format!("json: unsupported value: {number}"));
        }
        let digits = if number.fract() == 0.0 { number.to_string() } else { String::new() };
        match (digits.parse::<i64>(), digits.parse::<u64>()) {
            (Ok(int), _) => self.emitter.int(int),
            (_, Ok(uint)) => self.emitter.uint(uint),
            _ => self.emitter.float(number),
        }
        Ok(())
    }

    fn string(&mut self, bytes: &[u8]) -> Result<(), Unencodable> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text),
            Err(_) if self.style == Style::V3 => {
                self.emitter.binary(&STANDARD.encode(bytes));
                Ok(())
            }
            Err(_) => self.text(&replace_invalid(bytes)),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Unencodable> {
        if self.style != Style::V3 && text.chars().any(is_refused) {
            return fail("yaml: control characters are not allowed");
        }
        self.emitter.string(text);
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Unencodable> {
        if self.style != Style::V3 {
            return self.text(&STANDARD.encode(bytes));
        }
        self.emitter.begin_list(bytes.len());
        for byte in bytes {
            self.emitter.uint(u64::from(*byte));
        }
        self.emitter.end_list();
        Ok(())
    }
}

fn fail<T>(message: &str) -> Result<T, Unencodable> {
    Err(Unencodable(message.to_owned()))
}

/// JSON writes these characters as they are, and the YAML reader that follows refuses them.
fn is_refused(character: char) -> bool {
    matches!(character, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

/// Go replaces every byte of an invalid sequence, not the sequence as a whole.
fn replace_invalid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
    }
    text
}

/// What `fromYaml` returns: a map, with the text of an error under `Error`.
pub(crate) fn from_yaml(text: &[u8]) -> Value {
    match read(text, "map[string]interface {}", |data| matches!(data, Data::Map(_))) {
        Ok(Some(value)) => value,
        Ok(None) => Value::Map(Map::default()),
        Err(message) => error_map(message),
    }
}

/// What `fromYamlArray` returns: a list, with the text of an error as its only item.
pub(crate) fn from_yaml_array(text: &[u8]) -> Value {
    match read(text, "[]interface {}", |data| matches!(data, Data::List(_))) {
        Ok(Some(value)) => value,
        Ok(None) => Value::list(Vec::new()),
        Err(message) => Value::list(vec![Value::from(message)]),
    }
}

/// A map that only tells of an error.
pub(crate) fn error_map(message: String) -> Value {
    let map = Map::default();
    map.insert("Error".into(), Value::from(message));
    Value::Map(map)
}

/// Reads the first document, none if it is null: there Helm has an empty map or list, not a nil
/// one as after JSON.
fn read(
    text: &[u8],
    type_name: &str,
    is_expected: impl Fn(&Data) -> bool,
) -> Result<Option<Value>, String> {
    let node = go_yaml::parse(text)
        .map_err(|error| format!("error converting YAML to JSON: {}", error.message))?;
    let found = match &node.data {
        data if is_expected(data) => return Ok(Some(value_of(&node))),
        Data::Null => return Ok(None),
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    };
    Err(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go \
         value of type {type_name}"
    ))
}

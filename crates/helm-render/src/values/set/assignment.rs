//! The grammar of assignments: `a.b[0].c=value,d={e,f}`.
//!
//! Owns the parser, which writes into the values as it reads, as Helm's does: what stands before
//! an error has been set by then.

use super::ReadFile;
use super::json;
use super::source::{Source, Stop};
use crate::profile::Profile;
use crate::values::path::quote;
use gotemplate::{IntKind, Map, Value, format};

const MAX_INDEX: i64 = 65_536;
const MAX_NAME_LEVEL: usize = 30;
/// Helm has no limit here; ours keeps the stack.
const MAX_LIST_LEVEL: usize = 200;

/// How values are read.
pub(super) enum Kind<'a> {
    /// `--set`
    Typed,
    /// `--set-string`
    String,
    /// `--set-literal`
    Literal,
    /// `--set-json`
    Json,
    /// `--set-file`
    File(ReadFile<'a>),
}

/// Why parsing stopped.
enum Fault {
    /// The end of the text, where a value may be left out.
    End,
    /// The end of the text inside an index: an error that Helm 4 takes for the plain end.
    EndOfIndex(String),
    /// Anything else.
    Message(String),
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

/// How deep the parser is.
#[derive(Clone, Copy)]
struct Level {
    names: usize,
    lists: usize,
}

/// A parser of one flag.
pub(super) struct Parser<'a> {
    source: Source,
    kind: Kind<'a>,
    profile: Profile,
}

impl<'a> Parser<'a> {
    /// A parser of `text`.
    pub(super) fn new(text: &[u8], kind: Kind<'a>, profile: Profile) -> Self {
        Self { source: Source::new(text), kind, profile }
    }

    /// Applies all assignments of the text.
    pub(super) fn run(&mut self, into: &Map) -> Result<(), String> {
        loop {
            match self.key(into, Level { names: 0, lists: 0 }) {
                Ok(()) => {}
                Err(Fault::End) => return Ok(()),
                Err(Fault::EndOfIndex(_)) if self.profile == Profile::Helm4 => return Ok(()),
                Err(Fault::EndOfIndex(message) | Fault::Message(message)) => return Err(message),
            }
        }
    }

    fn is_literal(&self) -> bool {
        matches!(self.kind, Kind::Literal)
    }

    fn key(&mut self, into: &Map, level: Level) -> Result<(), Fault> {
        let stops: &[char] =
            if self.is_literal() { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (key, stop) = self.source.until(stops, !self.is_literal());
        match stop {
            Stop::End if key.is_empty() => Err(Fault::End),
            Stop::End => Err(format!("key {} has no value", quote(&key)).into()),
            Stop::At('[') => self.list_key(into, &key, level),
            Stop::At('.') => self.table_key(into, &key, level),
            Stop::At('=') => self.value(|value| put(into, &key, value)),
            Stop::At(_) => {
                put(into, &key, Value::from(""));
                Err(format!("key {} has no value (cannot end with ,)", quote(&key)).into())
            }
        }
    }

    fn table_key(&mut self, into: &Map, key: &str, level: Level) -> Result<(), Fault> {
        let level = Level { names: level.names + 1, ..level };
        if level.names > MAX_NAME_LEVEL {
            return Err(Fault::Message(format!(
                "value name nested level is greater than maximum supported nested level of {MAX_NAME_LEVEL}"
            )));
        }
        let inner = match into.get(key.as_bytes()) {
            None => Map::default(),
            Some(Value::Map(inner)) => inner,
            Some(other) => return Err(mismatch(&other, "map[string]interface {}")),
        };
        let result = self.key(&inner, level);
        if !inner.is_empty() {
            put(into, key, Value::Map(inner));
        } else if result.is_ok() {
            return Err(format!("key map {} has no value", quote(key)).into());
        }
        result
    }

    fn list_key(&mut self, into: &Map, key: &str, level: Level) -> Result<(), Fault> {
        let index = self.index()?;
        let mut list = match into.get(key.as_bytes()) {
            None => Vec::new(),
            Some(Value::List(list)) => list.to_vec(),
            Some(other) => return Err(mismatch(&other, "[]interface {}")),
        };
        let result = self.item(&mut list, index, level);
        let panicked = matches!(&result, Err(Fault::Message(text)) if text.starts_with(MISMATCH));
        if !panicked {
            put(into, key, Value::list(list));
        }
        result
    }

    /// The number up to `]`.
    fn index(&mut self) -> Result<i64, Fault> {
        let (digits, stop) = self.source.until(&[']'], !self.is_literal());
        if stop == Stop::End {
            return Err(Fault::EndOfIndex("error parsing index: EOF".to_owned()));
        }
        digits.parse().map_err(|error: std::num::ParseIntError| {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let reason = match error.kind() {
                NegOverflow | PosOverflow => "value out of range",
                _ => "invalid syntax",
            };
            let digits = quote(&digits);
            Fault::Message(format!("error parsing index: strconv.Atoi: parsing {digits}: {reason}"))
        })
    }

    /// What follows an index.
    fn item(&mut self, list: &mut Vec<Value>, index: i64, level: Level) -> Result<(), Fault> {
        if index < 0 {
            return Err(format!("negative {index} index not allowed").into());
        }
        let (rest, stop) = self.source.until(&['[', '.', '='], !self.is_literal());
        if !rest.is_empty() {
            let rest = show_runes(&rest);
            return Err(format!("unexpected data at end of array index: {rest}").into());
        }
        match stop {
            Stop::End => Err(Fault::End),
            Stop::At('=') => self.item_value(list, index),
            Stop::At('[') => self.nested_list(list, index, level),
            Stop::At(_) => self.nested_table(list, index, level),
        }
    }

    fn item_value(&mut self, list: &mut Vec<Value>, index: i64) -> Result<(), Fault> {
        let mut given = None;
        let result = self.value(|value| given = Some(value));
        match (result, given) {
            (Ok(()) | Err(Fault::End), Some(value)) => put_at(list, index, value),
            (result, _) => result,
        }
    }

    fn nested_list(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        level: Level,
    ) -> Result<(), Fault> {
        let level = Level { lists: level.lists + 1, ..level };
        if level.lists > MAX_LIST_LEVEL {
            return Err(Fault::Message(format!(
                "lists nested more than {MAX_LIST_LEVEL} deep are not supported yet by molave"
            )));
        }
        let next = self.index()?;
        let mut inner = match item_at(list, index) {
            None | Some(Value::Nil) => None,
            Some(Value::List(inner)) => Some(inner.to_vec()),
            Some(other) => return Err(mismatch(other, "[]interface {}")),
        };
        let existed = inner.is_some();
        let mut items = inner.take().unwrap_or_default();
        let result = self.item(&mut items, next, level);
        if result.is_ok() || existed {
            put_at(list, index, Value::list(items))?;
        }
        result
    }

    fn nested_table(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        level: Level,
    ) -> Result<(), Fault> {
        let existed = item_at(list, index).is_some();
        let inner = match item_at(list, index) {
            Some(Value::Map(inner)) => inner.clone(),
            _ => Map::default(),
        };
        if existed {
            put_at(list, index, Value::Map(inner.clone()))?;
        }
        self.key(&inner, level)?;
        put_at(list, index, Value::Map(inner))
    }

    /// The value after `=`, given to `put` as soon as it is known.
    fn value(&mut self, put: impl FnOnce(Value)) -> Result<(), Fault> {
        if matches!(self.kind, Kind::Json) {
            return self.json_value(put);
        }
        if self.is_literal() {
            put(Value::string(self.source.until(&[], false).0));
            return Ok(());
        }
        match self.source.peek() {
            None => {
                put(Value::from(""));
                Err(Fault::End)
            }
            Some('{') => {
                let list = self.list()?;
                put(Value::list(list));
                Ok(())
            }
            Some(_) => {
                let text = self.source.until(&[','], true).0;
                let (value, result) = self.convert(text);
                put(value);
                result
            }
        }
    }

    fn json_value(&mut self, put: impl FnOnce(Value)) -> Result<(), Fault> {
        if self.source.skip_empty_value() {
            put(Value::Nil);
            return Ok(());
        }
        let rest = self.source.rest();
        let Some((value, taken)) = json::parse_first(&rest) else {
            return Err(Fault::Message("invalid JSON".to_owned()));
        };
        put(value);
        self.source.skip(taken);
        self.source.skip_empty_value();
        Ok(())
    }

    /// `{a,b}`, with the comma after it.
    fn list(&mut self) -> Result<Vec<Value>, Fault> {
        let mut items = Vec::new();
        let _brace = self.source.read();
        loop {
            let (text, stop) = self.source.until(&[',', '}'], true);
            if stop == Stop::End {
                return Err(Fault::Message("list must terminate with '}'".to_owned()));
            }
            if stop == Stop::At('}') && self.source.peek() == Some(',') {
                self.source.read();
            }
            let (value, result) = self.convert(text);
            result?;
            items.push(value);
            if stop == Stop::At('}') {
                return Ok(items);
            }
        }
    }

    fn convert(&mut self, text: String) -> (Value, Result<(), Fault>) {
        match &mut self.kind {
            Kind::Typed => (typed(text), Ok(())),
            Kind::File(read) => match read(&text) {
                Ok(content) => (Value::string(content), Ok(())),
                Err(reason) => (Value::Nil, Err(Fault::Message(reason))),
            },
            Kind::String | Kind::Literal | Kind::Json => (Value::string(text), Ok(())),
        }
    }
}

/// A value with its type recognised. Digits after a leading zero stay a string.
fn typed(text: String) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Nil;
    }
    if (text == "0" || !text.starts_with('0'))
        && let Ok(number) = text.parse()
    {
        return Value::int64(number);
    }
    Value::string(text)
}

/// Sets a key, unless it is empty.
fn put(into: &Map, key: &str, value: Value) {
    if !key.is_empty() {
        into.insert(key.into(), value);
    }
}

fn item_at(list: &[Value], index: i64) -> Option<&Value> {
    list.get(usize::try_from(index).ok()?)
}

fn put_at(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), Fault> {
    if index > MAX_INDEX {
        return Err(Fault::Message(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        )));
    }
    let Ok(place) = usize::try_from(index) else {
        return Err(format!("negative {index} index not allowed").into());
    };
    if list.len() <= place {
        list.resize(place + 1, Value::Nil);
    }
    if let Some(slot) = list.get_mut(place) {
        *slot = value;
    }
    Ok(())
}

/// A list of characters as Go's `%q` shows it.
fn show_runes(text: &str) -> String {
    let runes = text.chars().map(|rune| Value::Int(IntKind::Int32, i64::from(u32::from(rune))));
    let shown = format::sprintf(b"%q", &[Value::list(runes.collect())]);
    String::from_utf8_lossy(&shown).into_owned()
}

const MISMATCH: &str = "unable to parse key: interface conversion: interface {}";

/// Go's text for a value of another type than the path needs.
fn mismatch(found: &Value, wanted: &str) -> Fault {
    let found = if found.is_nil() { "nil" } else { found.type_name() };
    Fault::Message(format!("{MISMATCH} is {found}, not {wanted}"))
}

//! Reads TOML into values of the types that Go gives them.
//!
//! The syntax is the `toml` crate's to know; this module owns numbers, times and messages.

use super::{INSTANT, UNZONED};
use crate::engine::encoding::error_map;
use gotemplate::{Element, List, Map, Text, Time, Value};
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

/// How many parts a key may have: tables in tables are read and freed by recursion.
const MAXIMUM_PARTS: usize = 250;

/// A map, with the text of an error under `Error`. `offset` is that of the local zone now, with
/// which Go shows dates without a zone.
pub(crate) fn read(text: &[u8], local: &TimeZone, offset: &dyn Fn() -> i64) -> Value {
    let text = [b"\xff\xfe".as_slice(), b"\xfe\xff", b"\xef\xbb\xbf"]
        .iter()
        .find_map(|mark| text.strip_prefix(*mark))
        .unwrap_or(text);
    let text = match str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let (valid, rest) = text.split_at(error.valid_up_to());
            let byte = rest.first().copied().unwrap_or_default();
            let line = line_at(valid, valid.len());
            return error_map(format!("toml: line {line}: invalid UTF-8 byte: 0x{byte:02x}"));
        }
    };
    let reader = Reader { text, local, offset };
    match reader.document() {
        Ok(map) => map,
        Err(message) => error_map(message),
    }
}

struct Reader<'r> {
    text: &'r str,
    local: &'r TimeZone,
    offset: &'r dyn Fn() -> i64,
}

/// The 1-based line of a byte.
fn line_at(text: &[u8], offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).split(|byte| *byte == b'\n').count()
}

/// A key on the way to a value, innermost first.
#[derive(Clone, Copy)]
struct Path<'p> {
    key: &'p str,
    parent: Option<&'p Self>,
}

impl Path<'_> {
    fn text(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}.{}", parent.text(), self.key),
            None => self.key.to_owned(),
        }
    }
}

impl Reader<'_> {
    fn document(&self) -> Result<Value, String> {
        if self.text.lines().any(|line| line.matches('.').count() > MAXIMUM_PARTS) {
            let longest = |line: &&str| line.matches('.').count() > MAXIMUM_PARTS;
            let number = self.text.lines().position(|line| longest(&line)).unwrap_or(0) + 1;
            return Err(format!("toml: line {number}: more than {MAXIMUM_PARTS} dots in a line"));
        }
        let table = DeTable::parse(self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let line = line_at(self.text.as_bytes(), offset);
            format!("toml: line {line}: {}", error.message())
        })?;
        self.table(table.get_ref(), None)
    }

    fn table(&self, table: &DeTable<'_>, parent: Option<&Path<'_>>) -> Result<Value, String> {
        let map = Map::default();
        for (key, value) in table {
            let path = Path { key: key.get_ref(), parent };
            map.insert(Text::from(path.key), self.value(value, &path)?);
        }
        Ok(Value::Map(map))
    }

    fn value(&self, value: &Spanned<DeValue<'_>>, path: &Path<'_>) -> Result<Value, String> {
        let span = value.span();
        Ok(match value.get_ref() {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Integer(number) => match integer(number) {
                Some(number) => Value::int64(number),
                None => return Err(self.error(&span, path, "int64")),
            },
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(float) if float.is_finite() || !has_digit(number.as_str()) => {
                    Value::float(float)
                }
                _ => return Err(self.error(&span, path, "float64")),
            },
            DeValue::Datetime(_) => self.time(&span, path)?,
            DeValue::Array(array) => self.array(array, path)?,
            DeValue::Table(table) => self.table(table, Some(path))?,
        })
    }

    fn source(&self, span: &std::ops::Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    fn at(&self, span: &std::ops::Range<usize>, path: &Path<'_>, message: &str) -> String {
        let line = line_at(self.text.as_bytes(), span.start);
        let key = gotemplate::format::quote(path.text().as_bytes());
        format!("toml: line {line} (last key {}): {message}", String::from_utf8_lossy(&key))
    }

    fn error(&self, span: &std::ops::Range<usize>, path: &Path<'_>, type_name: &str) -> String {
        let source = self.source(span);
        self.at(span, path, &format!("{source} is out of range for {type_name}"))
    }

    /// A list of `[[tables]]` has a type of its own.
    fn array(&self, array: &DeArray<'_>, path: &Path<'_>) -> Result<Value, String> {
        let items: Result<Vec<_>, _> = array.iter().map(|item| self.value(item, path)).collect();
        let element = if self.has_headers(array) { Element::Map } else { Element::Interface };
        Ok(Value::List(List::new(element, items?)))
    }

    /// Whether the items are written below `[[headers]]`, not within braces.
    fn has_headers(&self, array: &DeArray<'_>) -> bool {
        array.iter().next().is_some_and(|item| {
            item.get_ref().is_table() && self.source(&item.span()).starts_with("[[")
        })
    }

    fn time(&self, span: &std::ops::Range<usize>, path: &Path<'_>) -> Result<Value, String> {
        let text = self.source(span).replace('z', "Z").replace(['t', ' '], "T");
        let [date_time, date, time] = UNZONED;
        let short = [
            ("2006-01-02T15:04Z07:00", None),
            ("2006-01-02T15:04", Some(date_time.1)),
            ("15:04", Some(time.1)),
        ];
        let long = [date_time, date, time].map(|(layout, name)| (layout, Some(name)));
        for (layout, name) in [(INSTANT, None)].into_iter().chain(long).chain(short) {
            let unzoned = || name.map(|name| (name, (self.offset)()));
            // Only what has no zone depends on the offset, and so on the time.
            if Time::read(layout, &text, None, self.local).is_ok()
                && let Ok(time) = Time::read(layout, &text, unzoned(), self.local)
            {
                return Ok(time.into_value());
            }
        }
        Err(self.at(span, path, &format!("invalid datetime: {text:?}")))
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

//! Functions from text to text.
//!
//! Owns trimming, cutting, quoting, padding, splitting and joining. Case is in [`super::case`],
//! words in [`super::words`], line breaking in [`super::wrapping`].

use super::signature::{
    fixed, int, items, reserve, rest, size, string, string_of, strings_of, text, value, variadic,
};
use super::{case, words, wrapping};
use crate::execute::Call;
use crate::format::{quote, runes::runes, sprint};
use crate::functions::Parameter::{Int, Interface, String};
use crate::functions::{Failure, Function};
use crate::value::{Element, Map, MapType, Text, Value};
use memchr::memmem::find;

pub(super) const TABLE: &[Function] = &[
    fixed("hello", &[], |_, _| Ok("Hello!".into())),
    fixed("trim", &[String], |_, a| Ok(string(trim_space(text(a, 0))))),
    fixed("trimAll", &[String, String], trim_all),
    fixed("trimall", &[String, String], trim_all),
    fixed("trimSuffix", &[String, String], |_, a| {
        Ok(string(text(a, 1).strip_suffix(text(a, 0)).unwrap_or(text(a, 1))))
    }),
    fixed("trimPrefix", &[String, String], |_, a| {
        Ok(string(text(a, 1).strip_prefix(text(a, 0)).unwrap_or(text(a, 1))))
    }),
    fixed("contains", &[String, String], |call, a| {
        spend_on_search(call, text(a, 1))?;
        Ok(find(text(a, 1), text(a, 0)).is_some().into())
    }),
    fixed("hasPrefix", &[String, String], |_, a| Ok(text(a, 1).starts_with(text(a, 0)).into())),
    fixed("hasSuffix", &[String, String], |_, a| Ok(text(a, 1).ends_with(text(a, 0)).into())),
    fixed("upper", &[String], |call, a| {
        call.spend(size(text(a, 0).len()) / 2)?;
        Ok(string(case::map(text(a, 0), case::to_upper)))
    }),
    fixed("lower", &[String], |call, a| {
        call.spend(size(text(a, 0).len()) / 2)?;
        Ok(string(case::map(text(a, 0), case::to_lower)))
    }),
    fixed("title", &[String], |_, a| Ok(string(case::title(text(a, 0))))),
    fixed("untitle", &[String], |_, a| Ok(string(case::untitle(text(a, 0))))),
    fixed("swapcase", &[String], |_, a| Ok(string(case::swap(text(a, 0))))),
    fixed("camelcase", &[String], |_, a| Ok(string(words::camel(text(a, 0))))),
    fixed("snakecase", &[String], |call, a| separated(call, a, "snakecase", '_')),
    fixed("kebabcase", &[String], |call, a| separated(call, a, "kebabcase", '-')),
    fixed("initials", &[String], |_, a| Ok(string(wrapping::initials(text(a, 0))))),
    fixed("nospace", &[String], |_, a| Ok(string(wrapping::without_spaces(text(a, 0))))),
    fixed("abbrev", &[Int, String], |_, a| {
        Ok(string(wrapping::abbreviate(text(a, 1), 0, int(a, 0))))
    }),
    fixed("abbrevboth", &[Int, Int, String], |_, a| {
        Ok(string(wrapping::abbreviate(text(a, 2), int(a, 0), int(a, 1))))
    }),
    fixed("wrap", &[Int, String], |_, a| Ok(string(wrapping::wrap(text(a, 1), int(a, 0))))),
    fixed("wrapWith", &[Int, String, String], wrap_with),
    fixed("trunc", &[Int, String], |_, a| Ok(string(truncate(int(a, 0), text(a, 1))))),
    fixed("substr", &[Int, Int, String], |_, a| {
        Ok(string(substring(int(a, 0), int(a, 1), text(a, 2))?))
    }),
    fixed("repeat", &[Int, String], repeat),
    fixed("replace", &[String, String, String], replace),
    fixed("indent", &[Int, String], |call, a| Ok(string(indent(call, int(a, 0), text(a, 1), "")?))),
    fixed("nindent", &[Int, String], |call, a| {
        Ok(string(indent(call, int(a, 0), text(a, 1), "\n")?))
    }),
    fixed("plural", &[String, String, Int], |_, a| {
        Ok(value(a, usize::from(int(a, 2) != 1)).clone())
    }),
    variadic("quote", &[], Interface, |call, a| {
        call.spend_on(a)?;
        Ok(string(each(a, |value| quote(&string_of(value)))))
    }),
    variadic("squote", &[], Interface, |call, a| {
        call.spend_on(a)?;
        Ok(string(each(a, |value| [b"'", &*sprint(std::slice::from_ref(value)), b"'"].concat())))
    }),
    variadic("cat", &[], Interface, |call, a| {
        call.spend_on(a)?;
        Ok(string(each(a, |value| sprint(std::slice::from_ref(value)))))
    }),
    fixed("toString", &[Interface], |call, a| {
        call.spend_on(a)?;
        Ok(string(string_of(value(a, 0))))
    }),
    fixed("toStrings", &[Interface], |call, a| {
        call.spend_on(a)?;
        if is_nil_strings(value(a, 0)) {
            return Ok(value(a, 0).clone());
        }
        Ok(Value::strings(strings_of(value(a, 0))))
    }),
    fixed("join", &[String, Interface], join),
    fixed("sortAlpha", &[Interface], sort_alpha),
    fixed("split", &[String, String], |call, a| {
        Ok(numbered(split(call, text(a, 1), text(a, 0), None)?))
    }),
    fixed("splitn", &[String, Int, String], |call, a| {
        Ok(numbered(split(call, text(a, 2), text(a, 0), Some(int(a, 1)))?))
    }),
    fixed("splitList", &[String, String], |call, a| {
        Ok(Value::strings(split(call, text(a, 1), text(a, 0), None)?))
    }),
];

fn separated(
    call: &mut Call<'_>,
    arguments: &[Value],
    name: &str,
    connector: char,
) -> Result<Value, Failure> {
    call.spend(size(text(arguments, 0).len()))?;
    if runes(text(arguments, 0)).any(|rune| rune.character == char::REPLACEMENT_CHARACTER) {
        return Err(
            format!("{name} of text that is not UTF-8 is not supported yet by molave").into()
        );
    }
    Ok(string(words::separated(text(arguments, 0), connector)))
}

fn trim_space(text: &[u8]) -> &[u8] {
    trim_while(text, |character, _| character.is_whitespace())
}

fn trim_all(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (cutset, text) = (text(arguments, 0), text(arguments, 1));
    call.spend(size(text.len()).saturating_mul(size(cutset.len())) / 16)?;
    Ok(string(trim(text, cutset)))
}

/// `strings.Trim`: without the leading and trailing characters that stand in `cutset`.
fn trim<'a>(text: &'a [u8], cutset: &[u8]) -> &'a [u8] {
    trim_while(text, |character, _| runes(cutset).any(|cut| cut.character == character))
}

fn trim_while(text: &[u8], cut: impl Fn(char, usize) -> bool) -> &[u8] {
    let start = runes(text).find(|rune| !cut(rune.character, rune.size));
    let end = runes(text).filter(|rune| !cut(rune.character, rune.size)).last();
    match (start, end) {
        (Some(start), Some(end)) => text.get(start.start..end.start + end.size).unwrap_or(text),
        _ => &[],
    }
}

/// Pays for looking for something in a text.
fn spend_on_search(call: &mut Call<'_>, text: &[u8]) -> Result<(), Failure> {
    call.spend(size(text.len()) / 1024)
}

fn truncate(count: i64, text: &[u8]) -> &[u8] {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if count >= 0 {
        let end = usize::try_from(count).unwrap_or(usize::MAX);
        text.get(..end).unwrap_or(text)
    } else {
        let start = usize::try_from(length.saturating_add(count)).unwrap_or(0);
        text.get(start..).unwrap_or(text)
    }
}

fn substring(start: i64, end: i64, text: &[u8]) -> Result<&[u8], Failure> {
    let length = text.len();
    let failure = |range: std::string::String| {
        Failure::Message(format!("runtime error: slice bounds out of range [{range}"))
    };
    let index = |number: i64| usize::try_from(number).ok().filter(|number| *number <= length);
    match (index(start), index(end)) {
        (_, _) if start < 0 && end < 0 => Err(failure(format!(":{end}]"))),
        (_, None) if start < 0 => Err(failure(format!(":{end}] with length {length}"))),
        (_, Some(end)) if start < 0 => Ok(text.get(..end).unwrap_or_default()),
        (None, None) => Err(failure(format!("{start}:{length}]"))),
        (Some(start), None) => Ok(text.get(start..).unwrap_or_default()),
        (start_index, Some(end)) => start_index
            .and_then(|start| text.get(start..end))
            .ok_or_else(|| failure(format!("{start}:{end}]"))),
    }
}

fn repeat(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    Ok(string(repeated(call, int(arguments, 0), text(arguments, 1))?))
}

fn repeated(call: &mut Call<'_>, count: i64, text: &[u8]) -> Result<Vec<u8>, Failure> {
    let Ok(count) = usize::try_from(count) else {
        return Err("strings: negative Repeat count".into());
    };
    reserve(call, size(count).saturating_mul(size(text.len())))?;
    Ok(text.repeat(count))
}

/// `indent`: every line moved right, blank ones too.
fn indent(call: &mut Call<'_>, spaces: i64, text: &[u8], before: &str) -> Result<Vec<u8>, Failure> {
    let Ok(spaces) = usize::try_from(spaces) else {
        return Err("strings: negative Repeat count".into());
    };
    let lines = text.split(|byte| *byte == b'\n');
    let padding = size(spaces).saturating_mul(size(lines.clone().count()));
    reserve(call, padding.saturating_add(size(text.len())))?;
    let mut out = before.as_bytes().to_vec();
    for (index, line) in lines.enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend(std::iter::repeat_n(b' ', spaces));
        out.extend_from_slice(line);
    }
    Ok(out)
}

fn replace(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (old, new, text) = (text(arguments, 0), text(arguments, 1), text(arguments, 2));
    spend_on_search(call, text)?;
    let count = size(Parts::new(text, old).count());
    call.spend(count)?;
    reserve(call, count.saturating_mul(size(new.len())).saturating_add(size(text.len())))?;
    let mut out = Vec::with_capacity(text.len());
    // Go inserts before, between and after the characters if there is nothing to look for.
    let mut is_between = old.is_empty();
    for part in Parts::new(text, old) {
        if is_between {
            out.extend_from_slice(new);
        }
        out.extend_from_slice(part);
        is_between = true;
    }
    if old.is_empty() {
        out.extend_from_slice(new);
    }
    Ok(string(out))
}

/// Each value that is not nil as text, with spaces between them.
fn each(values: &[Value], text: impl Fn(&Value) -> Vec<u8>) -> Vec<u8> {
    let texts: Vec<Vec<u8>> = values.iter().filter(|value| !value.is_nil()).map(text).collect();
    texts.join(b" ".as_slice())
}

fn join(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    call.spend_on(rest(arguments, 1))?;
    let (separator, parts) = (text(arguments, 0), strings_of(value(arguments, 1)));
    reserve(call, size(separator.len()).saturating_mul(size(parts.len())))?;
    Ok(string(parts.join(separator)))
}

/// A nil `[]string`, which Go hands on as it is.
fn is_nil_strings(value: &Value) -> bool {
    matches!(value, Value::List(list) if list.is_nil() && list.element() == Element::String)
}

fn sort_alpha(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let weight = call.spend_on(arguments)?;
    call.spend(weight.saturating_mul(4))?;
    let list = value(arguments, 0);
    if is_nil_strings(list) {
        return Ok(list.clone());
    }
    let mut texts = match items(list) {
        Some(_) => strings_of(list),
        None => vec![string_of(list)],
    };
    texts.sort();
    Ok(Value::strings(texts))
}

fn wrap_with(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (width, separator, text) = (int(arguments, 0), text(arguments, 1), text(arguments, 2));
    let breaks = text.len() / usize::try_from(width.max(1)).unwrap_or(usize::MAX) + 1;
    reserve(call, size(separator.len()).saturating_mul(size(breaks)).saturating_mul(2))?;
    Ok(string(wrapping::wrap_with(text, width, separator)))
}

/// `strings.SplitN`: into at most `limit` parts; into characters for an empty separator.
fn split<'a>(
    call: &mut Call<'_>,
    text: &'a [u8],
    separator: &'a [u8],
    limit: Option<i64>,
) -> Result<Vec<&'a [u8]>, Failure> {
    spend_on_search(call, text)?;
    let limit = match limit {
        Some(0) => return Ok(Vec::new()),
        Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let mut remaining = Parts::new(text, separator);
    let mut parts = Vec::new();
    while parts.len() < limit.saturating_sub(1) {
        let Some(part) = remaining.next() else { return Ok(parts) };
        call.spend(4)?;
        parts.push(part);
    }
    parts.extend(remaining.rest());
    Ok(parts)
}

/// What stands between separators; the characters for an empty separator.
struct Parts<'a> {
    text: Option<&'a [u8]>,
    separator: &'a [u8],
}

impl<'a> Parts<'a> {
    fn new(text: &'a [u8], separator: &'a [u8]) -> Self {
        Self { text: Some(text), separator }
    }

    /// All that is left, as one part.
    fn rest(&mut self) -> Option<&'a [u8]> {
        self.text.take().filter(|rest| !self.separator.is_empty() || !rest.is_empty())
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let Some((part, rest)) = cut(self.text?, self.separator) else { return self.rest() };
        self.text = Some(rest);
        Some(part)
    }
}

/// The text before and after the first separator, or the first character and the rest.
fn cut<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    if separator.is_empty() {
        let first = runes(text).next()?;
        return text.split_at_checked(first.size);
    }
    let start = find(text, separator)?;
    Some((text.get(..start)?, text.get(start + separator.len()..)?))
}

/// `map[string]string` with the keys `_0`, `_1` and so on.
fn numbered(parts: Vec<&[u8]>) -> Value {
    let map = Map::new(MapType::StringString);
    for (index, part) in parts.into_iter().enumerate() {
        map.insert(Text::from(format!("_{index}")), string(part));
    }
    Value::Map(map)
}

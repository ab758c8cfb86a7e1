//! Regular expressions, as Go's `regexp` reads them.
//!
//! Owns the functions; [`check`](mod@check) knows its
//! mistakes, [`translate`](mod@translate) turns Go's syntax into that of the `regex`
//! crate, [`subject`] makes texts of any bytes.

mod check;
mod subject;
mod translate;

use super::signature::{fixed, int, reserve, size, string, text};
use crate::execute::Call;
use crate::format::runes::runes;
use crate::format::{can_backquote, quote};
use crate::functions::Parameter::{Int, String as Str};
use crate::functions::{Failure, Function};
use crate::value::{Element, List, Value};
use check::check;
use regex::{Captures, Regex};
use std::ops::Range;
use subject::Subject;
use translate::translate;

pub(super) const TABLE: &[Function] = &[
    fixed("regexMatch", &[Str, Str], |call, a| match Search::new(call, a) {
        Err(Failure::Message(_)) => Ok(false.into()),
        search => Ok(search?.is_match().into()),
    }),
    fixed("mustRegexMatch", &[Str, Str], |call, a| Ok(Search::new(call, a)?.is_match().into())),
    fixed("regexFind", &[Str, Str], |call, a| must(a, find(call, a))),
    fixed("mustRegexFind", &[Str, Str], find),
    fixed("regexFindAll", &[Str, Str, Int], |call, a| must(a, find_all(call, a))),
    fixed("mustRegexFindAll", &[Str, Str, Int], find_all),
    fixed("regexReplaceAll", &[Str, Str, Str], |call, a| must(a, replace(call, a))),
    fixed("mustRegexReplaceAll", &[Str, Str, Str], replace),
    fixed("regexReplaceAllLiteral", &[Str, Str, Str], |call, a| must(a, replace_literal(call, a))),
    fixed("mustRegexReplaceAllLiteral", &[Str, Str, Str], replace_literal),
    fixed("regexSplit", &[Str, Str, Int], |call, a| must(a, split(call, a))),
    fixed("mustRegexSplit", &[Str, Str, Int], split),
    fixed("regexQuoteMeta", &[Str], |_, a| Ok(string(quote_meta(text(a, 0))))),
];

/// The functions without "must" panic in Go, with another text.
fn must(arguments: &[Value], result: Result<Value, Failure>) -> Result<Value, Failure> {
    let message = match result {
        Err(Failure::Message(message)) => message,
        result => return result,
    };
    let pattern = text(arguments, 0);
    let quoted =
        if can_backquote(pattern) { [b"`", pattern, b"`"].concat() } else { quote(pattern) };
    Err(format!("regexp: Compile({}): {message}", String::from_utf8_lossy(&quoted)).into())
}

/// Up to how many steps an expression may take to compile and still be remembered: those beyond
/// take much memory.
const SMALL: u64 = 4096;

fn compile(source: &str) -> Result<Regex, Failure> {
    Regex::new(&translate(source)?).map_err(|error| Failure::Message(explain(source, &error)))
}

/// An expression and the text it is used on.
struct Search<'a> {
    regex: Regex,
    subject: Subject<'a>,
}

impl<'a> Search<'a> {
    /// Compiles the first argument for use on the second.
    fn new(call: &mut Call<'_>, arguments: &'a [Value]) -> Result<Self, Failure> {
        let (source, subject) = (text(arguments, 0), text(arguments, 1));
        call.spend(200 + size(source.len()) + size(subject.len()) / 16)?;
        let source = check(source)?;
        let steps = translate::repeated_size(source);
        call.spend(steps)?;
        let regex = match steps {
            0..=SMALL => call.expression(source, || compile(source))?,
            _ => compile(source)?,
        };
        Ok(Self { regex, subject: Subject::new(subject) })
    }

    fn is_match(&self) -> bool {
        self.regex.is_match(self.subject.text())
    }

    /// The ranges of up to `limit` matches, which are paid for one by one.
    fn ranges(&self, call: &mut Call<'_>, limit: usize) -> Result<Vec<Range<usize>>, Failure> {
        let mut ranges = Vec::new();
        for found in self.regex.find_iter(self.subject.text()).take(limit) {
            call.spend(4)?;
            ranges.push(self.subject.range(found.range()));
        }
        Ok(ranges)
    }

    /// How many matches there are; replacing each is paid for.
    fn count(&self, call: &mut Call<'_>) -> Result<u64, Failure> {
        let mut count = 0;
        for _ in self.regex.find_iter(self.subject.text()) {
            call.spend(8)?;
            count += 1;
        }
        Ok(count)
    }

    fn replace(&self, replacement: &[u8], expand: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut last = 0;
        for captures in self.regex.captures_iter(self.subject.text()) {
            let Some(whole) = captures.get(0) else { continue };
            out.extend_from_slice(self.subject.slice(last..whole.start()));
            if expand {
                self.expand(&captures, replacement, &mut out);
            } else {
                out.extend_from_slice(replacement);
            }
            last = whole.end();
        }
        out.extend_from_slice(self.subject.slice(last..self.subject.text().len()));
        out
    }

    /// Writes a replacement in which `$1`, `$name` and `${name}` stand for groups, `$$` for `$`.
    fn expand(&self, captures: &Captures<'_>, replacement: &[u8], out: &mut Vec<u8>) {
        let mut rest = replacement;
        while let Some(start) = rest.iter().position(|byte| *byte == b'$') {
            let (before, after) = rest.split_at(start);
            out.extend_from_slice(before);
            let after = after.get(1..).unwrap_or_default();
            if let Some(tail) = after.strip_prefix(b"$") {
                out.push(b'$');
                rest = tail;
            } else if let Some((name, tail)) = group_name(after) {
                let group = match name.parse() {
                    Ok(index) => captures.get(index),
                    Err(_) => captures.name(name),
                };
                let range = group.map_or(0..0, |group| group.range());
                out.extend_from_slice(self.subject.slice(range));
                rest = tail;
            } else {
                out.push(b'$');
                rest = after;
            }
        }
        out.extend_from_slice(rest);
    }
}

/// The group named after a `$`, and what follows it.
fn group_name(text: &[u8]) -> Option<(&str, &[u8])> {
    let inner = text.strip_prefix(b"{");
    let body = inner.unwrap_or(text);
    let is_word = |character: char| character == '_' || character.is_alphanumeric();
    let end =
        runes(body).find(|rune| !is_word(rune.character)).map_or(body.len(), |rune| rune.start);
    let (name, rest) = body.split_at_checked(end)?;
    let rest = if inner.is_some() { rest.strip_prefix(b"}")? } else { rest };
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    Some((name, rest))
}

/// The library's own words for what it does not take although Go does.
fn explain(source: &str, error: &regex::Error) -> String {
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default();
    let reason = last.strip_prefix("error: ").unwrap_or(last);
    format!("error parsing regexp: {reason}: `{source}`")
}

fn find(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let subject = text(arguments, 1);
    let search = Search::new(call, arguments)?;
    let found = search.ranges(call, 1)?.into_iter().next();
    Ok(string(found.and_then(|range| subject.get(range)).unwrap_or_default()))
}

/// A negative limit is none.
fn limit(arguments: &[Value]) -> usize {
    usize::try_from(int(arguments, 2)).unwrap_or(usize::MAX)
}

fn find_all(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let subject = text(arguments, 1);
    let search = Search::new(call, arguments)?;
    let ranges = search.ranges(call, limit(arguments))?;
    if ranges.is_empty() {
        return Ok(Value::List(List::nil(Element::String)));
    }
    Ok(Value::strings(ranges.into_iter().map(|range| subject.get(range).unwrap_or_default())))
}

fn replace(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    substitute(call, arguments, true)
}

fn replace_literal(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    substitute(call, arguments, false)
}

fn substitute(call: &mut Call<'_>, arguments: &[Value], expand: bool) -> Result<Value, Failure> {
    let (subject, replacement) = (text(arguments, 1), text(arguments, 2));
    let search = Search::new(call, arguments)?;
    let matches = search.count(call)?;
    // Each group named in the replacement may stand for the whole text.
    let groups = replacement.split(|byte| *byte == b'$').count() - 1;
    let groups = if expand { size(groups).saturating_mul(size(subject.len())) } else { 0 };
    let growth = matches.saturating_mul(size(replacement.len())).saturating_add(groups);
    reserve(call, growth.saturating_add(size(subject.len())))?;
    Ok(string(search.replace(replacement, expand)))
}

fn split(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let subject = text(arguments, 1);
    let search = Search::new(call, arguments)?;
    let limit = limit(arguments);
    if limit == 0 {
        return Ok(Value::List(List::nil(Element::String)));
    }
    if subject.is_empty() && !text(arguments, 0).is_empty() {
        return Ok(Value::strings([""]));
    }
    let ranges = search.ranges(call, limit)?;
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for range in ranges {
        if parts.len() == limit - 1 {
            break;
        }
        end = range.start;
        if range.end != 0 {
            parts.push(subject.get(begin..end).unwrap_or_default());
        }
        begin = range.end;
    }
    if end != subject.len() {
        parts.push(subject.get(begin..).unwrap_or_default());
    }
    Ok(Value::strings(parts))
}

/// `regexp.QuoteMeta`.
fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}

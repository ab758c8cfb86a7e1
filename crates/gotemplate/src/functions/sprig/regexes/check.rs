//! What Go says of an expression that it does not take.
//!
//! Owns Go's syntax of expressions and the texts of its errors, in the order in which Go meets
//! mistakes. It must not know how an expression is used afterwards.

use super::translate::is_count;
use crate::functions::Failure;

/// The most that counted repetitions may come to, those within each other multiplied.
const MOST_REPETITIONS: u64 = 1000;

/// Fails with Go's words for the first mistake in an expression.
pub(super) fn check(source: &[u8]) -> Result<&str, Failure> {
    let source = std::str::from_utf8(source).map_err(|error| {
        let rest = source.get(error.valid_up_to()..).unwrap_or_default();
        mistake("invalid UTF-8", &String::from_utf8_lossy(rest))
    })?;
    let mut checker = Checker { whole: source, level: Level::default(), outer: Vec::new() };
    checker.run()?;
    Ok(source)
}

fn mistake(reason: &str, part: &str) -> Failure {
    format!("error parsing regexp: {reason}: `{part}`").into()
}

/// The expression between a parenthesis and its end.
#[derive(Default)]
struct Level {
    /// Whether something stands before that can be repeated.
    has_operand: bool,
    /// How often what stands before is repeated, inside of it.
    last: u64,
    /// The same of what comes before that, at most.
    most: u64,
}

impl Level {
    /// Something that can be repeated.
    fn push(&mut self, repeated: u64) {
        self.most = self.most.max(self.last);
        self.last = repeated;
        self.has_operand = true;
    }
}

struct Checker<'a> {
    whole: &'a str,
    level: Level,
    outer: Vec<Level>,
}

impl<'a> Checker<'a> {
    fn run(&mut self) -> Result<(), Failure> {
        let mut rest = self.whole;
        // From the repetition that came just before to the end.
        let mut repetition = "";
        while let Some(first) = rest.chars().next() {
            let begin = rest;
            let is_repetition = matches!(first, '*' | '+' | '?') || counts(rest).is_some();
            rest = match first {
                _ if is_repetition => self.repeat(rest, repetition)?,
                '(' => self.open(rest)?,
                ')' => self.close(rest)?,
                '|' => self.alternative(rest),
                '[' => self.operand(class(rest)?),
                '\\' => self.backslash(rest)?,
                _ => self.operand(after(rest, first)),
            };
            repetition = if is_repetition { begin } else { "" };
        }
        if self.outer.is_empty() { Ok(()) } else { Err(mistake("missing closing )", self.whole)) }
    }

    fn operand(&mut self, rest: &'a str) -> &'a str {
        self.level.push(1);
        rest
    }

    fn alternative(&mut self, rest: &'a str) -> &'a str {
        self.level.push(1);
        self.level.has_operand = false;
        after(rest, '|')
    }

    fn open(&mut self, rest: &'a str) -> Result<&'a str, Failure> {
        let inside = match rest.strip_prefix("(?") {
            None => after(rest, '('),
            Some(marked) => match group(rest, marked)? {
                (inside, true) => inside,
                // Flags for what follows.
                (following, false) => return Ok(following),
            },
        };
        self.outer.push(std::mem::take(&mut self.level));
        Ok(inside)
    }

    fn close(&mut self, rest: &'a str) -> Result<&'a str, Failure> {
        let Some(outer) = self.outer.pop() else {
            return Err(mistake("unexpected )", self.whole));
        };
        let inner = std::mem::replace(&mut self.level, outer);
        self.level.push(inner.most.max(inner.last).max(1));
        Ok(after(rest, ')'))
    }

    /// At a repetition, which may not follow another at once.
    fn repeat(&mut self, begin: &'a str, before: &str) -> Result<&'a str, Failure> {
        let (following, most) = match counts(begin) {
            Some(counts) => (counts.rest, Some(counts)),
            None => (begin.get(1..).unwrap_or_default(), None),
        };
        if let Some(counts) = &most
            && !counts.are_valid()
        {
            return Err(mistake("invalid repeat count", up_to(begin, following)));
        }
        let following = following.strip_prefix('?').unwrap_or(following);
        if !before.is_empty() {
            let operators = up_to(before, following);
            return Err(mistake("invalid nested repetition operator", operators));
        }
        if !self.level.has_operand {
            return Err(mistake(
                "missing argument to repetition operator",
                up_to(begin, following),
            ));
        }
        if let Some(counts) = most {
            let times = counts.highest.unwrap_or(counts.lowest);
            self.level.last = self.level.last.max(1).saturating_mul(times).max(1);
            if times >= 2 && self.level.last > MOST_REPETITIONS {
                return Err(mistake("invalid repeat count", up_to(begin, following)));
            }
        }
        Ok(following)
    }

    fn backslash(&mut self, begin: &'a str) -> Result<&'a str, Failure> {
        let rest = after(begin, '\\');
        let Some(next) = rest.chars().next() else { return escape(begin) };
        let following = after(rest, next);
        match next {
            'C' => Err(mistake("invalid escape sequence", "\\C")),
            'Q' => {
                let (text, following) = following.split_once("\\E").unwrap_or((following, ""));
                if !text.is_empty() {
                    self.level.push(1);
                }
                Ok(following)
            }
            'A' | 'b' | 'B' | 'z' => Ok(self.operand(following)),
            _ => Ok(self.operand(escape_or_class(begin)?)),
        }
    }
}

/// What a counted repetition says.
struct Counts<'a> {
    lowest: u64,
    /// None is no limit.
    highest: Option<u64>,
    rest: &'a str,
}

impl Counts<'_> {
    fn are_valid(&self) -> bool {
        let highest = self.highest.unwrap_or(self.lowest);
        highest <= MOST_REPETITIONS && self.lowest <= highest
    }
}

/// `{3}`, `{3,}` or `{3,5}`; anything else in braces is text.
fn counts(text: &str) -> Option<Counts<'_>> {
    let (body, rest) = text.strip_prefix('{')?.split_once('}')?;
    let (low, high) = body.split_once(',').map_or((body, None), |(low, high)| (low, Some(high)));
    let number = |text: &str| is_count(text).then(|| text.parse().unwrap_or(u64::MAX));
    let lowest = number(low)?;
    let highest = match high {
        None => Some(lowest),
        Some("") => None,
        Some(high) => Some(number(high)?),
    };
    Some(Counts { lowest, highest, rest })
}

/// After `(?`: what follows the mark, and whether that is a group or flags alone.
fn group<'a>(begin: &'a str, marked: &'a str) -> Result<(&'a str, bool), Failure> {
    if let Some(named) = marked.strip_prefix("P<").or_else(|| marked.strip_prefix('<'))
        && !named.is_empty()
    {
        let Some((name, inside)) = named.split_once('>') else {
            return Err(mistake("invalid named capture", begin));
        };
        let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
        if name.is_empty() || !name.bytes().all(is_word) {
            return Err(mistake("invalid named capture", up_to(begin, inside)));
        }
        return Ok((inside, true));
    }
    let (mut rest, mut is_negative, mut has_flag) = (marked, false, false);
    while let Some(next) = rest.chars().next() {
        rest = after(rest, next);
        match next {
            'i' | 'm' | 's' | 'U' => has_flag = true,
            '-' if !is_negative => (is_negative, has_flag) = (true, false),
            ':' | ')' if has_flag || !is_negative => return Ok((rest, next == ':')),
            _ => break,
        }
    }
    Err(mistake("invalid or unsupported Perl syntax", up_to(begin, rest)))
}

/// From a `[` to behind its `]`.
fn class(begin: &str) -> Result<&str, Failure> {
    let rest = after(begin, '[');
    let mut rest = rest.strip_prefix('^').unwrap_or(rest);
    let mut is_first = true;
    while is_first || !rest.starts_with(']') {
        is_first = false;
        if let Some(following) = named_class(rest)? {
            rest = following;
            continue;
        }
        if rest.starts_with('\\')
            && let Some(following) = class_of_escape(rest)?
        {
            rest = following;
            continue;
        }
        let start = rest;
        let (low, following) = class_character(rest, begin)?;
        rest = following;
        if let Some(high) =
            rest.strip_prefix('-').filter(|high| !high.is_empty() && !high.starts_with(']'))
        {
            let (high, following) = class_character(high, begin)?;
            rest = following;
            if high < low {
                return Err(mistake("invalid character class range", up_to(start, rest)));
            }
        }
    }
    Ok(after(rest, ']'))
}

/// `[:alpha:]`; without its end it is no class.
fn named_class(text: &str) -> Result<Option<&str>, Failure> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|body| body.split_once(":]")) else {
        return Ok(None);
    };
    if NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return Ok(Some(rest));
    }
    Err(mistake("invalid character class range", up_to(text, rest)))
}

/// One character of a class, and what follows.
fn class_character<'a>(text: &'a str, class: &str) -> Result<(char, &'a str), Failure> {
    match text.chars().next() {
        None => Err(mistake("missing closing ]", class)),
        Some('\\') => {
            let rest = escape(text)?;
            Ok((escaped(up_to(text, rest)), rest))
        }
        Some(first) => Ok((first, after(text, first))),
    }
}

/// What a valid escape stands for.
fn escaped(text: &str) -> char {
    let body = text.get(1..).unwrap_or_default();
    let digits = body.trim_start_matches(['x', '{']).trim_end_matches('}');
    let code = match body.chars().next() {
        Some('x') => u32::from_str_radix(digits, 16).ok(),
        Some('0'..='7') => u32::from_str_radix(body, 8).ok(),
        Some('a') => Some(7),
        Some('f') => Some(12),
        Some('n') => Some(10),
        Some('r') => Some(13),
        Some('t') => Some(9),
        Some('v') => Some(11),
        other => other.map(u32::from),
    };
    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn escape_or_class(begin: &str) -> Result<&str, Failure> {
    match class_of_escape(begin)? {
        Some(rest) => Ok(rest),
        None => escape(begin),
    }
}

/// `\d` and its like, `\pL`, `\p{Greek}`.
fn class_of_escape(begin: &str) -> Result<Option<&str>, Failure> {
    let rest = after(begin, '\\');
    let Some(next) = rest.chars().next() else { return Ok(None) };
    let rest = after(rest, next);
    match next {
        'd' | 'D' | 's' | 'S' | 'w' | 'W' => Ok(Some(rest)),
        'p' | 'P' => unicode_class(begin, rest).map(Some),
        _ => Ok(None),
    }
}

fn unicode_class<'a>(begin: &'a str, rest: &'a str) -> Result<&'a str, Failure> {
    let invalid = |part: &str| mistake("invalid character class range", part);
    let (name, rest) = match rest.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or_else(|| invalid(begin))?,
        None => rest.split_at(rest.chars().next().map_or(0, char::len_utf8)),
    };
    let name = name.strip_prefix('^').unwrap_or(name);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_property =
        |property: &str| regex::Regex::new(&format!("\\p{{{property}={name}}}")).is_ok();
    let is_known = matches!(name, "Any" | "ASCII" | "Assigned" | "LC")
        || !name.is_empty()
            && name.bytes().all(is_plain)
            && (is_property("gc") || is_property("sc"));
    if is_known { Ok(rest) } else { Err(invalid(up_to(begin, rest))) }
}

/// From a backslash to behind the character that it stands for.
fn escape(begin: &str) -> Result<&str, Failure> {
    let rest = after(begin, '\\');
    let Some(next) = rest.chars().next() else {
        return Err(mistake("trailing backslash at end of expression", ""));
    };
    let rest = after(rest, next);
    let is_octal = |text: &str| text.starts_with(|next: char| ('0'..='7').contains(&next));
    match next {
        '1'..='7' if !is_octal(rest) => {}
        '0'..='7' => {
            let digits = rest.bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte));
            return Ok(rest.get(digits.count()..).unwrap_or_default());
        }
        'x' => return hexadecimal(begin, rest),
        'a' | 'f' | 'n' | 'r' | 't' | 'v' => return Ok(rest),
        _ if next.is_ascii() && !next.is_ascii_alphanumeric() => return Ok(rest),
        _ => {}
    }
    Err(mistake("invalid escape sequence", up_to(begin, rest)))
}

/// After `\x`: two digits, or some in braces. Of a wrong one Go shows what it has read.
fn hexadecimal<'a>(begin: &'a str, start: &'a str) -> Result<&'a str, Failure> {
    let mut rest = start;
    let mut code: u32 = 0;
    let mut digits = 0;
    let is_braced = start.starts_with('{');
    if is_braced {
        rest = after(rest, '{');
    }
    while let Some(next) = rest.chars().next() {
        rest = after(rest, next);
        if is_braced && next == '}' && digits > 0 {
            return Ok(rest);
        }
        let Some(digit) = next.to_digit(16) else { break };
        code = code.saturating_mul(16).saturating_add(digit);
        digits += 1;
        if code > u32::from(char::MAX) {
            break;
        }
        if !is_braced && digits == 2 {
            return Ok(rest);
        }
    }
    Err(mistake("invalid escape sequence", up_to(begin, rest)))
}

fn after(text: &str, character: char) -> &str {
    text.get(character.len_utf8()..).unwrap_or_default()
}

/// The part of a text before its own end `rest`.
fn up_to<'a>(text: &'a str, rest: &str) -> &'a str {
    text.get(..text.len().saturating_sub(rest.len())).unwrap_or_default()
}

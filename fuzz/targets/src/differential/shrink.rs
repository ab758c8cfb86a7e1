//! Makes a case that differs as small as it can be while it differs in the same way.

use super::Case;

/// How many smaller cases are tried.
const TRIES: usize = 600;

/// The smallest case found for which `still` holds.
pub(super) fn shrink(case: Case, still: &mut dyn FnMut(&Case) -> bool) -> Case {
    let mut tries = TRIES;
    let mut still = |case: &Case| {
        tries = tries.saturating_sub(1);
        tries > 0 && still(case)
    };
    let mut case = case;
    let bare = Case { values: Vec::new(), ..case.clone() };
    if still(&bare) {
        case = bare;
    }
    loop {
        let before = case.template.len() + case.values.len();
        case.template = smaller(&case.template, Syntax::Template, &mut |template| {
            still(&Case { template: template.to_vec(), values: case.values.clone() })
        });
        case.values = smaller(&case.values, Syntax::Yaml, &mut |values| {
            still(&Case { template: case.template.clone(), values: values.to_vec() })
        });
        if case.template.len() + case.values.len() >= before {
            return case;
        }
    }
}

/// One round over a text: windows of words, long ones first, then pairs of brackets, then words
/// themselves.
fn smaller(text: &[u8], syntax: Syntax, still: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(text) else { return text.to_vec() };
    let mut words: Vec<String> = words(text, syntax).into_iter().map(str::to_owned).collect();
    let mut size = words.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < words.len() {
            let end = (at + size).min(words.len());
            let without = [&words[..at], &words[end..]].concat();
            if still(without.concat().as_bytes()) {
                words = without;
            } else {
                at += size.div_ceil(2);
            }
        }
        size /= 2;
    }
    for candidate in pairs(&words) {
        if candidate.len() < words.len() && still(candidate.concat().as_bytes()) {
            words = candidate;
        }
    }
    shorten(&mut words, still);
    words.concat().into_bytes()
}

/// The words without one pair of brackets, or without an action and its `end`.
fn pairs(words: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "(" | "{" | "[" => open.push(at),
            ")" | "}" | "]" => {
                let Some(start) = open.pop() else { continue };
                found.push([&words[..start], &words[start + 1..at], &words[at + 1..]].concat());
            }
            _ => {}
        }
    }
    let actions: Vec<(usize, usize)> = actions(words);
    for (first, (start, end)) in actions.iter().enumerate() {
        for (other, close) in actions.iter().skip(first + 1) {
            let middle = &words[*end..*other];
            found.push([&words[..*start], middle, &words[*close..]].concat());
        }
    }
    found
}

fn actions(words: &[String]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "{{" => start = Some(at),
            "}}" => found.extend(start.take().map(|start| (start, at + 1))),
            _ => {}
        }
    }
    found.truncate(12);
    found
}

/// Puts shorter constants in the place of long ones.
fn shorten(words: &mut [String], still: &mut dyn FnMut(&[u8]) -> bool) {
    for at in 0..words.len() {
        let shorter: &[&str] = match words[at].bytes().next() {
            Some(b'"' | b'`') => &["\"\"", "\"a\"", "1"],
            Some(b'0'..=b'9' | b'-' | b'+') => &["0", "1", "2"],
            Some(b'$') => &["$", "nil", "1"],
            Some(b'.') => &[".", "nil", "1", "\"\""],
            _ => continue,
        };
        for other in shorter {
            let before = std::mem::replace(&mut words[at], (*other).to_owned());
            if before.len() < other.len() || before == *other || !still(words.concat().as_bytes()) {
                words[at] = before;
            } else {
                break;
            }
        }
    }
}

/// A template in words: delimiters, constants, names, runs of other text.
pub(super) fn split(text: &str) -> Vec<&str> {
    words(text, Syntax::Template)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    /// Quotes have a meaning within actions alone.
    Template,
    Yaml,
}

fn words(text: &str, syntax: Syntax) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    let mut has_quotes = syntax == Syntax::Yaml;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(word_length(rest, has_quotes));
        if syntax == Syntax::Template && matches!(word, "{{" | "}}") {
            has_quotes = word == "{{";
        }
        words.push(word);
        rest = after;
    }
    words
}

fn word_length(text: &str, has_quotes: bool) -> usize {
    if text.starts_with("{{") || text.starts_with("}}") {
        return 2;
    }
    let first = text.chars().next().unwrap_or_default();
    let length = match first {
        '"' | '`' if has_quotes => quoted_length(text, first),
        first if is_name(first) => text.find(|next| !is_name(next)).unwrap_or(text.len()),
        _ => first.len_utf8(),
    };
    length.max(1)
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || "_$.-+".contains(character)
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, next) in text.char_indices().skip(1) {
        if next == quote && !escaped {
            return at + 1;
        }
        escaped = next == '\\' && !escaped && quote == '"';
    }
    1
}

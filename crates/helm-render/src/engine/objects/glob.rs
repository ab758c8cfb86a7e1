//! The globs of `.Files.Glob`, as the library behind it (gobwas/glob) reads them.

use gotemplate::Failure;
use regex::bytes::Regex;
use std::iter::Peekable;
use std::str::Chars;

/// A compiled glob with `/` as separator.
pub(crate) struct Glob {
    /// None matches everything.
    expression: Option<Regex>,
}

impl Glob {
    /// Compiles a glob: `*` and `?` stay within a path element, `**` does not, `[a-z]` or `[abc]`
    /// or `[!abc]` is a class, `{a,b}` a choice, `\` takes the next character as it is. What is
    /// malformed matches everything, as in Helm. Fails only if the pattern is huge.
    pub(crate) fn compile(pattern: &[u8]) -> Result<Self, Failure> {
        let Some(expression) = std::str::from_utf8(pattern).ok().and_then(translate) else {
            return Ok(Self { expression: None });
        };
        let expression = Regex::new(&expression)
            .map_err(|_| Failure::Message("glob pattern is too large".to_owned()))?;
        Ok(Self { expression: Some(expression) })
    }

    /// Whether the whole path matches.
    pub(crate) fn is_match(&self, path: &str) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression.is_match(path.as_bytes()))
    }
}

/// The glob as a regular expression, none if it is malformed. What takes any number of characters
/// takes bytes: the same here, and compiled much sooner.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::from(r"(?s)\A(?:");
    let mut rest = pattern.chars().peekable();
    let mut level = 0_usize;
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.next_if_eq(&'*').is_some() => out.push_str("(?-u:.*)"),
            '*' => out.push_str("(?-u:[^/]*)"),
            '?' => out.push_str("[^/]"),
            '[' => translate_class(&mut rest, &mut out)?,
            '{' => {
                level += 1;
                out.push_str("(?:");
            }
            '}' if level > 0 => {
                level -= 1;
                out.push(')');
            }
            ',' if level > 0 => out.push('|'),
            '\\' => {
                if let Some(escaped) = rest.next() {
                    push_literal(&mut out, escaped);
                }
            }
            other => push_literal(&mut out, other),
        }
    }
    out.push_str(&")".repeat(level + 1));
    out.push_str(r"\z");
    Some(out)
}

/// A class is either one range or a list; a mixture such as `[a-z0]` is malformed.
fn translate_class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    let negated = rest.next_if_eq(&'!').is_some();
    out.push_str(if negated { "[^" } else { "[" });
    let mut ahead = rest.clone();
    let low = ahead.next()?;
    if ahead.next_if_eq(&'-').is_some() {
        let high = ahead.next()?;
        if high < low || ahead.next()? != ']' {
            return None;
        }
        *rest = ahead;
        push_member(out, low);
        out.push('-');
        push_member(out, high);
    } else {
        translate_list(rest, out)?;
    }
    out.push(']');
    Some(())
}

fn translate_list(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    let mut count = 0;
    loop {
        match rest.next()? {
            ']' if count > 0 => return Some(()),
            ']' => return None,
            '\\' => push_member(out, rest.next()?),
            member => push_member(out, member),
        }
        count += 1;
    }
}

fn push_literal(out: &mut String, character: char) {
    out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
}

fn push_member(out: &mut String, character: char) {
    if character.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(character);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        let glob = Glob::compile(pattern.as_bytes()).unwrap();
        assert_eq!(glob.is_match(path), expected, "{pattern} on {path}");
    }

    #[test]
    fn one_star_stays_within_an_element_and_two_do_not() {
        check("config/*", "config/a.yaml", true);
        check("config/*", "config/b/a.yaml", false);
        check("config/**", "config/b/a.yaml", true);
        check("**.yaml", "config/b/a.yaml", true);
        check("?.yaml", "a.yaml", true);
        check("?.yaml", "é.yaml", true);
        check("*é.y*", "ééé.yé", true);
        check("**\u{301}/?", "e\u{301}/é", true);
    }

    #[test]
    fn choices_and_classes_match() {
        check("*.{yaml,json}", "a.json", true);
        check("*.{yaml,json", "a.json", true);
        check("[a-c].txt", "b.txt", true);
        check("[!abc].txt", "b.txt", false);
        check("[^a].txt", "^.txt", true);
        check(r"\*.txt", "*.txt", true);
        check("a.txt", "abtxt", false);
    }

    #[test]
    fn malformed_patterns_match_everything() {
        check("[a-z0-9].txt", "anything", true);
        check("[", "anything", true);
        check("[]a]", "anything", true);
        check("[z-a]", "anything", true);
    }
}

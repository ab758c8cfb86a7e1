//! Go's `filepath.Match` on `/`-separated paths: `*` and `?` stay within a path element, `[a-z]` and
//! `[^a-z]` are classes, `\` takes the next character as it is.
//!
//! Owns the pattern language of `.helmignore` and `--show-only`; it must not know what either does
//! with a match. `.Files.Glob` has another language, in which even classes differ.

/// A pattern that breaks the syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern;

/// A checked pattern.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    /// Runs of parts between stars; a star stands before each run but, maybe, the first.
    runs: Vec<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    star: bool,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    /// This character.
    Literal(char),
    /// `?`: any character but `/`.
    Any,
    /// `[…]`: any character in the ranges, or not in them.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl PathPattern {
    /// Checks a pattern.
    pub(crate) fn new(pattern: &str) -> Result<Self, BadPattern> {
        let mut runs = vec![Run { star: false, parts: Vec::new() }];
        let mut rest = pattern.chars();
        while let Some(character) = rest.next() {
            let part = match character {
                '*' => {
                    begin_run(&mut runs);
                    continue;
                }
                '?' => Part::Any,
                '[' => class(&mut rest)?,
                '\\' => Part::Literal(rest.next().ok_or(BadPattern)?),
                other => Part::Literal(other),
            };
            if let Some(run) = runs.last_mut() {
                run.parts.push(part);
            }
        }
        Ok(Self { runs })
    }

    /// Whether the pattern matches all of `path`.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let mut rest = path;
        for (index, run) in self.runs.iter().enumerate() {
            let is_last = index + 1 == self.runs.len();
            match run.find(rest, is_last) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty()
    }
}

impl Run {
    /// What is left of `text` after the run, at its first fitting place. The last run has to
    /// reach the end.
    fn find<'t>(&self, text: &'t str, is_last: bool) -> Option<&'t str> {
        let mut from = text;
        loop {
            match self.strip(from) {
                Some(after) if !is_last || after.is_empty() => return Some(after),
                _ if !self.star => return None,
                _ => {}
            }
            let mut skipped = from.chars();
            match skipped.next() {
                None | Some('/') => return None,
                Some(_) => from = skipped.as_str(),
            }
        }
    }

    fn strip<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut rest = text.chars();
        for part in &self.parts {
            let character = rest.next()?;
            if !part.accepts(character) {
                return None;
            }
        }
        Some(rest.as_str())
    }
}

impl Part {
    fn accepts(&self, character: char) -> bool {
        match self {
            Self::Literal(wanted) => *wanted == character,
            Self::Any => character != '/',
            Self::Class { negated, ranges } => {
                let inside = ranges.iter().any(|(low, high)| (*low..=*high).contains(&character));
                inside != *negated
            }
        }
    }
}

/// Several stars in a row are one.
fn begin_run(runs: &mut Vec<Run>) {
    match runs.last_mut() {
        Some(run) if run.parts.is_empty() => run.star = true,
        _ => runs.push(Run { star: true, parts: Vec::new() }),
    }
}

/// The rest of a class after its `[`.
fn class(rest: &mut std::str::Chars<'_>) -> Result<Part, BadPattern> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if rest.as_str().starts_with(']') && !ranges.is_empty() {
            rest.next();
            return Ok(Part::Class { negated, ranges });
        }
        let low = class_character(rest)?;
        let mut high = low;
        if rest.as_str().starts_with('-') {
            rest.next();
            high = class_character(rest)?;
        }
        ranges.push((low, high));
    }
}

fn class_character(rest: &mut std::str::Chars<'_>) -> Result<char, BadPattern> {
    match rest.next() {
        None | Some('-' | ']') => Err(BadPattern),
        Some('\\') => rest.next().ok_or(BadPattern),
        Some(character) => Ok(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: bool) {
        assert_eq!(PathPattern::new(pattern).map(|checked| checked.matches(path)), Ok(expected));
    }

    #[test]
    fn patterns_match_as_go_matches_them() {
        check("*.txt", "a.txt", true);
        check("*.txt", "a/b.txt", false);
        check("a*b*c", "aXbYbZc", true);
        check("a*/b", "a/c/b", false);
        check("a*b?c*x", "abxbbxdbxebxczzx", true);
        check("a*b?c*x", "abxbbxdbxebxczzy", false);
        check("[a-c]?", "b-", true);
        check("[^a-c]", "b", false);
        check("[^a]", "/", true);
        check("a?b", "a/b", false);
        check("\\*", "*", true);
        check("*", "", true);
        check("*x", "xxx", true);
        check("a***b", "axb", true);
        check("templates/*/*.yaml", "templates/tests/a.b.yaml", true);
        check("templates/*.yaml", "templates/tests/a.yaml", false);
    }

    #[test]
    fn broken_patterns_are_refused() {
        for pattern in ["[", "[a", "[]a]", "[-]", "[x-]", "[-x]", "a[", "\\", "[a-b-c]"] {
            assert_eq!(PathPattern::new(pattern).err(), Some(BadPattern), "{pattern}");
        }
    }
}

//! Go's expression syntax in that of the `regex` crate.
//!
//! Owns the differences: Perl classes and word boundaries are ASCII in Go; braces that are no
//! repetition are literal; brackets and doubled signs have no meaning within a class. What the
//! crate accepts and Go does not, such as nested repetitions, is accepted.

use crate::functions::Failure;
use std::iter::Peekable;
use std::str::Chars;

/// Rewrites an expression, or fails with Go's words for an escape that Go does not know.
pub(super) fn translate(source: &str) -> Result<String, Failure> {
    let mut translation =
        Translation { rest: source.chars().peekable(), out: String::with_capacity(source.len()) };
    let mut repetition = String::new();
    while let Some(character) = translation.rest.next() {
        if let Some(operator) = translation.repetition(character) {
            if !repetition.is_empty() {
                return Err(nested(&repetition, &operator));
            }
            translation.out.push_str(&operator);
            repetition = operator;
            continue;
        }
        repetition.clear();
        match character {
            '\\' => translation.escape(false)?,
            '[' => translation.class()?,
            '{' => translation.out.push_str("\\{"),
            '(' => translation.group(),
            _ => translation.out.push(character),
        }
    }
    Ok(translation.out)
}

/// Whether a text between the braces of a repetition is a number to Go.
pub(super) fn is_count(text: &str) -> bool {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (text.len() == 1 || !text.starts_with('0'))
}

/// About how many steps it takes to compile an expression whose counted repetitions are written
/// out, as they are inside the machine that searches: `(a{30}){30}` is 900 letters.
pub(super) fn repeated_size(source: &str) -> u64 {
    // The sizes of the groups that are open and of the last part of each.
    let mut open: Vec<u64> = Vec::new();
    let (mut whole, mut last) = (0_u64, 0_u64);
    let mut rest = source.chars();
    while let Some(character) = rest.next() {
        match character {
            '(' => {
                open.push(whole.saturating_add(last));
                (whole, last) = (0, 0);
            }
            ')' => {
                last = whole.saturating_add(last);
                whole = open.pop().unwrap_or_default();
            }
            '{' => {
                let Some((counts, after)) = rest.as_str().split_once('}') else { continue };
                let counts = counts.split(',').filter_map(|count| count.parse::<u64>().ok());
                let Some(count) = counts.max() else { continue };
                last = last.saturating_mul(count.clamp(1, 1000));
                rest = after.chars();
            }
            _ => {
                whole = whole.saturating_add(last);
                let is_unicode_class =
                    character == '\\' && rest.next().is_some_and(|next| matches!(next, 'p' | 'P'));
                last = if is_unicode_class { 10_000 } else { 4 };
            }
        }
    }
    whole.saturating_add(last).saturating_mul(4)
}

fn nested(first: &str, second: &str) -> Failure {
    format!("error parsing regexp: invalid nested repetition operator: `{first}{second}`").into()
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Translation<'_> {
    /// A repetition that begins with `first`, with the `?` that makes it lazy.
    fn repetition(&mut self, first: char) -> Option<String> {
        let mut operator = String::from(first);
        match first {
            '*' | '+' | '?' => {}
            '{' if self.begins_repetition() => {
                while let Some(character) = self.rest.next_if(|next| *next != '}') {
                    operator.push(character);
                }
                operator.extend(self.rest.next());
            }
            _ => return None,
        }
        operator.extend(self.rest.next_if_eq(&'?'));
        Some(operator)
    }

    /// After a `(`: the `?` of its flags is no repetition.
    fn group(&mut self) {
        self.out.push('(');
        self.out.extend(self.rest.next_if_eq(&'?'));
    }

    /// After a `{`: whether `3}`, `3,}` or `3,5}` follows.
    fn begins_repetition(&self) -> bool {
        let body: String = self.rest.clone().take_while(|character| *character != '}').collect();
        let closed = self.rest.clone().any(|character| character == '}');
        let (low, high) = body.split_once(',').unwrap_or((&body, ""));
        closed && is_count(low) && (high.is_empty() || is_count(high))
    }

    /// After a backslash.
    fn escape(&mut self, in_class: bool) -> Result<(), Failure> {
        let Some(character) = self.rest.next() else {
            return Err("error parsing regexp: trailing backslash at end of expression: ``".into());
        };
        match character {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => self.out.push_str(perl(character)),
            'b' if !in_class => self.out.push_str(r"(?-u:\b)"),
            'B' if !in_class => self.out.push_str(r"(?-u:\B)"),
            'A' | 'z' if !in_class => self.verbatim(character),
            'Q' if !in_class => self.quoted(),
            'p' | 'P' => self.unicode_class(character),
            'x' => {
                self.verbatim(character);
                self.braces();
            }
            'a' | 'f' | 't' | 'n' | 'r' | 'v' => self.verbatim(character),
            '0'..='7' => self.octal(character)?,
            _ if character.is_ascii_alphanumeric() => return Err(invalid(character)),
            _ => self.literal(character),
        }
        Ok(())
    }

    fn verbatim(&mut self, character: char) {
        self.out.push('\\');
        self.out.push(character);
    }

    /// `\pL`, `\p{Greek}`, or `\p{^Greek}`, which is `\P{Greek}`.
    fn unicode_class(&mut self, letter: char) {
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('{') && ahead.next() == Some('^') {
            self.verbatim(if letter == 'p' { 'P' } else { 'p' });
            self.rest = ahead;
            self.out.push('{');
            self.up_to_brace();
        } else {
            self.verbatim(letter);
            self.braces();
        }
    }

    /// What stands in braces, as it is.
    fn braces(&mut self) {
        if let Some(brace) = self.rest.next_if_eq(&'{') {
            self.out.push(brace);
            self.up_to_brace();
        }
    }

    fn up_to_brace(&mut self) {
        for next in self.rest.by_ref() {
            self.out.push(next);
            if next == '}' {
                return;
            }
        }
    }

    fn literal(&mut self, character: char) {
        if character.is_ascii_punctuation() && !matches!(character, '<' | '>' | '_') {
            self.out.push('\\');
        }
        self.out.push(character);
    }

    /// `\Q…\E`: literal text.
    fn quoted(&mut self) {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            self.literal(character);
        }
    }

    /// `\123`, and `\0`; a single digit other than 0 would be a back reference.
    fn octal(&mut self, first: char) -> Result<(), Failure> {
        let mut code = first.to_digit(8).unwrap_or(0);
        let next_is_octal = self.rest.peek().is_some_and(|next| next.is_digit(8));
        if first != '0' && !next_is_octal {
            return Err(invalid(first));
        }
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.rest.next();
        }
        self.out.extend(["\\x{", &format!("{code:x}"), "}"]);
        Ok(())
    }

    /// After a `[`: up to its `]`.
    fn class(&mut self) -> Result<(), Failure> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str("\\]");
        }
        while let Some(character) = self.rest.next() {
            match character {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape(true)?,
                '[' if self.rest.peek() == Some(&':') => self.named_class(),
                '[' | '&' | '~' => self.literal(character),
                _ => self.out.push(character),
            }
        }
        Ok(())
    }

    /// `[:alpha:]` as it is; a `[:` that does not end so is literal.
    fn named_class(&mut self) {
        let name: String = self.rest.clone().take_while(|character| *character != ']').collect();
        if name.len() < 2 || !name.ends_with(':') {
            return self.literal('[');
        }
        self.out.push('[');
        for _ in 0..=name.chars().count() {
            self.out.extend(self.rest.next());
        }
    }
}

fn perl(character: char) -> &'static str {
    match character {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => r"[\t\n\f\r ]",
        'S' => r"[^\t\n\f\r ]",
        'w' => "[0-9A-Za-z_]",
        _ => "[^0-9A-Za-z_]",
    }
}

fn invalid(character: char) -> Failure {
    format!("error parsing regexp: invalid escape sequence: `\\{character}`").into()
}

#[cfg(test)]
mod tests {
    use super::repeated_size;

    #[test]
    fn repetitions_within_repetitions_multiply_and_beside_each_other_add() {
        for (source, expected) in [
            ("", 0),
            ("a", 16),
            ("ab+", 48),
            ("a{3}", 48),
            ("a{1,3}b{3}", 96),
            ("(a{3}){3}", 144),
            ("((a{30}){30}){3}", 43_200),
            ("\\.{2}", 32),
            ("a{x", 32),
        ] {
            assert_eq!(repeated_size(source), expected, "{source}");
        }
    }

    #[test]
    fn sizes_saturate() {
        assert_eq!(repeated_size(&"(a{1000})".repeat(3)), 48_000);
        let nested = format!("{}a{}", "(".repeat(20), "{1000})".repeat(20));
        assert_eq!(repeated_size(&nested), u64::MAX);
    }
}

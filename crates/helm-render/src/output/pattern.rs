//! Go's `path.Match`, which `--show-only` uses.

/// Whether the whole `path` matches `pattern`: `*` and `?` stay within a path element, `[a-z]` and
/// `[^a-z]` are classes, `\` takes the next character as it is. A malformed pattern matches
/// nothing, as in `helm template`.
pub(crate) fn is_match(pattern: &str, path: &str) -> bool {
    let Some(tokens) = parse(pattern) else { return false };
    let path: Vec<char> = path.chars().collect();
    match_tokens(&tokens, &path)
}

enum Token {
    Star,
    Any,
    One(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

fn parse(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        tokens.push(match character {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => Token::One(rest.next()?),
            '[' => parse_class(&mut rest)?,
            other => Token::One(other),
        });
    }
    Some(tokens)
}

fn parse_class(rest: &mut std::str::Chars<'_>) -> Option<Token> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if !ranges.is_empty() && rest.as_str().starts_with(']') {
            rest.next();
            return Some(Token::Class { negated, ranges });
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

fn class_character(rest: &mut std::str::Chars<'_>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        character => Some(character),
    }
}

/// Greedy matching with one point to go back to: the last star, as `*` never needs an earlier one
/// unless it would have to cross a `/`.
fn match_tokens(tokens: &[Token], path: &[char]) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (tokens.get(token), path.get(at)) {
            (None, None) => return true,
            (Some(Token::Star), _) => {
                retry = Some((token, at));
                token += 1;
                continue;
            }
            (Some(expected), Some(character)) if fits(expected, *character) => {
                token += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        let Some((star, from)) = retry else { return false };
        if path.get(from).is_none_or(|character| *character == '/') {
            return false;
        }
        retry = Some((star, from + 1));
        token = star + 1;
        at = from + 1;
    }
}

fn fits(token: &Token, character: char) -> bool {
    match token {
        Token::Star => false,
        Token::Any => character != '/',
        Token::One(expected) => *expected == character,
        Token::Class { negated, ranges } => {
            ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: bool) {
        assert_eq!(is_match(pattern, path), expected, "{pattern} on {path}");
    }

    #[test]
    fn stars_stay_within_a_path_element() {
        check("templates/*.yaml", "templates/a.yaml", true);
        check("templates/*.yaml", "templates/tests/a.yaml", false);
        check("templates/*/*.yaml", "templates/tests/a.b.yaml", true);
        check("*", "templates/a.yaml", false);
    }

    #[test]
    fn classes_and_escapes_match_one_character() {
        check("[a-c]?", "bz", true);
        check("[^a-c]", "b", false);
        check(r"\*", "*", true);
        check("[a", "a", false);
    }
}

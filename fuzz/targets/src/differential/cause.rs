//! In what two answers differ, without what stands in the one template alone: positions, quoted
//! texts, numbers.

use super::Answer;
use super::functions::is_known;
use super::shrink::split;
use std::collections::BTreeSet;

/// How Molave's answer differs from Helm's; nothing if it does not, or if they cannot be compared.
pub(super) fn difference(molave: &Answer, helm: &Answer) -> Option<String> {
    match (molave, helm) {
        (Answer::Panic(text), _) => Some(format!("panic: {}", outline(text))),
        (Answer::Gone(text), _) => Some(format!("gone: {text}")),
        // On purpose: what is endless or too large ends early.
        (Answer::Exhausted(_), _) | (_, Answer::Gone(_)) => None,
        _ if has_addresses(molave, helm) => None,
        (Answer::Output(ours), Answer::Output(theirs)) => {
            (*ours != lossy(theirs).into_bytes()).then(|| "outputs differ".to_owned())
        }
        (Answer::Output(_), Answer::Error(error)) => {
            Some(format!("only Helm fails: {}", reason(error)))
        }
        (Answer::Error(error), Answer::Output(_)) => {
            Some(format!("only Molave fails: {}", reason(error)))
        }
        (Answer::Error(ours), Answer::Error(theirs)) => {
            let differs = lossy(ours) != lossy(theirs);
            differs.then(|| match (reason(ours), reason(theirs)) {
                (ours, theirs) if ours == theirs => format!("errors stand elsewhere: {ours}"),
                (ours, theirs) => format!("errors differ: {ours} <> {theirs}"),
            })
        }
        _ => Some("no answer from Helm".to_owned()),
    }
}

/// Pointers have no place in a comparison: Go prints them where a struct lies inside a map.
fn has_addresses(molave: &Answer, helm: &Answer) -> bool {
    let (Answer::Output(text) | Answer::Error(text)) = helm else { return false };
    if matches!(molave, Answer::Output(ours) if lossy(ours).contains("(*common.Capabilities=")) {
        return true;
    }
    text.windows(12).any(|window| {
        let digits = window.strip_prefix(b"0x").or_else(|| window.strip_prefix(b"0X"));
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What an error says in its last line, without the positions and calls that led there.
fn reason(error: &[u8]) -> String {
    let text = lossy(error);
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let last = match last.rsplit_once("error calling ") {
        Some((_, call)) => call.split_once(": ").map_or(call, |(_, reason)| reason),
        None => last.rsplit_once(">: ").map_or(last, |(_, reason)| reason),
    };
    outline(last.trim())
}

/// A message with its quoted parts, expressions and numbers taken out.
fn outline(message: &str) -> String {
    let mut out = String::new();
    let mut rest = message.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            '"' | '`' => {
                let mut escaped = false;
                for next in rest.by_ref() {
                    if next == first && !escaped {
                        break;
                    }
                    escaped = next == '\\' && !escaped;
                }
                out.push('Q');
            }
            '0'..='9' => {
                while rest.peek().is_some_and(char::is_ascii_digit) {
                    rest.next();
                }
                out.push('N');
            }
            _ => out.push(first),
        }
    }
    out.chars().take(160).collect()
}

/// The name under which equal causes are counted: the difference, and the functions and objects
/// that a minimal template uses.
pub(super) fn name(difference: &str, template: &[u8]) -> String {
    let text = lossy(template);
    let used: BTreeSet<&str> = split(&text).into_iter().filter_map(used).collect();
    let used: Vec<&str> = used.into_iter().collect();
    format!("{difference} [{}]", used.join(" "))
}

/// A function, an object of Helm's, or all of them.
fn used(word: &str) -> Option<&str> {
    const OBJECTS: [&str; 5] = [".Capabilities", ".Files", ".Chart", ".Subcharts", ".Release"];
    if is_known(word) || matches!(word, "." | "$") {
        return Some(word);
    }
    OBJECTS.into_iter().find(|object| word.trim_start_matches('$').starts_with(object))
}

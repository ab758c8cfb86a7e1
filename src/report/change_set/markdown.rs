//! A difference as a comment on a pull request: the numbers, a table of the objects, and each
//! object's difference folded away.
//!
//! The first line is a comment that nobody sees, by which a job finds the comment that it wrote
//! before. Names come from manifests and may be anything, so none of them is taken for markup.

use super::{Subject, plain, summary};
use crate::difference::{Action, Change, ChangeSet};
use crate::report::count;
use std::fmt::Write as _;

/// What is kept free for the last words.
const RESERVE: usize = 900;

/// How much of a name that a user chose is shown.
const LONGEST_ORIGIN: usize = 100;

/// The difference in at most `max_bytes` bytes, if that is 2,000 or more. What does not fit is left
/// out object by object and counted; the table takes at most half of the room.
pub fn markdown(subject: Subject<'_>, set: &ChangeSet<'_>, max_bytes: usize) -> String {
    let mut text = head(subject, set);
    if set.changes.is_empty() {
        return text;
    }
    text.push_str("\n| | object | service |\n|---|---|---|\n");
    let rows = set.changes.iter().map(row);
    let unlisted = list(&mut text, rows, max_bytes / 2);
    if unlisted > 0 {
        add(&mut text, format_args!("| | … and {unlisted} more | |\n"));
    }
    text.push('\n');
    let blocks = set.changes.iter().filter_map(block);
    let hidden = fill(&mut text, blocks, max_bytes.saturating_sub(RESERVE));
    if hidden > 0 {
        let (environment, origin) = (subject.environment, shown_origin(subject));
        add(
            &mut text,
            format_args!(
                "The difference of {} is left out, to stay within {max_bytes} bytes. To see all of \
                 it: <code>molave diff {environment} --from {origin}</code>\n",
                count(hidden, "object")
            ),
        );
    }
    text
}

fn head(subject: Subject<'_>, set: &ChangeSet<'_>) -> String {
    let Subject { project, environment, .. } = subject;
    let counts = set.counts();
    let mut numbers = summary(counts);
    if let (1.., Some(rest)) = (counts.delete, numbers.split_once(", ")) {
        numbers = format!("**{}**, {}", rest.0, rest.1);
    }
    format!(
        "<!-- molave diff {project}/{environment} -->\n### {project}/{environment}: {numbers}\n\n\
         Compared with <code>{}</code>.\n",
        shown_origin(subject)
    )
}

/// Adds rows up to the first that does not fit, and returns how many are left: a creation must not
/// take the place of a deletion.
fn list(text: &mut String, mut rows: impl Iterator<Item = String>, room: usize) -> usize {
    while let Some(row) = rows.next() {
        if text.len() + row.len() > room {
            return 1 + rows.count();
        }
        text.push_str(&row);
    }
    0
}

/// Adds every part that fits, and returns how many did not: one that is huge must not hide the rest.
fn fill(text: &mut String, parts: impl Iterator<Item = String>, room: usize) -> usize {
    let mut left_out = 0;
    for part in parts {
        if text.len() + part.len() <= room {
            text.push_str(&part);
        } else {
            left_out += 1;
        }
    }
    left_out
}

fn row(change: &Change<'_>) -> String {
    let id = escaped(&change.id.to_string());
    let word = change.action.word();
    let service = match change.from_service {
        Some(from) => format!("{}, was {}", escaped(change.service), escaped(from)),
        None => escaped(change.service),
    };
    match change.action {
        Action::Delete => format!("| **{word}** | **<code>{id}</code>** | {service} |\n"),
        Action::Change | Action::Move | Action::Create => {
            format!("| {word} | <code>{id}</code> | {service} |\n")
        }
    }
}

/// The difference of one object, folded; nothing if its manifest is the same.
fn block(change: &Change<'_>) -> Option<String> {
    let difference = plain(change);
    if difference.is_empty() {
        return None;
    }
    let fence = fence(&difference);
    let id = escaped(&change.id.to_string());
    let word = match change.action {
        Action::Delete => "<b>delete</b>",
        action @ (Action::Change | Action::Move | Action::Create) => action.word(),
    };
    Some(format!(
        "<details><summary>{word} <code>{id}</code></summary>\n\n{fence}diff\n{difference}{fence}\n\n\
         </details>\n\n"
    ))
}

/// A fence that the text does not hold.
fn fence(text: &str) -> String {
    let runs = text.split(|letter| letter != '`').map(str::len);
    "`".repeat(runs.max().unwrap_or_default().max(2) + 1)
}

fn shown_origin(subject: Subject<'_>) -> String {
    let begin: String = subject.origin.chars().take(LONGEST_ORIGIN).collect();
    let rest = if begin.len() < subject.origin.len() { "…" } else { "" };
    escaped(&begin) + rest
}

/// The text with everything that could be markup written as an entity, in one line.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '-' | '.' | '/' | ':' | ' ' => shown.push(letter),
            _ if letter.is_control() => shown.push(' '),
            _ if letter.is_ascii_punctuation() => {
                add(&mut shown, format_args!("&#{};", u32::from(letter)));
            }
            _ => shown.push(letter),
        }
    }
    shown
}

/// Writing into a string cannot fail.
fn add(text: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(words);
}

//! Manifests line by line with where each line comes from.

use super::QUIET;
use super::mask::Mask;
use crate::generate::annotate::Line;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write as _;

/// The widest line that places of others are aligned to.
const WIDEST: usize = 60;
/// How many changed lines of a file are told of.
const MOST: usize = 10;

/// The manifests, each line with its places as a comment. What Secrets hold is hidden.
pub fn annotated(lines: &[Line]) -> String {
    let mut mask = Mask::default();
    let mut text = String::new();
    for document in lines.chunk_by(|_, next| next.text != "---") {
        let masked = mask.hide(&whole(document));
        let is_as_long = masked.lines().count() == document.len();
        let widths = masked.lines().map(|line| line.chars().count());
        let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
        for (index, shown) in masked.lines().enumerate() {
            let origin = document.get(index).filter(|_| is_as_long).map(origin);
            match origin.filter(|origin| !origin.is_empty()) {
                Some(origin) => {
                    let _ = writeln!(text, "{shown:width$}  {QUIET}# {origin}{QUIET:#}");
                }
                None => {
                    let _ = writeln!(text, "{shown}");
                }
            }
        }
    }
    text
}

/// What made the lines of a file that are new in comparison with what is there: one text a line.
pub fn changed_lines(path: &str, old: &[u8], lines: &[Line]) -> Vec<String> {
    let old = String::from_utf8_lossy(old);
    let new = whole(lines);
    let changes: Vec<usize> = TextDiff::from_lines(old.as_ref(), new.as_str())
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Insert)
        .filter_map(|change| change.new_index())
        .collect();
    let known = changes.iter().filter_map(|index| {
        let origin = origin(lines.get(*index)?);
        (!origin.is_empty()).then(|| format!("{path}:{} is made by {origin}", index + 1))
    });
    let mut told: Vec<String> = known.collect();
    if told.len() > MOST {
        let more = told.len() - MOST;
        told.truncate(MOST);
        told.push(format!("{path}: and {more} more lines"));
    }
    told
}

fn whole(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

/// The template lines from the outermost inwards, then the settings.
fn origin(line: &Line) -> String {
    let places: Vec<String> = line.places.iter().map(ToString::to_string).collect();
    let mut origin = places.join(" > ");
    for value in &line.values {
        let _ = write!(origin, "; {value}");
    }
    origin
}

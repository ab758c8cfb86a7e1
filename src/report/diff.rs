//! The difference between two texts as a unified diff.

use super::mask::Mask;
use super::{BAD, GOOD, POINTER};
use anstyle::Style;
use similar::TextDiff;
use std::fmt::Write as _;

/// How the text at `path` differs from what it should be, with three lines of context and what
/// Secrets hold hidden. `None` is a file that is not there. Empty if nothing differs.
pub fn unified(path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> String {
    coloured(&plain(path, old, new))
}

/// The same without colours, for documents.
pub(super) fn plain(path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> String {
    let mut mask = Mask::default();
    let mut shown = |text: Option<&[u8]>| {
        text.map(|text| mask.hide(&String::from_utf8_lossy(text))).unwrap_or_default()
    };
    let (before, after) = (shown(old), shown(new));
    let name = |side: &str, text: Option<&[u8]>| {
        text.map_or_else(|| "/dev/null".to_owned(), |_| format!("{side}/{path}"))
    };
    let diff = TextDiff::from_lines(&before, &after);
    diff.unified_diff().context_radius(3).header(&name("a", old), &name("b", new)).to_string()
}

fn coloured(plain: &str) -> String {
    let mut text = String::with_capacity(plain.len());
    for line in plain.lines() {
        let style = style_of(line);
        let _ = writeln!(text, "{style}{line}{style:#}");
    }
    text
}

fn style_of(line: &str) -> Style {
    match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => Style::new().bold(),
        [b'+', ..] => GOOD,
        [b'-', ..] => BAD,
        [b'@', ..] => POINTER,
        _ => Style::new(),
    }
}

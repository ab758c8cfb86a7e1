//! What is taken over from another tool, and what is left.

use super::{BAD, GOOD, QUIET};
use crate::sync::adopt::Decision;
use plan::adoption::Fate;
use std::fmt::Write as _;

/// A line of counts, then a line an object: what is taken, what goes with the next sync, what stays.
pub fn text(title: &str, decisions: &[Decision]) -> String {
    let number = |is: fn(&Fate) -> bool| decisions.iter().filter(|it| is(&it.fate)).count();
    let taken = number(|fate| *fate == Fate::Taken);
    let doomed = number(|fate| *fate == Fate::Doomed);
    let left = number(|fate| matches!(fate, Fate::Left(_)));
    let mut text = format!("{title}: {taken} to take over");
    if doomed > 0 {
        let _ = write!(text, ", {doomed} to record for deletion");
    }
    let _ = writeln!(text, ", {left} left");
    for Decision { id, service, fate, .. } in decisions {
        let (style, word, reason) = match fate {
            Fate::Taken => (GOOD, "take", format!("{service}: ours from now on")),
            Fate::Doomed => (
                BAD,
                "record",
                format!("{service}: Git does not have it, the next sync deletes it"),
            ),
            Fate::Left(reason) => (QUIET, "leave", reason.clone()),
        };
        let _ = writeln!(text, "  {style}{word:<6}{style:#}  {id}  {QUIET}{reason}{QUIET:#}");
    }
    text
}

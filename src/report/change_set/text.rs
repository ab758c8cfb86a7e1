//! A difference for people: the numbers, then object by object.

use super::{Subject, coloured, summary};
use crate::difference::{Action, Change, ChangeSet};
use crate::report::{BAD, DOUBTFUL, GOOD};
use anstyle::Style;
use std::fmt::Write as _;

/// The difference, styled.
pub fn text(subject: Subject<'_>, set: &ChangeSet<'_>) -> String {
    let mut text = format!("{}: {}\n", subject.environment, summary(set.counts()));
    for change in &set.changes {
        let style = style(change.action);
        let (word, id) = (change.action.word(), change.id);
        // Writing into a string cannot fail.
        let _ = writeln!(text, "\n{style}{word} {id}{style:#} ({})", service(change));
        text.push_str(&coloured(change));
    }
    text
}

fn style(action: Action) -> Style {
    match action {
        Action::Delete => BAD,
        Action::Change | Action::Move => DOUBTFUL,
        Action::Create => GOOD.bold(),
    }
}

fn service(change: &Change<'_>) -> String {
    match change.from_service {
        Some(from) => format!("service {}, was {from}", change.service),
        None => format!("service {}", change.service),
    }
}

//! What is wrong with a manifest. It must not know who shows it, or how.

use go_yaml::Position;
use std::fmt;

/// Why a manifest cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the text was named to [`parse`](crate::parse).
    pub source: String,
    /// The 1-based line in the text.
    pub line: u32,
    /// What is wrong: a lower-case phrase.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(source: &str, at: Position, message: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            line: at.line.max(1),
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.source, self.line, self.message)
    }
}

impl std::error::Error for Problem {}

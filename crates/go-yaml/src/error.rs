//! Reading errors, worded as Go words them. It does not know where they arise.

use std::fmt;

/// A reading error, worded as go-yaml words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The 1-based line where the text says one.
    pub line: Option<u32>,
    /// The whole text, for instance `yaml: line 3: mapping values are not allowed in this context`.
    pub message: String,
}

impl Error {
    /// An error of go-yaml's that names no line.
    pub(crate) fn yaml(text: impl fmt::Display) -> Self {
        Self { line: None, message: format!("yaml: {text}") }
    }

    /// An error of go-yaml's on a line, where line 0 means that none is known.
    pub(crate) fn yaml_at(line: u32, text: impl fmt::Display) -> Self {
        if line == 0 {
            return Self::yaml(text);
        }
        Self { line: Some(line), message: format!("yaml: line {line}: {text}") }
    }

    /// An error of the step from YAML to JSON, which has no prefix of go-yaml's.
    pub(crate) fn json(message: String) -> Self {
        Self { line: None, message }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

//! Failed executions and how Go words them.
//!
//! It must not know how they come about.

use crate::format::quote;
use crate::functions::Failure;
use std::fmt;

/// A failed execution, printed as Go prints it:
/// `template: NAME:LINE:COLUMN: executing "TEMPLATE" at <EXPRESSION>: MESSAGE`.
#[derive(Debug)]
pub struct Error {
    /// The file (Go's `ParseName`).
    pub file: String,
    /// The 1-based line, 0 where there is no position: then only the message and the cause are
    /// printed.
    pub line: u32,
    /// The 0-based byte column.
    pub column: u32,
    /// The template being executed.
    pub template: String,
    /// The node, re-printed whole (Go no longer shortens it).
    pub expression: String,
    /// What went wrong, without the cause's text; empty if the cause says it all.
    pub message: String,
    /// The failure of the function or template called here, if that is what went wrong.
    pub cause: Option<Box<Failure>>,
}

impl Error {
    /// An error without a position.
    pub(super) fn without_position(message: String) -> Self {
        Self {
            file: String::new(),
            line: 0,
            column: 0,
            template: String::new(),
            expression: String::new(),
            message,
            cause: None,
        }
    }

    /// Whether the render ran out of its budget, here or in what was called here.
    pub fn is_exhausted(&self) -> bool {
        match self.cause.as_deref() {
            Some(Failure::Exhausted(_)) => true,
            Some(Failure::Execution(error)) => error.is_exhausted(),
            Some(Failure::Message(_)) | None => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            let Self { file, line, column, expression, .. } = self;
            let template = quote(self.template.as_bytes());
            let template = String::from_utf8_lossy(&template);
            write!(formatter, "template: {file}:{line}:{column}: executing {template} ")?;
            write!(formatter, "at <{expression}>: ")?;
        }
        formatter.write_str(&self.message)?;
        let Some(cause) = &self.cause else { return Ok(()) };
        if !self.message.is_empty() {
            formatter.write_str(": ")?;
        }
        cause.fmt(formatter)
    }
}

impl std::error::Error for Error {}

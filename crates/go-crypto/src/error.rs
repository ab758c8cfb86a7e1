//! What everything here fails with: the text that Go has.
//!
//! It must not know what failed.

use std::fmt;

/// Why a key, certificate or cipher text could not be read or made, as Go words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The error after what was being done, as Go's `fmt.Errorf("…: %s", err)` puts it.
    #[must_use]
    pub fn within(self, what: &str) -> Self {
        Self(format!("{what}: {}", self.0))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

//! A line on the terminal that says how far a longer piece of work is.

use anstream::AutoStream;
use std::io::{Stderr, Write as _};
use std::time::{Duration, Instant};

/// Work that is quicker than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The line. It is wiped when it goes out of scope.
pub struct Progress<'a> {
    terminal: Option<&'a mut AutoStream<Stderr>>,
    what: &'static str,
    begun: Instant,
    is_shown: bool,
}

impl<'a> Progress<'a> {
    pub(super) fn new(terminal: Option<&'a mut AutoStream<Stderr>>, what: &'static str) -> Self {
        Self { terminal, what, begun: Instant::now(), is_shown: false }
    }

    /// Shows that `done` of `total` is done, once the work has taken a while.
    pub fn update(&mut self, done: usize, total: usize) {
        if let Some(terminal) = &mut self.terminal
            && self.begun.elapsed() > PATIENCE
        {
            self.is_shown = true;
            drop(write!(terminal, "\r\x1b[K{} {done} of {total}", self.what));
            drop(terminal.flush());
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let (Some(terminal), true) = (&mut self.terminal, self.is_shown) {
            drop(write!(terminal, "\r\x1b[K"));
            drop(terminal.flush());
        }
    }
}

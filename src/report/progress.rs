//! A line on the terminal that says how far a longer piece of work is.

use anstream::AutoStream;
use std::io::{Stderr, Write as _};
use std::time::{Duration, Instant};

/// Work that is quicker than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The line. It is wiped when it goes out of scope, with spaces, because codes that a terminal would
/// understand are stripped together with the colours.
pub struct Progress<'a> {
    terminal: Option<&'a mut AutoStream<Stderr>>,
    what: &'static str,
    begun: Instant,
    /// How many columns the line takes at most.
    width: usize,
}

impl<'a> Progress<'a> {
    pub(super) fn new(terminal: Option<&'a mut AutoStream<Stderr>>, what: &'static str) -> Self {
        Self { terminal, what, begun: Instant::now(), width: 0 }
    }

    /// Shows that `done` of `total` is done, once the work has taken a while.
    pub fn update(&mut self, done: usize, total: usize) {
        if let Some(terminal) = &mut self.terminal
            && self.begun.elapsed() > PATIENCE
        {
            let line = format!("{} {done} of {total}", self.what);
            self.width = self.width.max(line.len());
            drop(write!(terminal, "\r{line:width$}", width = self.width));
            drop(terminal.flush());
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let (Some(terminal), 1..) = (&mut self.terminal, self.width) {
            drop(write!(terminal, "\r{:width$}\r", "", width = self.width));
            drop(terminal.flush());
        }
    }
}

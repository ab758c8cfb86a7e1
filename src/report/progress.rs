//! A line on the terminal that says how far a longer piece of work is.

use std::io::Write;
use std::time::{Duration, Instant};

/// Work that is quicker than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The line. It is wiped with spaces, because codes that a terminal would understand are stripped
/// together with the colours.
pub(super) struct Progress {
    what: &'static str,
    begun: Instant,
    /// How many columns the line takes at most; none if it is not there.
    width: usize,
}

impl Progress {
    /// Begins a piece of work.
    pub(super) fn of(what: &'static str) -> Self {
        Self { what, begun: Instant::now(), width: 0 }
    }

    /// Whether this is the piece of work.
    pub(super) fn is_of(&self, what: &str) -> bool {
        self.what == what
    }

    /// Shows that `done` of `total` is done, once the work has taken a while.
    pub(super) fn show(&mut self, terminal: &mut impl Write, done: usize, total: usize) {
        if self.begun.elapsed() > PATIENCE {
            let line = format!("{} {done} of {total}", self.what);
            self.width = self.width.max(line.len());
            drop(write!(terminal, "\r{line:width$}", width = self.width));
            drop(terminal.flush());
        }
    }

    /// Takes the line away, to make room for another.
    pub(super) fn wipe(&mut self, terminal: &mut impl Write) {
        let width = std::mem::take(&mut self.width);
        if width > 0 {
            drop(write!(terminal, "\r{:width$}\r", ""));
            drop(terminal.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PATIENCE, Progress};
    use std::time::Instant;

    #[test]
    fn a_line_shows_after_a_while_and_leaves_nothing_behind() {
        let mut terminal = Vec::new();
        let mut progress = Progress::of("rendering");
        progress.show(&mut terminal, 1, 10);
        progress.wipe(&mut terminal);
        assert!(terminal.is_empty());
        progress.begun = Instant::now().checked_sub(PATIENCE * 2).unwrap();
        progress.show(&mut terminal, 10, 10);
        progress.show(&mut terminal, 9, 10);
        progress.wipe(&mut terminal);
        progress.wipe(&mut terminal);
        let shown = String::from_utf8(terminal).unwrap();
        let wiped = " ".repeat(18);
        assert_eq!(shown, format!("\rrendering 10 of 10\rrendering 9 of 10 \r{wiped}\r"));
    }
}

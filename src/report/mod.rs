//! The only writer to standard output and standard error.
//!
//! Standard output carries data alone; status, progress, problems and hints go to standard error.
//! Text is styled where it is made and stripped here if nobody can see colours.

pub mod adoption;
mod annotated;
pub mod change_set;
pub mod dependencies;
mod diagnostic;
mod diff;
pub mod doctor;
pub mod document;
mod mask;
mod progress;
pub mod state;
pub mod sync;
mod values;

use crate::error::{Diagnostic, Failure, Severity};
pub use annotated::{annotated, changed_lines};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
pub use diff::unified;
use progress::Progress;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
pub use values::listing;

/// What is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What deserves a look.
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
/// What is done.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Places, literals and advice.
pub(crate) const POINTER: Style = AnsiColor::Cyan.on_default();
/// What matters less.
pub(crate) const QUIET: Style = Style::new().dimmed();

/// How often a question looks whether it is still one.
const GLANCE: Duration = Duration::from_millis(50);

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much to say on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// Results and problems alone.
    pub quiet: bool,
    /// Details too; 2 is more than 1.
    pub verbosity: u8,
    /// No progress, not even on a terminal.
    pub no_progress: bool,
}

/// The two output channels of a run.
pub struct Report {
    stdout: AutoStream<io::Stdout>,
    stderr: AutoStream<io::Stderr>,
    voice: Voice,
    progress: Option<Progress>,
}

impl Report {
    /// Channels that colour and speak as told.
    pub fn new(colour: Colour, voice: Voice) -> Self {
        let choice = match colour {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        Self {
            stdout: AutoStream::new(io::stdout(), choice),
            stderr: AutoStream::new(io::stderr(), choice),
            voice,
            progress: None,
        }
    }

    /// Writes styled data.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        self.end_progress();
        let written = self.stdout.write_all(text.as_bytes());
        written.and_then(|()| self.stdout.flush()).map_err(|error| stdout_failed(&error))
    }

    /// Writes bytes exactly as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.end_progress();
        let mut stdout = self.stdout.as_inner();
        let written = stdout.write_all(bytes);
        written.and_then(|()| stdout.flush()).map_err(|error| stdout_failed(&error))
    }

    /// Says what was done, unless the run is quiet.
    pub fn status(&mut self, text: &str) {
        if !self.voice.quiet {
            self.say(text);
        }
    }

    /// Says a detail that only a verbose run wants.
    pub fn detail(&mut self, text: &str) {
        if self.voice.verbosity > 0 {
            self.say(text);
        }
    }

    /// Shows problems, in order.
    pub fn problems(&mut self, problems: &[Diagnostic]) {
        for problem in problems {
            self.say(&diagnostic::render(problem));
        }
    }

    /// Shows the problems that kept a run from beginning, and how many errors there are if it is not
    /// plain to see.
    pub fn refused(&mut self, problems: &[Diagnostic]) {
        self.problems(problems);
        let is_error = |problem: &&Diagnostic| problem.severity == Severity::Error;
        let errors = problems.iter().filter(is_error).count();
        if errors > 1 {
            self.say(&format!("{}, nothing was changed", count(errors, "error")));
        }
    }

    /// Writes a line to standard error as it is.
    pub fn plain_error(&mut self, text: &str) {
        self.say(text);
    }

    /// Shows what the argument parser has to say: help on standard output, errors on standard error.
    pub fn usage(&mut self, message: &clap::Error) -> Result<(), Failure> {
        let text = message.render();
        if message.use_stderr() {
            self.say(text.ansi().to_string().trim_end());
            return Ok(());
        }
        self.data(&text.ansi().to_string())
    }

    /// Shows how far a piece of work is, if it takes a while and there is a terminal to show it on.
    /// Whatever is said next takes its place.
    pub fn progress(&mut self, what: &'static str, done: usize, total: usize) {
        let is_wanted = !self.voice.quiet && !self.voice.no_progress && self.voice.verbosity == 0;
        if !is_wanted || !io::stderr().is_terminal() {
            return;
        }
        if self.progress.as_ref().is_none_or(|progress| !progress.is_of(what)) {
            self.end_progress();
        }
        let progress = self.progress.get_or_insert_with(|| Progress::of(what));
        progress.show(&mut self.stderr, done, total);
    }

    fn end_progress(&mut self) {
        if let Some(mut progress) = self.progress.take() {
            progress.wipe(&mut self.stderr);
        }
    }

    /// Whether there is somebody to ask.
    pub fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks on the terminal; anything but a yes is a no, and so is it when `is_over` holds before
    /// there is an answer.
    pub fn confirm(&mut self, question: &str, is_over: &dyn Fn() -> bool) -> bool {
        self.end_progress();
        drop(write!(self.stderr, "{question} [y/N] "));
        drop(self.stderr.flush());
        let (sender, answers) = mpsc::channel();
        // It ends with the process if nobody answers.
        drop(thread::spawn(move || {
            let mut answer = String::new();
            let read = io::stdin().read_line(&mut answer);
            drop(sender.send(read.map(|_| answer).unwrap_or_default()));
        }));
        loop {
            match answers.recv_timeout(GLANCE) {
                Ok(answer) => {
                    return matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
                }
                Err(RecvTimeoutError::Timeout) if !is_over() => {}
                Err(_) => {
                    self.say("");
                    return false;
                }
            }
        }
    }

    /// Nobody is told if standard error is closed: there is nowhere left to say so.
    fn say(&mut self, text: &str) {
        self.end_progress();
        drop(writeln!(self.stderr, "{text}"));
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.end_progress();
    }
}

fn stdout_failed(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::BrokenPipe;
    }
    let reason = crate::fs::reason(error);
    Failure::Work(vec![Diagnostic::error(format!("cannot write the output: {reason}"))])
}

/// A number with its noun: `1 service`, `2 services`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

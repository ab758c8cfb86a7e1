//! Problems as data: what is wrong, where, why, and what to do about it.
//!
//! A part that finds a problem makes a [`Diagnostic`] and goes on; [`crate::report`] prints them.
//! This module must not know how they look.

use crate::exit::Status;
use std::collections::BTreeSet;

/// A place in a file of the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path as the user would type it in the project folder.
    pub file: String,
    /// The 1-based line.
    pub line: Option<u32>,
    /// The 1-based column.
    pub column: Option<u32>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }

    /// A line of a file.
    pub fn line(file: impl Into<String>, line: u32) -> Self {
        Self { file: file.into(), line: Some(line), column: None }
    }

    /// A position in a file.
    pub fn position(file: impl Into<String>, position: go_yaml::Position) -> Self {
        Self { file: file.into(), line: Some(position.line), column: Some(position.column) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(formatter, ":{number}")?;
        }
        Ok(())
    }
}

/// Some lines of a text, to show a place in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Excerpt {
    /// What text it is; none is the file that the problem is in.
    pub title: Option<String>,
    /// The lines with their 1-based numbers.
    pub lines: Vec<(u32, String)>,
    /// The line that is meant.
    pub line: u32,
    /// The 1-based column in characters that is meant.
    pub column: Option<u32>,
}

/// How much of a line is shown.
const SHOWN_WIDTH: usize = 160;

impl Excerpt {
    /// The line of a text that a place names, with `around` lines before and after it. The column is
    /// one of bytes. None if the text has no such line.
    pub fn of(text: &[u8], line: u32, column: Option<u32>, around: u32) -> Option<Self> {
        let first = line.saturating_sub(around).max(1);
        let numbered = (1_u32..).zip(text.split(|byte| *byte == b'\n'));
        let lines: Vec<(u32, &[u8])> = numbered
            .skip_while(|(number, _)| *number < first)
            .take_while(|(number, _)| *number <= line.saturating_add(around))
            .collect();
        let (_, meant) = lines.iter().find(|(number, _)| *number == line)?;
        let column = column.and_then(|column| characters(meant, column));
        let lines = lines.into_iter().map(|(number, line)| (number, shown(line))).collect();
        Some(Self { title: None, lines, line, column })
    }

    /// The same excerpt, of another text than the file that the problem is in.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

/// A column in bytes as one in characters, both 1-based.
fn characters(line: &[u8], column: u32) -> Option<u32> {
    let before = line.get(..usize::try_from(column).ok()?.checked_sub(1)?)?;
    let count = String::from_utf8_lossy(before).chars().count();
    (count < SHOWN_WIDTH).then_some(u32::try_from(count).ok()?.saturating_add(1))
}

/// A line as it may be shown on a terminal.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    let safe = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut shown: String = text.chars().take(SHOWN_WIDTH).map(safe).collect();
    if text.chars().nth(SHOWN_WIDTH).is_some() {
        shown.push('…');
    }
    shown
}

/// What is seen at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scene {
    /// What stands there.
    pub excerpts: Vec<Excerpt>,
    /// What led there, the nearest first.
    pub trail: Vec<String>,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run cannot do what it was asked to.
    Error,
    /// The run goes on.
    Warning,
}

/// One problem. Ordered by place, so that a list reads file by file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where it is, if it is in a file.
    pub place: Option<Place>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: a lower-case phrase with literals in backticks.
    pub message: String,
    /// What stands there and what led there, if that is known.
    pub scene: Option<Box<Scene>>,
    /// Why, the nearest reason first.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hint: Option<Box<str>>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            place: None,
            severity: Severity::Error,
            message: message.into(),
            scene: None,
            causes: Vec::new(),
            hint: None,
        }
    }

    /// A warning without a place.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// The same problem, at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same problem, with one more reason.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// The same problem, with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into().into());
        self
    }

    /// The same problem, with "did you mean" if `name` is close to one of `known`.
    #[must_use]
    pub fn suggest<'a>(mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(nearest) = crate::suggestion::nearest(name, known) {
            self.hint = Some(format!("did you mean `{nearest}`?").into());
        }
        self
    }

    /// The same problem, with "did you mean", or with the first few of `known` if none is close.
    #[must_use]
    pub fn suggest_or_list<'a>(
        self,
        name: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        let first: Vec<String> = known.clone().take(10).map(|name| format!("`{name}`")).collect();
        if first.is_empty() {
            return self;
        }
        self.hint(format!("known: {}", first.join(", "))).suggest(name, known)
    }
}

/// Problems without repetitions, file by file and line by line.
pub fn in_order(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let unique: BTreeSet<Diagnostic> = problems.into_iter().collect();
    unique.into_iter().collect()
}

/// Whether any of the problems is an error.
pub fn any_error(problems: &[Diagnostic]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}

/// Why a command could not end as it should.
#[derive(Debug)]
pub enum Failure {
    /// Problems to report; the run ends as unusable.
    Problems(Vec<Diagnostic>),
    /// Problems in doing the work itself, such as a full disk; the run ends as failed.
    Work(Vec<Diagnostic>),
    /// Another run holds the environment, with what is known of it.
    Held(Box<Diagnostic>),
    /// We were told to stop before anything was changed.
    Stopped(Status),
    /// Whoever read the output went away, which is no problem of ours.
    BrokenPipe,
}

impl From<Diagnostic> for Failure {
    fn from(problem: Diagnostic) -> Self {
        Self::Problems(vec![problem])
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self::Problems(problems)
    }
}

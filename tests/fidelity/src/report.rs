//! What is printed: each difference, then the table.

use crate::Failure;
use crate::case::Case;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a case.
pub(crate) enum Outcome {
    /// It cannot be expressed.
    Skipped,
    /// Both sides say the same.
    Equal,
    /// They do not; the text shows both.
    Different(String),
}

/// The known differences.
pub(crate) struct Exceptions(BTreeSet<String>);

impl Exceptions {
    /// Reads lines of a case and a reason; empty lines and those that begin with `#` say nothing.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let names = lines.map(|line| match line.split_once(' ') {
            Some((name, reason)) if !reason.trim().is_empty() => Ok(name.to_owned()),
            _ => Err(format!("the exception `{line}` has no reason").into()),
        });
        Ok(Self(names.collect::<Result<_, Failure>>()?))
    }
}

#[derive(Default)]
struct Counts {
    cases: usize,
    equal: usize,
    exceptions: usize,
    different: usize,
    skipped: usize,
}

/// Everything that was compared.
pub(crate) struct Report {
    exceptions: Exceptions,
    /// In the order in which the suites came.
    suites: Vec<(String, Counts)>,
    skipped: BTreeMap<(String, String), usize>,
    differences: Vec<String>,
    mended: Vec<String>,
}

impl Report {
    pub(crate) fn new(exceptions: Exceptions) -> Self {
        Self {
            exceptions,
            suites: Vec::new(),
            skipped: BTreeMap::new(),
            differences: Vec::new(),
            mended: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, case: &Case, outcome: Outcome) {
        let name = case.full_name();
        let is_known = self.exceptions.0.contains(&name);
        if self.suites.last().is_none_or(|(suite, _)| suite != case.suite()) {
            self.suites.push((case.suite().to_owned(), Counts::default()));
        }
        let Some((suite, counts)) = self.suites.last_mut() else { return };
        match outcome {
            Outcome::Skipped => {
                counts.skipped += 1;
                *self.skipped.entry((suite.clone(), case.reason().to_owned())).or_default() += 1;
                return;
            }
            Outcome::Equal => {
                counts.equal += 1;
                if is_known {
                    self.mended.push(name);
                }
            }
            Outcome::Different(_) if is_known => counts.exceptions += 1,
            Outcome::Different(shown) => {
                counts.different += 1;
                self.differences.push(format!("{name}\n  input  {}\n  {shown}\n", case.input()));
            }
        }
        counts.cases += 1;
    }

    /// Prints all; whether nothing differs but the exceptions.
    #[expect(clippy::print_stdout, reason = "a tool for tests: the table is what it is for")]
    pub(crate) fn print(&self) -> bool {
        for difference in &self.differences {
            println!("{difference}");
        }
        for name in &self.mended {
            println!("no longer an exception: {name}\n");
        }
        println!(
            "{:<24} {:>6} {:>6} {:>10} {:>6} {:>9}  not expressible",
            "suite", "cases", "equal", "exceptions", "differ", "per cent"
        );
        let mut total = Counts::default();
        for (suite, counts) in &self.suites {
            print_row(suite, counts);
            total.cases += counts.cases;
            total.equal += counts.equal;
            total.exceptions += counts.exceptions;
            total.different += counts.different;
            total.skipped += counts.skipped;
        }
        print_row("all", &total);
        if !self.skipped.is_empty() {
            println!("\nnot expressible:");
        }
        for ((suite, reason), count) in &self.skipped {
            println!("{count:>6}  {suite}: {reason}");
        }
        self.differences.is_empty()
    }
}

#[expect(clippy::print_stdout, reason = "a tool for tests: the table is what it is for")]
#[expect(clippy::cast_precision_loss, reason = "a share of some thousands")]
fn print_row(suite: &str, counts: &Counts) {
    let share = 100.0 * counts.equal as f64 / counts.cases.max(1) as f64;
    // Rounded down: only all of them are 100.
    let share = (share * 100.0).floor() / 100.0;
    println!(
        "{suite:<24} {:>6} {:>6} {:>10} {:>6} {share:>9.2}  {}",
        counts.cases, counts.equal, counts.exceptions, counts.different, counts.skipped
    );
}

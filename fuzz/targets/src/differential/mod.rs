//! Random small templates, rendered by Molave and by the real Helm 4, and what they differ in.
//!
//! Every case is made from a seed and a number, so that it can be made again.

mod cause;
mod escapes;
mod functions;
mod grammar;
mod known;
mod literals;
mod message;
mod peer;
mod random;
mod shrink;
mod values;
mod worker;

use escapes::escape;
use known::Known;
use peer::Peer;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::time::Instant;

/// A template with the user's values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Case {
    template: Vec<u8>,
    values: Vec<u8>,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Output(Vec<u8>),
    Error(Vec<u8>),
    /// The limits of a render were met.
    Exhausted(String),
    Panic(String),
    /// The process took too long, or died.
    Gone(String),
}

/// What to compare.
pub struct Plan {
    /// The program of `tests/oracle/differential`.
    pub oracle: String,
    /// This program.
    pub myself: String,
    /// How many cases.
    pub cases: u64,
    /// The number of the first.
    pub first: u64,
    /// What all cases are made from.
    pub seed: u64,
    /// The text of `fuzz/differential/known.txt`.
    pub known: String,
}

/// What came of a comparison.
#[derive(Default)]
pub struct Outcome {
    /// The figures and every difference, for people.
    pub report: String,
    /// Whether there is a difference that is not known.
    pub failed: bool,
}

/// How many threads ask at once.
const AT_ONCE: u64 = 2;
/// Address space of Molave's process: half a gigabyte, and its stack.
const MEGABYTES: u64 = 500 + 256 + 64;
/// Address space of Helm's process.
const HELM_MEGABYTES: u64 = 6_000;
/// How many cases of one difference are made small: they may have several causes.
const SHRUNK: usize = 40;

/// Renders cases from standard input until it ends.
pub fn work() -> io::Result<()> {
    worker::run()
}

/// The case of a number, for people.
pub fn show(seed: u64, number: u64) -> String {
    describe(&grammar::generate(seed, number))
}

fn describe(case: &Case) -> String {
    format!("template: {}\nvalues: {}\n", escape(&case.template), escape(&case.values))
}

/// Both processes.
struct Pair {
    molave: Peer,
    helm: Peer,
}

impl Pair {
    fn new(plan: &Plan) -> Self {
        Self {
            molave: Peer::new(&[&plan.myself, "worker"], MEGABYTES),
            helm: Peer::new(&[&plan.oracle], HELM_MEGABYTES),
        }
    }

    fn ask(&mut self, case: &Case) -> io::Result<(Answer, Answer)> {
        let request = message::write_request(case);
        let molave = self.molave.ask(&request)?;
        // What is endless here is endless there, too, and without limits.
        if matches!(molave, Answer::Exhausted(_) | Answer::Gone(_)) {
            return Ok((molave, Answer::Gone("not asked".to_owned())));
        }
        let helm = self.helm.ask(&request)?;
        Ok((molave, helm))
    }

    fn difference(&mut self, case: &Case) -> io::Result<Option<String>> {
        let (molave, helm) = self.ask(case)?;
        Ok(cause::difference(&molave, &helm))
    }
}

/// The cases that one thread looked at.
#[derive(Default)]
struct Part {
    outputs: u64,
    errors: u64,
    skipped: u64,
    differing: Vec<(u64, String)>,
}

/// Compares and reports.
pub fn compare(plan: &Plan) -> io::Result<Outcome> {
    let started = Instant::now();
    let parts: Vec<io::Result<Part>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..AT_ONCE).map(|thread| scope.spawn(move || compare_part(plan, thread))).collect();
        threads
            .into_iter()
            .map(|thread| {
                thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread panicked")))
            })
            .collect()
    });
    let mut total = Part::default();
    for part in parts {
        let part = part?;
        total.outputs += part.outputs;
        total.errors += part.errors;
        total.skipped += part.skipped;
        total.differing.extend(part.differing);
    }
    total.differing.sort();
    let seconds = started.elapsed().as_secs();
    let mut outcome = explain(plan, &total)?;
    let figures = format!(
        "{} cases with seed {} in {seconds} s: {} equal outputs, {} equal errors, {} not comparable, {} differ",
        plan.cases,
        plan.seed,
        total.outputs,
        total.errors,
        total.skipped,
        total.differing.len()
    );
    outcome.report = format!("{}{figures}\n", outcome.report);
    Ok(outcome)
}

fn compare_part(plan: &Plan, thread: u64) -> io::Result<Part> {
    let mut pair = Pair::new(plan);
    let mut part = Part::default();
    for number in (plan.first..plan.first + plan.cases).filter(|number| number % AT_ONCE == thread)
    {
        let case = grammar::generate(plan.seed, number);
        let (molave, helm) = pair.ask(&case)?;
        match cause::difference(&molave, &helm) {
            Some(difference) => part.differing.push((number, difference)),
            None if matches!(molave, Answer::Exhausted(_)) || matches!(helm, Answer::Gone(_)) => {
                part.skipped += 1;
            }
            None if matches!(molave, Answer::Output(_)) => part.outputs += 1,
            None => part.errors += 1,
        }
    }
    Ok(part)
}

/// A cause with its cases.
struct Group {
    case: Case,
    numbers: Vec<u64>,
}

/// Makes the differing cases small and groups them by cause.
fn explain(plan: &Plan, total: &Part) -> io::Result<Outcome> {
    let mut pair = Pair::new(plan);
    let known = known::read(&plan.known);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (number, difference) in &total.differing {
        let count = counts.entry(difference).or_default();
        *count += 1;
        let limit = if difference == "outputs differ" { SHRUNK * 20 } else { SHRUNK };
        if *count > limit {
            continue;
        }
        let case = smallest(&mut pair, grammar::generate(plan.seed, *number), difference);
        let name = cause::name(difference, &case.template);
        let group =
            groups.entry(name).or_insert_with(|| Group { case: case.clone(), numbers: Vec::new() });
        group.numbers.push(*number);
        if case.template.len() + case.values.len()
            < group.case.template.len() + group.case.values.len()
        {
            group.case = case;
        }
    }
    let mut outcome = Outcome::default();
    report_groups(&mut outcome, &mut pair, groups, &known)?;
    report_gone(&mut outcome, &mut pair, &known)?;
    Ok(outcome)
}

fn smallest(pair: &mut Pair, case: Case, difference: &str) -> Case {
    if difference.starts_with("gone") {
        return case;
    }
    shrink::shrink(case, &mut |smaller| {
        pair.difference(smaller).is_ok_and(|other| other.as_deref() == Some(difference))
    })
}

fn report_groups(
    outcome: &mut Outcome,
    pair: &mut Pair,
    groups: BTreeMap<String, Group>,
    known: &[Known],
) -> io::Result<()> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.numbers.len()));
    for (name, group) in groups {
        let count = group.numbers.len();
        if known.iter().any(|known| known.covers(&name)) {
            _ = writeln!(outcome.report, "known, {count} cases: {name}");
            continue;
        }
        outcome.failed = true;
        let (molave, helm) = pair.ask(&group.case)?;
        let first = group.numbers.first().copied().unwrap_or_default();
        _ = write!(
            outcome.report,
            "{count} cases, the first is number {first}\ncause: {name}\n{}molave: {}\nhelm: {}\n\n",
            describe(&group.case),
            show_answer(&molave),
            show_answer(&helm)
        );
    }
    Ok(())
}

/// Names the entries of the list whose case is equal now.
fn report_gone(outcome: &mut Outcome, pair: &mut Pair, known: &[Known]) -> io::Result<()> {
    for entry in known {
        let difference = pair.difference(&entry.case)?;
        let name = difference.map(|difference| cause::name(&difference, &entry.case.template));
        if !name.as_ref().is_some_and(|name| entry.covers(name)) {
            outcome.failed = true;
            let name = name.unwrap_or_else(|| "equal".to_owned());
            _ = write!(
                outcome.report,
                "not as `known.txt` says: {}\nnow: {name}\n{}\n",
                entry.pattern,
                describe(&entry.case)
            );
        }
    }
    Ok(())
}

fn show_answer(answer: &Answer) -> String {
    match answer {
        Answer::Output(text) => format!("={}", escape(text)),
        Answer::Error(text) => format!("!{}", escape(text)),
        Answer::Exhausted(text) => format!("exhausted: {text}"),
        Answer::Panic(text) => format!("panic: {text}"),
        Answer::Gone(text) => format!("gone: {text}"),
    }
}

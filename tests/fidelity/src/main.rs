//! Plays the cases that `tests/oracle/tables` prints through Molave's crates and compares the
//! answers with those of the real libraries.
//!
//! ```text
//! fidelity CASES EXCEPTIONS [MOLAVE]
//! ```
//!
//! `CASES` are lines of JSON, `EXCEPTIONS` lines of `suite/case reason`, `MOLAVE` the binary for the
//! cases that are commands. Prints each difference and a table of the suites; fails if a case
//! differs that is no exception. `fidelity charts` compares folders of public charts.

mod case;
mod chart;
mod command;
mod harness;
mod language;
mod public;
mod report;
mod value;
mod yaml;

use case::Case;
use report::{Exceptions, Outcome, Report};
use std::path::PathBuf;
use std::process::ExitCode;

/// Whatever stops the comparison itself.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[expect(clippy::print_stderr, reason = "a tool for tests: what went wrong belongs there")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Templates recurse: they need the stack that a rendering thread gets.
    let worker = std::thread::Builder::new().stack_size(helm_render::STACK_SIZE);
    let result = worker.spawn(move || run(&arguments)).map_err(Failure::from);
    match result.and_then(|thread| thread.join().map_err(|_| "the comparison panicked".into())) {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) => ExitCode::FAILURE,
        Ok(Err(error)) | Err(error) => {
            eprintln!("fidelity: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> Result<bool, Failure> {
    if let [first, rest @ ..] = arguments
        && first == "charts"
    {
        return public::compare(rest);
    }
    let [cases, exceptions, rest @ ..] = arguments else {
        return Err("usage: fidelity CASES EXCEPTIONS [MOLAVE]".into());
    };
    let molave = rest.first().map(|path| found(path)).transpose()?;
    let exceptions = Exceptions::parse(&std::fs::read_to_string(exceptions)?)?;
    let mut report = Report::new(exceptions);
    for line in std::fs::read_to_string(cases)?.lines() {
        let case = Case::parse(line)?;
        let outcome = compare(&case, molave.as_deref())?;
        report.add(&case, outcome);
    }
    Ok(report.print())
}

/// The program at a path, wherever a case will run it from.
fn found(program: &str) -> Result<PathBuf, Failure> {
    std::fs::canonicalize(program)
        .map_err(|error| format!("no program at `{program}`: {error}").into())
}

fn compare(case: &Case, molave: Option<&std::path::Path>) -> Result<Outcome, Failure> {
    if case.kind() == "skip" {
        return Ok(Outcome::Skipped);
    }
    let answer = std::panic::catch_unwind(|| answer(case, molave));
    let answer = answer.unwrap_or_else(|_| Ok(serde_json::json!({"panic": true})))?;
    let wanted = case.wanted();
    if case::is_same(&answer, wanted) {
        return Ok(Outcome::Equal);
    }
    Ok(Outcome::Different(format!("real   {wanted}\n  molave {answer}")))
}

fn answer(case: &Case, molave: Option<&std::path::Path>) -> Result<serde_json::Value, Failure> {
    match case.kind() {
        "parse" => language::parse(case),
        "execute" => language::execute(case),
        "format" => language::format(case),
        "yaml-read" => yaml::read(case),
        "yaml-write" => yaml::write(case),
        "yaml-write-pretty" => yaml::write_pretty(case),
        "set" => chart::set(case),
        "render" => chart::render(case),
        "values" => chart::values(case),
        "schema" => chart::schema(case),
        "manifests" => chart::manifests(case),
        "ignore" => chart::ignore(case),
        "kube-version" => chart::kube_version(case),
        "template" => command::template(case, molave),
        other => Err(format!("cases of kind `{other}` are unknown").into()),
    }
}

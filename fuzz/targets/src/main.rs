//! `differential ORACLE KNOWN CASES SEED [FIRST]` compares; `differential show SEED NUMBER` prints a case. See
//! `scripts/fuzz`.

use fuzz_targets::differential::{Plan, compare, show, work};
use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            writeln!(io::stderr(), "differential: {error}").ok();
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> io::Result<bool> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (myself, rest) = words.split_first().ok_or_else(|| io::Error::other("no name"))?;
    let number = |text: &str| text.parse::<u64>().map_err(io::Error::other);
    match rest {
        ["worker"] => work().map(|()| true),
        ["show", seed, case] => {
            io::stdout().write_all(show(number(seed)?, number(case)?).as_bytes())?;
            Ok(true)
        }
        [oracle, known, cases, seed, first @ ..] => {
            let plan = Plan {
                oracle: (*oracle).to_owned(),
                myself: (*myself).to_owned(),
                cases: number(cases)?,
                first: first.first().map_or(Ok(0), |first| number(first))?,
                seed: number(seed)?,
                known: std::fs::read_to_string(known)?,
            };
            let outcome = compare(&plan)?;
            io::stdout().write_all(outcome.report.as_bytes())?;
            Ok(!outcome.failed)
        }
        _ => Err(io::Error::other("`scripts/fuzz differential` runs this")),
    }
}

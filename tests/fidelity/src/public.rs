//! Folders of public charts: what the real Helms print for each, beside what Molave prints.
//!
//! A case is a chart with its defaults, or with one of the values files in its `ci` folder. What
//! chance makes differs from run to run: the lines in which two runs of Helm differ are left out of
//! the comparison. It must not know of suites and exceptions: here there are none.

use crate::Failure;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Clocks that are read in whole seconds have moved on after this.
const NEXT_SECOND: Duration = Duration::from_millis(1_100);

/// A chart with one set of values.
struct Case {
    chart: PathBuf,
    values: Option<PathBuf>,
}

/// What a program answered.
#[derive(PartialEq, Eq)]
struct Answer {
    succeeded: bool,
    /// What it printed; where it failed, its message.
    text: String,
}

/// How an answer compares with Helm's.
enum Verdict {
    Equal,
    EqualMessage,
    EqualButForChance,
    Different(String),
}

/// Compares every chart below the folders, for both Helms. Whether all are equal.
pub(crate) fn compare(arguments: &[String]) -> Result<bool, Failure> {
    let [molave, helm4, helm3, folders @ ..] = arguments else {
        return Err("usage: fidelity charts MOLAVE HELM4 HELM3 FOLDER…".into());
    };
    let mut cases = Vec::new();
    for folder in folders {
        add_cases(Path::new(folder), &mut cases)?;
    }
    let mut all_equal = !cases.is_empty();
    for (profile, helm) in [("helm4", helm4), ("helm3", helm3)] {
        let programs = Programs { molave, helm, profile };
        all_equal &= report(profile, &compare_all(&programs, &cases)?);
    }
    Ok(all_equal)
}

/// The charts of a folder, but for those that are part of another.
fn add_cases(folder: &Path, cases: &mut Vec<Case>) -> Result<(), Failure> {
    let is_chart = folder.join("Chart.yaml").is_file();
    if is_chart {
        cases.push(Case { chart: folder.to_path_buf(), values: None });
        for file in sorted(&folder.join("ci")).unwrap_or_default() {
            if file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                cases.push(Case { chart: folder.to_path_buf(), values: Some(file) });
            }
        }
    }
    for inner in sorted(folder)? {
        let is_vendored = is_chart && inner.ends_with("charts");
        if inner.is_dir() && !inner.is_symlink() && !is_vendored {
            add_cases(&inner, cases)?;
        }
    }
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

/// The programs of one comparison.
struct Programs<'a> {
    molave: &'a str,
    helm: &'a str,
    profile: &'a str,
}

impl Programs<'_> {
    fn helm(&self, case: &Case) -> Result<Answer, Failure> {
        run(Command::new(self.helm).args(case.arguments()))
    }

    fn molave(&self, case: &Case) -> Result<Answer, Failure> {
        run(Command::new(self.molave).args(case.arguments()).args(["--profile", self.profile]))
    }

    fn compare(&self, case: &Case) -> Result<Verdict, Failure> {
        let (helm, molave) = (self.helm(case)?, self.molave(case)?);
        if helm == molave {
            return Ok(if helm.succeeded { Verdict::Equal } else { Verdict::EqualMessage });
        }
        std::thread::sleep(NEXT_SECOND);
        let again = self.helm(case)?;
        if helm.succeeded == molave.succeeded && is_equal_but_for_chance(&helm, &again, &molave) {
            return Ok(Verdict::EqualButForChance);
        }
        Ok(Verdict::Different(first_difference(&helm, &again, &molave)))
    }
}

impl Case {
    fn arguments(&self) -> Vec<&std::ffi::OsStr> {
        let mut arguments: Vec<&std::ffi::OsStr> =
            vec!["template".as_ref(), "release-name".as_ref(), self.chart.as_ref()];
        if let Some(values) = &self.values {
            arguments.extend(["--values".as_ref(), values.as_os_str()]);
        }
        arguments
    }

    fn name(&self) -> String {
        let chart = self.chart.display();
        match &self.values {
            Some(values) => format!("{chart} with {}", values.display()),
            None => chart.to_string(),
        }
    }
}

fn run(command: &mut Command) -> Result<Answer, Failure> {
    let output = command.env("TZ", "UTC").output()?;
    let succeeded = output.status.success();
    let text = if succeeded { output.stdout } else { output.stderr };
    let text = String::from_utf8_lossy(&text).into_owned();
    // Warnings come before the message and are worded by each in its own way.
    let message = text.find("Error: ").filter(|_| !succeeded).map(|at| text[at..].to_owned());
    Ok(Answer { succeeded, text: message.unwrap_or(text) })
}

fn lines(answers: [&Answer; 3]) -> [Vec<&str>; 3] {
    answers.map(|answer| answer.text.split('\n').collect())
}

/// Whether a line that both runs of Helm agree on is the same in all three.
fn is_equal_but_for_chance(helm: &Answer, again: &Answer, molave: &Answer) -> bool {
    let [helm, again, molave] = lines([helm, again, molave]);
    let is_same_length = helm.len() == again.len() && helm.len() == molave.len();
    let mut all = helm.iter().zip(&again).zip(&molave);
    is_same_length && all.all(|((helm, again), molave)| helm != again || helm == molave)
}

fn first_difference(helm: &Answer, again: &Answer, molave: &Answer) -> String {
    let [first, second, ours] = lines([helm, again, molave]);
    let mut all = first.iter().zip(&second).zip(&ours);
    let at = all.position(|((first, second), ours)| first == second && first != ours);
    let at = at.unwrap_or_else(|| first.len().min(ours.len()));
    let shown = |lines: &[&str]| -> String {
        let near = lines.iter().skip(at.saturating_sub(2)).take(5);
        let shortened = near.map(|line| line.chars().take(200).collect::<String>());
        shortened.map(|line| ["    ", &line, "\n"].concat()).collect()
    };
    format!("line {}\n  helm:\n{}  molave:\n{}", at + 1, shown(&first), shown(&ours))
}

/// Every case's verdict, in order; on as many threads as there are processors.
fn compare_all<'c>(
    programs: &Programs<'_>,
    cases: &'c [Case],
) -> Result<Vec<(&'c Case, Verdict)>, Failure> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    let work = || -> Result<(), Failure> {
        while let Some((index, case)) = take(cases, &next) {
            let verdict = programs.compare(case)?;
            verdicts.lock().unwrap_or_else(PoisonError::into_inner).push((index, case, verdict));
        }
        Ok(())
    };
    std::thread::scope(|scope| -> Result<(), Failure> {
        let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        let mut ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended.try_for_each(|result| result.unwrap_or_else(|_| Err("a thread panicked".into())))
    })?;
    let mut verdicts = verdicts.into_inner().unwrap_or_else(PoisonError::into_inner);
    verdicts.sort_by_key(|(index, _, _)| *index);
    Ok(verdicts.into_iter().map(|(_, case, verdict)| (case, verdict)).collect())
}

fn take<'c>(cases: &'c [Case], next: &AtomicUsize) -> Option<(usize, &'c Case)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    cases.get(index).map(|case| (index, case))
}

/// Prints what differs, and the sums. Whether nothing does.
#[expect(clippy::print_stdout, reason = "the answer of a tool for tests")]
fn report(profile: &str, verdicts: &[(&Case, Verdict)]) -> bool {
    let (mut same, mut failing, mut masked, mut different) = (0, 0, 0, 0);
    for (case, verdict) in verdicts {
        match verdict {
            Verdict::Equal => same += 1,
            Verdict::EqualMessage => failing += 1,
            Verdict::EqualButForChance => masked += 1,
            Verdict::Different(how) => {
                different += 1;
                println!("{profile} {}: {how}", case.name());
            }
        }
    }
    let total = verdicts.len();
    let equal = total - different;
    #[expect(clippy::cast_precision_loss, reason = "a percentage of some hundreds")]
    let share = 100.0 * equal as f64 / total.max(1) as f64;
    println!(
        "{profile}: {equal} of {total} cases equal ({share:.2} %): {same} byte for byte, {masked} but for \
         random values, {failing} with the same error; {different} differ"
    );
    different == 0
}

#[cfg(test)]
mod tests {
    use super::{Answer, first_difference, is_equal_but_for_chance};

    fn answer(text: &str) -> Answer {
        Answer { succeeded: true, text: text.to_owned() }
    }

    #[test]
    fn only_lines_in_which_helm_differs_from_itself_may_differ() {
        let (one, two) = (answer("a: 1\nkey: x\n"), answer("a: 1\nkey: y\n"));
        assert!(is_equal_but_for_chance(&one, &two, &answer("a: 1\nkey: z\n")));
        assert!(!is_equal_but_for_chance(&one, &two, &answer("a: 2\nkey: z\n")));
        assert!(!is_equal_but_for_chance(&one, &two, &answer("a: 1\nkey: z\nb: 1\n")));
        assert!(first_difference(&one, &two, &answer("a: 2\nkey: z\n")).starts_with("line 1\n"));
    }
}

//! Runs every directory of `tests/cases/<command>/<case>`:
//!
//! - `in/` is laid over `tests/cases/_base` (or not, if there is a file `alone`)
//! - each line of `cmd` is run by `sh`, with `molave` in the path
//! - `stdout` and `stderr` are what the lines print, each below its line if there are several, and
//!   an exit code other than 0 in brackets
//! - `out/`, if it is there, is what every folder in it looks like afterwards
//!
//! `MOLAVE_UPDATE_CASES=1` records what happens instead; into an `out/` that is there and empty it
//! records `_gen`. `MOLAVE_CASE=word` runs the cases whose path has the word.

use crate::project::{Project, files, program, root};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn every_case_behaves_as_recorded() {
    let update = std::env::var_os("MOLAVE_UPDATE_CASES").is_some();
    let word = std::env::var("MOLAVE_CASE").unwrap_or_default();
    let found = cases();
    assert!(found.len() > 20, "the cases are not where they should be");
    let chosen: Vec<PathBuf> =
        found.into_iter().filter(|case| case.to_string_lossy().contains(&word)).collect();
    let failures: Vec<String> = chosen.iter().flat_map(|case| run(case, update)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn cases() -> Vec<PathBuf> {
    let folders = |path: &Path| -> Vec<PathBuf> {
        let items = std::fs::read_dir(path).expect("a folder");
        let paths = items.map(|item| item.expect("an entry").path());
        paths.filter(|path| path.is_dir() && !path.ends_with("_base")).collect()
    };
    let commands = folders(&root().join("tests/cases"));
    let mut found: Vec<PathBuf> = commands.iter().flat_map(|command| folders(command)).collect();
    found.sort();
    found
}

/// What a case printed.
#[derive(Default)]
struct Transcript {
    stdout: String,
    stderr: String,
}

fn run(case: &Path, update: bool) -> Vec<String> {
    let mut layers = vec![root().join("tests/cases/_base"), case.join("in")];
    if case.join("alone").exists() {
        layers.remove(0);
    }
    let project = Project::new(&layers);
    let commands = std::fs::read_to_string(case.join("cmd")).expect("a case has a `cmd`");
    let transcript = transcribe(&project, &commands);
    if update {
        record(case, &project, &transcript);
        return Vec::new();
    }
    let streams = [("stdout", &transcript.stdout), ("stderr", &transcript.stderr)];
    let streams = streams.into_iter().flat_map(|(name, actual)| {
        let expected = std::fs::read_to_string(case.join(name)).unwrap_or_default();
        compare(&case.join(name), &expected, actual)
    });
    streams.chain(compare_trees(case, &project)).collect()
}

fn transcribe(project: &Project, commands: &str) -> Transcript {
    let mut transcript = Transcript::default();
    let lines: Vec<&str> = commands.lines().filter(|line| !line.trim().is_empty()).collect();
    for line in &lines {
        let output = run_line(project, line);
        let streams =
            [(&mut transcript.stdout, output.stdout), (&mut transcript.stderr, output.stderr)];
        for (text, bytes) in streams {
            if lines.len() > 1 {
                writeln!(text, "$ {line}").expect("a string");
            }
            text.push_str(&steady(&String::from_utf8_lossy(&bytes)));
        }
        match output.status.code() {
            Some(0) => {}
            code => writeln!(transcript.stderr, "[{}]", code.unwrap_or(-1)).expect("a string"),
        }
    }
    transcript
}

/// Runs a line of shell in a project, with `molave` in the path and nothing of ours in the
/// environment.
pub(crate) fn run_line(project: &Project, line: &str) -> Output {
    let folder = Path::new(program()).parent().expect("a folder").to_string_lossy().into_owned();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(project.path()).env("PATH", &path);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOLAVE_")) {
        shell.env_remove(name);
    }
    shell.output().expect("sh runs")
}

/// The text without what differs from run to run.
pub(crate) fn steady(text: &str) -> String {
    let words = text.split_inclusive(' ').collect::<Vec<_>>();
    let is_time = |index: usize| {
        words.get(index + 1).is_some_and(|unit| unit.starts_with("ms"))
            && words[index].trim().parse::<u64>().is_ok()
    };
    let shown = words.iter().enumerate();
    shown.map(|(index, word)| if is_time(index) { "N " } else { *word }).collect()
}

fn compare(path: &Path, expected: &str, actual: &str) -> Vec<String> {
    if expected == actual {
        return Vec::new();
    }
    let diff = similar::TextDiff::from_lines(expected, actual);
    vec![format!("{}:\n{}", path.display(), diff.unified_diff().context_radius(3))]
}

fn compare_trees(case: &Path, project: &Project) -> Vec<String> {
    let expected = files(&case.join("out"));
    let mut actual = Vec::new();
    for folder in folders_of(case) {
        let inside = files(&project.path().join(&folder)).into_iter();
        actual.extend(inside.map(|(path, content)| (format!("{folder}/{path}"), content)));
    }
    let show = |tree: &[(String, String)]| {
        let shown = tree.iter().map(|(path, content)| format!("== {path}\n{content}"));
        shown.collect::<Vec<_>>().concat()
    };
    if case.join("out").is_dir() {
        return compare(&case.join("out"), &show(&expected), &show(&actual));
    }
    Vec::new()
}

/// The folders that `out/` speaks of.
fn folders_of(case: &Path) -> Vec<String> {
    let items = std::fs::read_dir(case.join("out")).into_iter().flatten();
    let mut names: Vec<String> = items
        .map(|item| item.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    if names.is_empty() { vec!["_gen".to_owned()] } else { names }
}

fn record(case: &Path, project: &Project, transcript: &Transcript) {
    std::fs::write(case.join("stdout"), &transcript.stdout).expect("written");
    std::fs::write(case.join("stderr"), &transcript.stderr).expect("written");
    let out = case.join("out");
    if !out.is_dir() {
        return;
    }
    let folders = folders_of(case);
    std::fs::remove_dir_all(&out).expect("removed");
    std::fs::create_dir(&out).expect("made");
    for folder in folders {
        for (path, content) in files(&project.path().join(&folder)) {
            let target = out.join(&folder).join(path);
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("made");
            std::fs::write(target, content).expect("written");
        }
    }
}

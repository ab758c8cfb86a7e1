//! Every template line is reached by at least one case.
//!
//! A line is reached if a `fail` put in front of it makes some case fail with that text. It needs
//! nothing from the engine but what every chart may do, so a mistake in the engine's own
//! book-keeping could not hide an unreached line.

use crate::cases::{NAMESPACE, RELEASE, Subject, ours, scaffold};
use helm_render::chart::{Chart, SourceFile};
use helm_render::{Compiled, Options, Profile, Release, values};

const MARK: &str = "this line is reached";

/// Lines that no case can reach, by their text, with the reason.
const EXPLAINED: [(&str, &str); 0] = [];

#[test]
fn every_line_of_our_charts_is_reached() {
    ours().iter().for_each(check);
}

#[test]
fn every_line_of_the_scaffold_is_reached() {
    check(&scaffold());
}

fn check(subject: &Subject) {
    let files = subject.files();
    let cases = subject.cases().into_iter().chain(subject.refused());
    let cases: Vec<Vec<u8>> = cases.map(|case| std::fs::read(&case.path).unwrap()).collect();
    let worker = std::thread::Builder::new().stack_size(helm_render::STACK_SIZE);
    let unreached = worker.spawn(move || find_unreached(&files, &cases)).unwrap().join().unwrap();
    assert!(unreached.is_empty(), "no case reaches these lines:\n{}", unreached.join("\n"));
}

fn find_unreached(files: &[(String, Vec<u8>)], cases: &[Vec<u8>]) -> Vec<String> {
    let mut unreached = Vec::new();
    let mut order: Vec<usize> = (0..cases.len()).collect();
    for (at, (path, content)) in files.iter().enumerate() {
        if !path.starts_with("templates/") {
            continue;
        }
        let text = std::str::from_utf8(content).unwrap();
        for (number, line) in markable_lines(text) {
            let mut marked = files.to_vec();
            marked[at].1 = mark(text, number).into_bytes();
            match reaching_case(&marked, cases, &order) {
                // What reached one line is likely to reach the next, and each other one of the like.
                Some(place) => order[..=place].rotate_right(1),
                None if EXPLAINED.iter().any(|(explained, _)| *explained == line.trim()) => {}
                None => unreached.push(format!("{path}:{}: {line}", number + 1)),
            }
        }
    }
    unreached
}

/// The lines that begin outside any action and produce or decide something: neither blank, nor
/// only an `end`, an `else` or a `define`, whose bodies are looked at instead.
fn markable_lines(text: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let action = line.trim().trim_start_matches("{{").trim_start_matches('-').trim_start();
        let is_structure =
            ["end", "else", "define", "/*"].iter().any(|word| action.starts_with(word));
        if !inside && !line.trim().is_empty() && !is_structure {
            lines.push((number, line));
        }
        let after = |mark: &str| line.rfind(mark).map_or(-1, |at| i64::try_from(at).unwrap());
        inside = if after("{{") == after("}}") { inside } else { after("{{") > after("}}") };
    }
    lines
}

fn mark(text: &str, number: usize) -> String {
    let lines = text.lines().enumerate().map(|(at, line)| {
        if at == number {
            format!("{{{{- fail \"{MARK}\" }}}}{line}\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

/// The place in this order of the first case that fails with the mark.
fn reaching_case(files: &[(String, Vec<u8>)], cases: &[Vec<u8>], order: &[usize]) -> Option<usize> {
    let sources = files
        .iter()
        .map(|(path, content)| SourceFile { path: path.clone(), content: content.clone() })
        .collect();
    let chart = Chart::load("chart", sources).unwrap();
    let compiled = Compiled::new(chart, Profile::Helm4).unwrap();
    let release =
        Release { name: RELEASE.to_owned(), namespace: NAMESPACE.to_owned(), ..Release::default() };
    order.iter().position(|case| {
        let user = values::read(&cases[*case], Profile::Helm4).unwrap();
        let rendered = compiled.render(&user, &release, &Options::default());
        rendered.is_err_and(|error| error.message.contains(MARK))
    })
}

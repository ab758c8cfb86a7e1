//! Our charts have the same conventions, because what they share is the same text: a chart is one
//! folder that can be taken elsewhere, so each has its own copy of it.
//!
//! A partial of `charts/job` or `charts/daemonset` that `charts/service` has too, but for the prefix,
//! is the same there, or stands in the list of those that are not, with the reason.
//! `MOLAVE_UPDATE_CASES=1` copies the text of `charts/service`.

use crate::cases::{Subject, ours};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The chart that the others follow.
const ORIGINAL: &str = "service";

/// Partials of one name that are not the same, with the reason.
const OWN: [(&str, &str, &str); 11] = [
    ("job", "checks", "no claims are made, and no rollouts chosen"),
    ("job", "podSpec", "pods end by themselves, and nobody asks them for anything"),
    ("job", "settingsName", "settings of an old run are not needed any more"),
    ("job", "volumes", "no claims are made"),
    ("daemonset", "checks", "folders of the node are mounted, and no rollouts chosen"),
    ("daemonset", "podSpec", "what belongs to the node can be asked for, and no claims"),
    ("daemonset", "ports", "a port may be one of the node"),
    ("daemonset", "selector", "it is the same in every version"),
    ("daemonset", "settingsName", "there are no two versions with settings of their own"),
    ("daemonset", "volumes", "folders of the node are mounted, and no claims"),
    ("daemonset", "volumeMounts", "what belongs to the node is only read"),
];

#[test]
fn what_our_charts_share_is_the_same_text() {
    let update = std::env::var_os("MOLAVE_UPDATE_CASES").is_some();
    let charts: BTreeMap<String, Subject> =
        ours().into_iter().map(|chart| (chart.name(), chart)).collect();
    let original = partials(&charts[ORIGINAL]);
    let mut own: Vec<(&str, &str)> = OWN.iter().map(|(chart, name, _)| (*chart, *name)).collect();
    let mut different = Vec::new();
    for (chart, subject) in charts.iter().filter(|(chart, _)| *chart != ORIGINAL) {
        let copies = partials(subject);
        let shared =
            copies.iter().filter_map(|(name, copy)| Some((name, copy, original.get(name)?)));
        for (name, copy, text) in shared {
            let wanted = text.replace("\"service.", &format!("\"{chart}."));
            if own.iter().any(|one| *one == (chart, name)) {
                assert!(*copy != wanted, "{chart}.{name} is the same: it needs no reason");
                own.retain(|one| *one != (chart, name));
            } else if *copy != wanted && update {
                replace(subject, copy, &wanted);
            } else if *copy != wanted {
                let diff = similar::TextDiff::from_lines(copy, &wanted);
                different.push(format!("{chart}.{name}\n{}", diff.unified_diff()));
            }
        }
        assert!(copies.len() > 15, "only {} partials in {chart}", copies.len());
    }
    assert!(own.is_empty(), "these are not there: {own:?}");
    assert!(
        different.is_empty(),
        "MOLAVE_UPDATE_CASES=1 takes the text of charts/service:\n{}",
        different.join("\n")
    );
}

/// The partials of a chart by their names without the prefix.
fn partials(subject: &Subject) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (path, content) in subject.files() {
        if path.starts_with("templates/_") {
            found.extend(defines(std::str::from_utf8(&content).unwrap()));
        }
    }
    found
}

/// The partials of a file. Each ends with an `end` that nothing follows but an empty line.
fn defines(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    let mut inside: Option<(String, String)> = None;
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("{{- define \"") {
            let name = rest.split('"').next().unwrap().split_once('.').unwrap().1;
            inside = Some((name.to_owned(), String::new()));
        }
        if let Some((_, partial)) = &mut inside {
            writeln!(partial, "{line}").unwrap();
        }
        if line == "{{- end }}" && lines.peek().is_none_or(|next| next.is_empty()) {
            found.extend(inside.take());
        }
    }
    assert!(inside.is_none(), "a partial without an end: {inside:?}");
    found
}

fn replace(subject: &Subject, copy: &str, wanted: &str) {
    for (path, content) in subject.files() {
        let text = String::from_utf8_lossy(&content);
        if path.starts_with("templates/_") && text.contains(copy) {
            std::fs::write(subject.chart.join(path), text.replace(copy, wanted)).unwrap();
        }
    }
}

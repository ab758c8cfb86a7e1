//! What is asked, case by case.

use crate::desired::{Desired, NAMESPACES};
use crate::options::Options;
use crate::plan::tests::survey;
use crate::plan::tests::{apps, desired, id, inventory};

const MAP: &str = "ConfigMap/shop/web";
const JOB: &str = "Job.batch/shop/migrate";
const SPACE: &str = "Namespace/shop";

fn asked(desired: &Desired, entries: &[(&str, &str)], options: &Options) -> Vec<String> {
    let questions = survey(desired, Some(&inventory(entries)), options);
    questions.iter().map(|(id, question)| format!("{id} {question:?}").to_lowercase()).collect()
}

fn full() -> Options {
    Options { full: true, ..Options::default() }
}

fn drift_only() -> Options {
    Options { drift_only: true, ..Options::default() }
}

/// The question about one object: as usual, in a full run, in a drift-only run.
fn cases(name: &str, cases: &[(&str, [&str; 3])]) {
    let desired = desired(&[("cart", &[], &[name])]);
    for (entry, expected) in cases {
        for (options, expected) in [Options::default(), full(), drift_only()].iter().zip(expected) {
            let questions = survey(&desired, Some(&inventory(&[(name, entry)])), options);
            let question = questions.get(&id(name)).map(|question| format!("{question:?}"));
            let question = question.unwrap_or_else(|| "-".to_owned()).to_lowercase();
            assert_eq!(question, *expected, "{entry}, {options:?}");
        }
    }
}

#[test]
fn only_what_is_not_recorded_as_wanted_is_asked_about() {
    cases(
        MAP,
        &[
            ("-", ["create", "create", "-"]),
            ("applied", ["-", "confirm", "confirm"]),
            ("applied digest=d0", ["update", "update", "-"]),
            ("applied service=basket", ["update", "update", "-"]),
            ("applied version=v1beta1", ["update", "update", "-"]),
            ("applied uid=", ["create", "create", "-"]),
            ("intent uid=", ["create", "create", "-"]),
            ("maybe uid=", ["create", "create", "-"]),
            ("intent", ["update", "update", "-"]),
            ("maybe", ["update", "update", "-"]),
            ("foreign", ["update", "update", "-"]),
            ("unserved", ["update", "update", "-"]),
            ("deleting", ["update", "update", "-"]),
            ("kept", ["update", "update", "-"]),
        ],
    );
}

#[test]
fn a_job_that_was_applied_is_only_looked_at() {
    cases(
        JOB,
        &[
            ("-", ["create", "create", "-"]),
            ("applied", ["-", "look", "look"]),
            ("applied digest=d0", ["update", "update", "-"]),
            ("done", ["-", "look", "look"]),
            ("done digest=d0", ["update", "update", "-"]),
        ],
    );
}

#[test]
fn what_is_only_recorded_is_looked_at() {
    let desired = desired(&[("cart", &[], &[])]);
    for phase in ["applied", "intent uid=", "kept", "foreign", "unserved", "deleting"] {
        let entries = [(MAP, phase)];
        assert_eq!(asked(&desired, &entries, &Options::default()), ["configmap/shop/web look"]);
        assert!(asked(&desired, &entries, &drift_only()).is_empty());
    }
}

#[test]
fn a_namespace_that_was_made_and_is_kept_is_asked_about_no_more() {
    let desired = desired(&[("cart", &[], &[])]);
    let of = |entry: &'static str, options: &Options| asked(&desired, &[(SPACE, entry)], options);
    let everyday = Options::default();
    assert_eq!(of("applied service=_namespaces", &everyday), ["namespace/shop look"]);
    assert!(of("kept service=_namespaces", &everyday).is_empty());
    assert_eq!(of("kept service=platform", &everyday), ["namespace/shop look"]);
    for options in [
        Options { destroy: true, ..Options::default() },
        Options { full: true, ..Options::default() },
    ] {
        assert_eq!(of("kept service=_namespaces", &options), ["namespace/shop look"]);
    }
}

#[test]
fn destroying_looks_at_everything_that_is_recorded() {
    let desired = desired(&[("cart", &[], &[MAP, "ConfigMap/shop/new"])]);
    let options = Options { destroy: true, ..Options::default() };
    let entries = [(MAP, "applied"), (SPACE, "applied service=_namespaces")];
    let expected = ["configmap/shop/web look", "namespace/shop look"];
    assert_eq!(asked(&desired, &entries, &options), expected);
}

#[test]
fn nothing_is_asked_about_services_that_are_not_selected() {
    let desired = desired(&[("basket", &[], &["ConfigMap/shop/b"]), ("cart", &[], &[MAP])]);
    let gone = ("ConfigMap/shop/gone", "applied service=gone");
    let moved = ("ConfigMap/shop/b", "applied");
    let of = |apps: &Options| asked(&desired, &[gone, moved], apps);
    assert_eq!(of(&apps(&["cart"])), ["configmap/shop/web create"]);
    assert_eq!(of(&apps(&["basket"])), ["configmap/shop/b update"]);
    assert_eq!(of(&apps(&["gone"])), ["configmap/shop/gone look"]);
}

#[test]
fn a_namespace_is_looked_at_if_something_may_go_into_it() {
    let services: [(&str, &[&str], &[&str]); 2] =
        [(NAMESPACES, &[], &[SPACE, "Namespace/other"]), ("cart", &[], &[MAP])];
    let desired = desired(&services);
    let of = |space: &str, map: &str, options: &Options| {
        let asked = asked(&desired, &[(SPACE, space), (MAP, map)], options);
        assert!(!asked.contains(&"namespace/other look".to_owned()));
        asked.contains(&"namespace/shop look".to_owned())
    };
    let recorded = "applied service=_namespaces";
    assert!(of("-", "-", &Options::default()));
    assert!(of("-", "applied digest=d0", &Options::default()));
    assert!(!of("-", "applied", &Options::default()));
    assert!(!of(recorded, "-", &Options::default()));
    assert!(of("intent uid= service=_namespaces", "-", &Options::default()));
    assert!(of(recorded, "applied", &full()));
    assert!(of("-", "applied", &drift_only()));
    assert!(!of("-", "-", &drift_only()));
    assert!(!of("-", "-", &apps(&["basket"])));
}

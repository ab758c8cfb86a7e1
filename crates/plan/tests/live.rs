//! What the real API server answered, before and after changes by others: recorded, and judged
//! again. Each file of `live/` tells what happened, both states of the object, the server's
//! dry-run answer to our apply, whether the digest must notice, and the lines that must come out.
//! To add a case, record one; `MOLAVE_WRITE_CASES=1 cargo test -p plan --test live differences`
//! writes the lines, for review.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads its cases from files and fails loudly"
)]

use plan::Live;
use plan::ownership::{differences, is_made_by, is_marked, owned_digest};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const STATES: [&str; 3] = ["before", "after", "answer"];

struct Case {
    path: PathBuf,
    content: Map<String, Value>,
}

fn lines(before: &Live, after: &Live) -> Vec<String> {
    differences(before, after).iter().map(ToString::to_string).collect()
}

impl Case {
    fn live(&self, state: &str) -> Live {
        Live(self.content[state].clone())
    }

    fn digest(&self, state: &str, key: Option<&[u8]>) -> String {
        owned_digest(&self.live(state), key).unwrap_or_default()
    }

    fn lines(&self) -> Vec<String> {
        lines(&self.live("after"), &self.live("answer"))
    }

    fn name(&self) -> String {
        format!("{}: {}", self.path.display(), self.content["what"])
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let content = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        Case { path, content }
    };
    paths.into_iter().map(read).collect()
}

/// Each state on a line of its own, so that a change of a case can be reviewed.
fn write(case: &Case) {
    let mut text = String::from("{");
    for (index, (key, value)) in case.content.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(text, "{comma}\n{}: {value}", json!(key)).unwrap();
    }
    std::fs::write(&case.path, text + "\n}\n").unwrap();
}

#[test]
fn the_digest_changes_with_what_we_own_and_with_nothing_else() {
    for case in cases() {
        for key in [None, Some(b"key".as_slice())] {
            let equal = case.digest("before", key) == case.digest("after", key);
            assert_eq!(!equal, case.content["noticed"] == json!(true), "{}", case.name());
        }
        assert_eq!(case.digest("before", None).len(), 32, "{}", case.name());
        assert_ne!(case.digest("before", None), case.digest("before", Some(b"key")));
        assert_ne!(case.digest("before", Some(b"one")), case.digest("before", Some(b"key")));
    }
}

#[test]
fn the_differences_are_what_an_apply_would_change() {
    for mut case in cases() {
        let lines = json!(case.lines());
        if std::env::var_os("MOLAVE_WRITE_CASES").is_some() {
            case.content.insert("differences".to_owned(), lines);
            write(&case);
        } else {
            assert_eq!(case.content.get("differences"), Some(&lines), "{}", case.name());
        }
    }
}

#[test]
fn what_the_digest_does_not_notice_needs_no_apply() {
    for case in cases().iter().filter(|case| case.content["noticed"] == json!(false)) {
        assert_eq!(case.lines(), Vec::<String>::new(), "{}", case.name());
    }
}

#[test]
fn each_state_without_change_has_no_differences() {
    for case in cases() {
        for state in STATES {
            assert!(differences(&case.live(state), &case.live(state)).is_empty());
        }
    }
}

#[test]
fn no_value_of_a_secret_is_shown_in_either_direction() {
    for case in cases().iter().filter(|case| case.content["before"]["kind"] == "Secret") {
        let data = STATES.iter().filter_map(|state| case.content[*state]["data"].as_object());
        let values: Vec<&str> = data.flat_map(Map::values).filter_map(Value::as_str).collect();
        assert!(!values.is_empty());
        let shown = [case.lines(), lines(&case.live("answer"), &case.live("after"))].concat();
        for value in values {
            assert!(!shown.join("\n").contains(value), "{}: {shown:?}", case.name());
        }
    }
}

#[test]
fn what_our_apply_created_is_marked_and_made_by_us() {
    let created = cases().into_iter().filter(|case| case.name().contains("left-alone"));
    for case in created {
        for state in STATES {
            let live = case.live(state);
            assert!(is_marked(&live, "applyset-abc-v1"), "{}", case.name());
            assert!(is_made_by(&live, "0a"), "{}", case.name());
            assert!(!is_made_by(&live, "0b"), "{}", case.name());
        }
    }
}

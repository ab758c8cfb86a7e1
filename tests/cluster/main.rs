//! The program against a real Kubernetes API server: one plane for all tests, a namespace for each.
//!
//! - `plane`: the control plane; `shop`: a project on it; `proxy`: the way between the two
//! - `requests`: the module `cluster` of the tool, without the tool
//! - `basics`: what a sync does when nothing goes wrong
//! - `lock`: runs beside each other
//! - `crash`, `ownership`, `deletion`: runs that do not end, whose an object is, what goes and what stays
//! - `witness`: what is live beside what is recorded; `history`: what happened to it
//! - `kinds`, `services`, `autoscaling`, `jobs`, `hooks`: what a sync does with each; `dependencies`: what waits for what;
//!   `replacement`: what cannot be changed in place
//! - `contents`: what would go along with a namespace or a definition
//! - `guards`: what keeps a run from beginning; `reports`: what a run says; `scripts`: what CI calls
//! - `rights`: what happens where not everything is allowed; `doctor`: what it finds
//! - `scale`: a large record, and what `kubectl` sees in a record
//! - `adoption`: what other tools made
//! - `records`: what `molave state` changes
//! - `charts`: what our charts make, and how it changes; `rollouts`: new versions of it
//! - `examples`: the projects in `examples`
//! - `kahoy`: how the tool that Molave follows fails, each a test
//! - `full`: what others changed; `readiness`: waiting
//! - `unread`: what a run does not read
//! - `readme`: the README's examples that need a cluster

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "tests look at the file system themselves, and end where something is not as it must be"
)]

mod adoption;
mod autoscaling;
mod basics;
mod charts;
mod contents;
mod crash;
mod deletion;
mod dependencies;
mod doctor;
mod examples;
mod full;
mod guards;
mod history;
mod hooks;
mod jobs;
mod kahoy;
mod kinds;
mod lock;
mod ownership;
mod plane;
mod proxy;
mod readiness;
mod readme;
mod records;
mod replacement;
mod reports;
mod requests;
mod rights;
mod rollouts;
mod scale;
mod scripts;
mod services;
mod shop;
mod unread;
mod witness;

/// A module that nobody lists is a test that nobody runs.
#[test]
fn every_file_is_a_module() {
    let list = include_str!("main.rs");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster");
    for item in std::fs::read_dir(folder).expect("the folder") {
        let name = item.expect("an entry").file_name().into_string().expect("UTF-8");
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || list.contains(&format!("mod {module};")), "{name}");
    }
}

//! The program from outside: one binary, one module a topic.
//!
//! - `cases`: the directories of `tests/cases`, which is where a new test belongs if it can
//! - `readme`: the README's examples
//! - `diff`: what must be nowhere in what it prints
//! - `examples`: the projects in `examples`
//! - `workflows`: the workflows and the scripts that they call
//! - `generate`: what a case directory cannot say: times of files, kills, closed pipes

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "tests look at the file system themselves, and end where something is not as it must be"
)]

mod cases;
mod diff;
mod examples;
mod generate;
mod project;
mod readme;
mod workflows;

/// A module that nobody lists is a test that nobody runs.
#[test]
fn every_file_is_a_module() {
    let list = include_str!("main.rs");
    for item in std::fs::read_dir(project::root().join("tests/it")).expect("the folder") {
        let name = item.expect("an entry").file_name().into_string().expect("UTF-8");
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || list.contains(&format!("mod {module};")), "{name}");
    }
}

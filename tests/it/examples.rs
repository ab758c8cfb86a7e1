//! The examples: each is what `generate` would write, without a word of warning, and is listed.
//! `MOLAVE_UPDATE_CASES=1` generates them again.

use crate::project::{Project, copy_with_links, program, root};
use std::path::PathBuf;
use std::process::{Command, Output};

fn examples() -> Vec<PathBuf> {
    let items = std::fs::read_dir(root().join("examples")).expect("the examples");
    let mut folders: Vec<PathBuf> =
        items.map(|item| item.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() >= 8, "there are only {} examples", folders.len());
    folders
}

fn run(folder: &PathBuf, arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).current_dir(folder).output().expect("the program runs")
}

#[test]
fn every_example_is_what_generate_writes() {
    let update = std::env::var_os("MOLAVE_UPDATE_CASES").is_some();
    for folder in examples() {
        let command = if update { "generate" } else { "check" };
        let output = run(&folder, &[command]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}:\n{shown}{said}", folder.display());
        assert!(!said.contains("warning"), "{}: {said}", folder.display());
    }
}

#[test]
fn every_example_is_listed_with_what_it_shows() {
    let list = std::fs::read_to_string(root().join("examples/README.md")).expect("the list");
    let names: Vec<String> = examples()
        .iter()
        .map(|folder| folder.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    for name in &names {
        assert!(list.contains(&format!("| [`{name}`]({name}) | ")), "{name} is not listed");
    }
    assert_eq!(list.matches("\n| [`").count(), names.len());
}

#[test]
fn a_copy_of_an_example_stands_by_itself() {
    for folder in examples() {
        let project = Project::new(&[]);
        copy_with_links(&folder, project.path());
        let output = project.run(&["check"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", folder.display());
    }
}

#[test]
fn what_an_umbrella_holds_is_what_lies_beside_it() {
    let list = run(&root().join("examples/umbrella"), &["deps", "list", "charts/shop"]);
    let text = String::from_utf8_lossy(&list.stdout).into_owned();
    let statuses: Vec<&str> =
        text.lines().skip(1).filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(statuses, ["ok", "ok"], "`molave deps build charts/shop` in examples/umbrella");
}

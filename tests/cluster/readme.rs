//! The README's blocks that need a cluster, run one after the other on a copy of the example.
//!
//! A line `…` stands for any lines. Between the first line and the last, the order is free: objects
//! of one stage are applied at the same time.

use crate::plane::Plane;
use crate::shop::{STATE, Shop};
use std::path::Path;

/// A command and what the README says that it prints.
struct Step {
    command: String,
    output: Vec<String>,
}

/// The commands of the blocks that begin with ```` ```console cluster ````.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps = Vec::<Step>::new();
    let mut is_ours = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            is_ours = line == "```console cluster";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| is_ours) {
            steps.push(Step { command: command.to_owned(), output: Vec::new() });
        } else if let Some(step) = steps.last_mut().filter(|_| is_ours) {
            step.output.push(steady(line));
        }
    }
    steps
}

/// The line without what differs from run to run: how long something took, and random ids.
fn steady(line: &str) -> String {
    let is_time = |word: &str| word.parse::<f64>().is_ok();
    let is_id = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
    let mut words: Vec<&str> = line.split(' ').collect();
    for index in 0..words.len() {
        let is_unit =
            words.get(index + 1).is_some_and(|unit| unit.starts_with("ms") || *unit == "s");
        if is_unit && is_time(words[index]) {
            words[index] = "N";
        }
        if is_id(words[index].trim_matches(|letter: char| !letter.is_ascii_alphanumeric())) {
            words[index] = "ID";
        }
    }
    words.join(" ")
}

/// Runs a line of shell in the project, with `molave` and `kubectl` in the path.
fn run(shop: &Shop, line: &str) -> Vec<String> {
    let folder = |program: &Path| program.parent().expect("a folder").display().to_string();
    let molave = folder(Path::new(env!("CARGO_BIN_EXE_molave")));
    let kubectl = folder(shop.plane.kubectl_program());
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = shop.program("sh");
    shell.args(["-c", &format!("{{ {line} ; }} 2>&1")]);
    let output = shell.env("PATH", format!("{molave}:{kubectl}:{path}")).output().expect("sh runs");
    String::from_utf8_lossy(&output.stdout).lines().map(steady).collect()
}

/// The example as a repository of its own.
fn example(plane: &'static Plane) -> Shop {
    let shop = Shop::with(plane, "shop", "shop", &[]);
    let root = env!("CARGO_MANIFEST_DIR");
    let copy = format!("cd {root} && cp -R molave.yaml charts services _gen \"$OLDPWD\"");
    assert_eq!(run(&shop, &copy), [""; 0]);
    let commit = "git init --quiet && git add . && git -c user.name=readme -c user.email=readme@example.com \
                  commit --quiet --message 'The shop'";
    assert_eq!(run(&shop, commit), [""; 0]);
    shop
}

/// Everything that these blocks leave on a plane.
fn clear(plane: &Plane) {
    for namespace in ["shop", "shop-payments", "shop-staging"] {
        plane.kubectl(&["delete", "namespace", namespace, "--ignore-not-found"]);
    }
    let state = ["configmap/molave-shop-production", "lease/molave-shop-production"];
    let delete = ["--namespace", STATE, "delete", "--ignore-not-found"];
    plane.kubectl(&[&delete[..], &state].concat());
}

/// Fails unless this was printed: the first and the last line, and all between in some order.
fn compare(step: &Step, printed: &[String]) {
    let (command, told) = (&step.command, step.output.join("\n"));
    let context =
        format!("$ {command}\nthe README says:\n{told}\nprinted:\n{}", printed.join("\n"));
    assert_eq!(step.output.first(), printed.first(), "{context}");
    assert_eq!(step.output.last(), printed.last(), "{context}");
    let mut rest = printed.to_vec();
    for line in step.output.iter().filter(|line| *line != "…") {
        let place = rest.iter().position(|printed| printed == line);
        drop(rest.remove(place.unwrap_or_else(|| panic!("no `{line}`\n{context}"))));
    }
    let is_whole = !step.output.iter().any(|line| line == "…");
    assert!(!is_whole || rest.is_empty(), "more was printed\n{context}");
}

#[test]
fn what_the_readme_shows_of_a_cluster_happens() {
    let Some(plane) = Plane::shared_or_skip() else { return };
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let steps = steps(&std::fs::read_to_string(readme).expect("the README"));
    assert!(steps.len() >= 5, "the README has only {} commands for a cluster", steps.len());
    clear(plane);
    let shop = example(plane);
    for step in steps {
        compare(&step, &run(&shop, &step.command));
    }
    clear(plane);
}

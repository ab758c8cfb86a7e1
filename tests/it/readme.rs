//! The README tells the truth: its console blocks are run on a copy of the example, one after the
//! other, and must print what stands there. `MOLAVE_UPDATE_CASES=1` writes down what they print.
//! Blocks that need a cluster are those of `tests/cluster/readme.rs`.

use crate::cases::{run_line, steady};
use crate::project::{Project, root};

#[test]
fn the_tour_prints_what_it_says() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README");
    let project = Project::example();
    let repository = "git init --quiet && git add . && git -c user.name=readme -c user.email=readme@example.com \
                      commit --quiet --message 'The shop'";
    assert!(run_line(&project, repository).status.success(), "needs git");
    let actual = replay(&readme, |command| {
        let output = run_line(&project, &format!("{{ {command} ; }} 2>&1"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    });
    if std::env::var_os("MOLAVE_UPDATE_CASES").is_some() {
        std::fs::write(&path, &actual).expect("written");
        return;
    }
    let (readme, actual) = (steady(&readme), steady(&actual));
    let diff = similar::TextDiff::from_lines(&readme, &actual);
    assert!(readme == actual, "{}", diff.unified_diff().header("README.md", "what happens"));
}

/// The text with the output of each console block replaced by what `run` says.
fn replay(text: &str, run: impl Fn(&str) -> String) -> String {
    let mut replayed = String::new();
    let mut in_console = false;
    let mut commands = 0;
    for line in text.lines() {
        let command = line.strip_prefix("$ ").filter(|_| in_console);
        let is_fence = line.starts_with("```");
        if command.is_some() || is_fence || !in_console {
            replayed.push_str(line);
            replayed.push('\n');
        }
        if let Some(command) = command {
            commands += 1;
            replayed.push_str(&run(command));
        }
        if is_fence {
            in_console = line == "```console";
        }
    }
    assert!(commands >= 5, "the README has only {commands} commands");
    replayed
}

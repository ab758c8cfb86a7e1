//! `molave diff` where a case directory cannot see: what must be nowhere in what it prints.

use crate::project::{Project, root};
use std::process::Command;

fn git(project: &Project, arguments: &[&str]) {
    let mut command = Command::new("git");
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let done = command.args(identity).args(arguments).current_dir(project.path()).status();
    assert!(done.expect("git runs").success(), "{arguments:?}");
}

#[test]
fn no_form_shows_what_a_secret_holds() {
    let project = Project::base();
    project.write("services/web/config.yaml", "password: hunter2\n");
    project.write("services/api/config.yaml", "password: hunter4\n");
    assert!(project.run(&["generate"]).status.success());
    git(&project, &["init", "-q"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "x"]);
    project.write("services/web/config.yaml", "password: hunter3\n");
    project.write("services/new/config.yaml", "password: hunter5\n");
    project.write("services/new/production/config.yaml", "");
    std::fs::remove_dir_all(project.path().join("services/api")).expect("removed");
    assert!(project.run(&["generate"]).status.success());
    for form in ["text", "markdown", "json"] {
        let output = project.run(&["diff", "production", "--from", "git:HEAD", "-o", form, "-vv"]);
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert_eq!(stdout.matches("(hidden").count(), 4, "{stdout}");
        if form == "json" {
            check_form(&stdout);
        }
        // `aHVudGVy` is how `hunter` begins in base64.
        for secret in ["hunter", "aHVudGVy"] {
            assert!(!stdout.contains(secret) && !stderr.contains(secret), "{stdout}{stderr}");
        }
    }
}

/// The document has the form that is published.
fn check_form(text: &str) {
    let schema = std::fs::read_to_string(root().join("docs/schemas/difference.json"));
    let schema: serde_json::Value = serde_json::from_str(&schema.expect("a schema")).expect("JSON");
    let document = serde_json::from_str(text).expect("JSON");
    let checked = jsonschema::validate(&schema, &document);
    assert!(checked.is_ok(), "{checked:?}");
}

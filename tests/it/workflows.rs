//! The workflows and the scripts that they call: what `actionlint` does not ask.
//!
//! Their steps are run here with a molave, and a `gh`, that only write down what they were told.

use crate::project::root;
use clap::Parser as _;
use molave::cli::Cli;
use serde_yaml::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

#[test]
fn every_action_is_pinned_by_a_digest_that_tells_its_version() {
    let mut digests = BTreeMap::new();
    for (name, text) in definitions() {
        for line in text.lines().map(|line| line.trim().trim_start_matches("- ")) {
            let Some(action) =
                line.strip_prefix("uses: ").filter(|action| !action.starts_with("./"))
            else {
                continue;
            };
            let (action, digest) = action.split_once('@').expect("a digest");
            assert!(is_pin(digest), "{name}: `{action}@{digest}`");
            let other = digests.insert(action.to_owned(), digest.to_owned());
            assert!(
                other.is_none_or(|other| other == digest),
                "{name}: another digest of `{action}`"
            );
        }
    }
    assert!(digests.len() >= 3, "{digests:?}");
}

#[test]
fn no_job_may_do_more_than_it_must() {
    for (name, workflow) in workflows() {
        assert_eq!(
            workflow["permissions"],
            mapping(&[]),
            "{name}: nothing is allowed unless a job asks for it"
        );
        for (job, definition) in jobs(&workflow) {
            let reads = mapping(&[("contents", "read")]);
            let comments = mapping(&[("contents", "read"), ("pull-requests", "write")]);
            let expected = if job == "comment" { comments } else { reads };
            assert_eq!(definition["permissions"], expected, "{name}: {job}");
            assert!(
                definition["timeout-minutes"].as_u64().is_some(),
                "{name}: {job} has no `timeout-minutes`"
            );
        }
    }
}

#[test]
fn credentials_never_meet_code_that_nobody_has_reviewed() {
    let with_secrets: Vec<_> = definitions()
        .into_iter()
        .filter(|(_, text)| text.contains("secrets."))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(with_secrets, ["deploy.yml", "resync.yml"]);
    for (name, workflow) in workflows() {
        let triggers = serde_yaml::to_string(&workflow["on"]).expect("YAML");
        assert!(
            !triggers.contains("pull_request_target") && !triggers.contains("workflow_run"),
            "{name}"
        );
        let is_trusted = with_secrets.contains(&name);
        assert!(!(is_trusted && triggers.contains("pull_request")), "{name}");
        for (job, definition) in jobs(&workflow).into_iter().filter(|_| is_trusted) {
            let starts =
                definition["if"].as_str().is_some_and(|text| text.contains("refs/heads/main"));
            assert!(starts || !definition["needs"].is_null(), "{name}: {job} runs for any branch");
        }
        for definition in steps(&workflow).into_iter().filter(|step| uses(step, "actions/checkout"))
        {
            assert_eq!(definition["with"]["persist-credentials"], Value::Bool(false), "{name}");
        }
    }
}

#[test]
fn nothing_from_outside_is_written_into_a_script() {
    for (name, text) in definitions() {
        let definition: Value = serde_yaml::from_str(&text).expect("YAML");
        for script in scripts(&definition) {
            assert!(!script.contains("${{"), "{name}: pass it through `env`\n{script}");
        }
    }
}

#[test]
fn a_sync_is_never_cancelled_and_has_its_environment_for_itself() {
    let mut seen = 0;
    for (name, workflow) in workflows() {
        for (job, definition) in
            jobs(&workflow).into_iter().filter(|(_, job)| !job["environment"].is_null())
        {
            let group = definition["concurrency"]["group"].as_str().unwrap_or_default();
            let environment = definition["env"]["ENVIRONMENT"].as_str().expect("an environment");
            assert!(
                group.starts_with(&format!("molave-{environment}")),
                "{name}: {job}: `{group}`"
            );
            assert_eq!(
                definition["concurrency"]["cancel-in-progress"],
                Value::Bool(false),
                "{name}: {job}"
            );
            assert!(
                definition["strategy"].is_null()
                    || definition["strategy"]["fail-fast"] == Value::Bool(false)
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
}

#[test]
fn a_sync_takes_the_place_of_its_shell_and_has_time_to_end_by_itself() {
    let mut seen = 0;
    for (name, workflow) in workflows() {
        for (job, definition) in jobs(&workflow) {
            for script in scripts(&definition).iter().filter(|script| is_sync(script)) {
                assert!(script.starts_with("exec scripts/"), "{name}: {job}: `{script}`");
                assert_eq!(
                    script.lines().count(),
                    1,
                    "{name}: {job}: what follows `exec` is never run"
                );
                let own = minutes(script, "--timeout") + minutes(script, "--lock-timeout");
                let limit = definition["timeout-minutes"].as_u64().expect("a limit");
                assert!(own > 0 && limit >= own + 30, "{name}: {job}: {limit} minutes are too few");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 3, "two deploys and a resync");
}

#[test]
fn reports_are_kept_whatever_comes_and_credentials_are_not() {
    for (name, workflow) in workflows() {
        let steps = steps(&workflow);
        for (at, _) in
            steps.iter().enumerate().filter(|(_, step)| step["run"].as_str().is_some_and(is_sync))
        {
            let after: Vec<_> = steps[at + 1..].iter().take(3).collect();
            assert!(after.iter().all(|step| step["if"] == "always()"), "{name}");
            let text = serde_yaml::to_string(&after).expect("YAML");
            for part in
                ["rm -f \"$RUNNER_TEMP/kubeconfig\"", "scripts/summary", "actions/upload-artifact@"]
            {
                assert!(text.contains(part), "{name}: no `{part}` after the sync");
            }
        }
    }
}

#[test]
fn every_environment_is_deployed_one_after_the_other() {
    let project: Value = serde_yaml::from_str(&read(&root().join("molave.yaml"))).expect("YAML");
    let project = project["environments"].as_mapping().expect("environments").keys();
    let expected: Vec<_> = project.map(|name| name.as_str().expect("a name").to_owned()).collect();
    let (_, deploy) =
        workflows().into_iter().find(|(name, _)| name == "deploy.yml").expect("the workflow");
    let mut before = "build".to_owned();
    let mut found = Vec::new();
    for (job, definition) in
        jobs(&deploy).into_iter().filter(|(_, job)| !job["environment"].is_null())
    {
        assert_eq!(definition["env"]["ENVIRONMENT"], definition["environment"], "{job}");
        assert_eq!(definition["needs"], before.as_str(), "{job}");
        before.clone_from(&job);
        found.push(job);
    }
    assert_eq!(found, expected);
}

#[test]
fn every_script_that_a_workflow_calls_is_there_and_can_be_run() {
    let mut called = BTreeSet::new();
    for (_, text) in definitions() {
        let definition: Value = serde_yaml::from_str(&text).expect("YAML");
        for script in scripts(&definition) {
            let words = script.split(|next: char| next.is_whitespace() || "();\"".contains(next));
            called.extend(
                words
                    .filter(|word| word.starts_with("scripts/") || word.starts_with(".ci/"))
                    .map(str::to_owned),
            );
        }
    }
    assert!(called.len() >= 7, "{called:?}");
    for path in called {
        let metadata = std::fs::metadata(root().join(&path));
        assert!(metadata.is_ok_and(|file| file.permissions().mode() & 0o111 == 0o111), "{path}");
    }
}

#[test]
fn every_command_of_a_workflow_is_one_that_molave_takes() {
    let stage = Stage::new();
    let mut commands = BTreeSet::new();
    for (name, workflow) in workflows() {
        for script in steps(&workflow).iter().filter_map(|step| step["run"].as_str()) {
            if !["scripts/molave", "scripts/deploy", "scripts/resync"]
                .iter()
                .any(|call| script.contains(call))
            {
                continue;
            }
            let output = stage.bash(script);
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
            let line = stage.told();
            assert_eq!(parse(&line), Ok(()), "{name}");
            commands.insert(line[0].clone());
        }
    }
    assert_eq!(commands.into_iter().collect::<Vec<_>>(), ["check", "diff", "sync"]);
}

#[test]
fn a_difference_is_no_failure_and_an_error_is() {
    let (_, workflow) =
        workflows().into_iter().find(|(name, _)| name == "pull-request.yml").expect("the workflow");
    let steps = steps(&workflow);
    let compare = steps
        .iter()
        .filter_map(|step| step["run"].as_str())
        .find(|run| run.contains("molave diff"));
    let compare = compare.expect("the step");
    for (exit, status, file) in [
        (0, 0, Some("comments/unchanged/staging.md")),
        (1, 0, Some("comments/changed/staging.md")),
        (2, 2, None),
        (130, 130, None),
    ] {
        let stage = Stage::new();
        let output = stage.bash(&format!("export STUB_EXIT={exit}\n{compare}"));
        assert_eq!(
            output.status.code(),
            Some(status),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(stage.path("comments").is_dir(), file.is_some(), "{exit}");
        assert!(file.is_none_or(|file| stage.path(file).is_file()), "{exit}");
    }
}

#[test]
fn scripts_become_molave_and_pass_on_what_they_are_given() {
    let stage = Stage::new();
    for (script, expected) in [
        ("deploy", "sync staging --wait --yes --report r.json --app a b"),
        ("resync", "sync staging --full --drift-only --yes --report r.json --app a b"),
        ("wait", "wait staging --app a b"),
    ] {
        let child = stage
            .command(&root().join("scripts").join(script))
            .args(["staging", "--app", "a b"])
            .env("MOLAVE_REPORT", "r.json")
            .env("STUB_EXIT", "5")
            .spawn()
            .expect("the script runs");
        let id = child.id();
        let status = child.wait_with_output().expect("it ends").status;
        assert_eq!(status.code(), Some(5), "{script}");
        assert_eq!(
            read(&stage.path("process")).trim(),
            id.to_string(),
            "{script} leaves a shell in between"
        );
        let line = stage.told();
        assert_eq!(line.join(" "), expected);
        assert_eq!(line.last().map(String::as_str), Some("a b"), "{script}");
        assert_eq!(parse(&line), Ok(()), "{script}");
    }
}

#[test]
fn scripts_tell_how_they_are_used() {
    let stage = Stage::new();
    for script in ["deploy", "resync", "wait", "kubeconfig", "comment", "environments", "summary"] {
        let path = root().join("scripts").join(script);
        let help = stage.command(&path).arg("--help").output().expect("the script runs");
        let text = String::from_utf8_lossy(&help.stdout).into_owned();
        assert!(
            help.status.success() && text.contains(&format!("scripts/{script}")),
            "{script}: {text}"
        );
        let mistake = stage.command(&path).arg("--unknown").output().expect("the script runs");
        assert_eq!(mistake.status.code(), Some(2), "{script}");
        assert_eq!(String::from_utf8_lossy(&mistake.stderr), text, "{script}");
    }
}

#[test]
fn credentials_are_written_for_their_owner_alone() {
    let stage = Stage::new();
    let file = stage.path("kubeconfig");
    std::fs::write(&file, "old").expect("written");
    let write = |data: &str| {
        let mut command = stage.command(&root().join("scripts/kubeconfig"));
        command.arg(&file).env("MOLAVE_KUBECONFIG_DATA", data).output().expect("the script runs")
    };
    let refused = write(" \n");
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("docs/deploying.md"));
    let written = write("apiVersion: v1\nkind: Config");
    assert!(written.status.success() && written.stdout.is_empty() && written.stderr.is_empty());
    assert_eq!(read(&file), "apiVersion: v1\nkind: Config\n");
    assert_eq!(std::fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_environment_whose_folder_is_gone_is_still_compared() {
    let stage = Stage::new();
    let script = format!(
        "git init -q && mkdir -p _gen/staging/web _gen/production/web && \
         touch _gen/{{staging,production}}/web/molave.lock _gen/file && git add . && \
         git -c user.name=x -c user.email=x@example.com -c commit.gpgsign=false commit -qm x && \
         rm -r _gen/production && mkdir _gen/development && {0} && {0} HEAD",
        root().join("scripts/environments").display()
    );
    let output = stage.bash(&script);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "[\"development\",\"staging\"]\n[\"development\",\"production\",\"staging\"]\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const MARKER: &str = "<!-- molave diff shop/staging -->";

#[test]
fn a_comment_is_made_once_and_then_kept_up_to_date() {
    let stage = Stage::new();
    let others =
        comment(1, "User", MARKER) + &comment(2, "Bot", "<!-- molave diff shop/staging-2 -->");
    assert!(stage.comment(&[], &others).status.success());
    assert_eq!(stage.sent(), ["POST repos/acme/shop/issues/7/comments"]);
    let ours = others + &comment(3, "Bot", &format!("{MARKER}\\r\\nold"));
    assert!(stage.comment(&[], &ours).status.success());
    assert_eq!(stage.sent(), ["PATCH repos/acme/shop/issues/comments/3"]);
}

#[test]
fn an_environment_that_stays_as_it_is_gets_no_new_comment() {
    let stage = Stage::new();
    assert!(stage.comment(&["--update-only"], "").status.success());
    assert_eq!(stage.sent(), [""; 0]);
    assert!(stage.comment(&["--update-only"], &comment(3, "Bot", MARKER)).status.success());
    assert_eq!(stage.sent(), ["PATCH repos/acme/shop/issues/comments/3"]);
}

#[test]
fn a_token_that_may_not_comment_is_no_failure_and_anything_else_is() {
    let stage = Stage::new();
    let refused = stage.bash(&format!("GH_FAILS='gh: no (HTTP 403)' {}", stage.comment_line()));
    assert!(refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stdout).starts_with("::warning::"));
    let broken = stage.bash(&format!("GH_FAILS='gh: no (HTTP 502)' {}", stage.comment_line()));
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("HTTP 502"));
}

#[test]
fn a_file_without_a_marker_is_never_posted() {
    let stage = Stage::new();
    for text in ["", "hello", "<!-- molave diff $(id) -->", &"x".repeat(70_000)] {
        std::fs::write(stage.path("diff.md"), text).expect("written");
        assert_eq!(stage.bash(&stage.comment_line()).status.code(), Some(2));
    }
    std::fs::write(stage.path("diff.md"), format!("{MARKER}\n{}", "x".repeat(70_000)))
        .expect("written");
    assert_eq!(stage.bash(&stage.comment_line()).status.code(), Some(2));
    assert_eq!(stage.sent(), [""; 0]);
}

#[test]
fn a_summary_shows_drift_and_failures_and_lets_nothing_out_of_its_cell() {
    let stage = Stage::new();
    let report = r#"{"project": "shop", "environment": "staging", "status": "failed", "exitCode": 1,
        "counts": {"created": 0, "updated": 1, "drifted": 1}, "run": {"id": "r1", "commit": "abc"}, "objects": [
        {"kind": "Deployment", "namespace": "shop", "name": "web", "service": "web", "action": "drifted",
         "result": "done", "reason": "changed by others", "differences": [{"text": "spec.replicas: 3 → 5"}, {"text": "a | b"}]},
        {"kind": "Service", "name": "cart", "service": "cart", "action": "unchanged", "reason": ""},
        {"kind": "Service", "name": "slow", "service": "slow", "action": "unchanged", "notReady": "no pods"},
        {"kind": "Service", "name": "api", "service": "api", "action": "create", "result": "failed",
         "reason": "new", "error": "no <img>\nway"}],
        "refusals": [], "blocked": [{"service": "x", "causes": ["y", "z"]}], "problems": ["`x`"]}"#;
    std::fs::write(stage.path("report.json"), report).expect("written");
    let summary = |file: &str| {
        let mut command = stage.command(&root().join("scripts/summary"));
        let output = command.arg(stage.path(file)).output().expect("the script runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let text = summary("report.json");
    for line in [
        "### shop/staging: failed, exit code 1",
        "0 created · 1 updated · 1 drifted",
        "Commit abc, run r1",
        "| x | y; z |",
        "| Deployment/shop/web | web | drifted | done | changed by others; spec.replicas: 3 → 5; a \\| b |",
        "| Service/slow | slow | unchanged |  | no pods |",
        "| Service/api | api | create | failed | no &lt;img> way |",
        "- \\`x\\`",
    ] {
        assert!(text.lines().any(|found| found == line), "no `{line}` in\n{text}");
    }
    assert!(!text.contains("cart") && !text.contains("Refused"), "{text}");
    assert!(summary("nothing.json").starts_with("No report was written"));
}

/// A folder where scripts run, with a molave and a `gh` that only write down what they are told.
struct Stage(TempDir);

impl Stage {
    fn new() -> Self {
        let stage = Self(TempDir::new().expect("a temporary folder"));
        stage.program("molave", "echo $$ >\"$STAGE/process\"; printf '%s\\n' \"$@\" >\"$STAGE/told\"; exit ${STUB_EXIT:-0}");
        let sends = "echo \"$4 $5\" >>\"$STAGE/sent\"; [[ -z ${GH_FAILS:-} ]] || { echo \"$GH_FAILS\" >&2; exit 1; }";
        stage.program(
            "gh",
            &format!("case $2 in --paginate) cat \"$STAGE/present\" ;; *) {sends} ;; esac"),
        );
        std::os::unix::fs::symlink(root().join("scripts"), stage.path("scripts")).expect("a link");
        std::fs::write(stage.path("present"), "[]").expect("written");
        std::fs::write(stage.path("diff.md"), format!("{MARKER}\ntext")).expect("written");
        stage
    }

    fn program(&self, name: &str, body: &str) {
        let path = self.path("bin").join(name);
        std::fs::create_dir_all(self.path("bin")).expect("made");
        std::fs::write(&path, format!("#!/usr/bin/env bash\n{body}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command with what a workflow has around it.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").expect("a path");
        command
            .current_dir(self.0.path())
            .env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("STAGE", self.0.path()).env("RUNNER_TEMP", self.0.path());
        command
            .env("GITHUB_STEP_SUMMARY", self.path("summary.md"))
            .env("GITHUB_REPOSITORY", "acme/shop");
        command
            .env("ENVIRONMENT", "staging")
            .env("BASE", "0123456789")
            .env("MOLAVE_BIN", self.path("bin/molave"));
        command.env_remove("MOLAVE_REPORT");
        command
    }

    /// Runs a step as the runner does.
    fn bash(&self, script: &str) -> Output {
        let flags = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
        self.command(Path::new("bash")).args(flags).output().expect("bash runs")
    }

    /// What molave was told last.
    fn told(&self) -> Vec<String> {
        read(&self.path("told")).lines().map(str::to_owned).collect()
    }

    fn comment_line(&self) -> String {
        format!("scripts/comment 7 {}", self.path("diff.md").display())
    }

    /// Comments, where these comments are already.
    fn comment(&self, flags: &[&str], present: &str) -> Output {
        // Two pages, as `gh` prints them: one list after the other.
        std::fs::write(self.path("present"), format!("[]\n[{}]", present.trim_end_matches(',')))
            .expect("written");
        let mut command = self.command(&root().join("scripts/comment"));
        command.args(flags).arg("7").arg(self.path("diff.md")).output().expect("the script runs")
    }

    /// What was written since the last look.
    fn sent(&self) -> Vec<String> {
        let lines = std::fs::read_to_string(self.path("sent")).unwrap_or_default();
        std::fs::write(self.path("sent"), "").expect("written");
        lines.lines().map(str::to_owned).collect()
    }
}

/// A comment as the API shows it, and a comma.
fn comment(id: u32, kind: &str, body: &str) -> String {
    format!(r#"{{"id": {id}, "user": {{"type": "{kind}"}}, "body": "{body}"}},"#)
}

/// Whether this is a commit's digest with the version it stands for.
fn is_pin(text: &str) -> bool {
    let Some((digest, version)) = text.split_once(" # v") else { return false };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digest.len() == 40
        && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && version.split('.').count() == 3
        && version.split('.').all(is_number)
}

/// Whether molave takes these arguments.
fn parse(arguments: &[String]) -> Result<(), String> {
    let line = std::iter::once("molave").chain(arguments.iter().map(String::as_str));
    Cli::try_parse_from(line).map(|_| ()).map_err(|error| format!("{arguments:?}: {error}"))
}

/// The workflows and actions as they are written, by name.
fn definitions() -> Vec<(String, String)> {
    let github = root().join(".github");
    let mut found = Vec::new();
    for item in std::fs::read_dir(github.join("workflows")).expect("the folder") {
        let item = item.expect("an entry");
        found.push((item.file_name().into_string().expect("UTF-8"), read(&item.path())));
    }
    for item in std::fs::read_dir(github.join("actions")).expect("the folder") {
        let path = item.expect("an entry").path().join("action.yml");
        found.push((format!("{}", path.display()), read(&path)));
    }
    found.sort();
    found
}

fn workflows() -> Vec<(String, Value)> {
    let all = definitions().into_iter().filter(|(name, _)| !name.ends_with("/action.yml"));
    let parsed: Vec<_> =
        all.map(|(name, text)| (name, serde_yaml::from_str(&text).expect("YAML"))).collect();
    assert_eq!(parsed.len(), 4, "ci, deploy, pull-request and resync");
    parsed
}

fn jobs(workflow: &Value) -> Vec<(String, Value)> {
    let jobs = workflow["jobs"].as_mapping().expect("jobs");
    jobs.iter()
        .map(|(name, job)| (name.as_str().expect("a name").to_owned(), job.clone()))
        .collect()
}

fn steps(workflow: &Value) -> Vec<Value> {
    let jobs = jobs(workflow);
    jobs.into_iter()
        .flat_map(|(_, job)| job["steps"].as_sequence().expect("steps").clone())
        .collect()
}

fn uses(step: &Value, action: &str) -> bool {
    step["uses"].as_str().is_some_and(|uses| uses.starts_with(action))
}

/// Every script of a workflow, a job or an action.
fn scripts(definition: &Value) -> Vec<String> {
    match definition {
        Value::Mapping(entries) => entries
            .iter()
            .flat_map(|(key, value)| match value.as_str() {
                Some(script) if key == "run" => vec![script.to_owned()],
                _ => scripts(value),
            })
            .collect(),
        Value::Sequence(items) => items.iter().flat_map(scripts).collect(),
        _ => Vec::new(),
    }
}

fn is_sync(script: &str) -> bool {
    script.contains("scripts/deploy") || script.contains("scripts/resync")
}

/// The minutes that a flag gives, 0 without it.
fn minutes(script: &str, flag: &str) -> u64 {
    let mut words = script.split_whitespace().skip_while(|word| *word != flag).skip(1);
    words.next().map_or(0, |value| value.trim_end_matches('m').parse().expect("minutes"))
}

fn mapping(entries: &[(&str, &str)]) -> Value {
    Value::Mapping(entries.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file that can be read")
}

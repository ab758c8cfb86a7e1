//! What a run says of itself: its report, its plan, its record, its help.

use crate::shop::{Run, STATE, Shop, config_map, deployment, unique};
use clap::CommandFactory as _;
use serde_json::{Value, json};

/// Invalid, whatever it is asked for.
const INVALID: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999999}]}\n";

impl Shop {
    /// What a report says of an object, by its name.
    fn told<'a>(&self, report: &'a Value, name: &str) -> &'a Value {
        let objects = report["objects"].as_array().expect("a list").iter();
        let mut found = objects.filter(|object| object["name"] == name);
        let object = found.next().unwrap_or_else(|| panic!("{name} is not in {report:#}"));
        assert_eq!(object["namespace"], *self.namespace);
        object
    }
}

/// What every report says.
fn assert_report(report: &Value, run: &Run, status: &str) {
    assert_eq!(report["apiVersion"], "molave.dev/v1");
    assert_eq!(report["kind"], "SyncReport");
    assert_eq!(report["environment"], "test");
    assert_eq!(report["status"], status);
    assert_eq!(report["exitCode"], run.code);
}

fn numbers(report: &Value) -> [u64; 5] {
    ["created", "updated", "deleted", "failed", "unchanged"].map(|count| {
        report["counts"][count].as_u64().unwrap_or_else(|| panic!("{count}: {report:#}"))
    })
}

#[test]
fn a_run_that_is_done_leaves_a_report() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("main", 1)));
    let (run, report) = shop.reported(&[]);
    assert_report(&report, &run.expect(0), "done");
    assert_eq!(report["project"], *shop.name);
    assert_eq!(report["run"]["actor"], "tester");
    assert_eq!(report["run"]["dryRun"], false);
    assert_eq!(report["run"]["id"], shop.state()["runs"][0]["id"]);
    let at = |key: &str| report["run"][key].as_str().expect("a time").to_owned();
    assert!(at("started") <= at("ended") && at("started").starts_with("20"), "{report:#}");
    assert_eq!(numbers(&report), [2, 0, 0, 0, 0]);
    for (kind, name) in [("configmap", "cart"), ("deployment", "main")] {
        let told = shop.told(&report, name);
        let said = [&told["service"], &told["action"], &told["result"], &told["uid"]];
        assert_eq!(said, ["cart", "create", "done", &shop.uid(kind, name)]);
        assert!(told["error"].is_null());
    }
    let main = shop.told(&report, "main");
    assert_eq!([&main["group"], &main["kind"]], ["apps", "Deployment"]);
    assert_eq!(main["generation"], 1);

    shop.service("cart", &config_map("cart", "2"));
    shop.service("web", &config_map("web", "1"));
    let (run, report) = shop.reported(&[]);
    assert_report(&report, &run.expect(0), "done");
    assert_eq!(numbers(&report), [1, 1, 1, 0, 0]);
    for (name, action) in [("cart", "update"), ("web", "create"), ("main", "delete")] {
        let told = shop.told(&report, name);
        assert_eq!([&told["action"], &told["result"]], [action, "done"]);
    }
}

#[test]
fn a_run_with_nothing_to_do_leaves_a_report() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.synced(&[]);
    for arguments in [&[][..], &["--full"], &["--wait"]] {
        let (run, report) = shop.reported(arguments);
        assert_report(&report, &run.expect(0), "done");
        assert_eq!(numbers(&report), [0, 0, 0, 0, 1]);
        let told = shop.told(&report, "cart");
        assert_eq!(told["action"], "unchanged");
        assert!(told["result"].is_null());
    }
}

#[test]
fn a_run_that_fails_leaves_a_report() {
    let Some(shop) = Shop::open() else { return };
    shop.service("bad", &format!("{}{INVALID}", config_map("beside", "1")));
    shop.service("good", &config_map("good", "1"));
    let (run, report) = shop.reported(&[]);
    assert_report(&report, &run.expect(1), "failed");
    assert_eq!(numbers(&report), [1, 0, 0, 0, 0]);
    assert_eq!(shop.told(&report, "good")["result"], "done");
    for name in ["bad", "beside"] {
        let told = shop.told(&report, name);
        assert_eq!(told["action"], "blocked");
        assert!(told["result"].is_null());
    }
    let blocked = &report["blocked"][0];
    assert_eq!(blocked["service"], "bad");
    let cause = blocked["causes"][0].as_str().expect("a cause");
    assert!(cause.contains(&shop.id("Service/bad")) && cause.contains("99999999"), "{cause}");

    // And one that fails at work.
    shop.remove("bad");
    shop.obstruct("held");
    shop.service("stuck", &config_map("held", "1"));
    let (run, report) = shop.reported(&["--timeout", "1s"]);
    assert_report(&report, &run.expect(1), "failed");
    assert_eq!(numbers(&report), [0, 0, 0, 1, 1]);
    let told = shop.told(&report, "held");
    assert_eq!([&told["action"], &told["result"]], ["create", "failed"]);
    let error = told["error"].as_str().expect("an error");
    assert!(error.contains("example.com/hold"), "{error}");
    shop.release("configmap", "held");
}

#[test]
fn a_run_that_is_not_ready_in_time_leaves_a_report() {
    let Some(shop) = Shop::open() else { return };
    let never = deployment("never", 1)
        .replace("spec: {containers", "spec: {nodeSelector: {no: where}, containers");
    shop.service("cart", &never);
    let (run, report) = shop.reported(&["--wait", "--timeout", "2s"]);
    assert_report(&report, &run.expect(5), "not-ready");
    let told = shop.told(&report, "never");
    assert_eq!([&told["action"], &told["result"]], ["create", "done"]);
    assert!(told["notReady"].as_str().is_some_and(|reason| !reason.is_empty()), "{told}");
}

#[test]
fn a_refused_run_leaves_a_report() {
    let Some(shop) = Shop::open() else { return };
    shop.plane.apply(&shop.namespace, &config_map("cart", "theirs"));
    shop.service("cart", &config_map("cart", "ours"));
    let (run, report) = shop.reported(&[]);
    assert_report(&report, &run.expect(3), "refused");
    let refusal = &report["refusals"][0];
    assert_eq!(refusal["guard"], "foreign");
    assert_eq!(refusal["objects"], json!([shop.id("ConfigMap/cart")]));
    let text = |key: &str| refusal[key].as_str().expect("text").to_owned();
    assert!(text("message").contains("made by others") && text("hint").contains("--adopt"));
    assert_eq!(numbers(&report), [0, 0, 0, 0, 0]);
}

#[test]
fn a_dry_run_leaves_a_report() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    let (run, report) = shop.reported(&["--dry-run"]);
    assert_report(&report, &run.expect(0), "done");
    assert_eq!(report["run"]["dryRun"], true);
    assert_eq!(numbers(&report), [0, 0, 0, 0, 0]);
    let told = shop.told(&report, "cart");
    assert_eq!(told["action"], "create");
    assert!(told["result"].is_null() && told["uid"].is_null());
}

#[test]
fn a_run_that_never_began_leaves_a_report() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    let kubeconfig = std::fs::read_to_string(shop.plane.kubeconfig()).expect("a kubeconfig");
    let mut kubeconfig: Value = serde_yaml::from_str(&kubeconfig).expect("YAML");
    kubeconfig["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1".into();
    shop.file("nobody", &kubeconfig.to_string());
    let failed = |run: Run, report: &Value, said: &str| {
        assert_report(report, &run.expect(2), "unusable");
        let problem = report["problems"][0].as_str().expect("a problem");
        assert!(problem.contains(said), "{problem}");
    };
    let (run, report) = shop.reported(&["--kubeconfig", "nobody"]);
    failed(run, &report, "127.0.0.1:1");
    let (run, report) = shop.reported(&["--timeout", "soon"]);
    failed(run, &report, "`--timeout soon`");
    shop.file("_gen/test/cart/manifests.yaml", "kind: [\n");
    let (run, report) = shop.reported(&[]);
    failed(run, &report, "_gen/test/cart/manifests.yaml:");
    // That of an earlier run does not stay.
    shop.file("report.json", "old");
    shop.file("molave.yaml", "project: [\n");
    let (run, report) = shop.reported(&[]);
    failed(run, &report, "molave.yaml:");
}

#[test]
fn the_report_goes_to_standard_output_if_asked() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    for (arguments, code) in [(&["--dry-run"][..], 0), (&[], 0), (&["--app", "nobody"], 2)] {
        let run = shop.sync(&[&["--report", "-"], arguments].concat()).expect(code);
        let report: Value = serde_json::from_str(&run.stdout).expect("nothing but JSON");
        assert_eq!(report["exitCode"], code);
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told_and_hides_nothing() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.file("file", "");
    let report = ["--report", "file/report.json"];
    shop.sync(&report).expect(1).says("1 created").says("cannot write `file/report.json`");
    shop.plane.apply(&shop.namespace, &config_map("web", "theirs"));
    shop.service("web", &config_map("web", "ours"));
    shop.sync(&report).expect(3).says("--adopt").says("cannot write `file/report.json`");
    let unknown = [&report[..], &["--app", "nobody"]].concat();
    shop.sync(&unknown).expect(2).says("`nobody`").says("cannot write `file/report.json`");
}

/// Everything in the project's namespace and of its state, with resource versions.
fn everything(shop: &Shop, state: &str) -> Vec<(String, String)> {
    let kinds = "configmaps,secrets,services,deployments.apps,leases.coordination.k8s.io";
    let mut all = Vec::new();
    for namespace in [shop.namespace.as_str(), state] {
        let list = shop.plane.kubectl(&["--namespace", namespace, "get", kinds, "--output=json"]);
        let list: Value = serde_json::from_str(&list).expect("JSON");
        for item in list["items"].as_array().expect("a list") {
            let metadata = &item["metadata"];
            let name = format!("{}/{namespace}/{}", item["kind"], metadata["name"]);
            // Only we write our state; but the status of what runs changes by itself.
            all.push((name, format!("{} {}", metadata["uid"], metadata["resourceVersion"])));
        }
    }
    all
}

#[test]
fn a_dry_run_writes_nothing_and_tells_the_numbers_first() {
    let Some(shop) = Shop::open() else { return };
    let state = unique("state");
    shop.configure(&[("test", &format!("    state: {{namespace: {state}}}\n"))]);
    let secret =
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {a: hunter2}\n";
    shop.service("cart", &format!("{}{secret}", config_map("cart", "1")));
    shop.service("old", &config_map("old", "1"));
    let before = everything(&shop, &state);
    let run = shop.sync(&["--dry-run"]).expect(0);
    assert_eq!(run.stdout.lines().next(), Some(&*format!("{}/test: 3 to create", shop.name)));
    assert_eq!(run.stdout.lines().count(), 4, "{}", run.stdout);
    assert_eq!(everything(&shop, &state), before);
    assert!(shop.plane.get_json("namespace", "", &state).is_none());

    shop.synced(&[]);
    shop.service("cart", &format!("{}{secret}", config_map("cart", "2")));
    shop.service("web", &config_map("web", "1"));
    shop.remove("old");
    shop.kubectl(&["delete", "secret", "key"]);
    let before = everything(&shop, &state);
    for arguments in
        [&["--dry-run"][..], &["--dry-run", "--full"], &["--dry-run", "--full", "--drift-only"]]
    {
        let run = shop.sync(arguments).expect(0);
        let first = run.stdout.lines().next().expect("a line");
        assert!(first.starts_with(&format!("{}/test: ", shop.name)), "{first}");
        assert_eq!(everything(&shop, &state), before, "{arguments:?}");
    }
    let run = shop.sync(&["--dry-run"]).expect(0);
    let first = format!("{}/test: 1 to delete, 1 to update, 1 to create, 1 unchanged", shop.name);
    let actions: Vec<&str> =
        run.stdout.lines().map(|line| line.split_whitespace().next().expect("a word")).collect();
    assert_eq!(run.stdout.lines().next(), Some(&*first));
    assert_eq!(actions[1..], ["delete", "update", "create"]);
    // Nothing is claimed to be done, and nothing that had to be done to be nothing.
    run.says("nothing was changed").never_says("nothing to do");
    shop.run(&["destroy", "test", "--dry-run"]).expect(0).says("to delete");
    assert_eq!(everything(&shop, &state), before);
}

#[test]
fn the_record_shows_runs_and_objects() {
    let Some(shop) = Shop::open() else { return };
    shop.run(&["state", "show", "test"])
        .expect(2)
        .says("nothing is recorded")
        .says("molave sync test");
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.synced(&[]);
    shop.service("web", &config_map("web", "1"));
    shop.service("bad", INVALID);
    shop.sync(&[]).expect(1);
    shop.remove("bad");
    shop.service("web", &config_map("web", "2"));
    shop.synced(&[]);

    let state = shop.state();
    assert_eq!([&state["apiVersion"], &state["kind"]], ["molave.dev/v1", "State"]);
    assert_eq!([&state["project"], &state["environment"]], [&*shop.name, "test"]);
    let runs = state["runs"].as_array().expect("a list");
    let phases: Vec<&Value> = runs.iter().map(|run| &run["phase"]).collect();
    assert_eq!(phases, ["succeeded", "failed", "succeeded"], "the newest comes first");
    assert!(runs.iter().all(|run| run["actor"] == "tester" && run["ended"].is_string()));
    assert!(runs[0]["started"].as_str() >= runs[2]["started"].as_str());
    let objects = state["objects"].as_array().expect("a list");
    assert_eq!(objects.len(), 3);
    for object in objects {
        assert_eq!(object["phase"], "applied");
        assert!(object["digest"].as_str().is_some_and(|digest| digest.starts_with("v1:")));
        assert!(object["uid"].is_string() && object["version"] == "v1");
    }

    let run = shop.run(&["state", "show", "test"]).expect(0);
    let first = run.stdout.lines().next().expect("a line");
    assert!(first.starts_with(&format!("{}/test in cluster ", shop.name)), "{first}");
    assert!(first.contains("3 objects"), "{first}");
    let run = run.says("by tester").says("failed").says("1 updated");
    let lines: Vec<&str> =
        run.stdout.lines().filter(|line| !line.starts_with("run ")).skip(1).collect();
    let words: Vec<Vec<&str>> =
        lines.iter().map(|line| line.split_whitespace().collect()).collect();
    let (map, cart, web) =
        (shop.id("ConfigMap/cart"), shop.id("Deployment.apps/cart"), shop.id("ConfigMap/web"));
    assert_eq!(words[0], ["cart"]);
    assert_eq!(words[3], ["web"]);
    for (place, id) in [(1, &map), (2, &cart), (4, &web)] {
        assert_eq!(words[place], [id.as_str(), "v1", "applied"]);
    }
}

#[test]
fn the_state_never_holds_what_is_in_a_secret() {
    let Some(shop) = Shop::open() else { return };
    shop.service(
        "cart",
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {a: hunter2}\n",
    );
    shop.synced(&[]);
    let name = plan::marks::state_name(&shop.name, "test");
    let state = shop.plane.get_json("configmap", STATE, &name).expect("a state").to_string();
    assert!(!state.contains("hunter2") && !state.contains("aHVudGVyMg"));
}

/// The help of a command as it is printed.
fn help(command: &[&str]) -> String {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_molave"));
    let output = program.args(command).arg("--help").output().expect("runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn help_leads_with_examples_and_documents_every_flag() {
    let sync = "--full --drift-only --dry-run --wait --timeout --app --yes --report --adopt --max-deletions \
                --approve --first --allow-older --all-or-nothing --lock-timeout";
    let commands: [(&[&str], &str); 12] = [
        (&["sync"], sync),
        (&["wait"], "--app --timeout"),
        (
            &["destroy"],
            "--dry-run --yes --report --max-deletions --approve --lock-timeout --timeout",
        ),
        (&["diff"], "--from --app --output --exit-zero"),
        (&["state"], ""),
        (&["doctor"], "--output"),
        (
            &["adopt"],
            "--from --dry-run --yes --record-dropped --remove-records --records-in --storage-id",
        ),
        (&["state", "show"], "--output"),
        (&["state", "rebuild"], "--yes"),
        (&["state", "forget"], "--record-only --yes --lock-timeout"),
        (&["state", "move"], "--from-namespace --from-project --from-environment --yes"),
        (&["state", "unlock"], "--yes"),
    ];
    for (command, flags) in commands {
        let text = help(command);
        let is_leaf = command.len() == 2;
        assert!(is_leaf || text.starts_with("Examples:\n  molave "), "{command:?}\n{text}");
        let globals = "--directory --kubeconfig --context --color --quiet --verbose --no-progress";
        for flag in flags.split_whitespace().chain(globals.split_whitespace()) {
            assert!(text.contains(flag), "{command:?} {flag}\n{text}");
        }
    }
    let mut command = molave::cli::Cli::command();
    command.build();
    assert_documented(&command);
}

/// Every flag and every value that is shown has a word of help, down to the last sub-command.
fn assert_documented(command: &clap::Command) {
    for argument in command.get_arguments() {
        let name = (command.get_name(), argument.get_id());
        let is_told = argument.get_help().is_some() || argument.is_hide_set();
        assert!(is_told, "{name:?} has no help");
    }
    for inner in command.get_subcommands() {
        assert_documented(inner);
    }
}

#[test]
fn help_has_the_table_of_exit_codes() {
    let text = help(&[]);
    let (_, table) = text.split_once("Exit codes:\n").expect("the table");
    let meanings = [
        ("0", "done"),
        ("1", "failed"),
        ("2", "usage"),
        ("3", "refused"),
        ("4", "another run"),
        ("5", "not ready"),
        ("130, 143", "interrupted, terminated"),
    ];
    for (line, (code, meaning)) in table.lines().filter(|line| !line.is_empty()).zip(meanings) {
        assert!(line.trim_start().starts_with(code) && line.contains(meaning), "{line}");
    }
}

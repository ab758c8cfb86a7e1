//! `scripts/deploy` and `scripts/wait` as the workflows call them, on a copy of this repository's
//! example.

use crate::plane::{Plane, eventually};
use crate::shop::{Run, Shop, deployment, document, unique};
use crate::witness::{ended_within, signal};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The environments of the example, in the order in which they are deployed.
const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of the example, with names that are its own, generated.
fn example() -> Option<Shop> {
    let plane = Plane::shared_or_skip()?;
    let name = unique("example");
    let shop = Shop::with(plane, &name, &format!("{name}-shop-staging"), &[]);
    for folder in ["services", "charts"] {
        copy(&shop, folder);
    }
    let project = std::fs::read_to_string(root().join("molave.yaml")).expect("the project file");
    shop.file(
        "molave.yaml",
        &own(&shop, &project).replace("project: shop\n", &format!("project: {name}\n")),
    );
    shop.run(&["generate"]).expect(0);
    Some(shop)
}

/// Copies a folder of this repository.
fn copy(shop: &Shop, path: &str) {
    for item in std::fs::read_dir(root().join(path)).expect("a folder") {
        let item = item.expect("an entry");
        let path = Path::new(path).join(item.file_name());
        let path = path.to_str().expect("UTF-8");
        if item.path().is_dir() {
            copy(shop, path);
        } else {
            let text = std::fs::read_to_string(item.path()).expect("text");
            shop.file(path, &own(shop, &text));
        }
    }
}

/// The text with namespaces that no other project has.
fn own(shop: &Shop, text: &str) -> String {
    text.replace("namespace: shop", &format!("namespace: {}-shop", shop.name))
}

/// A script as a workflow calls it.
fn script(shop: &Shop, name: &str, arguments: &[&str]) -> Command {
    let mut command = shop.program(root().join("scripts").join(name));
    command.args(arguments);
    command.env("MOLAVE_BIN", env!("CARGO_BIN_EXE_molave")).env("MOLAVE_REPORT", "report.json");
    command
}

fn run(shop: &Shop, name: &str, arguments: &[&str]) -> Run {
    Run::of(&script(shop, name, arguments).output().expect("runs"))
}

/// The report, which is gone afterwards.
fn report(shop: &Shop) -> Value {
    let path = shop.path().join("report.json");
    let text = std::fs::read_to_string(&path).expect("a report");
    std::fs::remove_file(path).expect("removed");
    document("sync-report", &text)
}

/// Lets the namespaces go: other tests need the nodes.
fn clear(shop: &Shop) {
    for namespace in ["shop", "shop-staging", "shop-payments"] {
        let namespace = format!("{}-{namespace}", shop.name);
        let delete = ["delete", "namespace", &namespace, "--ignore-not-found", "--wait=false"];
        shop.plane.kubectl(&delete);
    }
}

#[test]
fn the_scripts_bring_the_example_to_both_environments() {
    let Some(shop) = example() else { return };
    // Nobody has said yet that these are the right clusters.
    run(&shop, "deploy", &["staging"]).expect(3).says("--first").says("cluster: ");
    assert_eq!(report(&shop)["status"], "refused");
    for environment in ENVIRONMENTS {
        run(&shop, "deploy", &[environment, "--first"]).expect(0).says("created");
        let report = report(&shop);
        assert_eq!([&report["environment"], &report["status"]], [environment, "done"]);
        assert!(report["counts"]["created"].as_u64() > Some(15), "{report:#}");
        run(&shop, "wait", &[environment]).expect(0);
        run(&shop, "deploy", &[environment]).expect(0).says("nothing to do");
        assert_eq!(self::report(&shop)["counts"]["created"], 0);
    }
    let running = shop.live("deployment", "web").expect("web");
    assert_eq!(running["status"]["readyReplicas"], running["spec"]["replicas"]);

    // A service leaves one environment.
    std::fs::remove_dir_all(shop.path().join("services/status/staging")).expect("removed");
    shop.run(&["generate"]).expect(0);
    run(&shop, "deploy", &["staging"]).expect(0).says("deleted");
    assert!(shop.live("deployment", "status").is_none());
    let production = format!("{}-shop", shop.name);
    assert!(shop.plane.get_json("deployment", &production, "status").is_some());

    // Exit codes are the program's.
    run(&shop, "deploy", &["nowhere"]).expect(2).says("`nowhere`").says("`staging`");
    run(&shop, "wait", &["nowhere"]).expect(2);
    for name in ["deploy", "wait"] {
        run(&shop, name, &[]).expect(2).says("scripts/");
        run(&shop, name, &["--help"]).expect(0).says("MOLAVE_BIN");
    }
    clear(&shop);
}

#[test]
fn a_signal_to_a_script_reaches_the_program() {
    let Some(plane) = Plane::shared_or_skip() else { return };
    let shop = Shop::with(plane, &unique("signal"), &plane.namespace(), &[("test", "")]);
    let never = deployment("never", 1)
        .replace("spec: {containers", "spec: {nodeSelector: {no: where}, containers");
    shop.service("cart", &never);
    let begin = |name: &str, arguments: &[&str]| {
        script(&shop, name, arguments)
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("runs")
    };
    let mut deploy = begin("deploy", &["test", "--first"]);
    eventually("it is made", || shop.live("deployment", "never").is_some());
    signal(&deploy, "TERM");
    assert_eq!(ended_within(&mut deploy, Duration::from_secs(5)), 143);
    let report = report(&shop);
    assert_eq!([&report["status"], &report["exitCode"]], [&Value::from("terminated"), &143.into()]);
    assert_eq!(shop.state()["runs"][0]["phase"], "interrupted");

    run(&shop, "deploy", &["test", "--timeout", "1s"]).expect(5).says("is not ready");
    run(&shop, "wait", &["test", "--timeout", "1s"]).expect(5);
    let mut wait = begin("wait", &["test", "--timeout", "60s"]);
    std::thread::sleep(Duration::from_secs(1));
    signal(&wait, "INT");
    assert_eq!(ended_within(&mut wait, Duration::from_secs(5)), 130);
}

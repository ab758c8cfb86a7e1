//! Waiting: until what was changed is ready, and what was removed is gone.

use crate::plane::eventually;
use crate::shop::{Run, Shop, config_map, deployment};
use std::process::Child;
use std::time::{Duration, Instant};

fn stateful_set(name: &str) -> String {
    deployment(name, 2)
        .replace("kind: Deployment", "kind: StatefulSet")
        .replace("spec:\n  replicas", &format!("spec:\n  serviceName: {name}\n  replicas"))
}

fn daemon_set(name: &str) -> String {
    deployment(name, 2)
        .replace("kind: Deployment", "kind: DaemonSet")
        .replace("  replicas: 2\n", "")
}

fn job(name: &str, settings: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  {settings}\n  template:\n    \
         spec:\n      restartPolicy: Never\n      containers: [{{name: main, image: example.com/migrate:1}}]\n"
    )
}

/// The same workload, where no node is right for it.
fn stuck(manifest: &str) -> String {
    manifest
        .replace("spec: {containers:", "spec: {nodeSelector: {no: node}, containers:")
        .replace("restartPolicy: Never\n", "restartPolicy: Never\n      nodeSelector: {no: node}\n")
}

/// Every kind that is waited for.
fn all() -> String {
    let once = job("once", "backoffLimit: 0");
    format!("{}{}{}{once}", deployment("web", 2), stateful_set("store"), daemon_set("agent"))
}

fn ended(child: Child) -> Run {
    Run::of(&child.wait_with_output().expect("it ends"))
}

#[test]
fn every_kind_of_workload_is_waited_for() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &all());
    let run = shop.synced(&["--wait", "--timeout", "60s"]);
    let kinds = ["Deployment.apps/", "StatefulSet.apps/", "DaemonSet.apps/", "Job.batch/"];
    let run = kinds.iter().fold(run, |run, kind| run.says(&format!("ready {kind}")));
    let ready = |kind: &str, name: &str, field: &str| {
        shop.live(kind, name).expect(name)["status"][field].clone()
    };
    assert_eq!(ready("deployment", "web", "readyReplicas"), 2);
    assert_eq!(ready("statefulset", "store", "readyReplicas"), 2);
    assert_eq!(ready("daemonset", "agent", "numberReady"), 3);
    assert_eq!(ready("job", "once", "succeeded"), 1);
    assert_one_line_a_change(&run, &["web", "store", "agent", "once"]);
    shop.run(&["wait", "test"]).expect(0).says("as they should be");
}

/// Every line about an object says something that the one before did not.
fn assert_one_line_a_change(run: &Run, names: &[&str]) {
    for name in names {
        let name = format!("/{name}");
        let is_about = |line: &&str| {
            let words = ["waiting ", "ready ", "failed ", "going "];
            let id = line.split_whitespace().nth(1).unwrap_or_default();
            words.iter().any(|word| line.starts_with(word))
                && id.trim_end_matches(':').ends_with(&name)
        };
        let lines: Vec<&str> = run.stderr.lines().filter(is_about).collect();
        assert!(!lines.is_empty(), "{name}: {}", run.stderr);
        assert!(lines.windows(2).all(|pair| pair[0] != pair[1]), "{lines:?}");
    }
}

#[test]
fn what_cannot_become_ready_is_named_with_the_reason_and_ends_with_5() {
    let Some(shop) = Shop::open() else { return };
    let once = stuck(&job("once", "backoffLimit: 0"));
    let web = stuck(&deployment("web", 2));
    shop.service("web", &format!("{web}{}{once}", stuck(&stateful_set("store"))));
    shop.service("cart", &deployment("cart", 1));
    let begun = Instant::now();
    let (run, report) = shop.reported(&["--wait", "--timeout", "3s"]);
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    let run = run.expect(5).says("ready Deployment.apps/").says("is not ready").says("time is up");
    assert_one_line_a_change(&run, &["web", "store", "once", "cart"]);
    assert_eq!((&report["status"], &report["exitCode"]), (&"not-ready".into(), &5.into()));
    let objects = report["objects"].as_array().expect("a list").iter();
    let missed: Vec<&str> = objects
        .filter(|object| !object["notReady"].is_null())
        .map(|object| object["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(missed.len(), 3, "{missed:?}");
    let waiting = shop.run(&["wait", "test", "--timeout", "1s"]).expect(5);
    waiting.says("Deployment.apps/").says("replicas available");
    shop.run(&["wait", "test", "--timeout", "30s", "--app", "cart"]).expect(0);

    // Nothing is left to apply, and the rollout still has failed.
    shop.synced(&[]).says("nothing to do");
    shop.sync(&["--wait", "--timeout", "1s"]).expect(5).says("4 unchanged").says("is not ready");
    shop.sync(&["--wait", "--timeout", "1s", "--full"]).expect(5).says("is not ready");
    shop.service("web", &deployment("web", 2));
    let run = shop.synced(&[
        "--wait",
        "--timeout",
        "60s",
        "--approve",
        &format!("StatefulSet/{}/store", shop.namespace),
    ]);
    run.says("1 updated, 2 deleted");
}

#[test]
fn what_is_removed_stays_until_its_service_is_ready() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &format!("{}{}", deployment("web", 1), config_map("old", "1")));
    shop.service("cart", &format!("{}{}", deployment("cart", 1), config_map("old-cart", "1")));
    shop.synced(&["--wait", "--timeout", "60s"]);
    shop.service("web", &stuck(&deployment("web", 1)));
    shop.service("cart", &deployment("cart", 1));
    shop.sync(&["--wait", "--timeout", "3s"]).expect(5).says("is not ready").says("1 deleted");
    assert!(shop.live("configmap", "old").is_some(), "its service is not ready");
    assert_eq!(shop.phase("/old").as_deref(), Some("applied"));
    assert!(shop.live("configmap", "old-cart").is_none(), "its service is ready");
    shop.service("web", &deployment("web", 1));
    shop.synced(&["--wait", "--timeout", "60s"]).says("1 deleted");
}

#[test]
fn a_failing_job_ends_the_wait_early() {
    const REASON: &str = "Job was active longer than specified deadline";
    let Some(shop) = Shop::open() else { return };
    let settings = "backoffLimit: 0\n  activeDeadlineSeconds: 1";
    shop.service("migrate", &stuck(&job("migrate", settings)));
    let begun = Instant::now();
    let run = shop.sync(&["--wait", "--timeout", "60s"]).expect(5);
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    run.says("failed Job.batch/").says(REASON).never_says("time is up");
    shop.run(&["wait", "test", "--timeout", "60s"]).expect(5).says(REASON);
    shop.sync(&["--wait", "--timeout", "60s"]).expect(5).says(REASON);
}

#[test]
fn deletions_are_waited_for() {
    let Some(shop) = Shop::open() else { return };
    let held = config_map("held", "1")
        .replace("{name: held}", "{name: held, finalizers: [example.com/hold]}");
    shop.service("web", &format!("{held}{}", config_map("web", "1")));
    shop.synced(&[]);
    shop.service("web", &config_map("web", "1"));
    shop.sync(&["--timeout", "1s"]).expect(5).says("still there").says("example.com/hold");
    shop.run(&["wait", "test", "--timeout", "1s"]).expect(5).says("example.com/hold");
    let waiting = shop.start(&["wait", "test", "--timeout", "60s"]);
    std::thread::sleep(Duration::from_secs(1));
    shop.kubectl(&[
        "patch",
        "configmap",
        "held",
        "--type=merge",
        r#"--patch={"metadata":{"finalizers":null}}"#,
    ]);
    ended(waiting).expect(0);
    shop.synced(&[]);
    assert_eq!(shop.phase("/held"), None);
}

#[test]
fn a_deployment_is_gone_only_after_its_pods() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &deployment("web", 2));
    shop.service("stays", &config_map("stays", "1"));
    shop.synced(&["--wait", "--timeout", "60s"]);
    shop.remove("web");
    shop.synced(&[]).says("1 deleted");
    assert_eq!(shop.kubectl(&["get", "pods,replicasets", "--output=name"]), "");
}

#[test]
fn a_service_says_itself_how_long_it_is_waited_for() {
    let Some(shop) = Shop::open() else { return };
    shop.locked("web", "wait: {timeout: 2s}", &stuck(&deployment("web", 1)));
    shop.locked("cart", "", &deployment("cart", 1));
    let begun = Instant::now();
    shop.sync(&["--wait"]).expect(5).says("ready Deployment.apps/").says("is not ready");
    shop.run(&["wait", "test"]).expect(5).says("time is up");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    // The command line comes before it, and the environment's own setting after it.
    let begun = Instant::now();
    shop.locked("web", "wait: {timeout: 30s}", &stuck(&deployment("web", 1)));
    shop.run(&["wait", "test", "--timeout", "1s"]).expect(5);
    shop.configure(&[("test", "    wait: {timeout: 1s}\n")]);
    shop.locked("web", "", &stuck(&deployment("web", 1)));
    shop.run(&["wait", "test"]).expect(5);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn a_wait_ends_when_what_was_in_the_way_goes_away() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &stuck(&deployment("web", 1)));
    shop.sync(&["--wait", "--timeout", "1s"]).expect(5);
    let waiting = shop.start(&["wait", "test", "--timeout", "60s"]);
    let patch = r#"--patch=[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]"#;
    shop.kubectl(&["patch", "deployment", "web", "--type=json", patch]);
    ended(waiting).expect(0).says("ready Deployment.apps/");
    eventually("it is ready", || {
        shop.live("deployment", "web").expect("web")["status"]["readyReplicas"] == 1
    });
}

//! Runs of one environment beside each other: at the same time, stopped for long, or believed dead.

use crate::shop::{Run, Shop, config_map};
use crate::witness::{ended_within, signal};
use std::process::Child;
use std::time::Duration;

const SYNC: [&str; 6] = ["sync", "test", "--yes", "--first", "--timeout", "90s"];

/// A run that is to delete `old`, and that cannot go on before `held` is released, as it is after
/// it has made `new`. The object `old` is wanted again by then.
fn about_to_delete() -> Option<(Shop, Child, String)> {
    let shop = Shop::open()?;
    shop.service("cart", &config_map("cart", "1"));
    shop.service("old", &config_map("old", "1"));
    shop.synced(&[]);
    let uid = shop.uid("configmap", "old");
    shop.obstruct("held");
    shop.remove("old");
    shop.service("web", &format!("{}{}", config_map("held", "1"), config_map("new", "1")));
    let mut watch = shop.watch("/api/v1", "configmaps");
    let run = shop.start(&SYNC);
    watch.until("ADDED", "new");
    shop.remove("web");
    shop.service("old", &config_map("old", "1"));
    Some((shop, run, uid))
}

/// The first run has ended badly, and the second one's work is as it left it.
fn changed_nothing(shop: &Shop, mut first: Child, uid: &str) {
    assert_eq!(ended_within(&mut first, Duration::from_secs(30)), 1);
    let output = Run::of(&first.wait_with_output().expect("ended"));
    output.says("the lease was lost to another run");
    assert_eq!(shop.uid("configmap", "old"), uid, "it was deleted late");
    assert!(shop.live("configmap", "held").is_none(), "it was made late");
    // What others still held when the second run looked is recorded as theirs.
    shop.holds_exactly_besides(["ConfigMap/cart", "ConfigMap/old"], &["ConfigMap/held"]);
    let state = shop.state();
    assert_eq!(state["runs"][0]["phase"], "succeeded", "the state was written late");
    assert_eq!(state["runs"][1]["phase"], "started");
    shop.synced(&[]);
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/old"]);
}

#[test]
fn a_run_that_was_stopped_past_its_lease_changes_nothing_when_it_wakes_up() {
    let Some((shop, first, uid)) = about_to_delete() else { return };
    signal(&first, "STOP");
    shop.synced(&[]).says("waiting for tester");
    shop.release("configmap", "held");
    signal(&first, "CONT");
    changed_nothing(&shop, first, &uid);
}

#[test]
fn a_run_that_was_believed_dead_changes_nothing_more() {
    let Some((shop, first, uid)) = about_to_delete() else { return };
    signal(&first, "STOP");
    let second = shop.synced(&["--take-over"]);
    second.never_says("waiting for tester");
    shop.release("configmap", "held");
    // For a second it relies on what it was told of its lease before.
    std::thread::sleep(Duration::from_secs(1));
    signal(&first, "CONT");
    changed_nothing(&shop, first, &uid);
}

#[test]
fn of_runs_that_begin_at_the_same_moment_one_does_the_work_and_all_end_well() {
    let Some(shop) = Shop::open() else { return };
    let maps: String = (0..20).map(|number| config_map(&format!("map-{number}"), "1")).collect();
    shop.service("cart", &maps);
    let runs: Vec<Child> = (0..5).map(|_| shop.start(&SYNC)).collect();
    let said = runs.into_iter().map(|run| {
        let output = Run::of(&run.wait_with_output().expect("ended")).expect(0);
        usize::from(output.stderr.contains("20 created"))
    });
    assert_eq!(said.sum::<usize>(), 1);
    let names: Vec<String> = (0..20).map(|number| format!("ConfigMap/map-{number}")).collect();
    shop.holds_exactly(names.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>());
    assert_eq!(shop.state()["runs"].as_array().expect("a list").len(), 1);
}

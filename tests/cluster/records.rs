//! `molave state` where it changes something: objects that are forgotten, records that move, leases
//! that are taken away.

use crate::plane::Plane;
use crate::shop::{Run, STATE, Shop, config_map, deployment, unique};
use crate::witness::ended_within;
use plan::marks::{OWNER, PART_OF, applyset_id, state_name};
use serde_json::Value;
use std::time::Duration;

/// A deployed environment of two services.
fn deployed() -> Option<Shop> {
    let shop = Shop::open()?;
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    Some(shop)
}

fn forget(shop: &Shop, objects: &[&str]) -> Run {
    shop.run(&[&["state", "forget", "test", "--yes"], objects].concat())
}

/// Whether anything on a live object says that it is ours.
fn is_marked(live: &Value) -> bool {
    let metadata = &live["metadata"];
    let managers = metadata["managedFields"].as_array().expect("a list");
    metadata["labels"].get(PART_OF).is_some()
        || metadata["annotations"].get(OWNER).is_some()
        || managers.iter().any(|entry| entry["manager"].as_str().expect("text").contains("molave"))
}

#[test]
fn a_forgotten_object_is_nobodys_and_stays_when_it_leaves_git() {
    let Some(shop) = deployed() else { return };
    let uid = shop.uid("deployment", "cart");
    assert!(is_marked(&shop.live("deployment", "cart").expect("live")));
    forget(&shop, &["Deployment/cart"])
        .expect(0)
        .says(&shop.id("Deployment.apps/cart"))
        .says("stays, without our mark")
        .says("Git still has it")
        .says("1 object forgotten");
    let live = shop.live("deployment", "cart").expect("live");
    assert!(!is_marked(&live), "{live:#}");
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["image"], "example.com/cart:1");
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/web"]);
    assert_eq!(shop.state()["runs"][0]["phase"], "succeeded");
    shop.remove("cart");
    shop.synced(&[]).says("1 deleted");
    assert_eq!(shop.uid("deployment", "cart"), uid);
    shop.holds_exactly(["ConfigMap/web"]);
    // Nor is it found by those who look for what we lost.
    shop.plane.delete("configmap", STATE, &state_name(&shop.name, "test"));
    shop.run(&["state", "rebuild", "test", "--yes"]).expect(0).says("1 object");
}

#[test]
fn what_git_still_has_is_asked_about_after_it_was_forgotten() {
    let Some(shop) = deployed() else { return };
    forget(&shop, &["ConfigMap/web"]).expect(0);
    shop.synced(&["--app", "cart"]).says("nothing to do");
    shop.sync(&[]).expect(3).says("made by others").says(&shop.id("ConfigMap/web"));
    shop.synced(&["--adopt"]);
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/web", "Deployment.apps/cart"]);
}

#[test]
fn of_a_forgotten_record_alone_the_object_keeps_its_mark() {
    let Some(shop) = deployed() else { return };
    let version = shop.version("configmap", "web");
    forget(&shop, &["ConfigMap/web", "--record-only"]).expect(0).says("with our mark on it");
    assert_eq!(shop.version("configmap", "web"), version);
    assert_eq!(shop.phase("ConfigMap/x"), None);
    assert!(shop.recorded().keys().all(|id| !id.ends_with("/web")));
}

#[test]
fn what_is_gone_or_made_again_by_others_is_forgotten_without_a_touch() {
    let Some(shop) = deployed() else { return };
    shop.plane.delete("deployment", &shop.namespace, "cart");
    shop.plane.delete("configmap", &shop.namespace, "web");
    shop.plane.apply(&shop.namespace, &config_map("web", "theirs"));
    let version = shop.version("configmap", "web");
    forget(&shop, &["ConfigMap/web", "Deployment/cart"])
        .expect(0)
        .says("is gone already")
        .says("is not ours, and is left alone");
    assert_eq!(shop.version("configmap", "web"), version);
    assert_eq!(shop.recorded().into_keys().collect::<Vec<_>>(), [shop.id("ConfigMap/cart")]);
}

#[test]
fn names_that_are_not_recorded_change_nothing_and_are_told_with_those_that_are() {
    let Some(shop) = deployed() else { return };
    let before = shop.recorded();
    forget(&shop, &["ConfigMap/wb", "ConfigMap/cart", "Pod/y"])
        .expect(2)
        .says("no object `ConfigMap/wb` is recorded")
        .says("did you mean `ConfigMap/web`?")
        .says("no object `Pod/y` is recorded");
    shop.run(&["state", "forget", "test", "ConfigMap/web"]).expect(2).says("--yes");
    assert_eq!(shop.recorded(), before);
    let nothing = Shop::open().expect("a plane");
    forget(&nothing, &["ConfigMap/x"]).expect(2).says("nothing is recorded");
}

/// A deployed environment with a Secret and much of one kind, and the name of another namespace for
/// its state.
fn to_be_moved(maps: u32) -> Option<(Shop, String)> {
    let shop = Shop::open()?;
    let secret =
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: cart}\nstringData: {a: hunter2}\n";
    shop.service("cart", &format!("{secret}{}", deployment("cart", 1)));
    shop.service(
        "web",
        &(0..maps).map(|n| config_map(&format!("web-{n}"), "1")).collect::<String>(),
    );
    shop.synced(&[]);
    Some((shop, unique("moved")))
}

/// Every live object of a project, each with the set that it belongs to and its owner.
fn marks(shop: &Shop) -> Vec<(String, String)> {
    let list = shop.kubectl(&["get", "configmaps,secrets,deployments", "--output=json"]);
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let items = list["items"].as_array().expect("a list").iter();
    let items = items.filter(|item| item["metadata"]["labels"].get(PART_OF).is_some());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items
        .map(|item| {
            let metadata = &item["metadata"];
            let owner = text(&metadata["annotations"][OWNER]);
            let owner = owner.rsplit_once('/').expect("an owner").0.to_owned();
            (text(&metadata["labels"][PART_OF]), owner)
        })
        .collect()
}

fn assert_marks(shop: &Shop, count: usize, place: (&str, &str, &str)) {
    let (namespace, project, environment) = place;
    let set = applyset_id(&state_name(project, environment), namespace);
    let expected = vec![(set, format!("{project}/{environment}")); count];
    assert_eq!(marks(shop), expected);
}

fn is_there(plane: &Plane, namespace: &str, name: &str) -> Vec<&'static str> {
    let mut kinds = vec!["configmap", "lease", "secret"];
    kinds.retain(|kind| plane.get_json(kind, namespace, name).is_some());
    kinds
}

#[test]
fn a_record_moves_to_another_namespace_and_nothing_is_applied_again() {
    let Some((shop, namespace)) = to_be_moved(3) else { return };
    let uids = [shop.uid("secret", "cart"), shop.uid("deployment", "cart")];
    let old = shop.state();
    shop.configure(&[("test", &format!("    state: {{namespace: {namespace}}}\n"))]);
    // Where the record is not, nothing is synced on the strength of nothing.
    shop.sync(&[]).expect(3);
    let from = ["state", "move", "test", "--from-namespace", STATE, "--yes"];
    shop.run(&from).expect(0).says("5 objects marked");
    let name = state_name(&shop.name, "test");
    assert_eq!(is_there(shop.plane, STATE, &name), [""; 0]);
    assert_eq!(is_there(shop.plane, &namespace, &name), ["configmap", "lease", "secret"]);
    assert_marks(&shop, 5, (&namespace, &shop.name, "test"));
    assert_eq!(shop.state()["objects"], old["objects"], "digests of Secrets too");
    shop.synced(&[]).says("nothing to do");
    let version = shop.version("configmap", "web-0");
    shop.synced(&["--full"]).says("nothing to do").says("5 unchanged");
    assert_eq!(shop.version("configmap", "web-0"), version);
    // Our marks are ours to change by an apply.
    let live = shop.live("configmap", "web-0").expect("live");
    let managers = live["metadata"]["managedFields"].as_array().expect("a list");
    assert_eq!(managers.len(), 1, "{managers:?}");
    // And what leaves Git goes.
    shop.remove("web");
    shop.synced(&["--max-deletions", "9"]).says("3 deleted");
    assert_eq!([shop.uid("secret", "cart"), shop.uid("deployment", "cart")], uids);
    shop.run(&from).expect(0).says("already");
}

#[test]
fn a_record_follows_the_new_names_of_its_project_and_environment() {
    let Some((shop, _)) = to_be_moved(2) else { return };
    let new = Shop::with(shop.plane, &unique("store"), &shop.namespace, &[("live", "")]);
    let services = ["cart", "web"];
    for service in services {
        let path = format!("_gen/test/{service}/manifests.yaml");
        let text = std::fs::read_to_string(shop.path().join(path)).expect("a file");
        new.file(&format!("_gen/live/{service}/manifests.yaml"), &text);
    }
    let sync = ["sync", "live", "--yes", "--first"];
    new.run(&sync).expect(3).says(&format!("belong to `{}/test`", shop.name)).says("4 objects");
    let from = [
        "state",
        "move",
        "live",
        "--yes",
        "--from-project",
        &shop.name,
        "--from-environment",
        "test",
    ];
    new.run(&from).expect(0).says("4 objects marked");
    assert_marks(&shop, 4, (STATE, &new.name, "live"));
    assert_eq!(is_there(shop.plane, STATE, &state_name(&shop.name, "test")), [""; 0]);
    new.run(&sync).expect(0).says("nothing to do");
    // The old names hold nothing any more, and take nothing back.
    shop.sync(&["--adopt"]).expect(3).says(&format!("belong to `{}/live`", new.name));
}

#[test]
fn a_move_that_was_killed_is_synced_by_nobody_until_it_is_done() {
    let Some((shop, namespace)) = to_be_moved(12) else { return };
    let settings = format!("    state: {{namespace: {namespace}}}\n");
    shop.configure(&[("test", &settings)]);
    let from = ["state", "move", "test", "--from-namespace", STATE, "--yes"];
    // The first objects are marked in the order of their kinds; it is killed after so many of ours.
    for changes in [1, 5, 9] {
        let mut watch = shop.watch("/api/v1", "configmaps");
        watch.pass(13);
        let mut run = shop.start(&from);
        watch.pass(changes);
        run.kill().expect("killed");
        run.wait().expect("ended");
        let done = marks(&shop).iter().filter(|(set, _)| *set != shop.applyset()).count();
        assert!((1..14).contains(&done), "the kill came too late: {done}");
        shop.sync(&["--adopt"]).expect(3).says("is being moved here").says("--from-namespace");
        shop.run(&["state", "unlock", "test", "--yes"]).expect(0).says("held by `tester`");
        shop.configure(&[("test", "")]);
        shop.sync(&["--adopt"]).expect(3).says("is being moved to").says(&namespace);
        forget(&shop, &["ConfigMap/web-0"]).expect(3).says("is being moved to");
        shop.run(&["state", "unlock", "test", "--yes"]).expect(0);
        shop.configure(&[("test", &settings)]);
    }
    shop.run(&from).expect(0).says("14 objects marked");
    assert_marks(&shop, 14, (&namespace, &shop.name, "test"));
    shop.synced(&["--full"]).says("nothing to do");
}

#[test]
fn a_record_is_not_moved_over_another_one_nor_from_nowhere() {
    let Some((shop, namespace)) = to_be_moved(1) else { return };
    let from = |from: &str| {
        shop.run(&["state", "move", "test", "--from-namespace", from, "--yes"]).expect(2)
    };
    from(STATE).says("already");
    shop.remove("cart");
    shop.remove("web");
    shop.service("other", &config_map("other", "1"));
    shop.configure(&[("test", &format!("    state: {{namespace: {namespace}}}\n"))]);
    from("kube-public").says("nothing is recorded at");
    shop.synced(&[]);
    from(STATE).says("there is a record at").never_says("moved, ");
    shop.run(&["state", "move", "test", "--yes"]).expect(2).says("--from-namespace");
}

#[test]
fn a_lease_that_is_free_is_told_to_be_so() {
    let Some(shop) = deployed() else { return };
    shop.run(&["state", "unlock", "test", "--yes"]).expect(0).says("nobody holds the lease");
}

#[test]
fn a_living_run_whose_lease_is_taken_away_writes_nothing_more() {
    let Some(shop) = Shop::open() else { return };
    shop.obstruct("held");
    shop.service("web", &format!("{}{}", config_map("held", "1"), deployment("web", 1)));
    shop.service("cart", &config_map("cart", "1"));
    let mut watch = shop.watch("/api/v1", "configmaps");
    let mut command = shop.command(&["sync", "test", "--yes", "--first", "--timeout", "60s"]);
    command.env("MOLAVE_RUN_URL", "https://ci.example/7");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut run = command.spawn().expect("runs");
    watch.until("ADDED", "cart");
    shop.sync(&["--lock-timeout", "0s"])
        .expect(4)
        .says("`tester` is syncing this environment since ")
        .says("https://ci.example/7")
        .says("molave state unlock test");
    shop.run(&["state", "unlock", "test"]).expect(2).says("--yes");
    shop.run(&["state", "unlock", "test", "--yes"])
        .expect(0)
        .says("held by `tester` since ")
        .says("https://ci.example/7")
        .says("it seems to be alive")
        .says("the lease is free");
    // It renews every ten seconds, and learns of it then.
    std::thread::sleep(Duration::from_secs(12));
    shop.release("configmap", "held");
    assert_eq!(ended_within(&mut run, Duration::from_secs(20)), 1);
    let ended = Run::of(&run.wait_with_output().expect("ended"));
    ended.says("the lease was lost");
    assert_eq!(shop.state()["runs"][0]["phase"], "started", "it wrote its result");
    assert!(shop.live("deployment", "web").is_none(), "it went on");
    shop.synced(&[]);
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/held", "Deployment.apps/web"]);
}

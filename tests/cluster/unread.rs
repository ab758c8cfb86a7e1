//! Services of which the record says all: a run does not read them, and it makes no difference.

use crate::shop::{Shop, config_map, deployment, unique};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};

/// A deployed environment of three services, none of which anybody has to read again.
fn deployed() -> Option<Shop> {
    let shop = Shop::open()?;
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.service("login", &config_map("login", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    Some(shop)
}

/// The lines that are recorded of a service.
fn lines(shop: &Shop, service: &str) -> Vec<Value> {
    let state = shop.parent().expect("a state");
    let text = state["data"][format!("service.{service}")].as_str().expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn record(shop: &Shop, service: &str, lines: &[Value]) {
    let mut text = String::new();
    for line in lines {
        writeln!(text, "{line}").expect("a string");
    }
    shop.edit_parent(&format!("service.{service}"), &text);
}

fn has_fingerprint(shop: &Shop, service: &str) -> bool {
    lines(shop, service)[0].get("fingerprint").is_some()
}

#[test]
fn the_record_holds_a_fingerprint_of_what_need_not_be_read() {
    let Some(shop) = deployed() else { return };
    assert!(has_fingerprint(&shop, "cart") && has_fingerprint(&shop, "web"));
    let said = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {molave.dev/wave: '1'}}\n";
    shop.service("said", said);
    shop.locked("tied", "dependsOn: [web]", &config_map("tied", "1"));
    shop.synced(&[]).says("2 created");
    assert!(!has_fingerprint(&shop, "said") && !has_fingerprint(&shop, "tied"));
    assert!(has_fingerprint(&shop, "cart") && has_fingerprint(&shop, "web"));
}

#[test]
fn what_changes_beside_services_that_are_not_read_is_done_and_nothing_else() {
    let Some(shop) = deployed() else { return };
    let cart = (shop.version("configmap", "cart"), shop.version("deployment", "cart"));
    shop.service("web", &config_map("web", "2"));
    shop.remove("login");
    shop.service("new", &config_map("new", "1"));
    shop.synced(&[]).says("1 created").says("1 updated").says("1 deleted").says("2 unchanged");
    assert_eq!((shop.version("configmap", "cart"), shop.version("deployment", "cart")), cart);
    shop.holds_exactly([
        "ConfigMap/cart",
        "ConfigMap/new",
        "ConfigMap/web",
        "Deployment.apps/cart",
    ]);
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn a_move_out_of_a_service_keeps_the_object() {
    let Some(shop) = deployed() else { return };
    let uid = shop.uid("deployment", "cart");
    shop.service("cart", &config_map("cart", "1"));
    shop.service("workers", &deployment("cart", 1));
    shop.synced(&[]).says("moved from cart");
    assert_eq!(shop.uid("deployment", "cart"), uid);
}

#[test]
fn what_a_service_that_was_not_read_has_already_is_told_with_both_places() {
    let Some(shop) = deployed() else { return };
    let before = shop.recorded();
    shop.service("thief", &config_map("cart", "1"));
    shop.sync(&[])
        .expect(2)
        .says("is in two services of `test`, `cart` and `thief`")
        .says("_gen/test/cart/manifests.yaml:2");
    assert_eq!(shop.recorded(), before);
}

#[test]
fn whatever_was_done_to_the_record_is_seen() {
    let Some(shop) = deployed() else { return };
    let mut changed = lines(&shop, "web");
    changed[1]["digest"] = "v1:00".into();
    record(&shop, "web", &changed);
    shop.synced(&[]).says("1 updated");
    // A record without fingerprints is as good as any.
    for service in ["cart", "login", "web"] {
        record(&shop, service, &lines(&shop, service)[1..]);
    }
    shop.synced(&[]).says("nothing to do");
    // One with another's says nothing about this one.
    shop.service("web", &config_map("web", "3"));
    shop.synced(&[]);
    let mut swapped = lines(&shop, "web");
    swapped[0] = lines(&shop, "cart")[0].clone();
    record(&shop, "web", &swapped);
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn a_namespace_that_went_stops_the_services_that_were_not_read_too() {
    let Some(shop) = Shop::open() else { return };
    let there = unique("there");
    let within = |name: &str, value: &str| {
        config_map(name, value).replace("{name: ", &format!("{{namespace: {there}, name: "))
    };
    shop.plane.kubectl(&["create", "namespace", &there]);
    shop.service("cart", &within("cart", "1"));
    shop.service("web", &within("web", "1"));
    shop.service("here", &config_map("here", "1"));
    shop.synced(&[]);
    shop.plane.kubectl(&["delete", "namespace", &there, "--wait"]);
    shop.service("web", &within("web", "2"));
    let (run, report) = shop.reported(&[]);
    run.expect(1).says(&format!("namespace `{there}` does not exist"));
    let blocked = report["blocked"].as_array().expect("a list").iter();
    assert_eq!(blocked.map(|one| &one["service"]).collect::<Vec<_>>(), ["cart", "web"]);
}

#[test]
fn what_is_wrong_with_the_manifests_is_told_even_if_the_cluster_cannot_be_reached() {
    let Some(shop) = deployed() else { return };
    shop.service("web", "a: [");
    let nowhere = shop.kubeconfig(|kubeconfig| {
        kubeconfig["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1".into();
    });
    let nowhere = nowhere.to_str().expect("a path");
    let run = shop.run(&["sync", "test", "--yes", "--kubeconfig", nowhere]);
    run.expect(2).says("_gen/test/web/manifests.yaml:1").never_says("127.0.0.1");
    shop.sync(&[]).expect(2).says("_gen/test/web/manifests.yaml:1");
}

#[test]
fn the_first_secret_beside_services_that_were_not_read_gets_a_key() {
    let Some(shop) = deployed() else { return };
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {a: b}\n";
    shop.service("token", secret);
    shop.synced(&[]).says("1 created").says("4 unchanged");
    assert!(has_fingerprint(&shop, "token") && has_fingerprint(&shop, "web"));
    shop.synced(&[]).says("nothing to do");
}

/// Says in the lease of the environment who holds it.
fn let_hold(shop: &Shop, holder: &str) {
    shop.patch_state("lease", &serde_json::json!({ "spec": { "holderIdentity": holder } }));
}

#[test]
fn what_another_run_did_while_this_one_waited_for_the_lease_is_seen() {
    let Some(shop) = deployed() else { return };
    let_hold(&shop, "another");
    shop.service("cart", &config_map("cart", "2"));
    let mut run = shop.start(&["sync", "test", "--yes"]);
    let mut said = BufReader::new(run.stderr.take().expect("a pipe")).lines();
    let mut told = String::new();
    while !told.contains("waiting for") {
        told = said.next().expect("a line").expect("text");
    }
    // The waiting run has seen that nothing is to be done about `web`.
    let mut changed = lines(&shop, "web");
    changed[1]["digest"] = "v1:00".into();
    record(&shop, "web", &changed);
    let_hold(&shop, "");
    let rest: Vec<String> = said.map(|line| line.expect("text")).collect();
    assert!(rest.iter().any(|line| line.contains("2 updated")), "{rest:#?}");
    assert_eq!(run.wait().expect("ended").code(), Some(0));
}

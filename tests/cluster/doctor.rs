//! What `molave doctor` finds.

use crate::shop::{STATE, Shop, config_map, document};
use plan::marks::state_name;
use serde_json::Value;

/// The document, and the exit code that must come with it.
fn examined(shop: &Shop, code: i32) -> Value {
    let run = shop.run(&["doctor", "test", "--output", "json"]).expect(code);
    document("doctor", &run.stdout)
}

/// A check, by its name: its verdict, and all that is said of it.
fn check(found: &Value, name: &str) -> (String, String) {
    let checks = found["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["name"] == name).expect("the check");
    (check["verdict"].as_str().expect("text").to_owned(), check.to_string())
}

#[test]
fn a_fresh_environment_is_fit_and_every_check_is_made() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    let found = examined(&shop, 0);
    let checks = found["checks"].as_array().expect("a list");
    let names: Vec<&str> =
        checks.iter().map(|check| check["name"].as_str().expect("text")).collect();
    assert_eq!(names, ["server", "clock", "pin", "discovery", "rights", "state", "lock", "git"]);
    for (name, verdict, said) in [
        ("server", "good", "Kubernetes v1."),
        ("clock", "good", "apart"),
        ("pin", "doubtful", "add `cluster: "),
        ("rights", "good", "allowed"),
        ("state", "good", "nothing is recorded yet"),
        ("lock", "good", "free"),
        ("git", "doubtful", "no commit"),
    ] {
        let (is, text) = check(&found, name);
        assert!(is == verdict && text.contains(said), "{text}");
    }
    assert_eq!(shop.has_state("test"), [""; 0], "it wrote something");
    let run = shop.run(&["doctor", "test"]).expect(0).says("doubtful  pin").says("good      lock");
    run.never_says("\u{1b}");
}

#[test]
fn another_cluster_than_the_pinned_one_is_bad() {
    let Some(shop) = Shop::open() else { return };
    shop.configure(&[("test", "    cluster: 00000000-0000-4000-8000-000000000000\n")]);
    let (verdict, said) = check(&examined(&shop, 1), "pin");
    assert!(verdict == "bad" && said.contains("--context"), "{said}");
}

#[test]
fn a_run_under_way_and_what_nobody_knows_yet_are_told() {
    let Some(shop) = Shop::open() else { return };
    shop.obstruct("held");
    shop.service("web", &config_map("held", "1"));
    let mut run = shop.start(&["sync", "test", "--yes", "--first", "--timeout", "60s"]);
    crate::plane::eventually("the intent is written", || {
        shop.plane.get_json("configmap", STATE, &state_name(&shop.name, "test")).is_some()
    });
    run.kill().expect("killed");
    run.wait().expect("ended");
    let found = examined(&shop, 0);
    let (verdict, said) = check(&found, "state");
    assert_eq!(verdict, "doubtful");
    let intent = format!("1 `intent`: `{}`", shop.id("ConfigMap/held"));
    assert!(said.contains(&intent) && said.contains("did not come to its end"), "{said}");
    let (verdict, said) = check(&found, "lock");
    assert!(verdict == "doubtful" && said.contains("held by `tester` since "), "{said}");
    shop.run(&["state", "unlock", "test", "--yes"]).expect(0);
    shop.release("configmap", "held");
    shop.synced(&[]);
    let found = examined(&shop, 0);
    let (verdict, said) = check(&found, "state");
    assert!(verdict == "good" && said.contains("1 objects, schema 1, "), "{said}");
}

#[test]
fn a_record_that_cannot_be_read_is_bad() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.synced(&[]);
    let name = state_name(&shop.name, "test");
    let patch = r#"{"data":{"state":"schema: 99\n"}}"#;
    shop.plane.kubectl(&[
        "--namespace",
        STATE,
        "patch",
        "configmap",
        &name,
        "--type=merge",
        "--patch",
        patch,
    ]);
    let (verdict, said) = check(&examined(&shop, 1), "state");
    assert!(verdict == "bad" && said.contains("newer"), "{said}");
}

#[test]
fn a_server_that_nobody_answers_at_is_an_error_of_its_own() {
    let Some(shop) = Shop::open() else { return };
    let kubeconfig = shop.kubeconfig(|kubeconfig| {
        kubeconfig["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1".into();
    });
    let kubeconfig = kubeconfig.to_str().expect("UTF-8");
    shop.run(&["--kubeconfig", kubeconfig, "doctor", "test"]).expect(2).says("refused");
}

//! Services beside each other: one that fails leaves the others alone, dependants excepted; objects
//! move between them; a selection narrows; Secrets stay secret.

use crate::plane::eventually;
use crate::shop::{Run, STATE, Shop, config_map, deployment};
use serde_json::Value;

/// A Service of the kind `Service`.
fn service(name: &str, settings: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n\
         spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]{settings}}}\n"
    )
}

fn job(name: &str, image: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n      \
         restartPolicy: Never\n      containers: [{{name: main, image: {image}}}]\n"
    )
}

/// Ways for a Deployment `bad` to be invalid, each with what the message must name.
fn invalid() -> Vec<(&'static str, String, &'static str)> {
    let good = deployment("bad", 1);
    let container = "name: main, image: example.com/bad:1";
    let with = |more: &str| good.replace(container, &format!("{container}, {more}"));
    vec![
        (
            "selector",
            good.replace("matchLabels: {app: bad}", "matchLabels: {app: other}"),
            "selector",
        ),
        ("unknown field", with("imagePullPolice: Always"), "imagePullPolice"),
        ("duplicate names", with("env: [{name: A, value: '1'}, {name: A, value: '2'}]"), "env"),
        ("wrong type", good.replace("replicas: 1", "replicas: many"), "replicas"),
        ("value", with("imagePullPolicy: Sometimes"), "imagePullPolicy"),
        ("image", good.replace("image: example.com/bad:1", "image: ''"), "image"),
    ]
}

/// The nine services beside the invalid one, each with a ConfigMap and one of them with more.
fn nine(shop: &Shop) {
    for number in 1..=9 {
        shop.service(&format!("s{number}"), &config_map(&format!("s{number}"), "1"));
    }
    shop.service("s5", &format!("{}{}", config_map("s5", "1"), deployment("s5", 1)));
}

impl Shop {
    fn tenth(&self, deployment: &str) {
        self.service(
            "bad",
            &format!("{}{}{deployment}", config_map("bad", "1"), service("bad", "")),
        );
    }

    fn assert_nothing_of_the_tenth(&self, what: &str) {
        for kind in ["configmap", "service", "deployment"] {
            assert!(self.live(kind, "bad").is_none(), "{what}: {kind}");
        }
        let state = self.run(&["state", "show", "test"]);
        assert!(!state.stdout.contains("/bad"), "{what}: {}", state.stdout);
    }
}

#[test]
fn nine_services_go_live_beside_an_invalid_one_and_the_next_run_goes_on() {
    let Some(shop) = Shop::open() else { return };
    nine(&shop);
    let mut first = true;
    for (what, deployment, named) in invalid() {
        shop.tenth(&deployment);
        shop.sync(&["--dry-run"]).expect(1).says("Deployment.apps/").says(named);
        let (run, report) = shop.reported(&[]);
        let run = run.expect(1).says("`bad` is left as it is").says("Deployment.apps/").says(named);
        run.says(if first { "10 created" } else { "10 unchanged" });
        shop.assert_nothing_of_the_tenth(what);
        assert_eq!(report["blocked"][0]["service"], "bad", "{what}");
        assert_eq!(report["exitCode"], 1, "{what}");
        first = false;
    }
    for number in 1..=9 {
        assert!(shop.live("configmap", &format!("s{number}")).is_some());
    }
    let uid = shop.uid("configmap", "s1");
    shop.tenth(&deployment("bad", 1));
    shop.synced(&[]).says("3 created").says("10 unchanged");
    assert!(shop.live("deployment", "bad").is_some());
    assert_eq!(shop.uid("configmap", "s1"), uid);
    // Live services are left as they are just the same when they become invalid.
    let (_, deployment, named) = invalid().remove(2);
    shop.tenth(&deployment);
    shop.service("bad2", &config_map("bad2", "1"));
    let version = shop.version("configmap", "bad");
    shop.sync(&[]).expect(1).says(named).says("1 created");
    assert_eq!(shop.version("configmap", "bad"), version);
}

#[test]
fn all_or_nothing_refuses_the_run_for_one_invalid_object() {
    let Some(shop) = Shop::open() else { return };
    nine(&shop);
    let (_, deployment, named) = invalid().remove(0);
    shop.tenth(&deployment);
    shop.sync(&["--all-or-nothing"]).expect(3).says(named);
    shop.assert_nothing_of_the_tenth("all or nothing");
    for number in 1..=9 {
        assert!(shop.live("configmap", &format!("s{number}")).is_none());
    }
    shop.tenth(&crate::shop::deployment("bad", 1));
    shop.synced(&["--all-or-nothing"]).says("13 created");
}

#[test]
fn what_depends_on_a_blocked_service_is_blocked_with_it() {
    let Some(shop) = Shop::open() else { return };
    let (_, invalid, _) = invalid().remove(0);
    shop.locked("store", "", &invalid);
    shop.locked("cart", "dependsOn: [store]", &config_map("cart", "1"));
    shop.locked("web", "dependsOn: [cart]", &config_map("web", "1"));
    shop.locked("beside", "", &config_map("beside", "1"));
    let run = shop.sync(&[]).expect(1).says("`store`, on which it depends, is blocked");
    run.says("`cart`, on which it depends, is blocked").says("1 created");
    for name in ["cart", "web"] {
        assert!(shop.live("configmap", name).is_none(), "{name}");
    }
    assert!(shop.live("configmap", "beside").is_some());
    shop.locked("store", "", &deployment("bad", 1));
    shop.synced(&[]).says("3 created");
}

#[test]
fn services_that_depend_on_each_other_come_one_after_the_other() {
    let Some(shop) = Shop::open() else { return };
    shop.locked("a-web", "dependsOn: [z-store]", &config_map("web", "1"));
    shop.locked("z-store", "", &format!("{}{}", config_map("store", "1"), deployment("store", 1)));
    let begun = crate::history::Moment::now(shop.plane);
    shop.synced(&[]);
    let place = |group: &str, plural: &str, name: &str, event: &str| {
        let path = format!("/{group}/namespaces/{}/{plural}", shop.namespace);
        begun.place(shop.plane, &path, name, event)
    };
    let store = place("apis/apps/v1", "deployments", "store", "ADDED");
    assert!(store < place("api/v1", "configmaps", "web", "ADDED"));
    shop.service("stays", &config_map("stays", "1"));
    shop.remove("a-web");
    shop.remove("z-store");
    shop.synced(&[]).says("3 deleted");
}

#[test]
fn services_that_depend_on_each_other_in_a_circle_are_an_error() {
    let Some(shop) = Shop::open() else { return };
    shop.locked("cart", "dependsOn: [web]", &config_map("cart", "1"));
    shop.locked("web", "dependsOn: [cart]", &config_map("web", "1"));
    shop.sync(&[]).expect(2).says("`cart`").says("`web`");
    assert!(shop.live("configmap", "cart").is_none());
}

#[test]
fn a_change_of_what_cannot_change_is_refused_before_anything_is_written() {
    let Some(shop) = Shop::open() else { return };
    let other = deployment("web", 1).replace("app: web}", "app: web, tier: front}");
    let pairs = [
        ("selector", deployment("web", 1), other, "selector"),
        ("address", service("web", ""), service("web", ", clusterIP: 10.0.0.77"), "clusterIP"),
        ("template", job("web", "example.com/web:1"), job("web", "example.com/web:2"), "template"),
    ];
    for (name, before, _, _) in &pairs {
        shop.service(name, &format!("{}{before}", config_map(name, "1")));
    }
    shop.service("fine", &config_map("fine", "1"));
    shop.synced(&[]);
    let versions = |shop: &Shop| pairs.each_ref().map(|pair| shop.version("configmap", pair.0));
    let uids = |shop: &Shop| ["deployment", "service", "job"].map(|kind| shop.uid(kind, "web"));
    let (version, uid) = (versions(&shop), uids(&shop));
    for (name, _, after, _) in &pairs {
        shop.service(name, &format!("{}{after}", config_map(name, "2")));
    }
    shop.service("fine", &config_map("fine", "2"));
    let mut run = shop.sync(&[]).expect(1).says("1 updated");
    for (name, _, _, named) in &pairs {
        run = run.says(&format!("`{name}` is left as it is")).says(named);
    }
    assert_eq!(versions(&shop), version);
    assert_eq!(uids(&shop), uid);
    assert_eq!(shop.live("configmap", "fine").expect("fine")["data"]["value"], "2");
    // Taken back, nothing is left to do but what was blocked beside it.
    for (name, before, _, _) in &pairs {
        shop.service(name, &format!("{}{before}", config_map(name, "2")));
    }
    shop.synced(&[]).says("3 updated");
}

/// Makes a quota of `ConfigMaps` and waits until it counts.
fn set_quota(shop: &Shop, hard: u32) {
    let quota = format!(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: few}}\nspec: {{hard: {{count/configmaps: {hard}}}}}\n"
    );
    shop.plane.apply(&shop.namespace, &quota);
    let hard = hard.to_string();
    eventually("the quota counts", || {
        let status = shop.live("resourcequota", "few").expect("a quota")["status"].clone();
        status["hard"]["count/configmaps"] == hard.as_str()
            && !status["used"]["count/configmaps"].is_null()
    });
}

#[test]
fn a_failure_at_run_time_stops_its_service_and_dependants_only() {
    let Some(shop) = Shop::open() else { return };
    let root = "kube-root-ca.crt";
    eventually("the namespace has its ConfigMap", || shop.live("configmap", root).is_some());
    set_quota(&shop, 3);
    let many: String = (1..=4).map(|number| config_map(&format!("many-{number}"), "1")).collect();
    shop.locked("many", "", &format!("{many}{}{}", service("many", ""), deployment("many", 1)));
    shop.locked("after", "dependsOn: [many]", &service("after", ""));
    shop.locked("beside", "", &format!("{}{}", service("beside", ""), deployment("beside", 1)));
    shop.locked("old", "", &service("old", ""));
    // Each by itself would fit: only together they are too many.
    shop.sync(&["--dry-run"]).expect(0).says("10 to create");
    let (run, report) = shop.reported(&[]);
    let run = run.expect(1).says("exceeded quota").says("failed");
    run.says("`many`, on which it depends, failed");
    for (kind, name) in [("service", "many"), ("deployment", "many"), ("service", "after")] {
        assert!(shop.live(kind, name).is_none(), "{kind} {name}");
        assert_eq!(shop.phase(&format!("{}/{name}", shop.namespace)), None, "{kind} {name}");
    }
    for (kind, name) in [("service", "beside"), ("deployment", "beside"), ("service", "old")] {
        assert!(shop.live(kind, name).is_some(), "{kind} {name}");
    }
    assert_eq!(report["counts"]["failed"], 2);
    let live = (1..=4).filter(|number| shop.live("configmap", &format!("many-{number}")).is_some());
    assert_eq!(live.count(), 2);
    // A service that failed deletes nothing of its own either, others do.
    shop.locked("many", "", &format!("{many}{}", service("many", "")));
    shop.remove("old");
    shop.sync(&[]).expect(1).says("1 deleted");
    assert!(shop.live("service", "old").is_none());

    set_quota(&shop, 9);
    shop.synced(&[]).says("4 created");
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn nothing_of_a_service_is_deleted_when_its_applies_fail() {
    let Some(shop) = Shop::open() else { return };
    eventually("the namespace has its ConfigMap", || {
        shop.live("configmap", "kube-root-ca.crt").is_some()
    });
    shop.service("web", &format!("{}{}", service("old", ""), config_map("web", "1")));
    shop.service("other", &config_map("other", "1"));
    shop.synced(&[]);
    set_quota(&shop, 4);
    let new: String = (1..=2).map(|number| config_map(&format!("new-{number}"), "1")).collect();
    shop.service("web", &format!("{new}{}", config_map("web", "1")));
    shop.sync(&[]).expect(1).says("exceeded quota").says("left Service");
    assert!(shop.live("service", "old").is_some(), "what replaces it is not there yet");
    assert_eq!(shop.phase("/old").as_deref(), Some("applied"));
    set_quota(&shop, 9);
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live("service", "old").is_none());
}

#[test]
fn an_object_that_moves_between_services_stays_the_same() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("shared", 1)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    let uid = shop.uid("deployment", "shared");
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &format!("{}{}", config_map("web", "1"), deployment("shared", 1)));
    shop.synced(&[]).says("moved from cart").says("1 updated").never_says("deleted");
    assert_eq!(shop.uid("deployment", "shared"), uid);
    // A service that goes altogether while another takes over what it had.
    shop.remove("web");
    shop.service("front", &format!("{}{}", config_map("front", "1"), deployment("shared", 2)));
    shop.synced(&[]).says("1 created, 1 updated, 1 deleted");
    assert_eq!(shop.uid("deployment", "shared"), uid);
    let owner = &shop.live("deployment", "shared").expect("shared")["metadata"]["annotations"];
    assert!(owner["molave.dev/owner"].as_str().expect("an owner").contains("/front#"), "{owner}");
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn a_selection_changes_and_deletes_nothing_of_other_services() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), config_map("old-cart", "1")));
    shop.service("web", &format!("{}{}", config_map("web", "1"), config_map("old-web", "1")));
    shop.service("carts", &config_map("gone", "1"));
    shop.synced(&[]);
    shop.service("cart", &config_map("cart", "2"));
    shop.service("web", &config_map("web", "2"));
    shop.remove("carts");
    shop.service("new", &config_map("new", "1"));
    let value = |name: &str| shop.live("configmap", name).map(|live| live["data"]["value"].clone());
    shop.synced(&["--app", "cart"]).says("1 updated, 1 deleted");
    assert_eq!((value("cart"), value("web")), (Some("2".into()), Some("1".into())));
    assert!(value("old-cart").is_none());
    assert!(value("old-web").is_some() && value("gone").is_some() && value("new").is_none());
    shop.synced(&["--app", "cart", "--full"]).says("1 unchanged").says("nothing to do");
    // One that is gone from Git can be named too.
    shop.synced(&["--app", "carts", "--app", "new"]).says("1 created, 1 deleted");
    assert!(value("old-web").is_some() && value("gone").is_none() && value("new").is_some());
    shop.sync(&["--app", "crat"]).expect(2).says("did you mean `cart`?");
    shop.sync(&["--app", "nothing-of-that-kind"]).expect(2).says("nothing-of-that-kind");
    shop.synced(&[]).says("1 updated, 1 deleted");
}

#[test]
fn a_selection_never_deletes_what_moved_to_another_service() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), config_map("shared", "1")));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    let uid = shop.uid("configmap", "shared");
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &format!("{}{}", config_map("web", "1"), config_map("shared", "1")));
    shop.synced(&["--app", "cart"]).says("nothing to do").never_says("deleted");
    assert_eq!(shop.uid("configmap", "shared"), uid);
    shop.synced(&["--app", "web"]).says("moved from cart");
    assert_eq!(shop.uid("configmap", "shared"), uid);
    shop.synced(&["--app", "cart"]).says("nothing to do");
    // The service it came from is gone, and is the one that is named.
    shop.remove("web");
    shop.service("front", &config_map("shared", "1"));
    shop.synced(&["--app", "web"]).says("1 deleted");
    assert_eq!(shop.uid("configmap", "shared"), uid);
    assert!(shop.live("configmap", "web").is_none());
    shop.synced(&[]).says("moved from web");
    assert_eq!(shop.uid("configmap", "shared"), uid);
}

/// Values that appear nowhere but in Secrets, and how they look in base64.
const HIDDEN: [(&str, &str); 3] = [
    ("hunter2-tiger-stripes", "aHVudGVyMi10aWdlci1zdHJpcGVz"),
    ("changed-tiger-teeth", "Y2hhbmdlZC10aWdlci10ZWV0aA=="),
    ("by-hand-tiger-claws", "YnktaGFuZC10aWdlci1jbGF3cw=="),
];

fn assert_hidden(shop: &Shop, run: &Run, report: &Value) {
    let state =
        shop.plane.kubectl(&["--namespace", STATE, "get", "configmaps,leases", "--output=yaml"]);
    let shown = shop.run(&["state", "show", "test"]).expect(0).stdout;
    let report = report.to_string();
    for (plain, encoded) in HIDDEN {
        // Also parts of it, as in a message that quotes the beginning.
        for secret in [plain, encoded, &plain[..12], &encoded[..12]] {
            for text in [&run.stdout, &run.stderr, &report, &state, &shown] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
    }
}

fn secret(name: &str, data: &str) -> String {
    format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n{data}\n")
}

#[test]
fn secret_values_appear_nowhere_also_when_the_server_rejects_them() {
    let Some(shop) = Shop::open() else { return };
    let (plain, encoded) = HIDDEN[0];
    shop.service("web", &config_map("web", "1"));
    let rejected = [
        ("name of a key", secret("bad", &format!("data: {{'bad key {plain}': {encoded}}}"))),
        ("bad base64", secret("bad", &format!("data: {{key: '{plain}!'}}"))),
        (
            "type",
            secret(
                "bad",
                &format!(
                    "type: kubernetes.io/dockerconfigjson\ndata: {{.dockerconfigjson: {encoded}}}"
                ),
            ),
        ),
        ("map for text", secret("bad", &format!("stringData: {{key: {{inner: {plain}}}}}"))),
        ("list for text", secret("bad", &format!("data: {{key: [{encoded}]}}"))),
        (
            "unknown field",
            secret("bad", &format!("datas: {{key: {encoded}}}\ndata: {{key: {encoded}}}")),
        ),
    ];
    for (what, manifest) in rejected {
        shop.service("secret", &manifest);
        for arguments in [&["-v"][..], &["-v", "--dry-run"]] {
            let run = shop.sync(arguments);
            assert!(run.code == 1 || run.code == 2, "{what}: {}", run.stderr);
            let named =
                run.stderr.contains("/bad`") || run.stderr.contains("secret/manifests.yaml:");
            assert!(named, "{what}: {}", run.stderr);
            shop.service("nothing", &config_map("nothing", "1"));
            let (again, report) = shop.reported(arguments);
            for run in [run, again] {
                for secret in [plain, encoded, &plain[..12], &encoded[..12]] {
                    let is_key = what == "name of a key" && !encoded.contains(secret);
                    assert!(is_key || !run.stderr.contains(secret), "{what}: {}", run.stderr);
                    assert!(is_key || !report.to_string().contains(secret), "{what}: {report}");
                }
            }
        }
        assert!(shop.live("secret", "bad").is_none(), "{what}");
    }
}

#[test]
fn secret_values_appear_nowhere_when_they_are_made_changed_and_set_right() {
    let Some(shop) = Shop::open() else { return };
    let [(plain, _), (_, changed), (by_hand, _)] = HIDDEN;
    shop.service("web", &secret("key", &format!("stringData: {{key: {plain}}}")));
    let mut runs = vec![shop.reported(&["-v"])];
    shop.service("web", &secret("key", &format!("immutable: true\ndata: {{key: {changed}}}")));
    runs.push(shop.reported(&["-v"]));
    assert_eq!(shop.live("secret", "key").expect("the Secret")["data"]["key"], changed);
    assert!(runs.iter().all(|(run, _)| run.code == 0));
    shop.service("web", &secret("key", &format!("immutable: true\nstringData: {{key: {plain}}}")));
    let (run, report) = shop.reported(&["-v"]);
    runs.push((run.expect(1).says("Secret/"), report));

    shop.service("web", &secret("key", &format!("immutable: true\ndata: {{key: {changed}}}")));
    shop.service("more", &secret("more", &format!("stringData: {{key: {plain}}}")));
    runs.push(shop.reported(&["-v"]));
    let patch = format!(r#"{{"stringData":{{"key":"{by_hand}","other":"{by_hand}"}}}}"#);
    shop.kubectl(&["patch", "secret", "more", "--patch", &patch]);
    runs.push(shop.reported(&["-v", "--full", "--dry-run"]));
    let (run, report) = shop.reported(&["-v", "--full"]);
    runs.push((run.expect(0).says("data.key: (hidden) → (hidden)").says("1 updated"), report));
    for (run, report) in &runs {
        assert_hidden(&shop, run, report);
    }
}

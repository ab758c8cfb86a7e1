//! `molave adopt`: objects of other tools become ours, with their fields.

use crate::shop::{Run, Shop, config_map, deployment, unique};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Stdio;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Applies manifests as `kubectl apply` does without more words: on the client's side.
fn apply(shop: &Shop, manifests: &str) {
    let mut command =
        shop.plane.command(&["--namespace", &shop.namespace, "apply", "--filename=-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("runs");
    child.stdin.take().expect("a pipe").write_all(manifests.as_bytes()).expect("written");
    assert!(child.wait().expect("ended").success());
}

fn adopt(shop: &Shop, arguments: &[&str]) -> Run {
    shop.run(&[&["adopt", "test", "--yes", "--first", "--from"], arguments].concat())
}

/// A ConfigMap with a value and one that Git will not have.
fn with_more(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, labels: {{theirs: x}}}}\ndata: {{value: \"1\", more: \"2\"}}\n"
    )
}

fn with_variable(name: &str) -> String {
    let variable = format!("image: example.com/{name}:1, env: [{{name: THEIRS, value: x}}]");
    deployment(name, 1).replace(&format!("image: example.com/{name}:1"), &variable)
}

fn container(shop: &Shop, name: &str) -> Value {
    shop.live("deployment", name).expect("live")["spec"]["template"]["spec"]["containers"][0]
        .clone()
}

fn is_ours_alone(shop: &Shop, name: &str) {
    let live = shop.live("configmap", name).expect("live");
    assert_eq!(live["data"], json!({"value": "1"}), "what Git does not have stayed");
    assert!(live["metadata"]["labels"].get("theirs").is_none());
    let managers = live["metadata"]["managedFields"].as_array().expect("a list").iter();
    let others: Vec<&Value> = managers
        .filter(|entry| entry["manager"] != "molave" && entry["fieldsV1"].get("f:data").is_some())
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn what_kubectl_applied_is_taken_over_and_what_git_lacks_of_it_goes_with_the_next_sync() {
    let Some(shop) = Shop::open() else { return };
    apply(&shop, &(with_more("cart") + &with_variable("cart") + &config_map("stays", "1")));
    shop.kubectl(&["create", "configmap", "other", "--from-literal=value=1"]);
    shop.service("cart", &(config_map("cart", "1") + &deployment("cart", 1)));
    shop.service("web", &(config_map("other", "1") + &config_map("new", "1")));
    shop.sync(&[]).expect(3).says("made by others");
    let before = [shop.version("configmap", "stays"), shop.version("configmap", "other")];
    let uids = [shop.uid("configmap", "cart"), shop.uid("deployment", "cart")];

    let run = shop.run(&["adopt", "test", "--first", "--from", "kubectl", "--dry-run"]).expect(0);
    run.says("2 to take over, 3 left")
        .says(&format!("take    {}", shop.id("ConfigMap/cart")))
        .says(&format!("leave   {}  Git does not have it", shop.id("ConfigMap/stays")))
        .says(&format!("leave   {}  was not made by `kubectl`", shop.id("ConfigMap/other")))
        .says(&format!("leave   {}  is not there: a sync makes it", shop.id("ConfigMap/new")));
    assert!(shop.ours().is_empty());
    adopt(&shop, &["kubectl"]).expect(0).says("2 objects taken over");

    shop.holds_exactly(["ConfigMap/cart", "Deployment.apps/cart"]);
    let live = shop.live("configmap", "cart").expect("live");
    assert_eq!(live["data"]["more"], "2", "nothing is applied by taking over");
    adopt(&shop, &["kubectl"]).expect(0).says("0 to take over").says("is ours already");

    shop.remove("web");
    shop.synced(&[]).says("2 updated");
    is_ours_alone(&shop, "cart");
    assert!(container(&shop, "cart").get("env").is_none());
    assert_eq!([shop.uid("configmap", "cart"), shop.uid("deployment", "cart")], uids);
    assert_eq!([shop.version("configmap", "stays"), shop.version("configmap", "other")], before);
    let live = shop.live("configmap", "cart").expect("live");
    assert!(live["metadata"]["annotations"].get(LAST_APPLIED).is_some(), "kubectl's own record");
    shop.synced(&["--full"]).says("nothing to do");
    shop.run(&["destroy", "test", "--yes"]).expect(0).says("2 deleted");
}

#[test]
fn the_record_of_kubectl_goes_if_asked() {
    let Some(shop) = Shop::open() else { return };
    apply(&shop, &with_more("cart"));
    shop.service("cart", &config_map("cart", "1"));
    adopt(&shop, &["kubectl", "--remove-records"]).expect(0);
    shop.synced(&[]);
    is_ours_alone(&shop, "cart");
    let live = shop.live("configmap", "cart").expect("live");
    assert!(live["metadata"]["annotations"].get(LAST_APPLIED).is_none());
}

#[test]
fn taking_over_that_was_killed_is_gone_on_with() {
    let Some(shop) = Shop::open() else { return };
    let names: Vec<String> = (0..40).map(|number| format!("cart-{number:02}")).collect();
    apply(&shop, &names.iter().map(|name| with_more(name)).collect::<String>());
    shop.service("cart", &names.iter().map(|name| config_map(name, "1")).collect::<String>());
    for changes in [1, 30] {
        let mut watch = shop.watch("/api/v1", "configmaps");
        watch.pass(41);
        let mut run = shop.start(&["adopt", "test", "--yes", "--first", "--from", "kubectl"]);
        watch.pass(changes);
        run.kill().expect("killed");
        run.wait().expect("ended");
        assert_eq!(shop.state()["runs"][0]["phase"], "started", "the kill came too late");
        shop.run(&["state", "unlock", "test", "--yes"]).expect(0);
    }
    adopt(&shop, &["kubectl"]).expect(0).says("40 objects taken over");
    shop.synced(&[]).says("40 updated");
    for name in &names {
        is_ours_alone(&shop, name);
    }
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn nothing_is_taken_over_in_a_cluster_that_nobody_vouched_for() {
    let Some(shop) = Shop::open() else { return };
    apply(&shop, &with_more("cart"));
    shop.service("cart", &config_map("cart", "1"));
    shop.run(&["adopt", "test", "--from", "kubectl", "--yes"]).expect(3).says("--first");
    shop.run(&["adopt", "test", "--from", "kubectl", "--first"]).expect(2).says("--yes");
    assert_eq!(shop.has_state("test"), [""; 0]);
}

/// How many entries of `managedFields` a manager has by an operation.
fn entries(shop: &Shop, (kind, name): (&str, &str), manager: &str, operation: &str) -> usize {
    let live = shop.live(kind, name).expect("live");
    let entries = live["metadata"]["managedFields"].as_array().expect("a list").iter();
    entries.filter(|it| it["manager"] == manager && it["operation"] == operation).count()
}

/// What only `kubectl apply` set is in the plan of the sync that takes an object over, and goes with
/// it; what comes back as a default is in none.
#[test]
fn what_kubectl_set_and_git_lacks_goes_with_the_sync_that_takes_it_over() {
    let Some(shop) = Shop::open() else { return };
    apply(&shop, &(with_more("cart") + &with_variable("cart")));
    shop.merge("configmap", "cart", "{\"data\":{\"third\":\"3\"}}");
    shop.service("cart", &(config_map("cart", "1") + &deployment("cart", 1)));
    let uids = [shop.uid("configmap", "cart"), shop.uid("deployment", "cart")];
    let before = shop.live("configmap", "cart");

    let (run, report) = shop.reported(&["--adopt", "--dry-run"]);
    run.expect(0)
        .says("2 to adopt")
        .says("data.more: removed \"2\" (kubectl-client-side-apply")
        .says("metadata.labels.theirs: removed x (kubectl-client-side-apply")
        .says("containers[main].env: removed [{\"name\":\"THEIRS\"")
        .never_says("data.third")
        .never_says("Deadline")
        .never_says("terminationMessage")
        .never_says("molave.dev/owner");
    let differences = |object: &Value| object["differences"].as_array().map_or(0, Vec::len);
    let differences: Vec<usize> =
        report["objects"].as_array().expect("objects").iter().map(differences).collect();
    assert_eq!(differences, [3, 2], "{report}");
    assert_eq!(shop.live("configmap", "cart"), before, "a dry-run writes nothing");

    shop.synced(&["--adopt"]).says("2 updated");
    let live = shop.live("configmap", "cart").expect("live");
    assert_eq!(live["data"], json!({"value": "1", "third": "3"}));
    assert!(live["metadata"]["annotations"].get(LAST_APPLIED).is_none(), "kubectl's own record");
    assert!(live["metadata"]["labels"].get("theirs").is_none());
    assert!(container(&shop, "cart").get("env").is_none());
    for object in [("configmap", "cart"), ("deployment", "cart")] {
        assert_eq!(entries(&shop, object, "kubectl-client-side-apply", "Update"), 0);
    }
    assert_eq!([shop.uid("configmap", "cart"), shop.uid("deployment", "cart")], uids);
    shop.synced(&["--full"]).says("nothing to do");
}

#[test]
fn what_helm_and_kubectl_applied_goes_by_whichever_operation() {
    let Some(shop) = Shop::open() else { return };
    let mut wanted = String::new();
    for (name, manager, arguments) in [
        ("three", "helm", &["create"][..]),
        ("four", "helm", &["apply", "--server-side"]),
        ("server", "kubectl", &["apply", "--server-side"]),
    ] {
        shop.file(&format!("{name}.yaml"), &with_more(name));
        let path = shop.path().join(format!("{name}.yaml"));
        let filename = format!("--filename={}", path.display());
        let manager = format!("--field-manager={manager}");
        shop.kubectl(&[arguments, &[&manager, &filename]].concat());
        wanted += &config_map(name, "1");
    }
    shop.service("cart", &wanted);
    shop.synced(&["--adopt"]).says("3 updated");
    for name in ["three", "four", "server"] {
        is_ours_alone(&shop, name);
    }
    shop.synced(&["--full"]).says("nothing to do");
}

#[test]
fn the_number_of_replicas_that_git_leaves_open_survives_the_taking_over() {
    let Some(shop) = Shop::open() else { return };
    apply(&shop, &deployment("cart", 3));
    shop.service("cart", &deployment("cart", 3).replace("  replicas: 3\n", ""));
    shop.sync(&["--adopt", "--dry-run"]).expect(0).never_says("spec.replicas");
    shop.synced(&["--adopt"]);
    assert_eq!(shop.live("deployment", "cart").expect("live")["spec"]["replicas"], 3);
    assert_eq!(entries(&shop, ("deployment", "cart"), "molave-handover", "Apply"), 1);
    shop.synced(&["--full"]).says("nothing to do");
}

#[test]
fn what_may_not_be_taken_out_of_an_object_refuses_it_before_anything_is_written() {
    let Some(shop) = Shop::open() else { return };
    let claim = |class: &str| {
        format!(
            "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: cart}}\nspec: {{{class}\
             accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n"
        )
    };
    apply(&shop, &claim("storageClassName: slow, "));
    shop.service("cart", &claim(""));
    let before = shop.live("pvc", "cart");
    for arguments in [&["--adopt", "--dry-run"][..], &["--adopt"], &["--adopt"]] {
        shop.sync(arguments)
            .expect(1)
            .says("set and Git does not have cannot be taken out of it")
            .says("immutable after creation");
        assert_eq!(shop.live("pvc", "cart"), before);
    }
    // With what it cannot lose, it is taken over.
    shop.service("cart", &claim("storageClassName: slow, "));
    shop.synced(&["--adopt"]).says("1 updated");
    shop.synced(&["--full"]).says("nothing to do");
}

/// An object whose fields became ours, and nothing else: a run was broken off there.
#[test]
fn what_is_ours_by_fields_and_not_by_marks_is_asked_about_and_never_deleted() {
    let Some(shop) = Shop::open() else { return };
    apply(&shop, &with_more("cart"));
    let manager = "/metadata/managedFields/0";
    let patch = json!([
        {"op": "replace", "path": format!("{manager}/manager"), "value": "molave"},
        {"op": "replace", "path": format!("{manager}/operation"), "value": "Apply"},
    ]);
    let patch = ["--type=json", &format!("--patch={patch}")];
    shop.kubectl(&[&["patch", "configmap", "cart"], &patch[..]].concat());
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    let before = shop.live("configmap", "cart");
    shop.sync(&[]).expect(3).says("made by others").says("--adopt");
    assert_eq!(shop.live("configmap", "cart"), before);
    shop.remove("cart");
    shop.synced(&[]).says("1 created");
    assert_eq!(shop.live("configmap", "cart"), before);
    shop.service("cart", &config_map("cart", "1"));
    shop.sync(&["--adopt", "--dry-run"]).expect(0).says("data.more: removed \"2\"");
    shop.synced(&["--adopt"]).says("1 updated");
    is_ours_alone(&shop, "cart");
    shop.synced(&["--full"]).says("nothing to do");
}

#[test]
fn a_sync_that_takes_over_and_is_killed_is_gone_on_with_by_another_one() {
    let Some(shop) = Shop::open() else { return };
    let names: Vec<String> = (0..40).map(|number| format!("cart-{number:02}")).collect();
    apply(&shop, &names.iter().map(|name| with_more(name)).collect::<String>());
    shop.service("cart", &names.iter().map(|name| config_map(name, "1")).collect::<String>());
    let mut watch = shop.watch("/api/v1", "configmaps");
    watch.pass(41);
    let mut run = shop.start(&["sync", "test", "--yes", "--first", "--adopt"]);
    watch.pass(1);
    run.kill().expect("killed");
    run.wait().expect("ended");
    assert_eq!(shop.state()["runs"][0]["phase"], "started", "the kill came too late");
    shop.run(&["state", "unlock", "test", "--yes"]).expect(0);
    assert!(shop.ours().len() < 40, "the kill came too late");
    // What has not got our marks is still theirs.
    shop.sync(&[]).expect(3).says("made by others").says("--adopt");
    shop.synced(&["--adopt"]);
    for name in &names {
        is_ours_alone(&shop, name);
    }
    shop.synced(&["--full"]).says("nothing to do");
}

/// Kahoy's record of an object, as it writes it: a Secret named by a hash, with the manifest packed.
fn record(shop: &Shop, store: &str, id: &str, group: &str) -> String {
    let name = format!("{:032x}", manifest_hash(&format!("kahoy.slok.dev-{store}-{id}")));
    let (labels, annotations) = (
        json!({
            "app.kubernetes.io/name": "kahoy",
            "app.kubernetes.io/component": "internal",
            "app.kubernetes.io/part-of": "storage",
            "app.kubernetes.io/managed-by": "kahoy",
            "kahoy.slok.dev/storage-id": store,
        }),
        json!({
            "kahoy.slok.dev/resource-id": id,
            "kahoy.slok.dev/resource-group": group,
            "kahoy.slok.dev/resource-name": id.rsplit('/').next(),
            "kahoy.slok.dev/resource-ns": shop.namespace,
        }),
    );
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "stringData": {"raw": "packed", "id": id, "group": group, "path": "_gen/x.yaml"},
    });
    apply(shop, &format!("---\n{secret}\n"));
    name
}

/// Any number for a text; Kahoy takes MD5.
fn manifest_hash(text: &str) -> u128 {
    text.bytes().fold(7, |hash: u128, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
}

/// Two objects of Kahoy's, one of which Git does not have, and a record of a third that is gone.
fn kept_by_kahoy(store: &str) -> Option<(Shop, Vec<String>)> {
    let shop = Shop::open()?;
    shop.plane.apply(&shop.namespace, &(with_more("cart") + &config_map("old", "1")));
    let namespace = &shop.namespace;
    let id = |name: &str| format!("core/v1/ConfigMap/{namespace}/{name}");
    let records = [("cart", "shop/cart"), ("old", "shop/old"), ("gone", "root")];
    let records = records.map(|(name, group)| record(&shop, store, &id(name), group));
    shop.service("cart", &(config_map("cart", "1") + &config_map("new", "1")));
    Some((shop, records.to_vec()))
}

fn from_kahoy<'a>(shop: &'a Shop, more: &[&'a str]) -> Run {
    adopt(shop, &[&["kahoy", "--records-in", &shop.namespace], more].concat())
}

fn has_secret(shop: &Shop, name: &str) -> bool {
    shop.live("secret", name).is_some()
}

#[test]
fn what_kahoy_kept_is_taken_over_and_what_git_lacks_is_reported_and_stays() {
    let Some((shop, records)) = kept_by_kahoy("shop-test") else { return };
    let before = shop.version("configmap", "old");
    from_kahoy(&shop, &[])
        .expect(0)
        .says("1 to take over, 2 left")
        .says(&format!("leave   {}  Git does not have it", shop.id("ConfigMap/old")))
        .says(&format!("leave   {}  is gone", shop.id("ConfigMap/gone")))
        .says("1 object taken over");
    shop.synced(&[]).says("1 created, 1 updated");
    is_ours_alone(&shop, "cart");
    assert_eq!(shop.version("configmap", "old"), before);
    assert!(records.iter().all(|name| has_secret(&shop, name)), "its records are its own");
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/new"]);
}

#[test]
fn what_git_lacks_of_kahoys_goes_only_if_it_was_recorded_for_that() {
    let Some((shop, records)) = kept_by_kahoy("shop-test") else { return };
    from_kahoy(&shop, &["--record-dropped", "--remove-records"])
        .expect(0)
        .says("1 to take over, 1 to record for deletion, 1 left")
        .says("old: Git does not have it, the next sync deletes it")
        .says("2 objects taken over, 2 records removed");
    let there: Vec<bool> = records.iter().map(|name| has_secret(&shop, name)).collect();
    assert_eq!(there, [false, false, true], "that of what is gone was not taken over");
    assert!(shop.live("configmap", "old").is_some());
    shop.synced(&["--dry-run"]).says("1 to delete");
    shop.synced(&[]).says("1 created, 1 updated, 1 deleted");
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/new"]);
}

#[test]
fn of_several_stores_of_kahoys_one_has_to_be_named() {
    let Some((shop, _)) = kept_by_kahoy("one") else { return };
    let other = unique("other");
    record(&shop, &other, &format!("core/v1/ConfigMap/{}/cart", shop.namespace), "x");
    from_kahoy(&shop, &[]).expect(2).says("Kahoy has several records").says("--storage-id");
    from_kahoy(&shop, &["--storage-id", "on"]).expect(2).says("did you mean `one`?");
    from_kahoy(&shop, &["--storage-id", "one"]).expect(0).says("1 object taken over");
    adopt(&shop, &["kahoy", "--records-in", "kube-public"]).expect(2).says("Kahoy has no record");
}

//! Full runs: what others changed is found, shown and set right, and nothing else is touched.

use crate::plane::{Plane, eventually};
use crate::rights::{as_someone, granted};
use crate::shop::{Shop, config_map, deployment, unique};
use std::path::{Path, PathBuf};

/// A Deployment with an environment variable and a label.
fn web() -> String {
    deployment("web", 2)
        .replace("metadata: {name: web}", "metadata: {name: web, labels: {team: front}}")
        .replace(
            "image: example.com/web:1",
            "image: example.com/web:1, env: [{name: MODE, value: fast}]",
        )
}

/// A shop in which everything is live and settled.
fn settled() -> Option<Shop> {
    let shop = Shop::open()?;
    let two =
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\ndata: {a: '1', b: '2'}\n";
    shop.service("web", &format!("{}{two}", web()));
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.synced(&["--wait", "--timeout", "60s"]);
    Some(shop)
}

/// A change by somebody else: what is patched and how, and the line that shows it.
struct Change {
    object: [&'static str; 2],
    patches: &'static [&'static str],
    shown: &'static str,
    pointer: &'static str,
    wanted: Option<&'static str>,
}

const CHANGES: [Change; 7] = [
    Change {
        object: ["deployment", "web"],
        patches: &[r#"[{"op":"replace","path":"/spec/replicas","value":4}]"#],
        shown: "spec.replicas: 4 → 2 (kubectl-patch, 2",
        pointer: "/spec/replicas",
        wanted: Some("2"),
    },
    Change {
        object: ["deployment", "web"],
        patches: &[r#"[{"op":"replace","path":"/metadata/labels/team","value":"back"}]"#],
        shown: "metadata.labels.team: back → front",
        pointer: "/metadata/labels/team",
        wanted: Some("\"front\""),
    },
    Change {
        object: ["deployment", "web"],
        patches: &[
            r#"[{"op":"replace","path":"/spec/template/spec/containers/0/env/0/value","value":"slow"}]"#,
        ],
        shown: "spec.template.spec.containers[main].env[MODE].value: slow → fast",
        pointer: "/spec/template/spec/containers/0/env/0/value",
        wanted: Some("\"fast\""),
    },
    Change {
        object: ["deployment", "web"],
        patches: &[r#"[{"op":"remove","path":"/spec/template/spec/containers/0/env"}]"#],
        shown: "spec.template.spec.containers[main].env: added",
        pointer: "/spec/template/spec/containers/0/env/0/value",
        wanted: Some("\"fast\""),
    },
    Change {
        object: ["configmap", "two"],
        patches: &[r#"[{"op":"remove","path":"/data/b"}]"#],
        shown: "data.b: added \"2\"",
        pointer: "/data/b",
        wanted: Some("\"2\""),
    },
    Change {
        object: ["configmap", "two"],
        patches: &[
            r#"[{"op":"replace","path":"/data/a","value":"9"}]"#,
            r#"[{"op":"replace","path":"/data/a","value":"1"}]"#,
        ],
        shown: "metadata.managedFields: 1 field of ours taken over by others",
        pointer: "/data/a",
        wanted: Some("\"1\""),
    },
    Change {
        object: ["configmap", "two"],
        patches: &[
            r#"[{"op":"remove","path":"/metadata/labels/applyset.kubernetes.io~1part-of"}]"#,
        ],
        shown: "metadata.labels",
        pointer: "/data/a",
        wanted: Some("\"1\""),
    },
];

const OBJECTS: [[&str; 2]; 4] =
    [["deployment", "web"], ["configmap", "two"], ["configmap", "cart"], ["deployment", "cart"]];

impl Shop {
    /// The resource versions of all objects but one.
    fn versions_beside(&self, object: [&str; 2]) -> Vec<String> {
        let others = OBJECTS.iter().filter(|other| **other != object);
        others.map(|[kind, name]| self.version(kind, name)).collect()
    }

    fn patch(&self, [kind, name]: [&str; 2], patch: &str) {
        self.kubectl(&["patch", kind, name, "--type=json", &format!("--patch={patch}")]);
    }

    fn wait_until_rolled_out(&self) {
        for name in ["web", "cart"] {
            self.kubectl(&["rollout", "status", &format!("deployment/{name}"), "--timeout=60s"]);
        }
    }
}

#[test]
fn a_full_run_finds_shows_and_overwrites_manual_changes_and_touches_nothing_else() {
    let Some(shop) = settled() else { return };
    for Change { object, patches, shown, pointer, wanted } in CHANGES {
        for patch in patches {
            shop.patch(object, patch);
        }
        shop.wait_until_rolled_out();
        // An ordinary run does not look.
        shop.synced(&[]).says("nothing to do");
        let (others, uid) = (shop.versions_beside(object), shop.uid(object[0], object[1]));
        let before = shop.version(object[0], object[1]);
        let line = format!("/{}/{}  web: changed by others", shop.namespace, object[1]);
        let shown_only = shop.sync(&["--full", "--dry-run"]).expect(0);
        shown_only.says("1 drifted, 3 unchanged").says(&line).says(shown);
        assert_eq!(shop.version(object[0], object[1]), before, "{shown}: a dry run writes nothing");

        let (run, report) = shop.reported(&["--full"]);
        run.expect(0).says("1 drifted, 3 unchanged").says(&line).says(shown).says("1 updated");
        let live = shop.live(object[0], object[1]).expect("it");
        assert_eq!(live.pointer(pointer).map(ToString::to_string).as_deref(), wanted, "{shown}");
        assert_eq!(shop.uid(object[0], object[1]), uid);
        assert_eq!(shop.versions_beside(object), others, "{shown}: nothing else is touched");
        let drifted: Vec<_> = report["objects"].as_array().expect("a list").iter().collect();
        let drifted = drifted.into_iter().filter(|object| object["action"] == "drifted");
        let lines: Vec<String> = drifted.map(|object| object["differences"].to_string()).collect();
        assert_eq!(lines.len(), 1, "{shown}");
        shop.wait_until_rolled_out();
        shop.synced(&["--full"]).says("4 unchanged").says("nothing to do");
    }
}

#[test]
fn a_full_run_with_nothing_changed_writes_nothing() {
    let Some(shop) = settled() else { return };
    let versions = OBJECTS.map(|[kind, name]| shop.version(kind, name));
    let generation = shop.state()["generation"].clone();
    shop.synced(&["--full"]).says("4 unchanged").says("nothing to do");
    shop.synced(&["--full", "--drift-only"]).says("4 unchanged").says("nothing to do");
    assert_eq!(OBJECTS.map(|[kind, name]| shop.version(kind, name)), versions);
    assert_eq!(shop.state()["generation"], generation);
}

#[test]
fn the_report_says_what_was_changed_by_whom_and_when() {
    let Some(shop) = settled() else { return };
    shop.patch(["deployment", "web"], r#"[{"op":"replace","path":"/spec/replicas","value":4}]"#);
    let (run, report) = shop.reported(&["--full"]);
    run.expect(0);
    let objects = report["objects"].as_array().expect("a list").iter();
    let drifted: Vec<_> = objects.filter(|object| object["action"] == "drifted").collect();
    let [web] = drifted.as_slice() else { panic!("{drifted:?}") };
    let difference = &web["differences"][0];
    assert_eq!(difference["field"], "spec.replicas");
    assert_eq!((&difference["was"], &difference["becomes"]), (&"4".into(), &"2".into()));
    assert_eq!(difference["manager"], "kubectl-patch");
    assert!(difference["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{difference}");
}

#[test]
fn what_is_as_we_left_it_is_confirmed_by_lists_without_a_trial() {
    let Some(shop) = settled() else { return };
    // Others write what is theirs: another version, and nothing of ours.
    shop.kubectl(&["annotate", "configmap", "two", "example.com/seen=yes"]);
    // Who may not patch cannot try an apply either.
    let read = "{apiGroups: ['*'], resources: ['*'], verbs: [get, list]}";
    let flags = granted(&shop, read, read);
    let look = || as_someone(&shop, &flags, &["--full", "--dry-run"]);
    look().expect(0).says("4 unchanged").says("nothing to do");
    shop.patch(["configmap", "two"], r#"[{"op":"replace","path":"/data/a","value":"9"}]"#);
    look().expect(1).says("there is no right to `patch` on `configmaps`");
    // Without a right to list, each object is looked at and tried.
    let one_by_one = "{apiGroups: ['*'], resources: ['*'], verbs: [get, patch]}";
    let flags = granted(&shop, one_by_one, one_by_one);
    let run = as_someone(&shop, &flags, &["--full", "--dry-run"]);
    run.expect(0).says("1 drifted, 3 unchanged").says("data.a: \"9\" → \"1\"");
}

#[test]
fn what_carries_our_mark_and_is_not_recorded_is_told_and_left_alone() {
    let Some(shop) = settled() else { return };
    // As the late create of a run that was killed, whose entry was forgotten since.
    let stray = shop.live("configmap", "two").map(|mut two| {
        two["metadata"] = serde_json::json!({
            "name": "stray",
            "labels": two["metadata"]["labels"],
            "annotations": two["metadata"]["annotations"],
        });
        two.to_string()
    });
    let file = shop.path().join("stray.json");
    std::fs::write(&file, stray.expect("the live object")).expect("written");
    let file = file.to_str().expect("UTF-8");
    let apply = ["apply", "--server-side", "--field-manager=molave", "--filename", file];
    shop.kubectl(&apply);
    shop.synced(&["--full"])
        .says("1 object carries the mark of `test` and is not recorded")
        .says("stray")
        .says("nothing to do");
    assert!(shop.live("configmap", "stray").is_some());
    // Without its manager it is only labelled like one of ours.
    shop.kubectl(&["delete", "configmap", "stray"]);
    shop.kubectl(&["apply", "--server-side", "--filename", file]);
    shop.synced(&["--full"]).never_says("is not recorded");
}

#[test]
fn who_would_not_take_fields_from_others_is_refused_the_object() {
    let Some(shop) = settled() else { return };
    shop.patch(["configmap", "two"], r#"[{"op":"replace","path":"/data/a","value":"9"}]"#);
    let value = || shop.live("configmap", "two").expect("two")["data"]["a"].clone();
    let run = shop.sync(&["--full", "--conflicts", "fail"]).expect(1);
    run.says("kubectl-patch").says(".data.a");
    assert_eq!(value(), "9");
    // A change of ours to the same field is no other case.
    let two =
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\ndata: {a: '3', b: '2'}\n";
    shop.service("web", &format!("{}{two}", web()));
    shop.sync(&["--conflicts", "fail"]).expect(1).says("kubectl-patch");
    assert_eq!(value(), "9");
    shop.synced(&["--conflicts", "force"]).says("1 updated");
    assert_eq!(value(), "3");
    shop.synced(&["--full", "--conflicts", "fail"]).says("nothing to do");
}

#[test]
fn a_drift_only_run_leaves_what_is_not_deployed_yet_and_says_so() {
    let Some(shop) = settled() else { return };
    shop.service("cart", &config_map("cart", "2"));
    shop.service("new", &config_map("new", "1"));
    shop.patch(["deployment", "web"], r#"[{"op":"replace","path":"/spec/replicas","value":4}]"#);
    let run = shop.synced(&["--full", "--drift-only"]);
    let run = run.says("1 drifted").says("3 not deployed yet").says("1 updated");
    run.says("cart: not deployed yet")
        .says("new: not deployed yet")
        .says("removed from Git, not deployed yet");
    assert_eq!(shop.live("configmap", "cart").expect("cart")["data"]["value"], "1");
    assert!(shop.live("configmap", "new").is_none());
    assert!(shop.live("deployment", "cart").is_some());
    assert_eq!(shop.live("deployment", "web").expect("web")["spec"]["replicas"], 2);
    shop.synced(&["--full", "--drift-only"]).says("3 not deployed yet").says("nothing to do");
    shop.synced(&[]).says("1 created, 1 updated, 1 deleted");
}

#[test]
fn an_object_that_was_deleted_by_hand_comes_back_with_a_full_run() {
    let Some(shop) = settled() else { return };
    for arguments in [&["--full"][..], &["--full", "--drift-only"]] {
        shop.plane.delete("configmap", &shop.namespace, "two");
        shop.plane.delete("deployment", &shop.namespace, "web");
        shop.synced(&[]).says("nothing to do");
        shop.sync(&[arguments, &["--dry-run"]].concat()).expect(0).says("was deleted by others");
        assert!(shop.live("configmap", "two").is_none());
        shop.synced(arguments).says("was deleted by others").says("2 created");
        assert_eq!(shop.live("configmap", "two").expect("two")["data"]["b"], "2");
        assert!(shop.live("deployment", "web").is_some());
        shop.wait_until_rolled_out();
        shop.synced(&["--full"]).says("nothing to do");
    }
}

/// Copies the manifests of an environment of this repository into the environment `test` of a
/// project, into namespaces of its own.
fn copy_example(shop: &Shop, environment: &str) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("_gen").join(environment);
    for service in std::fs::read_dir(root).expect("an environment") {
        let service = service.expect("an entry").path();
        for file in std::fs::read_dir(&service).expect("a service") {
            copy(shop, &service, &file.expect("an entry").path());
        }
    }
}

fn copy(shop: &Shop, service: &Path, file: &Path) {
    let text = std::fs::read_to_string(file).expect("text");
    let prefix = format!("namespace: {}-", shop.name);
    let text = text.replace("namespace: shop\n", &format!("{prefix}shop\n"));
    let text = text.replace("namespace: shop-", &format!("{prefix}shop-"));
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    shop.file(&format!("_gen/test/{}/{}", name(service), name(file)), &text);
}

#[test]
fn the_example_does_not_drift_by_itself() {
    let Some(plane) = Plane::shared_or_skip() else { return };
    for environment in ["staging", "production"] {
        let name = unique("example");
        let settings = [("test", "    createNamespaces: true\n")];
        let shop = Shop::with(plane, &name, &format!("{name}-shop"), &settings);
        copy_example(&shop, environment);
        shop.synced(&["--wait", "--timeout", "90s"]);
        let look = || shop.sync(&["--full", "--dry-run"]).expect(0);
        look().never_says("drifted").never_says("to update").never_says("to create");
        // Controllers go on writing status, annotations and defaults.
        let namespaces = plane.kubectl(&["get", "namespaces", "--output=name"]);
        let ours = namespaces.lines().filter_map(|line| line.strip_prefix("namespace/"));
        let ours: Vec<&str> = ours.filter(|namespace| namespace.starts_with(&name)).collect();
        for namespace in &ours {
            plane.kubectl(&["--namespace", namespace, "delete", "pods", "--all", "--wait=false"]);
        }
        shop.run(&["wait", "test", "--timeout", "60s"]).expect(0);
        look().never_says("drifted");
        shop.synced(&["--full"]).says("nothing to do");
        for namespace in ours {
            plane.kubectl(&["delete", "namespace", namespace, "--wait=false"]);
        }
    }
}

#[test]
fn what_an_autoscaler_sets_is_no_drift() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &deployment("web", 1).replace("  replicas: 1\n", ""));
    shop.synced(&[]);
    shop.kubectl(&["scale", "deployment", "web", "--replicas=3"]);
    eventually("it runs", || {
        shop.live("deployment", "web").expect("web")["status"]["readyReplicas"] == 3
    });
    shop.synced(&["--full"]).says("1 unchanged").says("nothing to do");
    assert_eq!(shop.live("deployment", "web").expect("web")["spec"]["replicas"], 3);
}

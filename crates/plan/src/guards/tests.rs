//! One test and one message a guard.

use super::{Holding, Limits, Refusal, is_incidental, refusals};
use crate::live::Live;
use crate::plan::tests::id;
use crate::plan::{Action, Change, Foreign, Plan};
use crate::waves::Stage;

fn limits() -> Limits {
    Limits {
        environment: "staging".to_owned(),
        max_deletions: 20,
        max_deletions_percent: Some(30),
        ..Limits::default()
    }
}

fn deleting(names: impl IntoIterator<Item = String>, recorded: usize, desired: usize) -> Plan {
    let changes = names.into_iter().map(|name| Change {
        id: id(&name),
        service: "cart".to_owned(),
        stage: Stage::default(),
        action: Action::Delete,
        reason: "removed from Git".to_owned(),
        seen: Some("u1".to_owned()),
        differences: Vec::new(),
    });
    Plan { changes: changes.collect(), recorded, desired, ..Plan::default() }
}

fn maps(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|place| format!("ConfigMap/shop/m{place:03}"))
}

fn names(refusals: &[Refusal]) -> Vec<&str> {
    refusals.iter().map(|refusal| refusal.guard).collect()
}

fn shown(refusals: &[Refusal]) -> Vec<String> {
    let line = |refusal: &Refusal| {
        format!(
            "{}: {} | {} | {}",
            refusal.guard,
            refusal.message,
            refusal.hint,
            refusal.objects.len()
        )
    };
    refusals.iter().map(line).collect()
}

fn foreign(name: &str, holder: &str, adoptable: bool) -> Foreign {
    Foreign {
        id: id(name),
        service: "cart".to_owned(),
        holder: holder.to_owned(),
        adoptable,
        reason: format!("was made by `{holder}`"),
    }
}

#[test]
fn an_ordinary_plan_passes() {
    assert!(refusals(&deleting(maps(3), 30, 27), &limits()).is_empty());
    assert!(refusals(&Plan::default(), &limits()).is_empty());
}

#[test]
fn foreign_objects_refuse_the_run() {
    let foreign = vec![
        foreign("ConfigMap/shop/a", "helm", true),
        foreign("ConfigMap/shop/b", "shop/production", false),
        foreign("ConfigMap/shop/c", "kubectl", true),
        foreign("ConfigMap/shop/d", "bank/staging", false),
        foreign("ConfigMap/shop/e", "shop/production", false),
    ];
    let plan = Plan { foreign, desired: 5, ..Plan::default() };
    let held = "give it another name or namespace here, or remove it there and sync there first";
    assert_eq!(
        shown(&refusals(&plan, &limits())),
        [
            "foreign: 2 objects were made by others: `ConfigMap/shop/a` was made by `helm`, \
             `ConfigMap/shop/c` was made by `kubectl` | to take over what is listed: \
             `molave sync staging --adopt` | 2"
                .to_owned(),
            format!(
                "foreign: 1 object belongs to `bank/staging`: `ConfigMap/shop/d` | \
                 `bank/staging` holds what is listed: {held} | 1"
            ),
            format!(
                "foreign: 2 objects belong to `shop/production`: `ConfigMap/shop/b`, \
                 `ConfigMap/shop/e` | `shop/production` holds what is listed: {held} | 2"
            ),
        ]
    );
}

#[test]
fn an_environment_is_not_emptied_unasked() {
    let plan = deleting(maps(2), 2, 0);
    assert_eq!(
        shown(&refusals(&plan, &limits())),
        ["empty: `staging` has no services any more, and 2 objects recorded | if all of them are \
          to go: `guards.allowEmpty: true` for `staging` in `molave.yaml`, or `molave destroy \
          staging` | 2"]
    );
    for limits in [Limits { allow_empty: true, ..limits() }, Limits { destroy: true, ..limits() }] {
        assert!(refusals(&plan, &limits).is_empty());
        // The numbers are no surprise then.
        assert!(refusals(&deleting(maps(100), 100, 0), &limits).is_empty());
    }
    assert!(refusals(&deleting(maps(0), 0, 0), &limits()).is_empty());
}

#[test]
fn too_many_deletions_refuse_the_run() {
    assert!(refusals(&deleting(maps(20), 812, 792), &limits()).is_empty());
    assert_eq!(
        shown(&refusals(&deleting(maps(21), 812, 791), &limits())),
        ["max-deletions: the run deletes 21 of 812 objects, and `maxDeletions` is 20 | if all of \
          them are to go: `molave sync staging --max-deletions 21` | 21"]
    );
    let allowed = Limits { max_deletions: 21, ..limits() };
    assert!(refusals(&deleting(maps(21), 812, 791), &allowed).is_empty());
    // Emptying is allowed, and this is not emptying.
    let allowed = Limits { allow_empty: true, ..limits() };
    assert_eq!(names(&refusals(&deleting(maps(21), 812, 791), &allowed)), ["max-deletions"]);
}

#[test]
fn too_large_a_part_refuses_the_run() {
    assert!(refusals(&deleting(maps(9), 10, 1), &limits()).is_empty());
    assert!(refusals(&deleting(maps(12), 40, 28), &limits()).is_empty());
    assert_eq!(
        shown(&refusals(&deleting(maps(12), 39, 27), &limits())),
        [
            "max-deletions-percent: the run deletes 12 of 39 objects, and `maxDeletionsPercent` is 30 \
          | if all of them are to go: `molave sync staging --max-deletions 12` | 12"
        ]
    );
    let replaced = Limits { max_deletions: 12, max_deletions_percent: None, ..limits() };
    assert!(refusals(&deleting(maps(12), 39, 27), &replaced).is_empty());
}

const PROTECTED: [&str; 5] = [
    "CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com",
    "Namespace/shop",
    "PersistentVolume/disk",
    "PersistentVolumeClaim/shop/data",
    "StatefulSet.apps/shop/db",
];

#[test]
fn what_takes_data_along_needs_approval() {
    let plan = |names: &[&str]| deleting(names.iter().map(|name| (*name).to_owned()), 50, 40);
    for name in PROTECTED {
        assert_eq!(names(&refusals(&plan(&[name]), &limits())), ["protected"], "{name}");
        // Also where all is meant to go.
        let destroy = Limits { destroy: true, ..limits() };
        assert_eq!(names(&refusals(&plan(&[name]), &destroy)), ["protected"], "{name}");
    }
    assert!(refusals(&plan(&["StatefulSet.example.com/shop/db"]), &limits()).is_empty());
    let two = plan(&["Namespace/shop", "StatefulSet.apps/shop/db"]);
    assert_eq!(
        shown(&refusals(&two, &limits())),
        ["protected: the run deletes 2 objects that may take data or other objects along: \
          `Namespace/shop`, `StatefulSet.apps/shop/db` | `guards.approve: [Namespace//shop, \
          StatefulSet/shop/db]` in `molave.yaml`, or `--approve Namespace//shop --approve \
          StatefulSet/shop/db` | 2"]
    );
}

#[test]
fn an_approval_is_for_one_object() {
    let plan = deleting(PROTECTED.map(str::to_owned), 50, 45);
    let approve = |names: &[&str]| {
        let approve = names.iter().map(|name| (*name).to_owned()).collect();
        let refusals = refusals(&plan, &Limits { approve, ..limits() });
        refusals.iter().map(|refusal| refusal.objects.len()).sum::<usize>()
    };
    assert_eq!(approve(&["Namespace//shop", "StatefulSet/shop/db"]), 3);
    assert_eq!(approve(&["Namespace/shop", "StatefulSet.apps/shop/db"]), 3);
    assert_eq!(approve(&["Namespace.//shop", "StatefulSet.apps/shop/db"]), 3);
    assert_eq!(approve(&["StatefulSet/other/db", "StatefulSet//db", "shop", "*"]), 5);
    assert_eq!(approve(&["StatefulSet.x.io/shop/db", "Namespace.x.io/shop", "//", "/shop"]), 5);
}

#[test]
fn all_refusals_are_shown_at_once() {
    let mut plan = deleting(maps(21), 21, 1);
    plan.changes.extend(deleting(["PersistentVolumeClaim/shop/data".to_owned()], 1, 1).changes);
    plan.foreign.push(foreign("ConfigMap/shop/a", "helm", true));
    let expected = ["foreign", "max-deletions", "max-deletions-percent", "protected"];
    assert_eq!(names(&refusals(&plan, &limits())), expected);
}

#[test]
fn long_lists_are_cut() {
    let foreign =
        (0..12).map(|place| foreign(&format!("ConfigMap/shop/m{place:02}"), "helm", true));
    let plan = Plan { foreign: foreign.collect(), desired: 12, ..Plan::default() };
    let refusals = refusals(&plan, &limits());
    assert!(refusals[0].message.ends_with("`ConfigMap/shop/m09` was made by `helm` and 2 more"));
    assert_eq!(refusals[0].objects.len(), 12);
}

#[test]
fn a_replacement_of_what_takes_data_along_needs_an_approval_and_counts_as_no_deletion() {
    let mut plan = deleting(maps(25).chain(["StatefulSet.apps/shop/db".to_owned()]), 100, 100);
    for change in &mut plan.changes {
        change.action = Action::Replace;
    }
    let told = shown(&refusals(&plan, &limits()));
    assert_eq!(told.len(), 1, "{told:?}");
    let expected = "protected: the run deletes or replaces 1 object that may take data or other \
                    objects along: `StatefulSet.apps/shop/db` | ";
    assert!(told[0].starts_with(expected), "{told:?}");
    let approve = vec!["StatefulSet/shop/db".to_owned()];
    assert!(refusals(&plan, &Limits { approve, ..limits() }).is_empty());
}

#[test]
fn what_would_go_along_with_its_holder_refuses_the_run_unless_it_is_approved() {
    let mut plan = deleting(
        ["Namespace/old", "ConfigMap/old/ours", "ConfigMap/shop/else"].map(str::to_owned),
        30,
        27,
    );
    let mut limits = Limits { approve: vec!["Namespace//old".to_owned()], ..limits() };
    let hold = |plan: &mut Plan, names: &[&str], unseen: &[&str]| {
        let holding = Holding {
            objects: names.iter().map(|name| id(name)).collect(),
            unseen: unseen.iter().map(|text| (*text).to_owned()).collect(),
        };
        plan.contents = [(id("Namespace/old"), holding)].into();
    };
    hold(&mut plan, &["ConfigMap/old/ours"], &[]);
    assert!(refusals(&plan, &limits).is_empty(), "the run deletes it itself");
    hold(&mut plan, &["ConfigMap/old/ours", "ConfigMap/old/theirs", "Secret/old/b"], &[]);
    assert_eq!(
        shown(&refusals(&plan, &limits)),
        [
            "content: `Namespace/old` holds 2 objects that the run does not delete, and that would go \
          along: `ConfigMap/old/theirs`, `Secret/old/b` | move them or delete them first, or \
          `guards.approve: [ConfigMap/old/theirs, Secret/old/b]` in `molave.yaml` | 2"
        ]
    );
    limits.approve.extend(["ConfigMap/old/theirs".to_owned(), "Secret/old/b".to_owned()]);
    assert!(refusals(&plan, &limits).is_empty());
    limits.max_deletions = 4;
    assert_eq!(names(&refusals(&plan, &limits)), ["max-deletions"], "what goes along counts");
    limits.max_deletions = 5;
    hold(&mut plan, &[], &["`Widget` may not be listed"]);
    assert_eq!(names(&refusals(&plan, &limits)), ["content"]);
}

#[test]
fn only_what_others_put_there_counts_as_content() {
    let live = |metadata: serde_json::Value| Live(serde_json::json!({ "metadata": metadata }));
    let plain = || live(serde_json::json!({}));
    for name in ["ServiceAccount/shop/default", "ConfigMap/shop/kube-root-ca.crt"] {
        assert!(is_incidental(&id(name), &plain()), "{name}");
    }
    for name in [
        "Lease.coordination.k8s.io/shop/a",
        "Event/shop/a",
        "Event.events.k8s.io/shop/a",
        "Endpoints/shop/a",
    ] {
        assert!(is_incidental(&id(name), &plain()), "{name}");
    }
    let map = id("ConfigMap/shop/a");
    for name in ["ConfigMap/shop/a", "Secret/shop/a", "ServiceAccount/shop/a", "Pod/shop/a"] {
        assert!(!is_incidental(&id(name), &plain()), "{name}");
    }
    assert!(!is_incidental(&map, &live(serde_json::json!({"ownerReferences": []}))));
    assert!(is_incidental(&map, &live(serde_json::json!({"ownerReferences": [{"name": "x"}]}))));
    let going = serde_json::json!({"deletionTimestamp": "2026-01-02T03:04:05Z"});
    assert!(is_incidental(&map, &live(going)));
    let token = serde_json::json!({"annotations": {"kubernetes.io/service-account.name": "a"}});
    assert!(is_incidental(&id("Secret/shop/a"), &live(token)));
}

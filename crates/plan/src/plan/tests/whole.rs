//! The plan as a whole: order, numbers, whether there is anything to do.

use super::{Options, desired, find, id, identity, inventory, observed, plan};
use crate::plan::{Action, Plan};
use crate::waves::{Stage, Wave};

#[test]
fn changes_stand_in_the_order_of_stages_and_kinds() {
    let desired = desired(&[
        (
            "cart",
            &["database"],
            &["Deployment.apps/shop/cart", "ConfigMap/shop/cart", "Namespace/x"],
        ),
        ("database", &[], &["StatefulSet.apps/shop/db", "Secret/shop/db", "Service/shop/db"]),
    ]);
    let inventory = inventory(&[("Deployment.apps/shop/gone", "applied service=gone")]);
    let observed = observed(&[("Deployment.apps/shop/gone", "live")]);
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, &Options::default());
    let order = plan
        .changes
        .iter()
        .map(|change| format!("{} {:?} {}", change.stage.level, change.stage.wave, change.id));
    let expected = [
        "0 Foundations Namespace/x",
        "0 Configuration Secret/shop/db",
        "0 Services Service/shop/db",
        "0 Workloads Deployment.apps/shop/gone",
        "0 Workloads StatefulSet.apps/shop/db",
        "1 Configuration ConfigMap/shop/cart",
        "1 Workloads Deployment.apps/shop/cart",
    ];
    assert_eq!(order.collect::<Vec<_>>(), expected);
}

#[test]
fn a_cycle_of_services_counts_as_no_order() {
    let desired = desired(&[("a", &["b"], &["ConfigMap/shop/a"]), ("b", &["a"], &["Pod/shop/b"])]);
    let plan = plan(&identity(), &desired, None, &observed(&[]), &Options::default());
    let stage = find(&plan, "Pod/shop/b").unwrap().stage;
    assert_eq!(stage, Stage { wave: Wave::Workloads, ..Stage::default() });
}

#[test]
fn numbers_and_deletions_are_those_of_the_plan() {
    let desired = desired(&[("cart", &[], &["ConfigMap/shop/a", "ConfigMap/shop/b"])]);
    let inventory =
        inventory(&[("ConfigMap/shop/a", "applied"), ("ConfigMap/shop/old", "applied")]);
    let observed = observed(&[("ConfigMap/shop/old", "live")]);
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, &Options::default());
    let counts: Vec<(Action, usize)> = plan.counts().into_iter().collect();
    assert_eq!(counts, [(Action::Create, 1), (Action::Unchanged, 1), (Action::Delete, 1)]);
    let deleted: Vec<_> = plan.deletions().map(|change| change.id.clone()).collect();
    assert_eq!(deleted, [id("ConfigMap/shop/old")]);
    assert!(!plan.is_nothing());
}

#[test]
fn there_is_nothing_to_do_if_all_is_as_wanted() {
    let desired = desired(&[("cart", &[], &["ConfigMap/shop/a"])]);
    let inventory = inventory(&[("ConfigMap/shop/a", "applied")]);
    let of = |entries, sights| {
        plan(&identity(), &desired, entries, &observed(sights), &Options::default())
    };
    assert!(of(Some(&inventory), &[]).is_nothing());
    assert!(!of(None, &[]).is_nothing());
    let foreign = of(None, &[("ConfigMap/shop/a", "live by=helm")]);
    assert!(foreign.changes.is_empty() && !foreign.is_nothing());
    assert!(Plan::default().is_nothing());
}

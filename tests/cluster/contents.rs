//! Namespaces and definitions that hold what the run does not delete: it would go along unseen.

use crate::plane::eventually;
use crate::shop::{Shop, config_map, unique};
use crate::witness::ended_within;
use std::time::Duration;

fn namespace(name: &str) -> String {
    format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n")
}

fn inside(namespace: &str, name: &str) -> String {
    let within = format!("metadata: {{namespace: {namespace}, ");
    config_map(name, "1").replace("metadata: {", &within)
}

/// A project whose service `space` has a namespace of its own with a ConfigMap in it, and a
/// ConfigMap elsewhere, which goes before the namespace.
fn with_space() -> Option<(Shop, String)> {
    let shop = Shop::open()?;
    let space = unique("space");
    let manifests = [namespace(&space), inside(&space, "ours"), config_map("first", "1")].concat();
    shop.service("space", &manifests);
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    Some((shop, space))
}

fn make(shop: &Shop, namespace: &str, name: &str) {
    shop.plane.kubectl(&["--namespace", namespace, "create", "configmap", name]);
}

fn is_there(shop: &Shop, namespace: &str, name: &str) -> bool {
    let arguments = ["--namespace", namespace, "get", "configmap", name];
    shop.plane.try_kubectl(&arguments).status.success()
}

#[test]
fn a_namespace_with_objects_of_others_goes_only_if_each_is_approved() {
    let Some((shop, space)) = with_space() else { return };
    make(&shop, &space, "theirs");
    shop.remove("space");
    let approval = format!("Namespace//{space}");
    let run = shop.sync(&["--approve", &approval]).expect(3);
    run.says("holds 1 object that the run does not delete")
        .says(&format!("`ConfigMap/{space}/theirs`"));
    assert!(is_there(&shop, &space, "theirs") && is_there(&shop, &space, "ours"));
    let theirs = format!("ConfigMap/{space}/theirs");
    // What goes along counts.
    let flags = ["--approve", approval.as_str(), "--approve", theirs.as_str(), "--max-deletions"];
    shop.sync(&[&flags[..], &["3"]].concat()).expect(3).says("the run deletes 4");
    shop.synced(&[&flags[..], &["4"]].concat()).says("3 deleted");
    assert!(!is_there(&shop, &space, "theirs"));
}

#[test]
fn a_namespace_that_holds_only_what_goes_by_itself_may_go() {
    let Some((shop, space)) = with_space() else { return };
    // What belongs to another object goes with that one.
    let pod = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"owned\",\"namespace\":\"SPACE\",\
               \"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"ours\",\"uid\":\"UID\"}]}}";
    let uid =
        ["--namespace", &space, "get", "configmap", "ours", "--output=jsonpath={.metadata.uid}"];
    let uid = shop.plane.kubectl(&uid);
    shop.plane.apply(&space, &pod.replace("SPACE", &space).replace("UID", uid.trim()));
    shop.remove("space");
    shop.synced(&["--approve", &format!("Namespace//{space}")]).says("3 deleted");
    assert!(!is_there(&shop, &space, "ours"));
}

#[test]
fn what_comes_into_a_namespace_after_the_plan_keeps_it() {
    let Some((shop, space)) = with_space() else { return };
    shop.hold("configmap", "first");
    shop.remove("space");
    let approval = format!("Namespace//{space}");
    let arguments = ["sync", "test", "--yes", "--timeout", "30s", "--approve", approval.as_str()];
    let mut run = shop.start(&arguments);
    eventually("what goes before the namespace is deleted", || {
        let live = shop.live("configmap", "first").expect("held");
        !live["metadata"]["deletionTimestamp"].is_null()
    });
    make(&shop, &space, "late");
    shop.release("configmap", "first");
    assert_eq!(ended_within(&mut run, Duration::from_secs(20)), 1);
    assert!(is_there(&shop, &space, "late"));
    shop.sync(&["--approve", &approval]).expect(3).says(&format!("`ConfigMap/{space}/late`"));
    shop.plane.kubectl(&["--namespace", &space, "delete", "configmap", "late"]);
    shop.synced(&["--approve", &approval]).says("1 deleted");
}

#[test]
fn a_definition_with_objects_of_others_goes_only_if_each_is_approved() {
    let Some(shop) = Shop::open() else { return };
    let group = format!("{}.example.com", unique("content"));
    let definition = format!(
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
         metadata: {{name: gadgets.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  \
         names: {{kind: Gadget, plural: gadgets, singular: gadget, listKind: GadgetList}}\n  \
         versions:\n  - name: v1\n    served: true\n    storage: true\n    \
         schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}\n"
    );
    let gadget = |name: &str| {
        format!("---\napiVersion: {group}/v1\nkind: Gadget\nmetadata: {{name: {name}}}\n")
    };
    shop.service("kinds", &format!("{definition}{}", gadget("ours")));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.plane.apply(&shop.namespace, &gadget("theirs"));
    shop.remove("kinds");
    let approval = format!("CustomResourceDefinition//gadgets.{group}");
    let theirs = format!("Gadget/{}/theirs", shop.namespace);
    shop.sync(&["--approve", &approval]).expect(3).says("holds 1 object").says("theirs`");
    assert!(shop.live(&format!("gadget.{group}"), "theirs").is_some());
    shop.synced(&["--approve", &approval, "--approve", &theirs]).says("2 deleted");
}

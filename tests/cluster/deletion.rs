//! What goes, what stays, in which order, and what refuses a run that would delete too much.

use crate::plane::eventually;
use crate::shop::{Run, STATE, Shop, config_map, deployment, unique};
use crate::witness::{FINALIZER, ended_within};
use std::time::Duration;

fn open(guards: &str) -> Option<Shop> {
    let shop = Shop::open()?;
    shop.configure(&[("test", &format!("    guards: {guards}\n"))]);
    Some(shop)
}

fn config_maps(word: &str, count: u32) -> String {
    (0..count).map(|number| config_map(&format!("{word}-{number}"), "1")).collect()
}

fn stateful_set(name: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  replicas: 1\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec: {{containers: [{{name: main, image: example.com/{name}:1}}]}}\n"
    )
}

fn claim(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec:\n  \
         accessModes: [ReadWriteOnce]\n  storageClassName: none\n  resources: {{requests: {{storage: 1Gi}}}}\n"
    )
}

/// A Deployment whose pods fit on no node.
pub(crate) fn never_ready(name: &str) -> String {
    deployment(name, 1).replace("spec: {containers", "spec: {nodeSelector: {no: where}, containers")
}

/// A project whose service `cart` has left Git while a finalizer holds its one object.
fn held() -> Option<Shop> {
    let shop = Shop::open()?;
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.hold("configmap", "cart");
    shop.remove("cart");
    Some(shop)
}

#[test]
fn held_by_a_finalizer_it_is_reported_and_kept_in_the_state_until_it_is_gone() {
    let Some(shop) = held() else { return };
    let uid = shop.uid("configmap", "cart");
    for _ in 0..2 {
        let run = shop.sync(&["--timeout", "1s", "--report", "-"]).expect(5);
        assert!(run.stdout.contains("\"still-there\""), "{}", run.stdout);
        run.says(&format!("`{}` is still there", shop.id("ConfigMap/cart"))).says(FINALIZER);
        assert_eq!(
            shop.recorded()[&shop.id("ConfigMap/cart")],
            ("deleting".to_owned(), uid.clone())
        );
    }
    shop.run(&["wait", "test", "--timeout", "1s"]).expect(5).says(FINALIZER);
    shop.release("configmap", "cart");
    assert!(shop.live("configmap", "cart").is_none());
    shop.synced(&[]);
    shop.holds_exactly(["ConfigMap/web"]);
    shop.synced(&[]).says("nothing to do");
}

/// A Namespace of the service `cart`, or one that is made because it is needed, with an object in
/// it that a finalizer holds, on its way out.
fn ending_namespace(is_needed_only: bool) -> Option<(Shop, String)> {
    let shop = Shop::open()?;
    let namespace = unique("ending");
    let own = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n");
    let inside = config_map("inside", "1")
        .replace("metadata: {", &format!("metadata: {{namespace: {namespace}, "));
    if is_needed_only {
        shop.configure(&[("test", "    createNamespaces: true\n")]);
        shop.service("cart", &inside);
    } else {
        shop.service("cart", &format!("{own}{inside}"));
    }
    shop.synced(&[]);
    shop.hold_in(&namespace, "configmap", "inside");
    shop.plane.kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
    eventually("the namespace ends", || {
        let live = shop.plane.get_json("configmap", &namespace, "inside").expect("held");
        !live["metadata"]["deletionTimestamp"].is_null()
    });
    Some((shop, namespace))
}

#[test]
fn a_namespace_that_never_goes_is_waited_for_and_loses_nothing() {
    for is_needed_only in [false, true] {
        let Some((shop, namespace)) = ending_namespace(is_needed_only) else { return };
        let recorded = shop.recorded();
        shop.sync(&["--full", "--timeout", "1s"]).expect(1);
        assert_eq!(shop.recorded().keys().collect::<Vec<_>>(), recorded.keys().collect::<Vec<_>>());
        let mut run = shop.start(&["sync", "test", "--yes", "--full", "--timeout", "50s"]);
        std::thread::sleep(Duration::from_secs(1));
        assert!(run.try_wait().expect("a child").is_none(), "the run did not wait");
        shop.release_in(&namespace, "configmap", "inside");
        assert_eq!(ended_within(&mut run, Duration::from_secs(40)), 0);
        let live = shop.plane.get_json("configmap", &namespace, "inside").expect("made again");
        assert!(live["metadata"]["deletionTimestamp"].is_null());
        shop.synced(&[]).says("nothing to do");
        shop.plane.kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
    }
}

#[test]
fn into_a_namespace_of_others_that_is_on_its_way_out_nothing_goes() {
    let Some((shop, namespace)) = ending_namespace(false) else { return };
    let Some(other) = Shop::open() else { return };
    let inside = config_map("new", "1")
        .replace("metadata: {", &format!("metadata: {{namespace: {namespace}, "));
    other.service("cart", &inside);
    other.service("web", &config_map("web", "1"));
    other.sync(&[]).expect(1).says(&format!("namespace `{namespace}` is being deleted"));
    other.holds_exactly(["ConfigMap/web"]);
    shop.release_in(&namespace, "configmap", "inside");
}

/// What the API server says when `DELETE` is denied, whoever asks.
fn deny_deletes(shop: &Shop, name: &str) {
    let namespace = shop.namespace.as_str();
    let policy = format!(
        "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: {namespace}}}\n\
         spec:\n  failurePolicy: Fail\n  matchConstraints:\n    namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}\n    \
         resourceRules: [{{apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [configmaps]}}]\n  \
         validations: [{{expression: \"oldObject.metadata.name != '{name}'\", message: it must stay}}]\n\
         ---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: {namespace}}}\n\
         spec: {{policyName: {namespace}, validationActions: [Deny]}}\n"
    );
    shop.plane.apply("default", &policy);
    eventually("deletes are denied", || {
        let delete = ["--namespace", namespace, "delete", "configmap", name, "--dry-run=server"];
        !shop.plane.try_kubectl(&delete).status.success()
    });
}

#[test]
fn what_admission_does_not_let_go_stays_recorded_and_goes_when_it_may() {
    let Some(shop) = Shop::open() else { return };
    for name in ["cart", "old", "web"] {
        shop.service(name, &config_map(name, "1"));
    }
    shop.synced(&[]);
    deny_deletes(&shop, "cart");
    let uid = shop.uid("configmap", "cart");
    shop.remove("cart");
    shop.remove("old");
    for _ in 0..2 {
        shop.sync(&[]).expect(1).says("it must stay");
        let id = shop.id("ConfigMap/cart");
        assert_eq!(shop.recorded()[&id], ("deleting".to_owned(), uid.clone()));
        assert!(shop.live("configmap", "old").is_none(), "the other one goes");
    }
    for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
        shop.plane.delete(kind, "", &shop.namespace);
    }
    eventually("deletes are allowed", || shop.sync(&[]).code == 0);
    shop.holds_exactly(["ConfigMap/web"]);
}

/// A webhook that is asked about every `DELETE` in the namespace, and that nobody answers for.
#[test]
fn what_a_broken_webhook_does_not_let_go_stays_recorded_and_goes_when_it_may() {
    let Some(shop) = Shop::open() else { return };
    let namespace = shop.namespace.as_str();
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    let webhook = format!(
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {{name: {namespace}}}\n\
         webhooks:\n- name: nobody.example.com\n  admissionReviewVersions: [v1]\n  sideEffects: None\n  timeoutSeconds: 1\n  \
         failurePolicy: Fail\n  clientConfig: {{url: 'https://127.0.0.1:1/deny'}}\n  \
         namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}\n  \
         rules: [{{apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [configmaps]}}]\n"
    );
    shop.plane.apply("default", &webhook);
    eventually("the webhook is asked", || {
        let delete = ["--namespace", namespace, "delete", "configmap", "web", "--dry-run=server"];
        !shop.plane.try_kubectl(&delete).status.success()
    });
    shop.remove("cart");
    shop.sync(&[]).expect(1).says("nobody.example.com");
    assert!(shop.live("configmap", "cart").is_some());
    assert_eq!(shop.phase("/cart").as_deref(), Some("deleting"));
    shop.plane.delete("validatingwebhookconfiguration", "", namespace);
    eventually("the webhook is gone", || shop.sync(&[]).code == 0);
    shop.holds_exactly(["ConfigMap/web"]);
}

#[test]
fn released_while_the_run_waits_it_is_gone_when_the_run_ends() {
    let Some(shop) = held() else { return };
    let mut run = shop.start(&["sync", "test", "--yes", "--timeout", "30s"]);
    eventually("it is deleted", || {
        let live = shop.live("configmap", "cart").expect("held");
        !live["metadata"]["deletionTimestamp"].is_null()
    });
    shop.release("configmap", "cart");
    assert_eq!(ended_within(&mut run, Duration::from_secs(10)), 0);
    shop.holds_exactly(["ConfigMap/web"]);
}

#[test]
fn wanted_again_while_it_is_being_deleted_it_is_made_again_once_it_is_gone() {
    let Some(shop) = held() else { return };
    let uid = shop.uid("configmap", "cart");
    shop.sync(&["--timeout", "1s"]).expect(5);
    shop.service("cart", &config_map("cart", "1"));
    // As long as it is held, there is no room.
    shop.sync(&["--timeout", "1s"]).expect(1).says(FINALIZER);
    assert_eq!(shop.uid("configmap", "cart"), uid);
    let mut run = shop.start(&["sync", "test", "--yes", "--timeout", "30s"]);
    std::thread::sleep(Duration::from_secs(1));
    assert!(run.try_wait().expect("a child").is_none(), "the run did not wait");
    shop.release("configmap", "cart");
    assert_eq!(ended_within(&mut run, Duration::from_secs(10)), 0);
    assert_ne!(shop.uid("configmap", "cart"), uid);
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/web"]);
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn what_asks_to_stay_is_kept() {
    let Some(shop) = Shop::open() else { return };
    let annotated = |name: &str, annotation: &str| {
        let metadata = format!("metadata: {{annotations: {{{annotation}}}, ");
        config_map(name, "1").replace("metadata: {", &metadata)
    };
    shop.service("cart", &annotated("ours", "molave.dev/prune: disabled"));
    shop.service("bank", &annotated("helms", "helm.sh/resource-policy: keep"));
    shop.service("old", &config_map("old", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    for service in ["cart", "bank", "old"] {
        shop.remove(service);
    }
    shop.synced(&[]).says("1 to delete, 2 kept, 1 unchanged").says("asks to stay");
    let kept = || {
        for name in ["ours", "helms"] {
            assert!(shop.live("configmap", name).is_some(), "{name}");
        }
    };
    kept();
    assert!(shop.live("configmap", "old").is_none());
    assert_eq!(shop.phase("/ours").as_deref(), Some("kept"));
    assert_eq!(shop.phase("/helms").as_deref(), Some("kept"));
    shop.synced(&[]).says("nothing to do");
    // Whoever takes the annotation away is told so by the next run.
    shop.merge(
        "configmap",
        "helms",
        "{\"metadata\":{\"annotations\":{\"helm.sh/resource-policy\":null}}}",
    );
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live("configmap", "helms").is_none());
    // Wanted again, it is the same object.
    let uid = shop.uid("configmap", "ours");
    shop.service("cart", &annotated("ours", "molave.dev/prune: disabled"));
    shop.synced(&[]);
    assert_eq!(shop.uid("configmap", "ours"), uid);
    shop.holds_exactly(["ConfigMap/ours", "ConfigMap/web"]);
    // Nor does `destroy` take it.
    shop.run(&["destroy", "test", "--yes"]).expect(0).says("asks to stay");
    assert!(shop.live("configmap", "ours").is_some());
    assert!(shop.live("configmap", "web").is_none());
}

#[test]
fn what_was_made_last_goes_first_and_is_gone_before_the_next() {
    let Some(shop) = Shop::open() else { return };
    let front = "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {selector: {app: cart}, ports: [{port: 80}]}\n";
    shop.service("cart", &format!("{}{front}{}", config_map("cart", "1"), deployment("cart", 2)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&["--wait", "--timeout", "60s"]);
    let mut maps = shop.watch("/api/v1", "configmaps");
    let mut services = shop.watch("/api/v1", "services");
    let mut deployments = shop.watch("/apis/apps/v1", "deployments");
    let mut pods = shop.watch("/api/v1", "pods");
    maps.until("ADDED", "cart");
    services.until("ADDED", "cart");
    deployments.until("ADDED", "cart");
    let pod = pods.any("ADDED");
    shop.remove("cart");
    shop.synced(&["--wait", "--timeout", "60s"]).says("3 deleted");
    let order = [
        pods.deletion(&pod),
        deployments.deletion("cart"),
        services.deletion("cart"),
        maps.deletion("cart"),
    ];
    assert!(order.is_sorted(), "pod, Deployment, Service, ConfigMap: {order:?}");
}

#[test]
fn who_does_not_wait_need_not_wait_for_pods_either() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&["--wait", "--timeout", "60s"]);
    let pods = shop.kubectl(&["get", "pods", "--output=jsonpath={.items[*].metadata.name}"]);
    shop.hold("pod", &pods);
    shop.remove("cart");
    shop.synced(&[]).says("2 deleted");
    assert!(shop.live("deployment", "cart").is_none());
    assert!(shop.live("pod", &pods).is_some(), "the garbage collector is at it");
    shop.release("pod", &pods);
}

#[test]
fn nothing_goes_before_what_was_made_after_it_is_gone() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.hold("deployment", "cart");
    shop.remove("cart");
    shop.sync(&["--timeout", "1s"]).expect(5).says(FINALIZER);
    assert!(shop.live("configmap", "cart").is_some());
    assert_eq!(shop.recorded()[&shop.id("Deployment.apps/cart")].0, "deleting");
    assert_eq!(shop.recorded()[&shop.id("ConfigMap/cart")].0, "applied");
    shop.release("deployment", "cart");
    shop.synced(&["--timeout", "20s"]);
    shop.holds_exactly(["ConfigMap/web"]);
}

/// What the server refuses while the plan is made.
const INVALID: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999999}]}\n";

#[test]
fn nothing_of_a_service_goes_while_one_of_its_objects_is_invalid() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), config_map("old", "1")));
    shop.service("web", &format!("{}{}", config_map("web", "1"), config_map("ancient", "1")));
    shop.synced(&[]);
    shop.service("cart", &format!("{}{INVALID}", config_map("cart", "2")));
    shop.service("web", &config_map("web", "1"));
    shop.sync(&[]).expect(1).says("`cart` is left as it is");
    assert!(shop.live("configmap", "old").is_some());
    assert!(shop.live("configmap", "ancient").is_none());
    assert_eq!(shop.live("configmap", "cart").expect("cart")["data"]["value"], "1");
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/old", "ConfigMap/web"]);
}

/// A policy of the cluster that lets dry runs in this namespace pass and refuses objects named
/// `denied` in earnest.
struct Denial<'a> {
    shop: &'a Shop,
    name: String,
}

impl<'a> Denial<'a> {
    fn new(shop: &'a Shop) -> Self {
        let denial = Self { shop, name: unique("deny") };
        let (name, namespace) = (&denial.name, &shop.namespace);
        shop.plane.apply(
            namespace,
            &format!(
                "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n\
                 metadata: {{name: {name}}}\nspec:\n  matchConstraints: {{resourceRules: [{{apiGroups: [''], \
                 apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}]}}\n  validations: \
                 [{{expression: \"request.dryRun || object.metadata.name != 'denied'\"}}]\n---\n\
                 apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n\
                 metadata: {{name: {name}}}\nspec:\n  policyName: {name}\n  validationActions: [Deny]\n  \
                 matchResources: {{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}}}\n"
            ),
        );
        eventually("the policy holds", || {
            let create = ["--namespace", namespace, "create", "configmap", "denied"];
            let is_refused = !shop.plane.try_kubectl(&create).status.success();
            shop.plane.delete("configmap", namespace, "denied");
            is_refused
        });
        denial
    }

    fn lift(&self) {
        let namespace = self.shop.namespace.as_str();
        for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
            self.shop.plane.delete(kind, "", &self.name);
        }
        eventually("the policy is lifted", || {
            let create = ["--namespace", namespace, "create", "configmap", "denied"];
            self.shop.plane.try_kubectl(&create).status.success()
        });
        self.shop.plane.delete("configmap", namespace, "denied");
    }
}

#[test]
fn nothing_of_a_service_goes_after_one_of_its_applies_failed() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), config_map("old", "1")));
    shop.service("web", &format!("{}{}", config_map("web", "1"), config_map("ancient", "1")));
    shop.synced(&[]);
    let denial = Denial::new(&shop);
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), config_map("denied", "1")));
    shop.service("web", &config_map("web", "1"));
    shop.sync(&[]).expect(1).says("ConfigMap").says("/denied` failed").says("1 deleted");
    assert!(shop.live("configmap", "ancient").is_none());
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/old", "ConfigMap/web"]);
    denial.lift();
    shop.synced(&[]).says("1 created, 1 deleted");
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/denied", "ConfigMap/web"]);
}

#[test]
fn with_wait_nothing_of_a_service_goes_before_it_is_ready() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", deployment("cart", 1), config_map("old", "1")));
    shop.service("web", &format!("{}{}", config_map("web", "1"), config_map("ancient", "1")));
    shop.synced(&["--wait", "--timeout", "60s"]);
    shop.service("cart", &never_ready("cart"));
    shop.service("web", &config_map("web", "1"));
    shop.sync(&["--wait", "--timeout", "3s"]).expect(5).says("is not ready");
    assert!(shop.live("configmap", "ancient").is_none());
    shop.holds_exactly(["ConfigMap/old", "ConfigMap/web", "Deployment.apps/cart"]);
    // A run that has nothing to apply is not satisfied either.
    shop.sync(&["--wait", "--timeout", "2s"]).expect(5).says("is not ready");
    assert!(shop.live("configmap", "old").is_some());
    shop.service("cart", &deployment("cart", 2));
    let mut maps = shop.watch("/api/v1", "configmaps");
    let mut run = shop.start(&["sync", "test", "--yes", "--wait", "--timeout", "60s"]);
    maps.until("DELETED", "old");
    let live = shop.live("deployment", "cart").expect("cart");
    assert_eq!(live["status"]["readyReplicas"], 2, "deleted before it was ready");
    assert_eq!(ended_within(&mut run, Duration::from_secs(30)), 0);
    shop.holds_exactly(["ConfigMap/web", "Deployment.apps/cart"]);
}

#[test]
fn the_last_service_goes_only_if_that_is_allowed() {
    let Some(shop) = Shop::open() else { return };
    // More than the other guards would let go.
    shop.service("cart", &config_maps("cart", 22));
    shop.synced(&[]);
    shop.remove("cart");
    for arguments in [&["--dry-run"][..], &[], &["--max-deletions", "22"]] {
        shop.sync(arguments)
            .expect(3)
            .says("`test` has no services any more, and 22 objects recorded")
            .says("guards.allowEmpty: true")
            .says("molave destroy test");
        assert_eq!(shop.ours().len(), 22);
    }
    shop.configure(&[("test", "    guards: {allowEmpty: true}\n")]);
    shop.synced(&[]).says("22 deleted");
    shop.holds_exactly([]);
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn without_the_folder_of_its_manifests_nothing_goes() {
    let Some(shop) = open("{allowEmpty: true}") else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.synced(&[]);
    std::fs::remove_dir_all(shop.path().join("_gen/test")).expect("removed");
    for arguments in [&["--dry-run"][..], &[], &["--max-deletions", "5"], &["--app", "cart"]] {
        shop.sync(arguments)
            .expect(3)
            .says("there is no `_gen/test`, and 1 object is recorded")
            .says("molave generate");
    }
    shop.holds_exactly(["ConfigMap/cart"]);
}

#[test]
fn more_than_the_most_deletions_refuse_the_run() {
    let Some(shop) = open("{maxDeletions: 2}") else { return };
    shop.service("cart", &config_maps("cart", 3));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.remove("cart");
    shop.service("mailer", &config_map("mailer", "1"));
    for arguments in [&["--dry-run"][..], &[], &["--max-deletions", "2"]] {
        let run = shop.sync(arguments).expect(3);
        run.says("the run deletes 3 of 4 objects, and `maxDeletions` is 2")
            .says("--max-deletions 3");
        assert!(shop.live("configmap", "mailer").is_none(), "something was written");
        assert_eq!(shop.ours().len(), 4);
    }
    shop.synced(&["--max-deletions", "3"]).says("3 deleted");
    shop.holds_exactly(["ConfigMap/mailer", "ConfigMap/web"]);
}

#[test]
fn more_than_the_largest_part_refuses_the_run() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_maps("cart", 10));
    shop.service("web", &config_maps("web", 20));
    shop.synced(&[]);
    shop.remove("cart");
    shop.sync(&[])
        .expect(3)
        .says("the run deletes 10 of 30 objects, and `maxDeletionsPercent` is 30");
    assert_eq!(shop.ours().len(), 30);
    // Below ten the part does not matter; the flag replaces both limits.
    shop.service("cart", &config_map("cart-0", "1"));
    shop.synced(&["--dry-run"]).says("9 to delete");
    shop.remove("cart");
    shop.synced(&["--max-deletions", "10"]).says("10 deleted");
}

/// Objects that take data along when they go, in the service `store`.
fn protected() -> Option<(Shop, String)> {
    let shop = Shop::open()?;
    let namespace = unique("data");
    let space = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n");
    shop.service("store", &format!("{}{}{space}", claim("data"), stateful_set("data")));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    Some((shop, namespace))
}

fn nothing_went(shop: &Shop, namespace: &str) {
    let ours = ["ConfigMap/web", "PersistentVolumeClaim/data", "StatefulSet.apps/data"];
    assert_eq!(shop.ours().into_keys().collect::<Vec<_>>(), ours.map(|name| shop.id(name)));
    let space = shop.plane.get_json("namespace", "", namespace).expect("the namespace");
    assert!(space["metadata"]["deletionTimestamp"].is_null());
}

fn approvals(shop: &Shop, namespace: &str) -> [String; 3] {
    let name = &shop.namespace;
    [
        format!("Namespace//{namespace}"),
        format!("PersistentVolumeClaim/{name}/data"),
        format!("StatefulSet/{name}/data"),
    ]
}

#[test]
fn what_takes_data_along_goes_only_if_it_is_approved() {
    let Some((shop, namespace)) = protected() else { return };
    shop.remove("store");
    let approvals = approvals(&shop, &namespace);
    let run = shop.sync(&[]).expect(3).says("the run deletes 3 objects that may take data");
    approvals.iter().fold(run, |run, approval| run.says(&format!("--approve {approval}")));
    nothing_went(&shop, &namespace);
    // An approval is for one object. One comes from the project file, one from the command line.
    let [space, claim, set] = &approvals;
    shop.configure(&[("test", &format!("    guards: {{approve: [{set}]}}\n"))]);
    shop.sync(&[]).expect(3).says("the run deletes 2 objects that may take data");
    shop.sync(&["--approve", claim]).expect(3).says("the run deletes 1 object that may take data");
    nothing_went(&shop, &namespace);
    let flags = ["--approve", claim, "--approve", space, "--timeout", "60s"];
    shop.synced(&flags).says("3 deleted");
    assert!(shop.plane.get_json("namespace", "", &namespace).is_none());
    shop.holds_exactly(["ConfigMap/web"]);
}

#[test]
fn destroy_takes_everything_and_then_the_record() {
    let Some(shop) = Shop::open() else { return };
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: cart}\nstringData: {password: a1b2c3}\n";
    shop.service("cart", &format!("{}{secret}{}", config_maps("cart", 25), deployment("cart", 1)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    assert_eq!(shop.has_state("test"), ["configmap", "lease", "secret"]);
    let held = shop.ours();
    shop.run(&["destroy", "test", "--dry-run"]).expect(0).says("28 to delete");
    assert_eq!(shop.ours(), held);
    // Nobody can be asked here.
    shop.run(&["destroy", "test"]).expect(2).says("molave destroy test --yes");
    assert_eq!(shop.ours(), held);
    let Run { stdout, stderr, .. } =
        shop.run(&["destroy", "test", "--yes"]).expect(0).says("28 deleted");
    assert!(!format!("{stdout}{stderr}").contains("a1b2c3"));
    assert!(shop.ours().is_empty());
    assert!(shop.has_state("test").is_empty(), "{:?}", shop.has_state("test"));
    // There is nothing left to destroy, and the environment can be made anew.
    shop.run(&["destroy", "test", "--yes"]).expect(0).says("nothing");
    assert!(shop.has_state("test").is_empty());
    shop.synced(&[]).says("28 created");
}

#[test]
fn destroy_needs_approval_for_what_takes_data_along() {
    let Some((shop, namespace)) = protected() else { return };
    let destroy = ["destroy", "test", "--yes", "--timeout", "60s"];
    for arguments in [&["destroy", "test", "--dry-run"][..], &destroy] {
        shop.run(arguments).expect(3).says("3 objects that may take data");
        nothing_went(&shop, &namespace);
    }
    let approvals = approvals(&shop, &namespace);
    let flags = approvals.iter().flat_map(|approval| ["--approve", approval.as_str()]);
    let all: Vec<&str> = destroy.into_iter().chain(flags).collect();
    shop.run(&all).expect(0).says("4 deleted");
    assert!(shop.ours().is_empty());
    assert!(shop.has_state("test").is_empty());
}

#[test]
fn destroy_keeps_the_record_of_what_is_still_there() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.hold("configmap", "cart");
    shop.run(&["destroy", "test", "--yes", "--timeout", "1s"]).expect(5).says(FINALIZER);
    assert!(shop.live("configmap", "web").is_none());
    assert_eq!(shop.recorded().into_keys().collect::<Vec<_>>(), [shop.id("ConfigMap/cart")]);
    shop.release("configmap", "cart");
    shop.run(&["destroy", "test", "--yes"]).expect(0);
    assert!(shop.has_state("test").is_empty());
    assert!(shop.plane.get_json("namespace", "", STATE).is_some());
}

#[test]
fn what_asks_for_a_while_goes_with_the_first_run_after_it() {
    let Some(shop) = Shop::open() else { return };
    let kept = |name: &str, time: &str| {
        let annotations = format!("metadata: {{annotations: {{molave.dev/keep-for: {time}}}, ");
        config_map(name, "1").replacen("metadata: {", &annotations, 1)
    };
    let all = [kept("short", "4s"), kept("long", "2h"), config_map("stays", "1")];
    shop.service("web", &all.concat());
    shop.synced(&[]);
    shop.service("web", &config_map("stays", "1"));
    let (run, report) = shop.reported(&[]);
    run.expect(0).says("2 kept").says("stays for 120 more minutes").never_says("1 deleted");
    assert_eq!(report["objects"].as_array().map(Vec::len), Some(3), "{report}");
    let until = |name: &str| {
        let state = shop.state();
        let objects = state["objects"].as_array().expect("a list").clone();
        let named =
            |one: &&serde_json::Value| one["id"].as_str().is_some_and(|id| id.ends_with(name));
        objects.iter().find(named).map(|one| one["keptUntil"].clone())
    };
    let first = until("/long").expect("it stays recorded");
    assert!(first.is_string(), "{first}");
    // One that is wanted again is as if it had never left.
    shop.service("web", &[config_map("stays", "1"), kept("long", "2h")].concat());
    shop.synced(&[]).says("1 updated");
    assert_eq!(until("/long"), Some(serde_json::Value::Null));
    shop.service("web", &config_map("stays", "1"));
    eventually("the short while is over", || {
        shop.synced(&["--full", "--drift-only"]);
        shop.live("configmap", "short").is_none()
    });
    assert_eq!(until("/short"), None);
    assert!(shop.live("configmap", "long").is_some(), "a resync removes nothing that is new to it");
    shop.synced(&[]).says("1 kept");
    shop.run(&["destroy", "test", "--yes"]).expect(0);
    assert!(shop.live("configmap", "long").is_none());
}

#[test]
fn a_while_that_is_none_is_a_mistake() {
    let Some(shop) = Shop::open() else { return };
    let odd = "metadata: {annotations: {molave.dev/keep-for: soon}, ";
    shop.service("web", &config_map("odd", "1").replacen("metadata: {", odd, 1));
    shop.sync(&[]).expect(2).says("`molave.dev/keep-for: soon` is no duration").says("`30m`");
}

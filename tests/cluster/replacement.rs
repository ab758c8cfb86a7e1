//! What cannot be changed in place: found before anything is written, and replaced only if it may be.

use crate::shop::{Shop, config_map, deployment};
use crate::witness::signal;

fn service(name: &str, settings: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n\
         spec: {{type: NodePort, selector: {{app: {name}}}, ports: [{{port: 80}}]{settings}}}\n"
    )
}

fn job(name: &str, annotations: &str, image: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec:\n  \
         template:\n    spec:\n      restartPolicy: Never\n      containers: [{{name: main, image: {image}}}]\n"
    )
}

fn stateful_set(name: &str, size: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  serviceName: {name}\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec: {{containers: [{{name: main, image: example.com/{name}:1}}]}}\n  volumeClaimTemplates:\n  \
         - metadata: {{name: data}}\n    spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
    )
}

fn claim(name: &str, class: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\nspec: {{storageClassName: \
         {class}, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}\n"
    )
}

/// What changes: kind, before, after, and the field that cannot.
fn changes(name: &str) -> Vec<(&'static str, String, String, &'static str)> {
    let other = deployment(name, 1).replacen("labels: {app", "labels: {tier: front, app", 1);
    let other = other.replace("matchLabels: {app", "matchLabels: {tier: front, app");
    let secret = |value: &str| {
        format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nimmutable: true\n\
             stringData: {{key: {value}}}\n"
        )
    };
    vec![
        ("deployment", deployment(name, 1), other, "spec.selector"),
        (
            "service",
            service(name, ""),
            service(name, ", clusterIP: None, type: ClusterIP").replacen("type: NodePort, ", "", 1),
            "clusterIP",
        ),
        (
            "job",
            job(name, "", "example.com/a:1"),
            job(name, "", "example.com/a:2"),
            "spec.template",
        ),
        ("secret", secret("first-value"), secret("second-value"), "data"),
        ("statefulset", stateful_set(name, "1Gi"), stateful_set(name, "2Gi"), "spec"),
        ("persistentvolumeclaim", claim(name, "slow"), claim(name, "fast"), "spec"),
    ]
}

impl Shop {
    /// A service for each kind, with a ConfigMap beside.
    fn deploy(&self, is_after: bool) {
        for (kind, before, after, _) in changes("web") {
            let object = if is_after { after } else { before };
            let beside = config_map(kind, if is_after { "2" } else { "1" });
            self.service(kind, &format!("{beside}{object}"));
        }
    }

    fn uids(&self) -> Vec<String> {
        changes("web").iter().map(|(kind, ..)| self.uid(kind, "web")).collect()
    }
}

#[test]
fn what_cannot_be_changed_in_place_is_replaced_if_that_is_asked_for_and_approved() {
    let Some(shop) = Shop::open() else { return };
    shop.deploy(false);
    shop.synced(&[]);
    shop.deploy(true);
    let (before, versions) = (shop.uids(), shop.ours());
    let (run, report) = shop.reported(&[]);
    let mut run = run.expect(1).never_says("second-value").says("`--replace`");
    for (kind, _, _, field) in changes("web") {
        run = run.says(&format!("`{kind}` is left as it is")).says(field);
    }
    assert_eq!(report["counts"]["updated"], 0, "{report}");
    assert_eq!((shop.uids(), shop.ours()), (before.clone(), versions));
    // Kinds that take data along need an approval on top.
    let refused = shop.sync(&["--replace"]).expect(3).says("2 objects that may take data");
    refused.says("StatefulSet.apps/").says("PersistentVolumeClaim/");
    assert_eq!(shop.uids(), before);
    let names = ["StatefulSet", "PersistentVolumeClaim"]
        .map(|kind| format!("{kind}/{}/web", shop.namespace));
    let approvals =
        ["--approve", &names[0], "--approve", &names[1], "--replace", "--timeout", "60s"];
    shop.sync(&[&approvals[..], &["--dry-run"]].concat())
        .expect(0)
        .says("6 to replace, 6 to update");
    let (run, report) = shop.reported(&approvals);
    run.expect(0).says("6 to replace").says("replaced Deployment.apps/").never_says("second-value");
    let replaced = report["objects"].as_array().expect("a list").iter();
    assert_eq!(replaced.filter(|object| object["action"] == "replace").count(), 6);
    for ((old, new), (kind, ..)) in before.iter().zip(shop.uids()).zip(changes("web")) {
        assert_ne!(*old, new, "{kind}");
    }
    assert_eq!(shop.live("service", "web").expect("it")["spec"]["clusterIP"], "None");
    shop.synced(&[]).says("nothing to do");
    shop.synced(&["--full"]);
}

#[test]
fn an_object_may_say_itself_that_it_is_replaced_and_a_hook_says_so_by_being_one() {
    let Some(shop) = Shop::open() else { return };
    let allowed = "molave.dev/replace: allowed";
    let hook = "helm.sh/hook: pre-upgrade";
    let stays = "helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: hook-succeeded";
    let deploy = |image: &str| {
        shop.service("allowed", &job("allowed", allowed, image));
        shop.service(
            "hook",
            &format!("{}{}", job("hook", hook, image), config_map("after", image)),
        );
        shop.service("stays", &job("stays", stays, image));
    };
    deploy("example.com/a:1");
    shop.synced(&["--timeout", "60s"]);
    let uids = || ["allowed", "hook", "stays"].map(|name| shop.uid("job", name));
    let before = uids();
    deploy("example.com/a:2");
    shop.sync(&["--timeout", "60s"])
        .expect(1)
        .says("2 to replace")
        .says("`stays` is left as it is");
    let after = uids();
    assert!(before[0] != after[0] && before[1] != after[1] && before[2] == after[2]);
    assert_eq!(shop.phase("/hook").as_deref(), Some("done"), "the new one ran");
}

#[test]
fn what_is_wrong_is_not_replaced() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &deployment("web", 1));
    shop.synced(&[]);
    let uid = shop.uid("deployment", "web");
    let twice = "env: [{name: A, value: '1'}, {name: A, value: '2'}], name: main";
    for (wrong, named) in [
        (
            deployment("web", 1).replace("matchLabels: {app: web}", "matchLabels: {app: x}"),
            "selector",
        ),
        (deployment("web", 1).replace("name: main", twice), "env"),
    ] {
        shop.service("web", &wrong);
        let run = shop.sync(&["--replace"]).expect(1).says("`web` is left as it is").says(named);
        run.never_says("in place");
    }
    assert_eq!(shop.uid("deployment", "web"), uid);
}

#[test]
fn killed_while_the_old_one_goes_the_next_run_makes_the_new_one() {
    let Some(shop) = Shop::open() else { return };
    for (kind, before, after, _) in changes("web").into_iter().take(3) {
        shop.service("web", &before);
        shop.synced(&[]);
        let old = shop.uid(kind, "web");
        shop.hold(kind, "web");
        shop.service("web", &after);
        let mut run = shop.start(&["sync", "test", "--yes", "--replace", "--timeout", "60s"]);
        crate::plane::eventually("the old one goes", || {
            !shop.live(kind, "web").expect("held")["metadata"]["deletionTimestamp"].is_null()
        });
        signal(&run, "KILL");
        run.wait().expect("it ends");
        assert_eq!(shop.phase("/web").as_deref(), Some("intent"), "{kind}");
        shop.release(kind, "web");
        crate::plane::eventually("the old one is gone", || shop.live(kind, "web").is_none());
        // The lease of what was killed expires.
        shop.synced(&["--lock-timeout", "60s"]).says("1 created");
        assert_ne!(shop.uid(kind, "web"), old);
        shop.synced(&[]).says("nothing to do");
        shop.remove("web");
        shop.service("stays", &config_map("stays", "1"));
        shop.synced(&["--timeout", "60s"]).says("1 deleted");
    }
}

#[test]
fn an_old_one_that_does_not_go_in_time_is_told_and_the_rest_of_its_service_waits() {
    let Some(shop) = Shop::open() else { return };
    let (kind, before, after, _) = changes("web").remove(0);
    let late = "---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: NAME}\nspec: {controller: a.b/c}\n";
    let late = late.replace("NAME", &shop.name);
    shop.service("web", &before);
    shop.synced(&[]);
    shop.hold(kind, "web");
    shop.service("web", &format!("{after}{late}"));
    let run = shop.sync(&["--replace", "--timeout", "2s"]).expect(5);
    run.says("held by `example.com/hold").says("`Deployment.apps/");
    assert!(shop.plane.get_json("ingressclass", "", &shop.name).is_none());
    shop.release(kind, "web");
    shop.synced(&["--timeout", "60s"]).says("2 created");
    shop.synced(&[]).says("nothing to do");
    shop.plane.delete("ingressclass", "", &shop.name);
}

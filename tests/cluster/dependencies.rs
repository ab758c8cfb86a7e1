//! What depends on something: it comes later, and waits where that is asked for.

use crate::history::Moment;
use crate::shop::{Shop, config_map, deployment};

/// A Job whose pods complete by themselves, unless no node is theirs or they must be done at once.
fn job(name: &str, annotations: &str, settings: &str, nodes: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec:\n  \
         {settings}\n  template:\n    spec:\n      restartPolicy: Never\n      nodeSelector: {{{nodes}}}\n      \
         containers: [{{name: main, image: example.com/{name}:1}}]\n"
    )
}

fn annotated(manifest: &str, annotations: &str) -> String {
    manifest.replacen("metadata: {", &format!("metadata: {{annotations: {{{annotations}}}, "), 1)
}

const STUCK: &str = "no: node";

impl Shop {
    fn time(&self, kind: &str, name: &str, pointer: &str) -> String {
        let live = self.live(kind, name).unwrap_or_else(|| panic!("no {kind} {name}"));
        live.pointer(pointer).and_then(|time| time.as_str()).unwrap_or("never").to_owned()
    }
}

#[test]
fn what_depends_on_a_job_is_applied_when_the_job_has_completed() {
    let Some(shop) = Shop::open() else { return };
    let web = annotated(&deployment("web", 1), "molave.dev/depends-on: Job/migrate");
    shop.service("a-web", &web);
    shop.service("z-store", &job("migrate", "", "completions: 2", ""));
    shop.synced(&["--timeout", "60s"]).says("2 created");
    let completed = shop.time("job", "migrate", "/status/completionTime");
    assert!(completed <= shop.made("deployment", "web"), "{completed}");
    assert_eq!(shop.phase("/migrate").as_deref(), Some("done"));
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn what_depends_on_a_job_that_fails_or_never_ends_is_not_applied_and_others_are() {
    let Some(shop) = Shop::open() else { return };
    for (name, settings) in [("late", ""), ("failed", "activeDeadlineSeconds: 1")] {
        let on = format!("molave.dev/depends-on: batch/Job/{}/{name}", shop.namespace);
        let own = config_map(&format!("{name}-own"), "1");
        let needs = annotated(&config_map(&format!("{name}-needs"), "1"), &on);
        shop.locked(&format!("{name}-web"), "", &needs);
        shop.locked(
            &format!("{name}-after"),
            &format!("dependsOn: [{name}-web]"),
            &config_map(&format!("{name}-after"), "1"),
        );
        shop.service(&format!("{name}-job"), &format!("{own}{}", job(name, "", settings, STUCK)));
    }
    shop.service("beside", &deployment("beside", 1));
    let (run, report) = shop.reported(&["--timeout", "4s"]);
    let run = run.expect(5).says("Job.batch/").says("is not ready");
    run.says("`late-web`, on which it depends, failed");
    for name in ["late", "failed"] {
        assert!(shop.live("configmap", &format!("{name}-own")).is_some(), "{name}");
        for left in ["needs", "after"] {
            assert!(shop.live("configmap", &format!("{name}-{left}")).is_none(), "{name} {left}");
            assert_eq!(shop.phase(&format!("/{name}-{left}")), None);
        }
    }
    assert!(shop.live("deployment", "beside").is_some());
    assert_eq!(report["exitCode"], 5);
    // A run that finds the Job as it left it waits for it too.
    shop.sync(&["--timeout", "2s"]).expect(5);
    assert!(shop.live("configmap", "late-needs").is_none());
}

#[test]
fn waves_of_a_service_wait_for_each_other() {
    let Some(shop) = Shop::open() else { return };
    let first = job("first", "molave.dev/wave: '-1'", "", "")
        .replace("restartPolicy: Never", "restartPolicy: Never\n      serviceAccountName: first");
    let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: first}\n";
    let late = annotated(&config_map("late", "1"), "molave.dev/wave: '2'");
    shop.service("web", &[first.as_str(), &late, account, &deployment("web", 1)].concat());
    shop.synced(&["--timeout", "60s"]).says("4 created");
    let completed = shop.time("job", "first", "/status/completionTime");
    assert!(shop.made("serviceaccount", "first") <= shop.made("job", "first"));
    assert!(completed <= shop.made("deployment", "web"));
    let live = shop.live("deployment", "web").expect("web");
    let conditions = live["status"]["conditions"].as_array().expect("conditions");
    let available = conditions.iter().find(|one| one["type"] == "Available").expect("available");
    let available = available["lastTransitionTime"].as_str().expect("a time");
    assert!(*available <= *shop.made("configmap", "late"), "{available}");
}

#[test]
fn a_service_waits_until_the_one_it_depends_on_is_ready() {
    let Some(shop) = Shop::open() else { return };
    let stuck = deployment("store", 1)
        .replace("spec: {containers:", "spec: {nodeSelector: {no: node}, containers:");
    shop.locked("store", "", &stuck);
    shop.locked("web", "dependsOn: [store]", &config_map("web", "1"));
    shop.sync(&["--timeout", "3s"]).expect(5).says("`store`, on which it depends");
    assert!(shop.live("configmap", "web").is_none());
    // Nothing of the store is new, and it is still waited for.
    shop.sync(&["--timeout", "3s"]).expect(5);
    assert!(shop.live("configmap", "web").is_none());
    shop.locked("store", "", &deployment("store", 1));
    shop.synced(&["--timeout", "60s"]).says("1 created").says("1 updated");
}

#[test]
fn what_a_pod_refers_to_in_another_service_comes_before_it() {
    let Some(shop) = Shop::open() else { return };
    let with = "spec: {volumes: [{name: key, secret: {secretName: key}}], containers:";
    let web = deployment("web", 1).replace("spec: {containers:", with);
    let key = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: key, annotations: \
               {molave.dev/depends-on: ConfigMap/seed}}\n";
    shop.locked("a-web", "", &web);
    shop.locked("b-key", "", key);
    shop.locked("c-seed", "dependsOn: [d-first]", &config_map("seed", "1"));
    shop.locked("d-first", "", &config_map("first", "1"));
    let begun = Moment::now(shop.plane);
    shop.synced(&[]).says("4 created");
    let place = |group: &str, plural: &str, name: &str, event: &str| {
        let path = format!("/{group}/namespaces/{}/{plural}", shop.namespace);
        begun.place(shop.plane, &path, name, event)
    };
    let made = [
        place("api/v1", "configmaps", "first", "ADDED"),
        place("api/v1", "configmaps", "seed", "ADDED"),
        place("api/v1", "secrets", "key", "ADDED"),
        place("apis/apps/v1", "deployments", "web", "ADDED"),
    ];
    assert!(made.is_sorted(), "{made:?}");
    // What was made last for a reason goes first for that reason.
    shop.service("stays", &config_map("stays", "1"));
    shop.remove("b-key");
    shop.remove("c-seed");
    let begun = Moment::now(shop.plane);
    shop.synced(&[]).says("2 deleted");
    let place = |plural: &str, name: &str| {
        let path = format!("/api/v1/namespaces/{}/{plural}", shop.namespace);
        begun.place(shop.plane, &path, name, "DELETED")
    };
    assert!(place("secrets", "key") < place("configmaps", "seed"));
}

#[test]
fn a_circle_ends_the_run_before_anything_is_asked_or_written() {
    let Some(shop) = Shop::open() else { return };
    let migrate = job("migrate", "molave.dev/depends-on: Deployment/web", "", "");
    let web = annotated(&deployment("web", 1), "molave.dev/depends-on: Job/migrate");
    shop.service("web", &format!("{migrate}{web}"));
    let circle = "`Deployment.apps/N/web` -> `Job.batch/N/migrate` -> `Deployment.apps/N/web`"
        .replace('N', &shop.namespace);
    let run = shop.sync(&[]).expect(2).says(&circle).says("_gen/test/web/manifests.yaml:");
    run.says("names `Job.batch/");
    shop.service("web", &annotated(&deployment("web", 1), "molave.dev/depends-on: Job/ghost"));
    shop.sync(&["--dry-run"])
        .expect(2)
        .says("`Job/ghost`")
        .says("is no object of this environment");
    assert!(shop.live("deployment", "web").is_none());
    assert!(shop.has_state("test").is_empty());
}

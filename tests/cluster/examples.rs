//! The projects in `examples`, as they stand there: synced to where the Pod Security Standard `restricted` is enforced,
//! and ready.

use crate::plane::{Plane, eventually};
use crate::shop::{Run, Shop};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Makes a namespace that takes only pods of a level of the Pod Security Standards.
fn namespace(plane: &Plane, name: &str, level: &str) {
    let label = format!("pod-security.kubernetes.io/enforce: {level}");
    let manifest = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{label}}}}}\n"
    );
    plane.apply("default", &manifest);
    let arguments =
        ["--namespace", name, "run", "anything", "--image=example.com/any:1", "--dry-run=server"];
    eventually("accounts are made", || plane.get_json("serviceaccount", name, "default").is_some());
    let is_taken = plane.try_kubectl(&arguments).status.success();
    assert_eq!(is_taken, level == "privileged", "the level is not enforced");
}

impl Shop {
    /// A copy of an example, and the namespace of its environment `production`, for pods of this level.
    fn example(name: &str, level: &str) -> Option<Self> {
        let plane = Plane::shared_or_skip()?;
        namespace(plane, name, level);
        let shop = Self::with(plane, name, name, &[]);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        let mut copy = Command::new("cp");
        copy.arg("-rL").arg(folder.join(".")).arg(shop.path());
        assert!(copy.status().expect("cp runs").success());
        Some(shop)
    }

    /// Syncs an environment and waits for it, twice: the second time there must be nothing to do.
    fn settles(&self, environment: &str) -> Run {
        let sync = ["sync", environment, "--yes", "--first", "--wait", "--timeout", "90s"];
        let run = self.run(&sync).expect(0);
        self.run(&sync).expect(0).says("nothing to do");
        self.run(&[&sync[..], &["--full"]].concat()).expect(0).says("nothing to do");
        run
    }

    fn must(&self, kind: &str, name: &str) -> Value {
        self.live(kind, name).unwrap_or_else(|| panic!("there is no {kind} `{name}`"))
    }

    /// The names of all objects of a kind.
    fn names(&self, kind: &str) -> Vec<String> {
        let names = self.kubectl(&["get", kind, "--output=name"]);
        let names = names.lines().filter_map(|line| line.split('/').next_back());
        names.map(str::to_owned).collect()
    }
}

#[test]
fn the_web_app_has_an_ingress_and_is_scaled_in_production() {
    let Some(shop) = Shop::example("web-app", "restricted") else { return };
    namespace(shop.plane, "web-app-staging", "restricted");
    shop.settles("staging");
    shop.settles("production");
    let ingress = shop.must("ingress", "web");
    assert_eq!(ingress["spec"]["rules"][0]["host"], "web.example.com");
    let scaler = shop.must("hpa", "web");
    assert_eq!(scaler["spec"]["minReplicas"], 3);
    eventually("the autoscaler has three pods", || {
        shop.must("deployment", "web")["status"]["readyReplicas"] == 3
    });
    assert!(shop.plane.get_json("hpa", "web-app-staging", "web").is_none());
}

#[test]
fn the_worker_has_no_service() {
    let Some(shop) = Shop::example("worker", "restricted") else { return };
    shop.settles("production");
    assert_eq!(shop.must("deployment", "mailer")["status"]["readyReplicas"], 4);
    assert!(shop.names("service").is_empty());
}

#[test]
fn the_database_has_its_storage() {
    let Some(shop) = Shop::example("database", "restricted") else { return };
    let volume = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: example-database}\nspec:\n  \
                  capacity: {storage: 20Gi}\n  accessModes: [ReadWriteOnce]\n  hostPath: {path: /tmp/database}\n  \
                  claimRef: {namespace: database, name: data-postgres-0}\n";
    shop.plane.apply("default", volume);
    shop.settles("production");
    assert_eq!(shop.must("pvc", "data-postgres-0")["status"]["phase"], "Bound");
    assert_eq!(shop.must("statefulset", "postgres")["status"]["readyReplicas"], 1);
}

#[test]
fn the_agent_is_on_every_node() {
    let Some(shop) = Shop::example("node-agent", "privileged") else { return };
    shop.settles("production");
    let nodes = shop.names("nodes").len();
    assert!(nodes > 1);
    assert_eq!(shop.must("daemonset", "log-collector")["status"]["numberReady"], nodes);
}

#[test]
fn the_migration_runs_once_for_each_version_and_before_it_is_deployed() {
    let Some(shop) = Shop::example("migration", "restricted") else { return };
    let completed = || {
        let [job] = shop.names("job").try_into().expect("one Job");
        let job = shop.must("job", &job);
        assert_eq!(job["status"]["succeeded"], 1);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&job["metadata"]["name"]), text(&job["status"]["completionTime"]))
    };
    shop.settles("production");
    let (first, time) = completed();
    let deployment = shop.must("deployment", "api");
    assert!(deployment["metadata"]["creationTimestamp"].as_str().expect("a time") >= &*time);
    for service in ["migrate", "api"] {
        shop.run(&["bump", service, "5.1.0"]).expect(0);
    }
    shop.settles("production");
    let (second, time) = completed();
    assert_ne!(first, second);
    let sets = shop.kubectl(&["get", "replicaset", "--output=json"]);
    let sets: Value = serde_json::from_str(&sets).expect("JSON");
    let sets = sets["items"].as_array().expect("a list");
    let new = sets.iter().find(|set| {
        set["spec"]["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .is_some_and(|image| image.ends_with(":5.1.0"))
    });
    let made = new.expect("a new set of pods")["metadata"]["creationTimestamp"].as_str();
    assert!(made.expect("a time") >= &*time);
}

#[test]
fn the_nightly_report_can_run() {
    let Some(shop) = Shop::example("nightly", "restricted") else { return };
    shop.settles("production");
    assert_eq!(shop.must("cronjob", "report")["spec"]["timeZone"], "Europe/Berlin");
    shop.kubectl(&["create", "job", "now", "--from=cronjob/report"]);
    eventually("a run has succeeded", || shop.must("job", "now")["status"]["succeeded"] == 1);
    let sync = ["sync", "production", "--yes", "--full"];
    shop.run(&sync).expect(0).says("nothing to do");
}

#[test]
fn the_blue_green_release_is_switched_and_the_old_version_goes() {
    let Some(shop) = Shop::example("blue-green", "restricted") else { return };
    let picked = || {
        let service = shop.must("service", "checkout");
        service["spec"]["selector"]["app.kubernetes.io/name"].as_str().expect("a name").to_owned()
    };
    shop.settles("production");
    let first = picked();
    assert_eq!(shop.names("deployment"), [first.as_str()]);
    shop.run(&["bump", "checkout", "8.2.0"]).expect(0);
    shop.settles("production");
    let second = picked();
    assert_ne!(first, second);
    assert_eq!(shop.names("deployment"), [second]);
}

#[test]
fn the_umbrella_is_two_services_of_one_version() {
    let Some(shop) = Shop::example("umbrella", "restricted") else { return };
    shop.settles("production");
    for (name, replicas) in [("shop-order", 4), ("shop-user", 2)] {
        let deployment = shop.must("deployment", name);
        assert_eq!(deployment["status"]["readyReplicas"], replicas, "{name}");
        let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
        assert!(image.as_str().expect("an image").ends_with(":2026.11.1"), "{name}");
    }
}

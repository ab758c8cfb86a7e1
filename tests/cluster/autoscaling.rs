//! Leaving the number of replicas to an autoscaler.

use crate::history::Moment;
use crate::shop::{Shop, deployment};

/// From two replicas on.
const AUTOSCALER: &str = "\
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 2
  maxReplicas: 10
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
";

fn without_replicas() -> String {
    deployment("web", 5).replace("  replicas: 5\n", "")
}

#[test]
fn autoscaling_switched_on_never_shows_fewer_replicas_than_ran() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &deployment("web", 5));
    shop.synced(&["--wait", "--timeout", "60s"]);
    let before = Moment::now(shop.plane);
    shop.service("web", &format!("{}{AUTOSCALER}", without_replicas()));
    shop.synced(&["--wait", "--timeout", "60s"]).says("1 created, 1 updated");
    shop.synced(&["--full"]).says("2 unchanged");

    let path = format!("/apis/apps/v1/namespaces/{}/deployments", shop.namespace);
    let versions = before.since(shop.plane, &path);
    assert!(!versions.is_empty(), "the update is in the history");
    for version in versions {
        let replicas = &version.object["spec"]["replicas"];
        assert!(replicas.as_u64() >= Some(5), "{} {replicas}", version.event);
        let running = &version.object["status"]["replicas"];
        assert!(running.as_u64() >= Some(5), "{} {running}", version.event);
    }
}

#[test]
fn replicas_that_others_set_stay_when_they_leave_the_manifest() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &deployment("web", 2));
    shop.synced(&[]);
    shop.kubectl(&["scale", "deployment", "web", "--replicas=6"]);
    shop.service("web", &without_replicas());
    let before = Moment::now(shop.plane);
    shop.synced(&[]).says("1 updated");
    let live = shop.live("deployment", "web").expect("it is there");
    assert_eq!(live["spec"]["replicas"], 6);
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", shop.namespace);
    let versions = before.since(shop.plane, &path);
    assert!(versions.iter().all(|version| version.object["spec"]["replicas"] == 6));
}

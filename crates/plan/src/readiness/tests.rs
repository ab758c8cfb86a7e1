use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What must come out: `ready`, or the state and its phrase.
fn assert_rows(rows: &[(&str, Value, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(what, object, expected)| {
            let got = written(&assess(&Live(object.clone())));
            (got != *expected).then(|| format!("{what}:\n  got      {got}\n  expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn written(readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => "ready".to_owned(),
        Readiness::Progressing(what) => format!("progressing: {what}"),
        Readiness::Failed(why) => format!("failed: {why}"),
        Readiness::Terminating(what) => format!("terminating: {what}"),
    }
}

/// An object of generation 4 whose controller has seen it.
fn object(version: &str, kind: &str, spec: &Value, status: &Value) -> Value {
    let mut status = status.clone();
    if let Some(status) = status.as_object_mut() {
        status.entry("observedGeneration").or_insert(json!(4));
    }
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "a", "generation": 4},
        "spec": spec, "status": status})
}

/// With another value at a pointer; null takes the field away.
fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = object.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.shift_remove(key)
    } else {
        parent.insert(key.to_owned(), value)
    };
    object
}

fn deployment() -> Value {
    let spec = json!({"replicas": 3, "progressDeadlineSeconds": 600});
    let status = json!({"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3,
    "readyReplicas": 3, "conditions": [
        {"type": "Available", "status": "True"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ]});
    object("apps/v1", "Deployment", &spec, &status)
}

/// A Deployment with other status counters.
fn counted(counters: &[(&str, i64)]) -> Value {
    counters.iter().fold(deployment(), |object, (name, count)| {
        with(object, &format!("/status/{name}"), json!(count))
    })
}

fn condition_of(object: Value, kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let condition = json!({"type": kind, "status": status, "reason": reason, "message": message});
    with(object, "/status/conditions", json!([condition]))
}

#[test]
fn deployments() {
    let late = condition_of(
        deployment(),
        "Progressing",
        "False",
        "ProgressDeadlineExceeded",
        "ReplicaSet \"a-1\" has timed out progressing.",
    );
    let updating = {
        let mut object = deployment();
        object["status"]["conditions"][1]["reason"] = json!("ReplicaSetUpdated");
        object
    };
    let unavailable = {
        let mut object = deployment();
        object["status"]["conditions"][0] = json!({"type": "Available", "status": "False",
            "message": "Deployment does not have minimum availability."});
        object
    };
    let silent = {
        let mut object = deployment();
        object["status"]["conditions"].as_array_mut().unwrap().remove(0);
        object
    };
    let complete = "progressing: waiting for the rollout to be reported complete";
    assert_rows(&[
        ("all there", deployment(), "ready"),
        (
            "one by default",
            with(deployment(), "/spec/replicas", json!(null)),
            "progressing: 2 of 3 replicas still to be removed",
        ),
        ("not all created", counted(&[("replicas", 2)]), "progressing: 2 of 3 replicas created"),
        (
            "not all updated",
            counted(&[("updatedReplicas", 2)]),
            "progressing: 2 of 3 replicas updated",
        ),
        (
            "old ones remain",
            counted(&[("replicas", 4)]),
            "progressing: 1 of 4 replicas still to be removed",
        ),
        (
            "not all available",
            counted(&[("availableReplicas", 2)]),
            "progressing: 2 of 3 updated replicas available",
        ),
        ("not all ready", counted(&[("readyReplicas", 1)]), "progressing: 1 of 3 replicas ready"),
        (
            "a counter as text",
            with(deployment(), "/status/updatedReplicas", json!("2")),
            "progressing: 2 of 3 replicas updated",
        ),
        (
            "no status yet",
            with(deployment(), "/status", json!({})),
            "progressing: waiting for the controller to see generation 4",
        ),
        ("not complete", updating.clone(), complete),
        (
            "without deadline",
            with(updating.clone(), "/spec/progressDeadlineSeconds", json!(null)),
            "ready",
        ),
        (
            "endless deadline",
            with(updating, "/spec/progressDeadlineSeconds", json!(i32::MAX)),
            "ready",
        ),
        (
            "not available",
            unavailable,
            "progressing: Deployment does not have minimum availability.",
        ),
        (
            "nothing said of availability",
            silent,
            "progressing: waiting for it to be reported available",
        ),
        ("deadline exceeded", late, "failed: ReplicaSet \"a-1\" has timed out progressing."),
    ]);
}

#[test]
fn deployments_with_few_pods_for_a_reason() {
    let failing = |object: Value| {
        let failure = json!({"type": "ReplicaFailure", "status": "True", "message": "over quota"});
        let mut object = object;
        object["status"]["conditions"].as_array_mut().unwrap().push(failure);
        object
    };
    let zero = with(counted(&[]), "/spec/replicas", json!(0));
    let zero = ["replicas", "updatedReplicas", "availableReplicas", "readyReplicas"]
        .iter()
        .fold(zero, |object, name| with(object, &format!("/status/{name}"), json!(null)));
    assert_rows(&[
        ("zero replicas", zero.clone(), "ready"),
        (
            "zero replicas, unseen",
            with(zero, "/status", json!({})),
            "progressing: waiting for the controller to see generation 4",
        ),
        ("a failure of old is no matter", failing(deployment()), "ready"),
        (
            "pods cannot be made",
            failing(counted(&[("replicas", 0)])),
            "progressing: 0 of 3 replicas created: over quota",
        ),
        (
            "paused in a rollout",
            with(counted(&[("updatedReplicas", 1)]), "/spec/paused", json!(true)),
            "ready",
        ),
        (
            "paused, not available",
            with(counted(&[("availableReplicas", 2)]), "/spec/paused", json!(true)),
            "progressing: 2 of 3 replicas available",
        ),
        (
            "not paused",
            with(counted(&[("updatedReplicas", 1)]), "/spec/paused", json!(false)),
            "progressing: 1 of 3 replicas updated",
        ),
        (
            "another group's",
            with(counted(&[("updatedReplicas", 1)]), "/apiVersion", json!("example.com/v1")),
            "ready",
        ),
    ]);
}

#[test]
fn generations_and_deletion() {
    let custom = object("example.com/v1", "Widget", &json!({}), &json!({}));
    let seen = |value: Value| with(custom.clone(), "/status/observedGeneration", value);
    let waiting = "progressing: waiting for the controller to see generation 4";
    let deleted = with(deployment(), "/metadata/deletionTimestamp", json!("2025-01-01T00:00:00Z"));
    let two = json!(["example.com/a", "example.com/b"]);
    let namespace = with(
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"deletionTimestamp": "x"},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating"}}),
        "/status/conditions",
        json!([
            {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "fine"},
            {"type": "NamespaceContentRemaining", "status": "True",
                "message": "Some resources are remaining: pods. has 1 resource instances"},
        ]),
    );
    assert_rows(&[
        ("older generation", seen(json!(3)), waiting),
        ("older generation as text", seen(json!(" 3 ")), waiting),
        ("same as text", seen(json!("4")), "ready"),
        ("from a backup", seen(json!(9)), "ready"),
        ("nonsense", seen(json!("four")), "ready"),
        ("not reported", seen(json!(null)), "ready"),
        ("no generation", with(seen(json!(3)), "/metadata/generation", json!(null)), "ready"),
        ("deployment of old", with(deployment(), "/status/observedGeneration", json!(3)), waiting),
        ("deleted", deleted.clone(), "terminating: being deleted"),
        (
            "held",
            with(deleted.clone(), "/metadata/finalizers", json!(["example.com/a"])),
            "terminating: held by finalizer `example.com/a`",
        ),
        (
            "held twice",
            with(deleted, "/metadata/finalizers", two),
            "terminating: held by finalizers `example.com/a`, `example.com/b`",
        ),
        (
            "namespace with content",
            namespace.clone(),
            "terminating: Some resources are remaining: pods. has 1 resource instances",
        ),
        (
            "namespace",
            with(namespace.clone(), "/status/conditions", json!([])),
            "terminating: held by finalizer `kubernetes`",
        ),
        (
            "namespace without a time",
            with(namespace, "/metadata/deletionTimestamp", json!(null)),
            "terminating: Some resources are remaining: pods. has 1 resource instances",
        ),
    ]);
}

#[test]
fn any_other_kind() {
    let custom = || object("example.com/v1", "Widget", &json!({}), &json!({}));
    let said = |kind: &str, status: &str, reason: &str, message: &str| {
        condition_of(custom(), kind, status, reason, message)
    };
    let mut stale = said("Ready", "True", "", "");
    stale["status"]["conditions"][0]["observedGeneration"] = json!("3");
    let mut fresh = said("Ready", "True", "", "");
    fresh["status"]["conditions"][0]["observedGeneration"] = json!(4);
    let both = |first: &str, second: &str| {
        let conditions =
            json!([{"type": first, "status": "True"}, {"type": second, "status": "True"}]);
        with(custom(), "/status/conditions", conditions)
    };
    assert_rows(&[
        ("no conditions", custom(), "ready"),
        ("no status", with(custom(), "/status", json!(null)), "ready"),
        ("Ready", said("Ready", "True", "", ""), "ready"),
        (
            "not ready",
            said("Ready", "False", "Waiting", "for a\n\u{1b}volume"),
            "progressing: for a volume",
        ),
        ("not ready, a reason", said("Ready", "False", "Waiting", " "), "progressing: Waiting"),
        ("unknown", said("Ready", "Unknown", "", ""), "progressing: not ready"),
        (
            "Ready of an older generation",
            stale,
            "progressing: waiting for the controller to see generation 4",
        ),
        ("Ready of this generation", fresh, "ready"),
        ("reconciling", said("Reconciling", "True", "", "step 1"), "progressing: step 1"),
        ("not reconciling", said("Reconciling", "False", "", ""), "ready"),
        ("stalled", said("Stalled", "True", "", "no licence"), "failed: no licence"),
        ("not stalled", said("Stalled", "False", "", ""), "ready"),
        ("the first of both", both("Stalled", "Reconciling"), "failed: stalled"),
        ("the first of both, reversed", both("Reconciling", "Stalled"), "progressing: reconciling"),
        ("stalled before ready", both("Ready", "Stalled"), "failed: stalled"),
        (
            "reconciling before the kind's rule",
            condition_of(deployment(), "Reconciling", "True", "", "x"),
            "progressing: x",
        ),
        ("a ConfigMap", json!({"apiVersion": "v1", "kind": "ConfigMap"}), "ready"),
        ("a Secret", json!({"apiVersion": "v1", "kind": "Secret"}), "ready"),
        (
            "a CronJob whatever it says",
            condition_of(
                object("batch/v1", "CronJob", &json!({}), &json!({})),
                "Ready",
                "False",
                "",
                "",
            ),
            "ready",
        ),
        (
            "another group's ConfigMap",
            condition_of(
                object("example.com/v1", "ConfigMap", &json!({}), &json!({})),
                "Ready",
                "False",
                "",
                "",
            ),
            "progressing: not ready",
        ),
        ("nothing at all", json!({}), "ready"),
        ("no object", json!([]), "ready"),
    ]);
}

fn stateful_set() -> Value {
    let spec = json!({"replicas": 3,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}});
    let status = json!({"replicas": 3, "readyReplicas": 3, "updatedReplicas": 3,
        "currentReplicas": 3, "availableReplicas": 3, "currentRevision": "a-1", "updateRevision": "a-1"});
    object("apps/v1", "StatefulSet", &spec, &status)
}

#[test]
fn stateful_sets() {
    let set = |pointer: &str, value: Value| with(stateful_set(), pointer, value);
    let strategy = "/spec/updateStrategy";
    let partition = "/spec/updateStrategy/rollingUpdate/partition";
    let plain = set(strategy, json!({"type": "RollingUpdate"}));
    let updating = set("/status/updatedReplicas", json!(1));
    let on_delete = with(updating.clone(), strategy, json!({"type": "OnDelete"}));
    let delayed = set("/spec/minReadySeconds", json!(10));
    assert_rows(&[
        ("all there", stateful_set(), "ready"),
        (
            "not all created",
            set("/status/replicas", json!(1)),
            "progressing: 1 of 3 replicas created",
        ),
        (
            "not all ready",
            set("/status/readyReplicas", json!(2)),
            "progressing: 2 of 3 replicas ready",
        ),
        (
            "too many",
            set("/status/replicas", json!(4)),
            "progressing: 1 of 4 replicas still to be removed",
        ),
        ("not all updated", updating.clone(), "progressing: 1 of 3 replicas updated"),
        ("updated above the partition", with(updating.clone(), partition, json!(2)), "ready"),
        (
            "not updated above the partition",
            with(updating, partition, json!(1)),
            "progressing: 1 of 2 replicas updated",
        ),
        (
            "a partition above all",
            with(set("/status/updatedReplicas", json!(0)), partition, json!(9)),
            "ready",
        ),
        ("on delete", on_delete.clone(), "ready"),
        (
            "on delete, not ready",
            with(on_delete, "/status/readyReplicas", json!(2)),
            "progressing: 2 of 3 replicas ready",
        ),
        ("no partition", plain.clone(), "ready"),
        (
            "no partition, an old pod",
            with(plain.clone(), "/status/currentReplicas", json!(2)),
            "progressing: 2 of 3 replicas current",
        ),
        (
            "no partition, an old revision",
            with(plain, "/status/currentRevision", json!("a-0")),
            "progressing: waiting for revision `a-1` to become the current one",
        ),
        (
            "ready for too short a time",
            with(delayed.clone(), "/status/availableReplicas", json!(2)),
            "progressing: 2 of 3 replicas available",
        ),
        ("ready for long enough", delayed, "ready"),
        (
            "zero replicas, unseen",
            with(set("/spec/replicas", json!(0)), "/status", json!({"replicas": 0})),
            "progressing: waiting for the controller to see generation 4",
        ),
    ]);
}

#[test]
fn daemon_sets_and_replica_sets() {
    let daemon = object(
        "apps/v1",
        "DaemonSet",
        &json!({}),
        &json!({
        "desiredNumberScheduled": 3, "currentNumberScheduled": 3, "updatedNumberScheduled": 3,
        "numberAvailable": 3, "numberReady": 3}),
    );
    let daemon = |name: &str, value: Value| with(daemon.clone(), &format!("/status/{name}"), value);
    let on_delete = with(
        daemon("updatedNumberScheduled", json!(0)),
        "/spec",
        json!({"updateStrategy": {"type": "OnDelete"}}),
    );
    let set = |version: &str, kind: &str| {
        object(
            version,
            kind,
            &json!({"replicas": 2}),
            &json!({
        "replicas": 2, "fullyLabeledReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}),
        )
    };
    let replicas = |name: &str, value: Value| {
        with(set("apps/v1", "ReplicaSet"), &format!("/status/{name}"), value)
    };
    assert_rows(&[
        ("all there", daemon("numberReady", json!(3)), "ready"),
        (
            "not scheduled",
            daemon("currentNumberScheduled", json!(1)),
            "progressing: 1 of 3 pods scheduled",
        ),
        (
            "not updated",
            daemon("updatedNumberScheduled", json!(2)),
            "progressing: 2 of 3 pods updated",
        ),
        (
            "not available",
            daemon("numberAvailable", json!(null)),
            "progressing: 0 of 3 pods available",
        ),
        ("not ready", daemon("numberReady", json!(0)), "progressing: 0 of 3 pods ready"),
        ("no nodes", daemon("desiredNumberScheduled", json!(0)), "ready"),
        (
            "not counted yet",
            daemon("desiredNumberScheduled", json!(null)),
            "progressing: waiting for the controller to count the nodes it runs on",
        ),
        (
            "not seen",
            daemon("observedGeneration", json!(null)),
            "progressing: waiting for the controller to see generation 4",
        ),
        ("on delete", on_delete.clone(), "ready"),
        (
            "on delete, not ready",
            with(on_delete, "/status/numberReady", json!(2)),
            "progressing: 2 of 3 pods ready",
        ),
        ("a set", set("apps/v1", "ReplicaSet"), "ready"),
        ("a controller", set("v1", "ReplicationController"), "ready"),
        (
            "a controller lacks one",
            with(set("v1", "ReplicationController"), "/status/readyReplicas", json!(1)),
            "progressing: 1 of 2 replicas ready",
        ),
        (
            "not labelled",
            replicas("fullyLabeledReplicas", json!(1)),
            "progressing: 1 of 2 replicas labelled",
        ),
        (
            "not available",
            replicas("availableReplicas", json!(1)),
            "progressing: 1 of 2 replicas available",
        ),
        ("not ready", replicas("readyReplicas", json!(1)), "progressing: 1 of 2 replicas ready"),
        (
            "too many",
            replicas("replicas", json!(3)),
            "progressing: 1 of 3 replicas still to be removed",
        ),
        (
            "pods cannot be made",
            condition_of(set("apps/v1", "ReplicaSet"), "ReplicaFailure", "True", "", "over quota"),
            "progressing: over quota",
        ),
    ]);
}

#[test]
fn jobs() {
    let job = |spec: Value, status: Value| json!({"apiVersion": "batch/v1", "kind": "Job", "spec": spec, "status": status});
    let running = || job(json!({"completions": 3}), json!({"startTime": "x", "succeeded": 1}));
    let suspended = || job(json!({"suspend": true}), json!({}));
    let holds = |object: Value, kind: &str| condition_of(object, kind, "True", "", "why");
    assert_rows(&[
        ("complete", holds(running(), "Complete"), "ready"),
        (
            "nearly complete",
            holds(running(), "SuccessCriteriaMet"),
            "progressing: running: 1 of 3 pods succeeded",
        ),
        (
            "not complete",
            condition_of(running(), "Complete", "False", "", ""),
            "progressing: running: 1 of 3 pods succeeded",
        ),
        ("failed", holds(running(), "Failed"), "failed: why"),
        ("about to fail", holds(running(), "FailureTarget"), "failed: why"),
        (
            "failed without a word",
            condition_of(running(), "Failed", "True", "", ""),
            "failed: the Job failed",
        ),
        ("running", running(), "progressing: running: 1 of 3 pods succeeded"),
        (
            "running with failures",
            with(running(), "/status/failed", json!(2)),
            "progressing: running: 1 of 3 pods succeeded, 2 failed",
        ),
        (
            "one by default",
            with(running(), "/spec", json!({})),
            "progressing: running: 1 of 1 pods succeeded",
        ),
        ("not started", job(json!({}), json!({})), "progressing: waiting to be started"),
        ("suspended", holds(suspended(), "Suspended"), "ready"),
        ("to be suspended", suspended(), "progressing: waiting to be suspended"),
        (
            "resumed",
            with(holds(suspended(), "Suspended"), "/spec/suspend", json!(false)),
            "progressing: waiting to be started",
        ),
        ("suspended after it failed", holds(suspended(), "Failed"), "failed: why"),
        ("another group's", with(running(), "/apiVersion", json!("example.com/v1")), "ready"),
    ]);
}

fn pod(phase: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "status": {"phase": phase}})
}

fn waiting_pod(phase: &str, list: &str, reason: &str) -> Value {
    let fine = json!({"name": "fine", "state": {"running": {}}});
    let container =
        json!({"name": "web", "state": {"waiting": {"reason": reason, "message": "m"}}});
    with(pod(phase), &format!("/status/{list}"), json!([fine, container]))
}

#[test]
fn pods() {
    let waits = |reason| waiting_pod("Pending", "containerStatuses", reason);
    let ready = condition_of(pod("Running"), "Ready", "True", "", "");
    let crashed_but_ready = {
        let mut object = waiting_pod("Running", "containerStatuses", "CrashLoopBackOff");
        object["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
        object
    };
    let ended = with(
        pod("Failed"),
        "/status/containerStatuses",
        json!([
        {"name": "fine", "state": {"terminated": {"exitCode": 0}}},
        {"name": "web", "state": {"terminated": {"exitCode": 3}}}]),
    );
    assert_rows(&[
        ("succeeded", pod("Succeeded"), "ready"),
        ("failed", pod("Failed"), "failed: the pod failed"),
        ("failed, a container", ended, "failed: container `web` ended with 3"),
        (
            "failed, a reason",
            with(pod("Failed"), "/status/reason", json!("Evicted")),
            "failed: Evicted",
        ),
        ("running and ready", ready, "ready"),
        ("ready, a sidecar crashes", crashed_but_ready, "ready"),
        ("running", pod("Running"), "progressing: waiting to be scheduled"),
        (
            "running, not ready",
            condition_of(pod("Running"), "Ready", "False", "ContainersNotReady", "unready: [web]"),
            "progressing: unready: [web]",
        ),
        (
            "crashing",
            waiting_pod("Running", "containerStatuses", "CrashLoopBackOff"),
            "failed: container `web`: CrashLoopBackOff: m",
        ),
        (
            "an init container crashes",
            waiting_pod("Pending", "initContainerStatuses", "CrashLoopBackOff"),
            "failed: container `web`: CrashLoopBackOff: m",
        ),
        ("no image", waits("ImagePullBackOff"), "failed: container `web`: ImagePullBackOff: m"),
        (
            "never pulled",
            waits("ErrImageNeverPull"),
            "failed: container `web`: ErrImageNeverPull: m",
        ),
        ("no such name", waits("InvalidImageName"), "failed: container `web`: InvalidImageName: m"),
        (
            "a first failure may pass",
            waits("ErrImagePull"),
            "progressing: container `web`: ErrImagePull: m",
        ),
        (
            "a ConfigMap may come",
            waits("CreateContainerConfigError"),
            "progressing: container `web`: CreateContainerConfigError: m",
        ),
        ("creating", waits("ContainerCreating"), "progressing: waiting to be scheduled"),
        (
            "no node",
            condition_of(pod("Pending"), "PodScheduled", "False", "Unschedulable", "0/3 nodes"),
            "progressing: cannot be scheduled: 0/3 nodes",
        ),
        ("a lost node", pod("Unknown"), "progressing: its node does not answer"),
        ("no phase", with(pod(""), "/status", json!({})), "progressing: waiting to be scheduled"),
    ]);
}

#[test]
fn claims_services_and_budgets() {
    let claim = |phase: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"annotations": {}}, "spec": {}, "status": {"phase": phase}})
    };
    let asked = |name: &str| {
        let mut object = claim("Pending");
        object["metadata"]["annotations"][name] = json!("disks");
        object
    };
    let service = |spec: Value, ingress: Value| {
        json!({"apiVersion": "v1", "kind": "Service",
        "spec": spec, "status": {"loadBalancer": {"ingress": ingress}}})
    };
    let balanced = json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1"});
    let external =
        json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1", "externalIPs": ["1.2.3.4"]});
    let budget = object("policy/v1", "PodDisruptionBudget", &json!({}), &json!({}));
    assert_rows(&[
        ("bound", claim("Bound"), "ready"),
        ("waits for a consumer", claim("Pending"), "ready"),
        ("no phase yet", with(claim(""), "/status", json!({})), "ready"),
        (
            "lost",
            with(claim("Lost"), "/spec/volumeName", json!("v")),
            "failed: its volume `v` is gone",
        ),
        (
            "waits for a volume",
            with(claim("Pending"), "/spec/volumeName", json!("v")),
            "progressing: waiting to be bound to volume `v`",
        ),
        (
            "a volume is being made",
            asked("volume.kubernetes.io/storage-provisioner"),
            "progressing: waiting for a volume from `disks`",
        ),
        (
            "as old servers say it",
            asked("volume.beta.kubernetes.io/storage-provisioner"),
            "progressing: waiting for a volume from `disks`",
        ),
        ("another annotation", asked("team"), "ready"),
        ("a service", service(json!({"type": "ClusterIP"}), json!([])), "ready"),
        ("a balancer", service(balanced.clone(), json!([{"ip": "1.2.3.4"}])), "ready"),
        (
            "a balancer without address",
            service(balanced.clone(), json!([])),
            "progressing: waiting for the address of its load balancer",
        ),
        (
            "a balancer, nothing said",
            service(balanced, json!(null)),
            "progressing: waiting for the address of its load balancer",
        ),
        ("addresses by hand", service(external, json!(null)), "ready"),
        (
            "a balancer at once",
            service(json!({"type": "LoadBalancer"}), json!([{}])),
            "progressing: waiting for a cluster address",
        ),
        (
            "another group's service",
            with(
                service(json!({"type": "LoadBalancer"}), json!([])),
                "/apiVersion",
                json!("k.dev/v1"),
            ),
            "ready",
        ),
        ("a budget", budget.clone(), "ready"),
        (
            "a budget that allows nothing",
            condition_of(budget.clone(), "DisruptionAllowed", "False", "", ""),
            "ready",
        ),
        (
            "a budget, unseen",
            with(budget, "/status", json!({})),
            "progressing: waiting for the controller to see generation 4",
        ),
    ]);
}

#[test]
fn namespaces_definitions_and_api_services() {
    let namespace =
        |phase: &str| json!({"apiVersion": "v1", "kind": "Namespace", "status": {"phase": phase}});
    let definition = || {
        json!({"apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition", "status": {}})
    };
    let api =
        || json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "status": {}});
    let taken = {
        let mut object = condition_of(definition(), "NamesAccepted", "False", "", "name is taken");
        let established = json!({"type": "Established", "status": "True"});
        object["status"]["conditions"].as_array_mut().unwrap().push(established);
        object
    };
    assert_rows(&[
        ("active", namespace("Active"), "ready"),
        ("new", namespace(""), "progressing: waiting to become active"),
        ("ending", namespace("Terminating"), "terminating: being deleted"),
        ("established", condition_of(definition(), "Established", "True", "", ""), "ready"),
        (
            "installing",
            condition_of(definition(), "Established", "False", "Installing", "x"),
            "progressing: waiting to be established",
        ),
        (
            "refused",
            condition_of(definition(), "Established", "False", "NotAccepted", "x"),
            "failed: x",
        ),
        (
            "unknown",
            condition_of(definition(), "Established", "Unknown", "", "x"),
            "progressing: waiting to be established",
        ),
        ("names taken", taken, "failed: name is taken"),
        (
            "names accepted",
            condition_of(definition(), "NamesAccepted", "True", "", ""),
            "progressing: waiting to be established",
        ),
        ("new", definition(), "progressing: waiting to be established"),
        ("available", condition_of(api(), "Available", "True", "", ""), "ready"),
        (
            "not available",
            condition_of(api(), "Available", "False", "MissingEndpoints", ""),
            "progressing: MissingEndpoints",
        ),
        ("nothing said", api(), "progressing: waiting to be reported available"),
    ]);
}

#[test]
fn a_message_of_others_is_one_short_line() {
    let object = object("example.com/v1", "Widget", &json!({}), &json!({}));
    let object = condition_of(object, "Ready", "False", "", &"ä \n\t".repeat(1000));
    let Readiness::Progressing(text) = assess(&Live(object)) else { panic!("not progressing") };
    assert_eq!(text.chars().count(), 241);
    assert!(text.starts_with("ä ä ä"));
}

/// One of these words.
fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn any_value() -> impl Strategy<Value = Value> {
    const NUMBERS: [i64; 6] = [i64::MIN, -1, 0, 1, 3, i64::MAX];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop::sample::select(&NUMBERS).prop_map(Value::from),
        Just(json!(u64::MAX)),
        any::<f64>().prop_map(Value::from),
        word(&[
            "True",
            "False",
            "3",
            "-1",
            "",
            "a\n\u{1b}b",
            "Ready",
            "Stalled",
            "Failed",
            "Pending"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        let key = word(&[
            "type",
            "status",
            "reason",
            "message",
            "name",
            "state",
            "waiting",
            "terminated",
            "ingress",
            "exitCode",
            "partition",
            "rollingUpdate",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    const KINDS: [(&str, &str); 14] = [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("batch/v1", "Job"),
        ("v1", "Pod"),
        ("v1", "PersistentVolumeClaim"),
        ("v1", "Service"),
        ("v1", "Namespace"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("apiregistration.k8s.io/v1", "APIService"),
        ("policy/v1", "PodDisruptionBudget"),
        ("v1", "ConfigMap"),
        ("example.com/v1", "Widget"),
    ];
    let section = |keys| prop::collection::vec((word(keys), any_value()), 0..8);
    let metadata = section(&["generation", "deletionTimestamp", "finalizers", "annotations"]);
    let spec = section(&[
        "replicas",
        "paused",
        "updateStrategy",
        "minReadySeconds",
        "suspend",
        "completions",
        "type",
        "finalizers",
        "clusterIP",
        "externalIPs",
        "volumeName",
        "progressDeadlineSeconds",
    ]);
    let status = section(&[
        "observedGeneration",
        "conditions",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "phase",
        "containerStatuses",
        "initContainerStatuses",
        "loadBalancer",
        "desiredNumberScheduled",
        "startTime",
        "succeeded",
        "failed",
        "message",
        "reason",
        "currentRevision",
    ]);
    (prop::sample::select(KINDS.to_vec()), metadata, spec, status).prop_map(
        |((version, kind), metadata, spec, status)| {
            let map = |entries: Vec<(String, Value)>| Value::Object(entries.into_iter().collect());
            json!({"apiVersion": version, "kind": kind, "metadata": map(metadata),
                "spec": map(spec), "status": map(status)})
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_object_is_judged_in_one_line(object in any_object(), other in any_value()) {
        let line = written(&assess(&Live(object)));
        prop_assert!(!line.contains('\n') && line.chars().count() < 300, "{}", line);
        drop(assess(&Live(other)));
    }
}

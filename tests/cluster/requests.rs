//! The module `cluster` against the real server: what it makes of the server's own words.

use crate::plane::Plane;
use molave::cluster::{
    ApiError, Apply, Class, Cluster, Deleted, Discovery, Holder, Lease, LeaseError, ListOptions,
    Preconditions, Propagation, Resource, StateStore, Target,
};
use plan::inventory::codec::Written;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const OTHER_UID: &str = "11111111-1111-1111-1111-111111111111";

/// A connection, what the server serves, and a namespace.
struct Site {
    cluster: Cluster,
    discovery: Discovery,
    namespace: String,
}

impl Site {
    async fn new() -> Option<Self> {
        let plane = Plane::shared_or_skip()?;
        let target = Target {
            kubeconfig: Some(plane.kubeconfig().to_owned()),
            context: Some("molave-test".to_owned()),
            request_timeout: Duration::from_secs(30),
            concurrency: 16,
        };
        let cluster = Cluster::connect(&target).await.expect("a connection");
        let discovery = cluster.discover().await.expect("what is served");
        Some(Self { cluster, discovery, namespace: plane.namespace() })
    }

    fn kind(&self, group: &str, kind: &str) -> &Resource {
        self.discovery.preferred(group, kind).expect("the kind is served")
    }

    fn object(&self, name: &str, rest: &Value) -> Value {
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": name, "namespace": self.namespace },
        });
        merge(&mut object, rest);
        object
    }

    async fn apply(&self, body: &Value) -> Result<molave::cluster::Applied, ApiError> {
        let kind = body["kind"].as_str().expect("a kind");
        let group = if kind == "Deployment" { "apps" } else { "" };
        let options = Apply { manager: "molave", force: true, dry_run: false };
        self.cluster.apply(self.kind(group, kind), body, options).await
    }

    async fn refusal(&self, body: &Value) -> ApiError {
        self.apply(body).await.expect_err("a refusal")
    }

    fn state(&self) -> StateStore {
        let (cluster, namespace) = (self.cluster.clone(), self.namespace.clone());
        StateStore { cluster, namespace, name: "molave-shop-staging".to_owned() }
    }
}

fn merge(object: &mut Value, rest: &Value) {
    for (key, value) in rest.as_object().into_iter().flatten() {
        match object.get_mut(key) {
            Some(there) if there.is_object() => merge(there, value),
            _ => object[key.as_str()] = value.clone(),
        }
    }
}

fn deployment(label: &str) -> Value {
    let labels = json!({ "app": label });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "spec": {
            "replicas": 0,
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": "app", "image": "example" }] },
            },
        },
    })
}

#[tokio::test]
async fn a_first_apply_makes_and_a_second_finds() {
    let Some(site) = Site::new().await else { return };
    let body = site.object("a", &json!({ "data": { "x": "1" } }));
    let first = site.apply(&body).await.expect("it is made");
    let second = site.apply(&body).await.expect("it is found");
    assert!(first.created && !second.created);
    assert_eq!(first.live.uid(), second.live.uid());
}

#[tokio::test]
async fn a_uid_in_an_apply_is_a_precondition() {
    let Some(site) = Site::new().await else { return };
    let body = |name| site.object(name, &json!({ "metadata": { "uid": OTHER_UID } }));
    assert_eq!(site.refusal(&body("absent")).await.class, Class::Conflict);
    site.apply(&site.object("there", &json!({}))).await.expect("it is made");
    assert_eq!(site.refusal(&body("there")).await.class, Class::Conflict);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let Some(site) = Site::new().await else { return };
    site.apply(&site.object("a", &deployment("one"))).await.expect("it is made");
    let cases = [
        (site.object("b", &json!({ "nope": 1 })), Class::Invalid),
        (site.object("b", &json!({ "data": { "x": 1 } })), Class::Invalid),
        (site.object("b", &json!({ "data": { "x": "x".repeat(1_100_000) } })), Class::Invalid),
        (site.object("b", &json!({ "data": { "x": "x".repeat(4_000_000) } })), Class::TooLarge),
        (site.object("a", &deployment("two")), Class::Invalid),
        (
            site.object("b", &json!({ "metadata": { "namespace": "not-there" } })),
            Class::NamespaceMissing,
        ),
    ];
    for (body, class) in cases {
        let error = site.refusal(&body).await;
        assert_eq!(error.class, class, "{error}");
    }
    let widgets = Resource { plural: "widgets".to_owned(), ..site.kind("", "ConfigMap").clone() };
    let namespace = Some(site.namespace.as_str());
    let error = site.cluster.get(&widgets, namespace, "a").await.expect_err("it is not served");
    assert_eq!(error.class, Class::Unserved);
    let body = site.object("a", &deployment("one"));
    let error = site.cluster.create(site.kind("apps", "Deployment"), &body, true).await;
    assert_eq!(error.expect_err("it is there").class, Class::Exists);
}

#[tokio::test]
async fn a_field_of_someone_else_is_only_taken_by_force() {
    let Some(site) = Site::new().await else { return };
    let body = |value: &str| site.object("a", &json!({ "data": { "x": value } }));
    site.apply(&body("1")).await.expect("it is made");
    let options = Apply { manager: "other", force: false, dry_run: false };
    let kind = site.kind("", "ConfigMap");
    let error = site.cluster.apply(kind, &body("2"), options).await.expect_err("a conflict");
    assert_eq!(error.class, Class::Owned);
    assert!(error.message.contains("molave") && error.message.contains(".data.x"), "{error}");
}

#[tokio::test]
async fn no_refusal_repeats_what_a_secret_holds() {
    let Some(site) = Site::new().await else { return };
    let secret = |rest: &Value| {
        let mut object = site.object("s", &json!({ "kind": "Secret" }));
        merge(&mut object, rest);
        object
    };
    let wrong = [
        json!({ "data": { "a": ["hunter2"] } }),
        json!({ "data": { "a": "hunter2" } }),
        json!({ "stringData": { "hunter2 x": "hunter2" } }),
        json!({ "hunter2": 1 }),
        json!({ "type": "hunter2", "data": "hunter2" }),
    ];
    for rest in wrong {
        let body = secret(&rest);
        let error = site.refusal(&body).await;
        assert_eq!(error.class, Class::Invalid, "{error}");
        let value_free = error.message.replace("data[hunter2 x]", "");
        assert!(!value_free.contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_dry_run_stores_nothing() {
    let Some(site) = Site::new().await else { return };
    let kind = site.kind("", "ConfigMap");
    let body = site.object("a", &json!({ "data": { "x": "1" } }));
    site.cluster.create(kind, &body, true).await.expect("it would be made");
    let options = Apply { manager: "molave", force: true, dry_run: true };
    assert!(site.cluster.apply(kind, &body, options).await.expect("it would be made").created);
    let live = site.cluster.get(kind, Some(&site.namespace), "a").await.expect("an answer");
    assert!(live.is_none());
}

#[tokio::test]
async fn a_delete_holds_to_its_preconditions_and_waits_for_finalizers() {
    let Some(site) = Site::new().await else { return };
    let held = json!({ "metadata": { "finalizers": ["example.com/hold"] } });
    let uid = site.apply(&site.object("a", &held)).await.expect("it is made").live.uid().to_owned();
    let cluster = &site.cluster;
    let namespace = Some(site.namespace.as_str());
    let other = Preconditions { uid: OTHER_UID, resource_version: None };
    let kind = site.kind("", "ConfigMap");
    let result = cluster.delete(kind, namespace, "absent", other, Propagation::Background).await;
    assert!(matches!(result, Ok(Deleted::Gone)), "{result:?}");
    let result = cluster.delete(kind, namespace, "a", other, Propagation::Background).await;
    assert_eq!(result.expect_err("another object").class, Class::Conflict);
    let own = Preconditions { uid: &uid, resource_version: None };
    let result = cluster.delete(kind, namespace, "a", own, Propagation::Background).await;
    assert!(matches!(result, Ok(Deleted::Going(Some(_)))), "{result:?}");
    site.apply(&site.object("a", &json!({}))).await.expect("it lets go");
    assert!(cluster.get(kind, namespace, "a").await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_list_goes_through_all_pages() {
    let Some(site) = Site::new().await else { return };
    let kind = site.kind("", "ConfigMap");
    let mut writes = tokio::task::JoinSet::new();
    for number in 0..600 {
        let labels = json!({ "metadata": { "labels": { "set": "many" } } });
        let body = site.object(&format!("m-{number}"), &labels);
        let (cluster, kind) = (site.cluster.clone(), kind.clone());
        writes.spawn(async move { cluster.create(&kind, &body, false).await.map(drop) });
    }
    while let Some(written) = writes.join_next().await {
        written.expect("no panic").expect("it is made");
    }
    for metadata_only in [false, true] {
        let namespace = Some(site.namespace.as_str());
        let options =
            ListOptions { namespace, labels: Some("set=many"), metadata_only, limit: None };
        let objects = site.cluster.list(kind, &options).await.expect("a list");
        assert_eq!(objects.len(), 600);
        assert!(objects.iter().all(|live| live.0["kind"] == "ConfigMap"));
    }
}

#[tokio::test]
async fn a_lease_is_taken_told_of_and_let_go() {
    let Some(site) = Site::new().await else { return };
    let holder = |run: &str| Holder { run: run.to_owned(), ..Holder::default() };
    let (_sender, stop) = tokio::sync::watch::channel(false);
    let acquire = |run: &str| {
        let (stop, patience) = (stop.clone(), Duration::ZERO);
        let holder = holder(run);
        Lease::acquire(&site.cluster, &site.namespace, "lock", holder, patience, stop, |_| {})
    };
    let first = acquire("one").await.map_err(drop).expect("it is free");
    let Err(LeaseError::Held(by)) = acquire("two").await else { panic!("it is held") };
    assert_eq!(by.run, "one");
    first.release().await;
    let second = acquire("two").await.map_err(drop).expect("it was let go");
    assert_eq!(second.fencing, 2);
    second.release().await;
}

#[tokio::test]
async fn a_state_is_kept_with_its_shards_and_its_key() {
    let Some(site) = Site::new().await else { return };
    let state = site.state();
    state.ensure_namespace().await.expect("it is there");
    assert!(state.read().await.expect("an answer").is_none());
    let data = |text: &str| BTreeMap::from([("state".to_owned(), text.to_owned())]);
    let written = |text: &str, suffix: &str| Written {
        data: data(text),
        shards: BTreeMap::from([(suffix.to_owned(), data(suffix))]),
    };
    let first = state.write(&written("1", "aa"), None, &[("a", "b")], &[]).await.expect("written");
    let again = state.write(&written("2", "bb"), None, &[], &[]).await;
    assert_eq!(again.expect_err("it is there").class, Class::Exists);
    let second = state.write(&written("2", "bb"), Some(&first), &[], &[]).await.expect("written");
    let late = state.write(&written("3", "bb"), Some(&first), &[], &[]).await;
    assert_eq!(late.expect_err("it was written since").class, Class::Conflict);
    let read = state.read().await.expect("an answer").expect("a state");
    assert_eq!((read.written.data, read.resource_version), (data("2"), second.clone()));
    let key = state.ensure_key().await.expect("a key");
    assert_eq!(state.key().await.expect("an answer"), Some(key));
    let options = ListOptions {
        namespace: Some(&site.namespace),
        labels: Some("molave.dev/state"),
        ..ListOptions::default()
    };
    let shards = || site.cluster.list(site.kind("", "ConfigMap"), &options);
    assert_eq!(shards().await.expect("a list").len(), 1, "the old shard is gone");
    state.remove().await.expect("removed");
    assert!(state.read().await.expect("an answer").is_none());
    assert_eq!(state.key().await.expect("an answer"), None);
    assert_eq!(shards().await.expect("a list").len(), 0);
    let gone = state.write(&written("3", "cc"), Some(&second), &[], &[]).await;
    assert_eq!(gone.expect_err("it was removed").class, Class::Conflict);
}

#[tokio::test]
async fn what_is_served_is_found() {
    let Some(site) = Site::new().await else { return };
    let discovery = &site.discovery;
    let scaler = discovery.preferred("autoscaling", "HorizontalPodAutoscaler").expect("served");
    assert_eq!((scaler.api_version().as_str(), scaler.is_namespaced), ("autoscaling/v2", true));
    assert!(discovery.find("autoscaling", "HorizontalPodAutoscaler", "v1").is_some());
    let listed: Vec<&str> = discovery.listable().iter().map(|it| it.plural.as_str()).collect();
    assert!(listed.contains(&"namespaces") && listed.contains(&"leases"), "{listed:?}");
    assert!(!listed.contains(&"events") && !listed.contains(&"componentstatuses"), "{listed:?}");
    assert!(discovery.broken.is_empty());
    assert_eq!(site.cluster.uid().await.expect("an answer").len(), 36);
}

#[tokio::test]
async fn a_context_that_is_not_there_is_told_with_those_that_are() {
    let Some(plane) = Plane::shared_or_skip() else { return };
    let target = |context: &str, kubeconfig: std::path::PathBuf| Target {
        kubeconfig: Some(kubeconfig),
        context: Some(context.to_owned()),
        request_timeout: Duration::from_secs(5),
        concurrency: 1,
    };
    let there = plane.kubeconfig().to_owned();
    let problem = Cluster::connect(&target("molave-tess", there.clone())).await.err();
    let problem = problem.expect("no such context");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `molave-test`?"));
    assert!(problem.causes.iter().any(|cause| cause.contains("`molave-test`")), "{problem:?}");
    let absent = Cluster::connect(&target("molave-test", there.with_file_name("absent"))).await;
    assert!(absent.err().expect("no such file").message.contains("there is no kubeconfig"));
}

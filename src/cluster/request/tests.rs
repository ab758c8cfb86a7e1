use super::{Apply, Deleted, ListOptions, PAGE, Preconditions, Propagation};
use crate::cluster::discovery::Resource;
use crate::cluster::error::Class;
use crate::cluster::script::{Reply, answering, refusal, scripted, status};
use serde_json::{Value, json};

fn config_maps() -> Resource {
    Resource::built_in(("", "v1"), ("ConfigMap", "configmaps"), true)
}

fn page(names: std::ops::Range<usize>, next: &str) -> Reply {
    let items: Vec<Value> =
        names.map(|name| json!({"metadata": {"name": name.to_string()}})).collect();
    Reply::Answer(
        200,
        json!({"kind": "ConfigMapList", "metadata": {"continue": next}, "items": items}),
    )
}

#[tokio::test]
async fn a_list_goes_through_all_pages_and_says_what_each_object_is() {
    let (cluster, log) = scripted([page(0..2, "a/b"), page(2..3, "")]);
    let options = ListOptions { namespace: Some("n"), labels: Some("a=b,c"), ..Default::default() };
    let objects = cluster.list(&config_maps(), &options).await.unwrap();
    assert_eq!(objects.len(), 3);
    assert!(objects.iter().all(|it| it.0["kind"] == "ConfigMap" && it.0["apiVersion"] == "v1"));
    let root = format!("GET /api/v1/namespaces/n/configmaps?limit={PAGE}&labelSelector=a%3Db%2Cc");
    assert_eq!(log.lines(), [root.clone(), format!("{root}&continue=a%2Fb")]);
}

#[tokio::test]
async fn a_list_that_expires_between_pages_starts_over() {
    let gone = refusal(410, "Expired", "the provided continue parameter is too old");
    let (cluster, _) = scripted([page(0..2, "x"), gone.clone(), page(5..6, "")]);
    let objects = cluster.list(&config_maps(), &ListOptions::default()).await.unwrap();
    assert_eq!(objects.len(), 1, "nothing of the first try is left");
    let (cluster, log) = scripted([gone]);
    assert!(cluster.list(&config_maps(), &ListOptions::default()).await.is_err());
    assert_eq!(log.all().len(), 4);
}

#[tokio::test]
async fn a_limited_list_asks_for_no_more() {
    let (cluster, log) = scripted([page(0..2, "x")]);
    let options = ListOptions { limit: Some(2), metadata_only: true, ..Default::default() };
    assert_eq!(cluster.list(&config_maps(), &options).await.unwrap().len(), 2);
    assert_eq!(log.lines(), ["GET /api/v1/configmaps?limit=2"]);
    let accept = log.all()[0].headers["accept"].to_str().unwrap().to_owned();
    assert!(accept.contains("as=PartialObjectMetadataList"), "{accept}");
}

#[tokio::test]
async fn writes_are_strict_and_name_their_manager() {
    let object = json!({"metadata": {"name": "a", "namespace": "n"}});
    let (cluster, log) = scripted([Reply::Answer(201, object.clone())]);
    let options = |dry_run| Apply { manager: "molave", force: true, dry_run };
    assert!(cluster.apply(&config_maps(), &object, options(false)).await.unwrap().created);
    cluster.apply(&config_maps(), &object, options(true)).await.unwrap();
    cluster.create(&config_maps(), &object, true).await.unwrap();
    cluster.replace(&config_maps(), &object).await.unwrap();
    let path = "/api/v1/namespaces/n/configmaps";
    let strict = "fieldManager=molave&fieldValidation=Strict";
    let expected = [
        format!("PATCH {path}/a?{strict}&force=true"),
        format!("PATCH {path}/a?{strict}&dryRun=All&force=true"),
        format!("POST {path}?{strict}&dryRun=All"),
        format!("PUT {path}/a?{strict}"),
    ];
    assert_eq!(log.lines(), expected);
    assert_eq!(log.all()[0].headers["content-type"], "application/apply-patch+yaml");
    assert_eq!(log.all()[0].body, object);
}

#[tokio::test]
async fn an_apply_tells_an_object_that_was_made_from_one_that_was_there() {
    let object = json!({"metadata": {"name": "a"}});
    for (code, created) in [(200, false), (201, true)] {
        let (cluster, _) = scripted([Reply::Answer(code, object.clone())]);
        let options = Apply { manager: "molave", force: false, dry_run: false };
        let applied = cluster.apply(&config_maps(), &object, options).await.unwrap();
        assert_eq!(applied.created, created);
    }
}

#[tokio::test]
async fn a_delete_carries_its_preconditions_and_names_its_propagation() {
    let (cluster, log) = scripted([Reply::Answer(200, json!({"kind": "Status"}))]);
    let all = Preconditions { uid: "u", resource_version: Some("7") };
    let uid = Preconditions { uid: "u", resource_version: None };
    let kind = &config_maps();
    cluster.delete(kind, Some("n"), "a", all, Propagation::Foreground).await.unwrap();
    cluster.delete(kind, Some("n"), "a", uid, Propagation::Background).await.unwrap();
    let sent = log.all();
    assert_eq!(sent[0].body["preconditions"], json!({"uid": "u", "resourceVersion": "7"}));
    assert_eq!(sent[0].body["propagationPolicy"], "Foreground");
    assert_eq!(sent[1].body["preconditions"], json!({"uid": "u"}));
    assert_eq!(sent[1].body["propagationPolicy"], "Background");
}

async fn deletion(reply: Reply) -> Result<Deleted, Class> {
    let (cluster, _) = scripted([reply]);
    let must_hold = Preconditions { uid: "u", resource_version: None };
    let kind = &config_maps();
    let deleted = cluster.delete(kind, Some("n"), "a", must_hold, Propagation::Background).await;
    deleted.map_err(|error| error.class)
}

#[tokio::test]
async fn a_deleted_object_is_gone_or_going() {
    let status = json!({"kind": "Status", "status": "Success"});
    let going = json!({"kind": "Pod", "metadata": {"deletionTimestamp": "2025-01-01T00:00:00Z"}});
    let gone = json!({"kind": "Service", "metadata": {"name": "a"}});
    assert!(matches!(deletion(Reply::Answer(200, status.clone())).await, Ok(Deleted::Gone)));
    assert!(matches!(deletion(Reply::Answer(200, gone)).await, Ok(Deleted::Gone)));
    assert!(matches!(deletion(Reply::Answer(200, going)).await, Ok(Deleted::Going(Some(_)))));
    assert!(matches!(deletion(Reply::Answer(202, status)).await, Ok(Deleted::Going(None))));
}

#[tokio::test]
async fn an_object_whose_kind_is_not_served_is_not_gone() {
    let details = json!({"name": "a", "kind": "configmaps"});
    let absent = Reply::Answer(404, status(404, "NotFound", "not found", details));
    assert!(matches!(deletion(absent.clone()).await, Ok(Deleted::Gone)));
    let unserved = Reply::Text(404, "404 page not found");
    assert_eq!(deletion(unserved.clone()).await.unwrap_err(), Class::Unserved);
    let (cluster, _) = scripted([absent, unserved]);
    assert!(cluster.get(&config_maps(), None, "a").await.unwrap().is_none());
    let error = cluster.get(&config_maps(), None, "a").await.unwrap_err();
    assert_eq!(error.class, Class::Unserved);
}

#[tokio::test]
async fn a_cluster_is_known_by_its_system_namespace() {
    let (cluster, log) = answering(|_| Reply::Answer(200, json!({"metadata": {"uid": "6f1c"}})));
    assert_eq!(cluster.uid().await.unwrap(), "6f1c");
    assert_eq!(log.lines(), ["GET /api/v1/namespaces/kube-system"]);
}

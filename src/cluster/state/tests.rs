use super::StateStore;
use crate::cluster::error::Class;
use crate::cluster::script::{Log, Reply, Seen, answering};
use crate::cluster::store::Store;
use plan::inventory::codec::Written;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const MAPS: &str = "/api/v1/namespaces/system/configmaps";

type Shared = Arc<Mutex<Store>>;

/// A state on a server that `meddle` may replace answers of, after the request was carried out.
fn state_with(
    mut meddle: impl FnMut(&Seen, Reply) -> Reply + Send + 'static,
) -> (StateStore, Shared, Log) {
    let store = Shared::default();
    let answers = Arc::clone(&store);
    let (cluster, log) = answering(move |seen| {
        let reply = answers.lock().unwrap().answer(seen);
        meddle(seen, reply)
    });
    let state = StateStore { cluster, namespace: "system".into(), name: "state".into() };
    (state, store, log)
}

fn state() -> (StateStore, Shared, Log) {
    state_with(|_, reply| reply)
}

fn data(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("state".to_owned(), text.to_owned())])
}

fn written(text: &str, shards: &[&str]) -> Written {
    let shards = shards.iter().map(|suffix| ((*suffix).to_owned(), data(suffix))).collect();
    Written { data: data(text), shards }
}

fn names(store: &Shared) -> Vec<String> {
    let store = store.lock().unwrap();
    store.objects.keys().map(|path| path.rsplit('/').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_state_is_made_read_and_replaced() {
    let (state, _, _) = state();
    assert!(state.read().await.unwrap().is_none());
    let first = state.write(&written("1", &[]), None, &[("a", "b")], &[]).await.unwrap();
    let read = state.read().await.unwrap().unwrap();
    assert_eq!((read.written, read.resource_version.as_str()), (written("1", &[]), first.as_str()));
    let second = state.write(&written("2", &[]), Some(&first), &[], &[]).await.unwrap();
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_write_over_anything_but_what_was_read_fails() {
    let (state, store, _) = state();
    let class = |result: Result<String, super::ApiError>| result.unwrap_err().class;
    let first = state.write(&written("1", &[]), None, &[], &[]).await.unwrap();
    assert_eq!(class(state.write(&written("2", &[]), None, &[], &[]).await), Class::Exists);
    assert_eq!(class(state.write(&written("2", &[]), Some("0"), &[], &[]).await), Class::Conflict);
    store.lock().unwrap().objects.clear();
    let gone = state.write(&written("2", &[]), Some(&first), &[], &[]).await;
    assert_eq!(class(gone), Class::Conflict);
}

#[tokio::test]
async fn shards_come_before_their_parent_and_go_after_it() {
    let (state, store, log) = state();
    let first = state.write(&written("1", &["a", "b"]), None, &[], &[]).await.unwrap();
    let shard = store.lock().unwrap().objects[&format!("{MAPS}/state-a")].clone();
    assert_eq!(shard["immutable"], true);
    assert_eq!(shard["metadata"]["labels"], json!({"molave.dev/state": "state"}));
    state.write(&written("2", &["b", "c"]), Some(&first), &[], &[]).await.unwrap();
    assert_eq!(names(&store), ["state", "state-b", "state-c"]);
    let writes: Vec<String> = log
        .all()
        .iter()
        .filter(|seen| seen.method != "GET")
        .map(|seen| {
            format!("{} {}", seen.method, seen.body["metadata"]["name"].as_str().unwrap_or("-"))
        })
        .collect();
    let (first, second) = writes.split_at(3);
    assert_eq!(first[2], "POST state");
    assert_eq!(second, ["POST state-c", "PUT state", "DELETE -"]);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_looked_at() {
    for method in ["POST", "PUT"] {
        let mut was_lost = false;
        let (state, _, _) = state_with(move |seen, reply| {
            let is_first = seen.method == method && !std::mem::replace(&mut was_lost, true);
            if is_first { Reply::Lost } else { reply }
        });
        let first = state.write(&written("1", &[]), None, &[], &[]).await.unwrap();
        let second = state.write(&written("2", &[]), Some(&first), &[], &[]).await.unwrap();
        let read = state.read().await.unwrap().unwrap();
        assert_eq!((read.written, read.resource_version), (written("2", &[]), second));
    }
}

#[tokio::test]
async fn a_write_that_never_arrived_is_repeated_over_the_same_version() {
    let store = Shared::default();
    let answers = Arc::clone(&store);
    let mut was_lost = false;
    let (cluster, log) = answering(move |seen| {
        if seen.method == "POST" && !std::mem::replace(&mut was_lost, true) {
            return Reply::Lost;
        }
        answers.lock().unwrap().answer(seen)
    });
    let state = StateStore { cluster, namespace: "system".into(), name: "state".into() };
    state.write(&written("1", &[]), None, &[], &[]).await.unwrap();
    let posts = log.all().into_iter().filter(|seen| seen.method == "POST").count();
    assert_eq!(posts, 2);
}

#[tokio::test]
async fn someone_elses_write_is_not_taken_for_ours_when_an_answer_was_lost() {
    let store = Shared::default();
    let answers = Arc::clone(&store);
    let mut was_lost = false;
    let (cluster, _) = answering(move |seen| {
        let mut seen = seen.clone();
        if seen.method == "POST" && !std::mem::replace(&mut was_lost, true) {
            seen.body["data"] = json!({"state": "theirs"});
            answers.lock().unwrap().answer(&seen);
            return Reply::Lost;
        }
        answers.lock().unwrap().answer(&seen)
    });
    let state = StateStore { cluster, namespace: "system".into(), name: "state".into() };
    let error = state.write(&written("1", &[]), None, &[], &[]).await.unwrap_err();
    assert_eq!(error.class, Class::Exists);
}

#[tokio::test]
async fn a_shard_of_another_content_is_refused() {
    let (state, store, _) = state();
    let other = json!({"metadata": {"name": "state-a", "uid": "u"}, "data": {"x": "y"}});
    store.lock().unwrap().objects.insert(format!("{MAPS}/state-a"), other);
    let error = state.write(&written("1", &["a"]), None, &[], &[]).await.unwrap_err();
    assert_eq!(error.class, Class::Conflict);
    assert_eq!(names(&store), ["state-a"], "the parent was not written");
}

#[tokio::test]
async fn a_key_is_made_once() {
    let (state, store, _) = state();
    assert_eq!(state.key().await.unwrap(), None);
    let key = state.ensure_key().await.unwrap();
    assert_eq!(key.len(), 32);
    assert_eq!(state.ensure_key().await.unwrap(), key);
    assert_eq!(state.key().await.unwrap(), Some(key));
    let secret = store.lock().unwrap().objects["/api/v1/namespaces/system/secrets/state"].clone();
    assert_eq!(secret["data"]["key"].as_str().unwrap().len(), 44);
}

#[tokio::test]
async fn the_key_that_another_run_made_meanwhile_counts() {
    let mut looks = 0;
    let (state, store, _) = state_with(move |seen, reply| {
        looks += u32::from(seen.method == "GET");
        let is_before = seen.method == "GET" && looks == 1;
        let details = json!({"name": "state", "kind": "secrets"});
        let absent = crate::cluster::script::status(404, "NotFound", "not found", details);
        if is_before { Reply::Answer(404, absent) } else { reply }
    });
    let theirs = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let secret = json!({"metadata": {"name": "state"}, "data": {"key": theirs}});
    let path = "/api/v1/namespaces/system/secrets/state".to_owned();
    store.lock().unwrap().objects.insert(path, secret);
    assert_eq!(state.ensure_key().await.unwrap(), b"01234567890123456789012345678901");
}

#[tokio::test]
async fn a_key_that_is_none_is_an_error_without_its_value() {
    let (state, store, _) = state();
    for entry in [json!({}), json!({"key": "aHVudGVyMg=="}), json!({"key": "~"})] {
        let secret = json!({"metadata": {"name": "state"}, "data": entry});
        let path = "/api/v1/namespaces/system/secrets/state".to_owned();
        store.lock().unwrap().objects.insert(path, secret);
        let error = state.ensure_key().await.unwrap_err();
        assert_eq!(error.message, "the Secret `system/state` holds no key of 32 bytes");
    }
}

#[tokio::test]
async fn removing_begins_with_the_parent_and_leaves_nothing() {
    let (state, store, log) = state();
    state.write(&written("1", &["a"]), None, &[], &[]).await.unwrap();
    state.ensure_key().await.unwrap();
    let lease = "/apis/coordination.k8s.io/v1/namespaces/system/leases/state".to_owned();
    let record = json!({"metadata": {"name": "state", "uid": "u"}});
    store.lock().unwrap().objects.insert(lease, record);
    state.remove().await.unwrap();
    assert_eq!(names(&store), [""; 0]);
    let first = log.lines().into_iter().find(|line| line.starts_with("DELETE"));
    assert_eq!(first.unwrap(), format!("DELETE {MAPS}/state"));
    state.remove().await.unwrap();
}

#[tokio::test]
async fn a_namespace_is_made_if_it_is_not_there() {
    let (state, store, _) = state();
    state.ensure_namespace().await.unwrap();
    assert_eq!(names(&store), ["system"]);
    state.ensure_namespace().await.unwrap();
    let path = "/api/v1/namespaces/system";
    store.lock().unwrap().objects.get_mut(path).unwrap()["metadata"]["deletionTimestamp"] =
        "2025-01-01T00:00:00Z".into();
    let error = state.ensure_namespace().await.unwrap_err();
    assert_eq!(error.class, Class::NamespaceTerminating);
}

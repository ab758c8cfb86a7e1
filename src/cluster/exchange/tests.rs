use crate::cluster::discovery::Resource;
use crate::cluster::error::Class;
use crate::cluster::request::{Apply, ListOptions, Preconditions, Propagation};
use crate::cluster::script::{Log, Reply, refusal, scripted, status};
use crate::cluster::throttle::Slot;
use futures_util::future::join_all;
use serde_json::{Value, json};

const WEBHOOK: &str = "Internal error occurred: failed calling webhook \"x.example.com\": timeout";

fn config_maps() -> Resource {
    Resource::built_in(("", "v1"), ("ConfigMap", "configmaps"), true)
}

fn object() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}})
}

fn granted() -> Reply {
    Reply::Answer(200, object())
}

fn busy() -> Reply {
    let body = status(429, "TooManyRequests", "too many requests", json!({}));
    Reply::With(429, ("retry-after", "0"), body)
}

/// Sends each kind of request to a server with this script: how it ended, and how many tries it took.
async fn outcome(verb: &str, replies: &[Reply]) -> (Option<Class>, usize) {
    let (cluster, log) = scripted(replies.to_vec());
    let kind = &config_maps();
    let options = |dry_run| Apply { manager: "molave", force: true, dry_run };
    let ended = match verb {
        "get" => cluster.get(kind, Some("b"), "a").await.map(drop),
        "list" => cluster.list(kind, &ListOptions::default()).await.map(drop),
        "dry-run" => cluster.apply(kind, &object(), options(true)).await.map(drop),
        "dry-run create" => cluster.create(kind, &object(), true).await.map(drop),
        "apply" => cluster.apply(kind, &object(), options(false)).await.map(drop),
        "create" => cluster.create(kind, &object(), false).await.map(drop),
        "replace" => cluster.replace(kind, &object()).await.map(drop),
        _ => {
            let must_hold = Preconditions { uid: "u", resource_version: None };
            let deletion = cluster.delete(kind, Some("b"), "a", must_hold, Propagation::Background);
            deletion.await.map(drop)
        }
    };
    let tries = |log: &Log| log.all().len();
    (ended.err().map(|error| error.class), tries(&log))
}

const READS: [&str; 4] = ["get", "list", "dry-run", "dry-run create"];
const WRITES: [&str; 4] = ["apply", "create", "replace", "delete"];

async fn check(verbs: &[&str], replies: &[Reply], class: Option<Class>, tries: usize) {
    for verb in verbs {
        assert_eq!(outcome(verb, replies).await, (class, tries), "{verb}: {replies:?}");
    }
}

#[tokio::test]
async fn a_write_is_never_repeated_once_its_answer_is_lost() {
    let lost = [
        Reply::Lost,
        Reply::Silence,
        refusal(500, "InternalError", "etcdserver: request timed out"),
        refusal(503, "ServiceUnavailable", "the server is shutting down"),
        Reply::With(503, ("retry-after", "0"), status(503, "", "", json!({}))),
        refusal(504, "Timeout", "request did not complete within the allotted timeout"),
        Reply::Text(502, "<html>bad gateway</html>"),
        Reply::Text(200, "<html>log in</html>"),
    ];
    for reply in lost {
        check(&WRITES, &[reply, granted()], Some(Class::Ambiguous), 1).await;
    }
}

#[tokio::test]
async fn a_read_and_a_dry_run_are_repeated() {
    let broken = [
        Reply::Lost,
        Reply::Silence,
        Reply::Refused,
        refusal(500, "InternalError", "etcdserver: request timed out"),
        refusal(503, "ServiceUnavailable", "the server is shutting down"),
        refusal(504, "Timeout", "request did not complete within the allotted timeout"),
        Reply::Text(502, "<html>bad gateway</html>"),
    ];
    for reply in broken {
        check(&READS, &[reply, granted()], None, 2).await;
    }
}

#[tokio::test]
async fn a_read_is_given_up_after_five_tries() {
    check(&["get", "dry-run"], &[Reply::Lost], Some(Class::Unreachable), 5).await;
}

#[tokio::test]
async fn what_was_not_sent_is_repeated_whatever_it_is() {
    check(&WRITES, &[Reply::Refused, Reply::Refused, granted()], None, 3).await;
    check(&WRITES, &[Reply::Refused], Some(Class::Unreachable), 5).await;
    check(&WRITES, &[Reply::Refused, Reply::Lost], Some(Class::Ambiguous), 2).await;
}

#[tokio::test]
async fn a_busy_server_is_asked_again_whatever_it_is() {
    let often = [busy(), busy(), busy(), busy(), busy(), busy(), busy(), granted()];
    check(&WRITES, &often, None, 8).await;
    check(&READS, &often, None, 8).await;
    let never = Reply::With(429, ("retry-after", "61"), status(429, "", "busy", json!({})));
    check(&["get", "apply"], &[never], Some(Class::Busy), 1).await;
}

#[tokio::test]
async fn a_busy_server_gets_fewer_requests_at_once() {
    let (cluster, _) = scripted([busy(), granted()]);
    cluster.get(&config_maps(), None, "a").await.unwrap();
    let mut slots = Vec::new();
    for _ in 0..4 {
        slots.push(cluster.throttle.turn().await);
    }
    drop(slots);
    let all = async {
        let mut slots = Vec::new();
        for _ in 0..8 {
            slots.push(cluster.throttle.turn().await);
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_millis(20), all).await.is_err());
}

#[tokio::test]
async fn what_the_lease_needs_counts_among_the_requests_under_way() {
    let (cluster, _) = scripted([granted()]);
    let apart = cluster.apart();
    let _slot = apart.throttle.turn().await;
    let others = (0..8).map(|_| cluster.throttle.turn());
    let all = tokio::time::timeout(std::time::Duration::from_millis(20), join_all(others)).await;
    assert!(all.is_err());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_of_a_server_that_bears_nothing_until_it_may_be_asked_again() {
    let late = Reply::With(429, ("retry-after", "15"), status(429, "", "busy", json!({})));
    let (cluster, _) = scripted([late, granted()]);
    let mut slots = join_all((0..8).map(|_| cluster.throttle.turn())).await;
    slots.iter_mut().for_each(Slot::refused);
    drop(slots);
    let began = tokio::time::Instant::now();
    let kind = config_maps();
    let second = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        cluster.get(&kind, None, "b").await.unwrap();
        began.elapsed()
    };
    let (first, waited) = tokio::join!(cluster.get(&kind, None, "a"), second);
    assert!(first.is_ok() && waited.as_secs() >= 15, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn patience_with_a_busy_server_begins_with_the_first_try() {
    let late = Reply::With(429, ("retry-after", "15"), status(429, "", "busy", json!({})));
    let (cluster, log) = scripted([late, granted()]);
    let slots = join_all((0..8).map(|_| cluster.throttle.turn())).await;
    let kind = config_maps();
    let wait = async {
        tokio::time::sleep(std::time::Duration::from_secs(50)).await;
        drop(slots);
    };
    let (answer, ()) = tokio::join!(cluster.get(&kind, None, "a"), wait);
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(log.all().len(), 2);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_asked_stored_nothing() {
    let reply = refusal(500, "InternalError", WEBHOOK);
    check(&WRITES, &[reply.clone(), reply.clone(), granted()], None, 3).await;
    check(&READS[2..], &[reply.clone(), granted()], None, 2).await;
    let after = ("retry-after", "11");
    let never = Reply::With(500, after, status(500, "InternalError", WEBHOOK, json!({})));
    check(&["apply", "dry-run"], &[never], Some(Class::Webhook), 1).await;
}

#[tokio::test]
async fn two_creations_that_meet_at_a_quota_stored_nothing() {
    let details = json!({"name": "q", "kind": "resourcequotas"});
    let message =
        "Operation cannot be fulfilled on resourcequotas \"q\": the object has been modified";
    let reply = Reply::Answer(409, status(409, "Conflict", message, details));
    check(&["create", "apply"], &[reply, granted()], None, 2).await;
}

#[tokio::test]
async fn a_500_that_says_that_the_object_is_wrong_is_final() {
    let wrong = [
        "failed to create typed patch object (b/a; /v1, Kind=ConfigMap): .nope: field not declared",
        "failed to convert new object (/s; /v1, Kind=Secret) to proper version: illegal base64 data",
        "admission webhook \"x.example.com\" denied the request: no",
    ];
    for message in wrong {
        check(&["apply", "dry-run"], &[refusal(500, "", message)], Some(Class::Invalid), 1).await;
    }
    let large = refusal(500, "", "etcdserver: request is too large");
    check(&["apply"], &[large], Some(Class::TooLarge), 1).await;
}

#[tokio::test]
async fn a_refusal_is_final() {
    for verb in ["create", "apply", "replace"] {
        let reply = refusal(409, "Conflict", "the object has been modified");
        check(&[verb], &[reply], Some(Class::Conflict), 1).await;
        let reply = refusal(403, "Forbidden", "you may not");
        check(&[verb], &[reply], Some(Class::Forbidden), 1).await;
    }
}

#[tokio::test]
async fn what_failed_says_where_and_why() {
    let (cluster, _) = scripted([Reply::Silence]);
    let error = cluster.create(&config_maps(), &object(), false).await.unwrap_err();
    assert_eq!(error.message, "no answer from `the test's service`: no answer within 0.2 s");
    let (cluster, _) = scripted([Reply::Refused]);
    let error = cluster.create(&config_maps(), &object(), false).await.unwrap_err();
    assert_eq!(error.message, "cannot reach `the test's service`: connection refused");
}

#[tokio::test]
async fn warnings_are_read_and_those_about_secrets_are_not_told() {
    let header = ("warning", "299 - \"unknown field \\\"spec.x\\\"\"");
    let (cluster, _) = scripted([Reply::With(200, header, object())]);
    let options = Apply { manager: "molave", force: true, dry_run: false };
    let applied = cluster.apply(&config_maps(), &object(), options).await.unwrap();
    assert_eq!(applied.warnings, ["unknown field \"spec.x\""]);
    let secrets = Resource::built_in(("", "v1"), ("Secret", "secrets"), true);
    let applied = cluster.apply(&secrets, &object(), options).await.unwrap();
    assert_eq!(applied.warnings, [""; 0]);
}

use super::{MESSAGE_LIMIT, Refusal, Subject};
use crate::cluster::error::Class;
use crate::cluster::script::status;
use serde_json::{Value, json};

fn refusal(body: &Value) -> Refusal {
    let code = body["code"].as_u64().unwrap();
    Refusal::read(u16::try_from(code).unwrap(), None, body.to_string().as_bytes())
}

fn causes(kind: &str, causes: &Value) -> Value {
    json!({"name": "a", "kind": kind, "causes": causes})
}

const ABSENT: &str = "the server could not find the requested resource";
const SECRET: Subject = Subject { is_secret: true, is_namespace: false, is_quota: false };

/// Bodies as kube-apiserver 1.34 sends them.
#[test]
fn refusals_of_the_real_server_have_their_classes() {
    let uid = [json!({"reason": "FieldValueInvalid", "field": "metadata.uid", "message": "x"})];
    let selector =
        [json!({"reason": "FieldValueInvalid", "field": "spec.selector", "message": "x"})];
    let owned = [json!({"reason": "FieldManagerConflict", "field": ".data.x", "message": "x"})];
    let ending = [json!({"reason": "NamespaceTerminating", "field": "metadata.namespace"})];
    let named = |kind: &str| json!({"name": "a", "kind": kind});
    let cases = [
        (404, "NotFound", "configmaps \"a\" not found", named("configmaps"), Class::Absent),
        (
            404,
            "NotFound",
            "namespaces \"a\" not found",
            named("namespaces"),
            Class::NamespaceMissing,
        ),
        (404, "NotFound", ABSENT, json!({}), Class::Unserved),
        (409, "AlreadyExists", "", named("configmaps"), Class::Exists),
        (409, "Conflict", "uid mismatch", named("configmaps"), Class::Conflict),
        (409, "Conflict", "conflict with", json!({"causes": owned}), Class::Owned),
        (409, "Conflict", "modified", named("resourcequotas"), Class::Busy),
        (422, "Invalid", "", causes("ConfigMap", &json!(uid)), Class::Conflict),
        (422, "Invalid", "", causes("Deployment", &json!(selector)), Class::Invalid),
        (
            400,
            "BadRequest",
            "strict decoding error: unknown field \"x\"",
            json!({}),
            Class::Invalid,
        ),
        (403, "Forbidden", "", causes("configmaps", &json!(ending)), Class::NamespaceTerminating),
        (403, "Forbidden", "configmaps is forbidden: User", named("configmaps"), Class::Forbidden),
        (401, "Unauthorized", "Unauthorized", json!({}), Class::Forbidden),
        (413, "RequestEntityTooLarge", "", json!({}), Class::TooLarge),
        (500, "", "etcdserver: request is too large", json!({}), Class::TooLarge),
        (500, "", "failed to create typed patch object (x)", json!({}), Class::Invalid),
        (500, "", "failed to convert new object (x)", json!({}), Class::Invalid),
        (500, "InternalError", "failed calling webhook \"x\": y", json!({}), Class::Webhook),
        (429, "TooManyRequests", "", json!({}), Class::Busy),
        (500, "InternalError", "etcdserver: request timed out", json!({}), Class::Other),
        (405, "MethodNotAllowed", "", json!({}), Class::Other),
    ];
    for (code, reason, message, details, class) in cases {
        let body = status(code, reason, message, details);
        assert_eq!(refusal(&body).judge(Subject::default()).class, class, "{body}");
        assert_eq!(refusal(&body).judge(SECRET).class, class, "{body}");
    }
}

#[test]
fn an_absent_namespace_is_absent_to_who_asks_for_it() {
    let details = json!({"name": "a", "kind": "namespaces"});
    let body = status(404, "NotFound", "namespaces \"a\" not found", details);
    let subject = Subject { is_namespace: true, ..Subject::default() };
    assert_eq!(refusal(&body).judge(subject).class, Class::Absent);
}

#[test]
fn an_answer_that_is_no_status_is_judged_by_its_code() {
    let refusal = |code, text: &str| {
        let error = Refusal::read(code, None, text.as_bytes()).judge(Subject::default());
        (error.class, error.message)
    };
    assert_eq!(
        refusal(404, "404 page not found\n"),
        (Class::Unserved, "404 page not found".into())
    );
    assert_eq!(refusal(502, ""), (Class::Other, "the server answered 502".into()));
    assert_eq!(refusal(500, "[1]").1, "[1]");
    let (_, long) = refusal(500, &"<p>\n".repeat(1000));
    assert!(long.chars().count() <= MESSAGE_LIMIT + 1 && !long.contains('\n'));
}

#[test]
fn a_long_message_loses_its_values_and_keeps_its_reasons() {
    let labels = format!("{{\"matchLabels\":{{\"a\":\"{}\"}}}}", "x: ".repeat(200));
    let why = "field is immutable";
    let invalid = [
        json!({"reason": "FieldValueInvalid", "field": "spec.selector",
               "message": format!("Invalid value: {labels}: {why}")}),
        json!({"reason": "FieldValueInvalid", "field": "spec.old",
               "message": format!("Invalid value: v1.Old{{A:\"{}\"}}: {why}", "y".repeat(100))}),
        json!({"reason": "FieldValueInvalid", "field": "spec.replicas",
               "message": "Invalid value: -1: must be greater than or equal to 0"}),
    ];
    let message =
        format!("Deployment.apps \"a\" is invalid: spec.selector: Invalid value: {labels}");
    let body = status(422, "Invalid", &message, causes("Deployment", &json!(invalid)));
    assert_eq!(
        refusal(&body).judge(Subject::default()).message,
        "spec.selector: Invalid value: field is immutable; spec.old: Invalid value: field is \
         immutable; spec.replicas: Invalid value: -1: must be greater than or equal to 0"
    );
}

#[test]
fn a_message_is_one_bounded_line() {
    let body = status(403, "Forbidden", &format!("no\n  {}", "ü".repeat(1000)), json!({}));
    let message = refusal(&body).judge(Subject::default()).message;
    assert_eq!(message.chars().count(), MESSAGE_LIMIT + 1);
    assert!(message.starts_with("no ü") && message.ends_with('…'), "{message}");
}

/// Every place in which the real server repeats what it was sent.
#[test]
fn no_message_about_a_secret_holds_its_values() {
    let invalid = [json!({"reason": "FieldValueInvalid", "field": "data[a b]",
                          "message": "Invalid value: \"hunter2\": a valid config key"})];
    let owned = [json!({"reason": "FieldManagerConflict", "field": ".data.password",
                        "message": "conflict with \"kubectl\" using v1"})];
    let typed = "failed to create typed patch object (/s; /v1, Kind=Secret): .data.a: expected \
                 string, got &value.valueUnstructured{Value:[]interface {}{\"hunter2\"}}";
    let denied = "admission webhook \"x\" denied the request: hunter2 cannot be used";
    let named = json!({"name": "s", "kind": "secrets"});
    let cases = [
        (
            422,
            "Invalid",
            "Secret \"s\" is invalid: hunter2",
            causes("Secret", &json!(invalid)),
            "the server answered 422 (Invalid): data[a b]",
        ),
        (500, "", typed, json!({}), "the server answered 500"),
        (
            400,
            "BadRequest",
            "cannot unmarshal hunter2",
            json!({}),
            "the server answered 400 (BadRequest)",
        ),
        (403, "Forbidden", denied, named.clone(), "the server answered 403 (Forbidden)"),
        (
            500,
            "InternalError",
            "failed calling webhook \"x\": hunter2",
            json!({}),
            "a webhook could not be asked",
        ),
        (
            409,
            "Conflict",
            "hunter2",
            json!({"causes": owned}),
            "the server answered 409 (Conflict): .data.password (conflict with \"kubectl\" using v1)",
        ),
        (500, "InternalError", "hunter2", json!({}), "the server answered 500 (InternalError)"),
        (404, "NotFound", "secrets \"s\" not found", named.clone(), "secrets \"s\" not found"),
        (
            403,
            "Forbidden",
            "secrets \"s\" is forbidden: User \"u\" cannot patch resource",
            named,
            "secrets \"s\" is forbidden: User \"u\" cannot patch resource",
        ),
    ];
    for (code, reason, message, details, expected) in cases {
        let body = status(code, reason, message, details);
        assert_eq!(refusal(&body).judge(SECRET).message, expected, "{body}");
    }
    let page = Refusal::read(502, None, b"hunter2").judge(SECRET);
    assert_eq!(page.message, "the server answered 502");
}

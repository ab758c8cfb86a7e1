use super::*;
use proptest::prelude::*;
use serde_json::json;

const CREATED: &str = "2025-01-02T03:04:05Z";

/// An object with these fields under our Apply entry.
fn owned(body: &Value, fields: &Value) -> Live {
    let mut object = body.clone();
    let metadata = object.as_object_mut().unwrap().entry("metadata").or_insert(json!({}));
    metadata["managedFields"] = json!([entry("molave", "Apply", fields)]);
    Live(object)
}

fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
    json!({"manager": manager, "operation": operation, "time": CREATED, "fieldsV1": fields})
}

fn marked() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "settings", "creationTimestamp": CREATED,
        "labels": {"applyset.kubernetes.io/part-of": "applyset-a-v1"},
        "annotations": {"molave.dev/owner": "shop/staging/cart#7"},
        "managedFields": [entry("molave", "Apply", &json!({"f:data": {}}))],
    }})
}

/// What becomes of an object when the value at a pointer changes.
fn with(mut object: Value, pointer: &str, value: Value) -> Live {
    *object.pointer_mut(pointer).unwrap() = value;
    Live(object)
}

#[test]
fn our_entry_is_the_newest_apply_of_our_manager_without_a_subresource() {
    let mut old = entry("molave", "Apply", &json!({"f:old": {}}));
    old["time"] = json!("2024-01-01T00:00:00Z");
    let mut status = entry("molave", "Apply", &json!({"f:status": {}}));
    status["subresource"] = json!("status");
    let others = [
        entry("molave", "Apply", &json!({"f:new": {}})),
        old,
        entry("molave", "Update", &json!({"f:update": {}})),
        entry("molave-handover", "Apply", &json!({"f:handover": {}})),
        status,
        json!("nonsense"),
    ];
    let live = Live(json!({"metadata": {"managedFields": others}}));
    assert_eq!(our_entry(&live).unwrap()["fieldsV1"], json!({"f:new": {}}));
    for index in [2, 3, 4, 5] {
        let live = Live(json!({"metadata": {"managedFields": [others[index]]}}));
        assert_eq!(our_entry(&live), None);
    }
}

#[test]
fn a_mark_counts_with_our_apply_entry_and_without_a_controller() {
    assert!(is_marked(&Live(marked()), "applyset-a-v1"));
    assert!(!is_marked(&Live(marked()), "applyset-b-v1"));
    let copied = with(marked(), "/metadata/managedFields/0/manager", json!("kube-controller"));
    assert!(!is_marked(&copied, "applyset-a-v1"));
    let mut child = marked();
    child["metadata"]["ownerReferences"] = json!([{"controller": true}]);
    assert!(!is_marked(&Live(child.clone()), "applyset-a-v1"));
    child["metadata"]["ownerReferences"] = json!([{"controller": false}, {}]);
    assert!(is_marked(&Live(child), "applyset-a-v1"));
}

#[test]
fn an_object_is_made_by_the_attempt_whose_apply_is_not_younger() {
    let time = |text: &str| with(marked(), "/metadata/managedFields/0/time", json!(text));
    assert!(is_made_by(&Live(marked()), "7"));
    assert!(is_made_by(&time("2025-01-02T03:04:04Z"), "7"));
    assert!(!is_made_by(&time("2025-01-02T03:04:06Z"), "7"), "landed on one that was there");
    assert!(!is_made_by(&Live(marked()), "8"));
    let owner = with(marked(), "/metadata/annotations/molave.dev~1owner", json!("nonsense"));
    assert!(!is_made_by(&owner, "7"));
}

#[test]
fn a_time_of_another_form_speaks_against_us() {
    for text in ["", "2025-01-02", "2025-01-02T03:04:04.5Z", "2025-01-02T03:04:04+01:00", "a"] {
        let live = with(marked(), "/metadata/managedFields/0/time", json!(text));
        assert!(!is_made_by(&live, "7"), "{text}");
        let live = with(marked(), "/metadata/creationTimestamp", json!(text));
        assert!(!is_made_by(&live, "7"), "{text}");
    }
    for pointer in ["/metadata/managedFields/0/time", "/metadata/creationTimestamp"] {
        assert!(!is_made_by(&with(marked(), pointer, json!(null)), "7"));
    }
}

#[test]
fn nothing_owned_has_no_digest() {
    assert_eq!(owned_digest(&Live(json!({})), None), None);
    assert_eq!(owned_digest(&owned(&json!({}), &json!({})), None), None);
    assert_eq!(owned_digest(&owned(&json!({}), &json!("text")), None), None);
    assert!(owned_digest(&owned(&json!({}), &json!({"f:data": {}})), None).is_some());
}

#[test]
fn times_and_versions_and_what_others_own_make_no_difference_to_the_digest() {
    let live = owned_digest(&Live(marked()), None);
    for (pointer, value) in [
        ("/metadata/managedFields/0/time", json!("2026-01-01T00:00:00Z")),
        ("/metadata/labels", json!({})),
        ("/metadata/creationTimestamp", json!("2026-01-01T00:00:00Z")),
    ] {
        assert_eq!(owned_digest(&with(marked(), pointer, value), None), live, "{pointer}");
    }
}

/// Field set, object, other object, and whether the digest tells them apart.
#[test]
fn the_digest_sees_values_order_and_length() {
    let items = json!({"f:list": {r#"k:{"name":"a"}"#: {".": {}, "f:v": {}}}});
    let ports = json!({"f:list": {r#"k:{"port":80,"protocol":"TCP"}"#: {".": {}}}});
    let cases = [
        (json!({"f:a": {}}), json!({"a": 1}), json!({"a": 2}), true),
        (json!({"f:a": {}}), json!({"a": 1, "b": 1}), json!({"a": 1, "b": 2}), false),
        (json!({"f:a": {}}), json!({"a": 1}), json!({"a": 1.0}), false),
        (json!({"f:a": {}}), json!({"a": 1}), json!({"a": "1"}), true),
        (json!({"f:a": {}}), json!({"a": null}), json!({}), true),
        (json!({"f:a": {}}), json!({"a": "-"}), json!({}), true),
        (json!({"f:a": {}}), json!({"a": {"x": 1, "y": 2}}), json!({"a": {"y": 2, "x": 1}}), false),
        (json!({"f:a": {}}), json!({"a": [1, 2]}), json!({"a": [2, 1]}), true),
        (json!({"f:a": {}}), json!({"a": {"x\":": 1}}), json!({"a": {"x": 1}}), true),
        (json!({"f:a": {".": {}}}), json!({"a": {}}), json!({}), true),
        (json!({"f:a": {".": {}}}), json!({"a": {}}), json!({"a": {"b": 1}}), false),
        (items.clone(), json!({"list": [{"name": "a", "v": 1}]}), json!({"list": []}), true),
        (
            items.clone(),
            json!({"list": [{"name": "a", "v": 1}, {"name": "b"}]}),
            json!({"list": [{"name": "b"}, {"name": "a", "v": 1}]}),
            true,
        ),
        (
            items.clone(),
            json!({"list": [{"name": "a", "v": 1}]}),
            json!({"list": [{"name": "a", "v": 1}, {"name": "b"}]}),
            true,
        ),
        (
            items.clone(),
            json!({"list": [{"name": "a", "v": 1}]}),
            json!({"list": [{"name": "a", "v": 2}]}),
            true,
        ),
        (
            items,
            json!({"list": [{"name": "a", "v": 1, "w": 1}, "odd"]}),
            json!({"list": [{"name": "a", "v": 1, "w": 2}, 5]}),
            false,
        ),
        (
            ports.clone(),
            json!({"list": [{"port": 80, "protocol": "TCP"}, {"port": 80, "protocol": "UDP"}]}),
            json!({"list": [{"port": 80, "protocol": "UDP"}, {"port": 80, "protocol": "TCP"}]}),
            true,
        ),
        (
            ports,
            json!({"list": [{"port": 80, "protocol": "TCP"}]}),
            json!({"list": [{"port": 80.0, "protocol": "TCP"}]}),
            false,
        ),
        (json!({"f:s": {"v:\"a\"": {}}}), json!({"s": ["a", "b"]}), json!({"s": ["b", "a"]}), true),
        (json!({"f:s": {"v:\"a\"": {}}}), json!({"s": ["a"]}), json!({"s": ["a", "b"]}), false),
        (json!({"f:s": {"v:\"a\"": {}}}), json!({"s": ["a"]}), json!({"s": []}), true),
        (json!({"f:s": {"i:1": {}}}), json!({"s": [1, 2]}), json!({"s": [3, 2]}), false),
        (json!({"f:s": {"i:1": {}}}), json!({"s": [1, 2]}), json!({"s": [1, 3]}), true),
    ];
    for (fields, one, other, apart) in cases {
        let digest = |body| owned_digest(&owned(body, &fields), None).unwrap();
        assert_eq!(digest(&one) != digest(&other), apart, "{fields}: {one}, {other}");
    }
}

#[test]
fn two_items_with_equal_keys_are_both_seen() {
    let fields = json!({"f:env": {r#"k:{"name":"A"}"#: {}}});
    let live =
        |last: &str| json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": last}]});
    let digest = |last| owned_digest(&owned(&live(last), &fields), None);
    assert_ne!(digest("2"), digest("3"));
}

#[test]
fn the_digest_sees_the_field_set_itself() {
    let body = json!({"a": 1, "b": 2});
    let digest = |fields: Value| owned_digest(&owned(&body, &fields), None);
    assert_ne!(digest(json!({"f:a": {}, "f:b": {}})), digest(json!({"f:a": {}})));
    assert_ne!(digest(json!({"f:a": {}, "x:odd": {}})), digest(json!({"f:a": {}})));
    assert_eq!(digest(json!({"f:a": {}, "f:b": {}})), digest(json!({"f:b": {}, "f:a": {}})));
}

fn scaled(managers: &[Value]) -> Live {
    Live(json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 5},
        "metadata": {"managedFields": managers}}))
}

fn replicas_of(manager: &str, operation: &str) -> Value {
    entry(manager, operation, &json!({"f:spec": {"f:replicas": {}}}))
}

fn workload(version: &str, kind: &str, spec: &Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "spec": spec})
}

#[test]
fn replicas_that_we_own_alone_and_drop_are_handed_over() {
    let ours = scaled(&[replicas_of("molave", "Apply")]);
    for (version, kind) in [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "ReplicaSet"),
        ("v1", "ReplicationController"),
    ] {
        let wanted = workload(version, kind, &json!({}));
        assert_eq!(replicas_to_hand_over(&ours, &wanted), Some(5), "{kind}");
    }
    let null = workload("apps/v1", "Deployment", &json!({"replicas": null}));
    assert_eq!(replicas_to_hand_over(&ours, &null), Some(5));
}

#[test]
fn replicas_that_stay_or_that_someone_else_holds_are_not_handed_over() {
    let wanted = workload("apps/v1", "Deployment", &json!({}));
    let ours = replicas_of("molave", "Apply");
    let kept = workload("apps/v1", "Deployment", &json!({"replicas": 2}));
    assert_eq!(replicas_to_hand_over(&scaled(std::slice::from_ref(&ours)), &kept), None);
    for shared in [replicas_of("kubectl", "Update"), replicas_of("molave-handover", "Apply")] {
        assert_eq!(replicas_to_hand_over(&scaled(&[ours.clone(), shared]), &wanted), None);
    }
    let theirs = scaled(&[replicas_of("kubectl", "Update"), entry("molave", "Apply", &json!({}))]);
    assert_eq!(replicas_to_hand_over(&theirs, &wanted), None);
    assert_eq!(replicas_to_hand_over(&scaled(&[]), &wanted), None);
    for (version, kind) in [("example.com/v1", "Deployment"), ("apps/v1", "DaemonSet")] {
        let other = workload(version, kind, &json!({}));
        assert_eq!(replicas_to_hand_over(&scaled(std::slice::from_ref(&ours)), &other), None);
    }
    let text = with(scaled(&[ours]).0, "/spec/replicas", json!("5"));
    assert_eq!(replicas_to_hand_over(&text, &wanted), None);
}

fn lines(before: Value, after: Value) -> Vec<String> {
    shown(&Live(before), &Live(after))
}

fn shown(before: &Live, after: &Live) -> Vec<String> {
    differences(before, after).iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_server_alone_writes_is_no_difference() {
    let before = json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a", "uid": "1"}});
    let after = json!({"status": {"a": 1}, "metadata": {
        "name": "a", "resourceVersion": "2", "generation": 3, "creationTimestamp": CREATED,
        "deletionTimestamp": CREATED, "selfLink": "x", "managedFields": [],
        "deletionGracePeriodSeconds": 3,
    }});
    let (before, after) = (Live(before), Live(after));
    assert_eq!(shown(&before, &after), Vec::<String>::new());
    assert_eq!(shown(&after, &before), Vec::<String>::new());
    let deeper = lines(json!({"spec": {"status": 1, "uid": 1}}), json!({"spec": {}}));
    assert_eq!(deeper, ["spec.status: removed 1", "spec.uid: removed 1"]);
}

#[test]
fn each_change_is_a_line_with_its_place() {
    let cases = [
        (json!({"a": 5}), json!({"a": 3}), "a: 5 → 3"),
        (json!({"a": 5}), json!({}), "a: removed 5"),
        (json!({}), json!({"a": true}), "a: added true"),
        (json!({"a": "1"}), json!({"a": 1}), "a: \"1\" → 1"),
        (json!({"a": ""}), json!({"a": "x"}), "a: \"\" → x"),
        (json!({"a": {"b": null}}), json!({"a": {}}), "a.b: removed null"),
        (json!({"a": {"b.c/d": 1}}), json!({"a": {"b.c/d": 2}}), "a[b.c/d]: 1 → 2"),
        (json!({"a": [1, 2]}), json!({"a": [1]}), "a[1]: removed 2"),
        (
            json!({"a": [{"name": "x", "v": 1}]}),
            json!({"a": [{"name": "x", "v": 2}]}),
            "a[x].v: 1 → 2",
        ),
        (json!({"a": [{"port": 80, "v": 1}]}), json!({"a": [{"port": 80}]}), "a[80].v: removed 1"),
        (
            json!({"a": [{"name": "x"}]}),
            json!({"a": [{"name": "x"}, {"name": "y"}]}),
            "a[y]: added {\"name\":\"y\"}",
        ),
        (
            json!({"a": [{"name": "x"}, {"name": "y"}]}),
            json!({"a": [{"name": "y"}, {"name": "x"}]}),
            "a: order x, y → y, x",
        ),
        (
            json!({"a": [{"name": "x", "v": 1}, {"name": "x", "v": 2}]}),
            json!({"a": [{"name": "x", "v": 1}, {"name": "x", "v": 3}]}),
            "a[1].v: 2 → 3",
        ),
        (json!({"a": "x\u{1b}[31m"}), json!({"a": "y"}), "a: \"x\\u{1b}[31m\" → y"),
        (json!({"a": "x\u{202e}"}), json!({"a": "y"}), "a: \"x\\u{202e}\" → y"),
        (json!({"a": [{}]}), json!({"a": {}}), "a: [{}] → {}"),
    ];
    for (before, after, line) in cases {
        assert_eq!(lines(before, after), [line]);
    }
    assert!(lines(json!({"a": 1}), json!({"a": 1.0})).is_empty());
}

#[test]
fn long_values_are_cut_around_the_first_difference() {
    let text = |end: &str| json!({"a": format!("{}{end}{}", "x".repeat(500), "y".repeat(500))});
    let line = lines(text("1"), text("2")).remove(0);
    assert_eq!(line.chars().count(), 2 * (1 + 60 + 1) + "a:  → ".len() - 2);
    assert!(line.contains("x1y") && line.contains("x2y"), "{line}");
    let line = lines(json!({}), text("1")).remove(0);
    assert_eq!(line, format!("a: added {}…", "x".repeat(60)));
}

#[test]
fn more_than_fifty_lines_are_counted() {
    let body = |value: usize| json!({"a": (0..80).map(|_| value).collect::<Vec<_>>()});
    let lines = lines(body(1), body(2));
    assert_eq!(lines.len(), 51);
    assert_eq!(lines.last().unwrap(), "… and 30 more");
}

#[test]
fn values_of_secrets_are_hidden_wherever_they_stand() {
    let secret = |value: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "type": value,
            "data": {"a": value}, "stringData": {"b": value, "c": {"d": value}},
            "metadata": {"annotations": {"copy.example.com/all": value, "molave.dev/owner": "a"}}})
    };
    let shown = lines(secret("old"), secret("new"));
    assert_eq!(
        shown,
        [
            "data.a: (hidden) → (hidden)",
            "metadata.annotations[copy.example.com/all]: (hidden) → (hidden)",
            "stringData.b: (hidden) → (hidden)",
            "stringData.c.d: (hidden) → (hidden)",
            "type: old → new",
        ]
    );
    let bare = json!({"apiVersion": "v1", "kind": "Secret"});
    for (before, after) in [(secret("old"), bare.clone()), (bare, secret("old"))] {
        let shown = lines(before, after).join("\n").replace("type: added old", "");
        assert!(!shown.replace("type: removed old", "").contains("old"), "{shown}");
    }
}

#[test]
fn a_secret_is_known_even_if_only_one_side_says_its_kind() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "old"}});
    let item = json!({"data": {"a": "new"}});
    assert_eq!(lines(secret.clone(), item.clone()), ["data.a: (hidden) → (hidden)"]);
    assert_eq!(lines(item, secret), ["data.a: (hidden) → (hidden)"]);
}

#[test]
fn telling_names_hide_their_values_in_any_object() {
    for (body, hidden) in [
        (json!({"data": {"db-password": "v"}}), true),
        (json!({"env": [{"name": "DB_PASSWORD", "value": "v"}]}), true),
        (json!({"args": ["--api-token=v"]}), true),
        (json!({"spec": {"tokens": ["v"]}}), true),
        (json!({"a": {"kubectl.kubernetes.io/last-applied-configuration": "v"}}), true),
        (json!({"env": [{"name": "LEVEL", "value": "v"}]}), false),
        (json!({"secret": {"secretName": "v"}}), false),
        (json!({"secretKeyRef": {"name": "v"}}), false),
        (json!({"args": ["--level=v"]}), false),
    ] {
        let inside = json!({"spec": body});
        for shown in [lines(json!({}), inside.clone()), lines(inside, json!({"spec": {}}))] {
            let text = shown.join("\n").replace("removed", "").replace("level", "");
            let text = text.replace("env", "").replace("value", "").replace("kubectl.ku", "");
            assert_eq!(!text.contains('v'), hidden, "{body}: {shown:?}");
        }
    }
}

#[test]
fn lost_ownership_is_a_difference_if_nothing_else_is() {
    let both = json!({"f:data": {"f:a": {}, "f:b": {}, "f:c": {"f:d": {}, "f:e": {}}}});
    let full = owned(&json!({"data": 1}), &both);
    let less = owned(&json!({"data": 1}), &json!({"f:data": {"f:a": {}}}));
    let line = |what: &str| [format!("metadata.managedFields: {what}")];
    assert_eq!(shown(&less, &full), line("3 fields of ours taken over by others"));
    let nothing = Live(json!({"data": 1, "metadata": {}}));
    assert_eq!(shown(&nothing, &less), line("1 field of ours taken over by others"));
    assert_eq!(shown(&full, &less), line("3 fields of ours that the manifest no longer has"));
    let changed = owned(&json!({"data": 2}), &json!({"f:data": {"f:a": {}}}));
    assert_eq!(shown(&changed, &full), ["data: 2 → 1"]);
}

/// Fields of another manager, the change, and how it is shown.
#[test]
fn a_difference_names_who_else_set_the_value_and_when() {
    let web = r#"k:{"name":"web"}"#;
    let cases = [
        (json!({"f:a": {}}), json!({"a": 1}), json!({"a": 2}), "a: 1 → 2 (kubectl, 2026)"),
        (json!({"f:b": {}}), json!({"a": 1}), json!({"a": 2}), "a: 1 → 2"),
        (
            json!({"f:a": {}}),
            json!({"a": {"b": 1}}),
            json!({"a": {"b": 2}}),
            "a.b: 1 → 2 (kubectl, 2026)",
        ),
        (
            json!({"f:a": {"f:b": {}}}),
            json!({"a": {"b": 1}}),
            json!({"a": {}}),
            "a.b: removed 1 (kubectl, 2026)",
        ),
        (json!({"f:a": {"f:c": {}}}), json!({"a": {"b": 1}}), json!({"a": {"b": 2}}), "a.b: 1 → 2"),
        (json!({}), json!({}), json!({"a": 1}), "a: added 1"),
        (
            json!({"f:l": {web: {"f:v": {}}}}),
            json!({"l": [{"name": "api", "v": 1}, {"name": "web", "v": 1}]}),
            json!({"l": [{"name": "api", "v": 1}, {"name": "web", "v": 2}]}),
            "l[web].v: 1 → 2 (kubectl, 2026)",
        ),
        (
            json!({"f:l": {web: {"f:v": {}}}}),
            json!({"l": [{"name": "api", "v": 1}, {"name": "web", "v": 1}]}),
            json!({"l": [{"name": "api", "v": 2}, {"name": "web", "v": 1}]}),
            "l[api].v: 1 → 2",
        ),
        (
            json!({"f:l": {r#"v:"x""#: {}}}),
            json!({"l": ["y", "x"]}),
            json!({"l": ["y"]}),
            "l[1]: removed x (kubectl, 2026)",
        ),
        (
            json!({"f:l": {"i:0": {}}}),
            json!({"l": [5]}),
            json!({"l": [6]}),
            "l[0]: 5 → 6 (kubectl, 2026)",
        ),
    ];
    for (fields, before, after, line) in cases {
        let mut before = owned(&before, &json!({"f:a": {}, "f:l": {}})).0;
        let mut other = entry("kubectl", "Update", &fields);
        other["time"] = json!("2026");
        let mut older = entry("argocd", "Update", &fields);
        older["time"] = json!("2024");
        let entries = before["metadata"]["managedFields"].as_array_mut().unwrap();
        entries.extend([other, older]);
        assert_eq!(shown(&Live(before), &Live(after)).first().unwrap(), line, "{fields}");
    }
}

#[test]
fn an_object_is_as_left_by_its_version_or_by_what_we_own_of_it() {
    let mut live = owned(&json!({"data": 1, "other": 1}), &json!({"f:data": {}}));
    live.0["metadata"]["uid"] = json!("u1");
    live.0["metadata"]["resourceVersion"] = json!("7");
    let recorded = |version: &str, owned: Option<String>| Entry {
        uid: Some("u1".to_owned()),
        resource_version: Some(version.to_owned()),
        owned,
        ..Entry::default()
    };
    let digest = owned_digest(&live, None);
    assert!(is_as_left(&live, &recorded("7", None), None));
    assert!(is_as_left(&live, &recorded("6", digest.clone()), None), "others changed theirs");
    assert!(!is_as_left(&live, &recorded("6", None), None), "nothing is known of what we own");
    assert!(!is_as_left(&live, &recorded("6", digest.clone()), Some(b"key")), "another key");
    let keyed = owned_digest(&live, Some(b"key"));
    assert!(is_as_left(&live, &recorded("6", keyed), Some(b"key")));
    let changed = with(live.0.clone(), "/data", json!(2));
    assert!(!is_as_left(&changed, &recorded("6", digest.clone()), None));
    let other = with(live.0.clone(), "/metadata/uid", json!("u2"));
    assert!(!is_as_left(&other, &recorded("7", digest.clone()), None), "made again by others");
    let mut nameless = recorded("7", digest.clone());
    nameless.uid = None;
    assert!(!is_as_left(&live, &nameless, None));
    let mut unversioned = live.clone();
    unversioned.0["metadata"]["resourceVersion"] = json!("");
    assert!(!is_as_left(&unversioned, &recorded("", None), None));
    live.0["metadata"]["deletionTimestamp"] = json!(CREATED);
    assert!(!is_as_left(&live, &recorded("7", digest), None));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(&["", "a", "1", "\u{1b}[0m", "ä\"\\", "password", "molave"])
            .prop_map(Value::from),
    ];
    let keys = ["", "a", "name", "data", "f:a", "k:{\"name\":1}", "k:", "v:1", "i:0", "i:-1", "."];
    let key = prop::sample::select(keys.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_judged_without_panic(one in any_json(), other in any_json(), fields in any_json()) {
        let live = owned(&json!({"a": one, "spec": other}), &fields);
        let again = Live(json!({"a": other, "metadata": one, "kind": "Secret", "apiVersion": "v1"}));
        prop_assert_eq!(owned_digest(&live, None), owned_digest(&live, None));
        drop(owned_digest(&live, Some(b"key")));
        prop_assert!(differences(&live, &again).len() <= 51);
        prop_assert!(differences(&live, &live).is_empty());
        let _ = (is_marked(&again, "a"), is_made_by(&again, "a"), our_entry(&Live(fields)));
        let _ = replicas_to_hand_over(&live, &again.0);
    }

    #[test]
    fn any_changed_leaf_is_noticed(one in any_json(), other in any_json()) {
        let live = |value: &Value| owned(&json!({"a": value}), &json!({"f:a": {}}));
        let equal = owned_digest(&live(&one), None) == owned_digest(&live(&other), None);
        prop_assert_eq!(equal, differences(&live(&one), &live(&other)).is_empty());
    }
}

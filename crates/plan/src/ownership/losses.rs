//! What an object loses when the fields of those who kept it become ours, and our apply leaves some of
//! them out. A server that is asked about the apply alone cannot know of that.
//!
//! Owns which fields go: those taken over that neither our apply sets nor anyone else owns. It must
//! not know what a server puts in their place.

use super::fields::Element;
use super::transfer::{self, Predecessor};
use super::{has_replicas, is_ours, our_fields};
use crate::live::Live;
use go_yaml::pointer;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What of the metadata is up to those who write an object.
const METADATA: [&str; 4] = ["annotations", "finalizers", "labels", "ownerReferences"];

/// The patch (RFC 6902) that makes a live object what is left of it once the fields of others are
/// ours and we have applied; for trial only. `after` is what our apply makes of it while they are
/// theirs. Nothing if nothing more goes.
///
/// The number of replicas stays: it is handed over ([`super::replicas_to_hand_over`]).
pub fn leaving_out(live: &Live, after: &Live, from: &[Predecessor<'_>]) -> Option<Value> {
    let entries = transfer::entries_after(live, from)?;
    let (ours, others): (Vec<&Value>, Vec<&Value>) = entries.iter().partition(|it| is_ours(it));
    let taken = ours.first()?.get("fieldsV1")?;
    let replicas = json!({"f:spec": {"f:replicas": {}}});
    let kept = others.iter().filter_map(|entry| entry.get("fieldsV1"));
    let kept = kept.chain(our_fields(after)).chain(has_replicas(&live.0).then_some(&replicas));
    let mut left = after.0.clone();
    take_out(&mut left, taken, &kept.collect::<Vec<_>>()).then(|| patch(&live.0, &left))
}

/// Takes out of a value what is owned and not kept. Whether any of it was there.
fn take_out(value: &mut Value, owned: &Value, kept: &[&Value]) -> bool {
    let mut is_any = false;
    for (key, below) in owned.as_object().into_iter().flatten() {
        let kept: Vec<&Value> = kept.iter().filter_map(|set| set.get(key)).collect();
        is_any |= match Element::parse(key) {
            Some(Element::Field(name)) => take_field(value, name, below, &kept),
            Some(Element::Item(keys)) => take_items(value, &keys, below, &kept),
            Some(Element::Member(member)) => {
                kept.is_empty() && take_from_list(value, |item| *item == member)
            }
            // A list whose items have no keys is owned as one.
            Some(Element::Itself | Element::Index(_)) | None => false,
        };
    }
    is_any
}

fn take_field(value: &mut Value, name: &str, below: &Value, kept: &[&Value]) -> bool {
    let Some(map) = value.as_object_mut() else { return false };
    if kept.is_empty() && is_whole(below) {
        return map.remove(name).is_some();
    }
    let Some(inner) = map.get_mut(name) else { return false };
    let is_any = take_out(inner, below, kept);
    if is_any && kept.is_empty() && is_void(inner) {
        drop(map.remove(name));
    }
    is_any
}

fn take_items(
    value: &mut Value,
    keys: &Map<String, Value>,
    below: &Value,
    kept: &[&Value],
) -> bool {
    let is_it = |item: &Value| keys.iter().all(|(key, value)| item.get(key) == Some(value));
    if kept.is_empty() && is_whole(below) {
        return take_from_list(value, is_it);
    }
    // An item that stays is nothing without its keys.
    let mut below = below.clone();
    if let Some(fields) = below.as_object_mut() {
        fields.retain(|field, _| !field.strip_prefix("f:").is_some_and(|it| keys.contains_key(it)));
    }
    let items = value.as_array_mut().into_iter().flatten().filter(|item| is_it(item));
    items.map(|item| take_out(item, &below, kept)).filter(|is_any| *is_any).count() > 0
}

fn take_from_list(value: &mut Value, is_it: impl Fn(&Value) -> bool) -> bool {
    let Some(items) = value.as_array_mut() else { return false };
    let before = items.len();
    items.retain(|item| !is_it(item));
    items.len() < before
}

/// Whether a path itself is owned, and not only what is below it.
fn is_whole(fields: &Value) -> bool {
    transfer::is_empty(fields) || fields.get(".").is_some()
}

fn is_void(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn patch(live: &Value, left: &Value) -> Value {
    let parts = |of: &Value| -> Vec<String> {
        of.as_object().into_iter().flat_map(Map::keys).cloned().collect()
    };
    let known = ["apiVersion", "kind", "metadata"];
    let roots: BTreeSet<String> = parts(live).into_iter().chain(parts(left)).collect();
    let roots = roots.into_iter().filter(|part| !known.contains(&part.as_str()));
    let roots = roots.map(|part| pointer::below("", &part));
    let places = roots.chain(METADATA.map(|part| format!("/metadata/{part}")));
    let change = |place: String| match (live.pointer(&place), left.pointer(&place)) {
        (before, after) if before == after => None,
        (_, Some(after)) => Some(json!({"op": "add", "path": place, "value": after})),
        (_, None) => Some(json!({"op": "remove", "path": place})),
    };
    Value::Array(places.filter_map(change).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSA: Predecessor<'static> =
        Predecessor { managers: &["kubectl-client-side-apply"], operation: "Update", keeps: None };

    fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields})
    }

    /// An object of a kind, with these fields of kubectl's and of a third one.
    fn live(body: &Value, theirs: &Value, third: &Value) -> Live {
        let mut object = body.clone();
        let update = entry(CSA.managers[0], "Update", theirs);
        object["metadata"]["managedFields"] = json!([update, entry("third", "Update", third)]);
        Live(object)
    }

    /// The same after our apply, which sets these fields.
    fn after(live: &Live, ours: &Value) -> Live {
        let mut after = live.clone();
        let entries = after.0["metadata"]["managedFields"].as_array_mut().unwrap();
        entries.push(entry("molave", "Apply", ours));
        after
    }

    #[test]
    fn what_is_taken_over_goes_unless_we_set_it_or_another_owns_it() {
        let variable = |name: &str| format!("k:{{\"name\":\"{name}\"}}");
        let whole = json!({".": {}, "f:name": {}, "f:value": {}});
        let variables = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]);
        let cases = [
            // What is live; kubectl's, a third one's, and what we set of it; what is left.
            (
                json!({"data": {"a": "1", "b": "2", "c": "3"}}),
                json!({"f:data": {".": {}, "f:a": {}, "f:b": {}, "f:c": {}}}),
                json!({"f:data": {"f:c": {}}}),
                json!({"f:data": {"f:a": {}}}),
                Some(json!({"data": {"a": "1", "c": "3"}})),
            ),
            // What nobody owns stays, and goes with what holds it.
            (
                json!({"data": {"a": "1", "x": "2"}}),
                json!({"f:data": {"f:a": {}}}),
                json!({}),
                json!({}),
                Some(json!({"data": {"x": "2"}})),
            ),
            (
                json!({"data": {"a": "1", "x": "2"}}),
                json!({"f:data": {".": {}, "f:a": {}}}),
                json!({}),
                json!({}),
                Some(json!({})),
            ),
            // Nothing is left of a map.
            (
                json!({"spec": {"outer": {"inner": 1}, "more": 2}}),
                json!({"f:spec": {"f:outer": {"f:inner": {}}}}),
                json!({}),
                json!({}),
                Some(json!({"spec": {"more": 2}})),
            ),
            // We set the map, and nothing in it.
            (
                json!({"spec": {"emptyDir": {"sizeLimit": 1}}}),
                json!({"f:spec": {"f:emptyDir": {".": {}, "f:sizeLimit": {}}}}),
                json!({}),
                json!({"f:spec": {"f:emptyDir": {}}}),
                Some(json!({"spec": {"emptyDir": {}}})),
            ),
            // Items by key, and a field of an item that stays.
            (
                json!({"env": variables}),
                json!({"f:env": {".": {}, variable("A"): whole, variable("B"): whole}}),
                json!({}),
                json!({"f:env": {variable("A"): {"f:name": {}}}}),
                Some(json!({"env": [{"name": "A"}]})),
            ),
            (
                json!({"env": variables}),
                json!({"f:env": {variable("A"): whole, variable("B"): whole}}),
                json!({"f:env": {variable("B"): {"f:value": {}}}}),
                json!({}),
                Some(json!({"env": [{"name": "B", "value": "2"}]})),
            ),
            // Members of a set, and a list that is owned as one.
            (
                json!({"set": ["a", "b"], "list": [1, 2]}),
                json!({"f:set": {"v:\"a\"": {}, "v:\"b\"": {}}, "f:list": {}}),
                json!({}),
                json!({"f:set": {"v:\"b\"": {}}}),
                Some(json!({"set": ["b"]})),
            ),
            // It is not there any more, or we set all of it.
            (json!({}), json!({"f:data": {"f:a": {}}}), json!({}), json!({}), None),
            (
                json!({"data": {"a": "1"}}),
                json!({"f:data": {".": {}, "f:a": {}}}),
                json!({}),
                json!({"f:data": {"f:a": {}}}),
                None,
            ),
        ];
        for (body, theirs, third, ours, left) in cases {
            let mut value = body.clone();
            let is_any = take_out(&mut value, &theirs, &[&third, &ours]);
            assert_eq!(is_any.then_some(value), left, "{body}");
            let live = live(&body, &theirs, &third);
            let patch = leaving_out(&live, &after(&live, &ours), &[CSA]);
            assert_eq!(patch.is_some(), left.is_some(), "{body}");
        }
    }

    #[test]
    fn the_patch_replaces_what_differs_and_leaves_the_servers_part_alone() {
        let body = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "binaryData": {"x": "eA=="},
            "data": {"a": "1", "b": "2"}, "immutable": false,
            "metadata": {"uid": "u1", "annotations": {"theirs": "x"}, "labels": {"app": "cart"}},
        });
        let theirs = json!({
            "f:binaryData": {".": {}, "f:x": {}}, "f:data": {"f:a": {}, "f:b": {}},
            "f:metadata": {"f:annotations": {".": {}, "f:theirs": {}}},
        });
        let live = live(&body, &theirs, &json!({}));
        let mut after = after(&live, &json!({"f:data": {"f:a": {}}}));
        after.0["data"]["a"] = json!("3");
        after.0["metadata"]["resourceVersion"] = json!("9");
        let expected = json!([
            {"op": "remove", "path": "/binaryData"},
            {"op": "add", "path": "/data", "value": {"a": "3"}},
            {"op": "remove", "path": "/metadata/annotations"},
        ]);
        assert_eq!(leaving_out(&live, &after, &[CSA]), Some(expected));
    }

    #[test]
    fn what_nobody_of_them_set_and_the_number_of_replicas_stay() {
        let body = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 3}});
        let theirs = json!({"f:spec": {"f:replicas": {}}});
        let scaled = live(&body, &theirs, &json!({}));
        assert_eq!(leaving_out(&scaled, &after(&scaled, &json!({})), &[CSA]), None);
        let stranger = Predecessor { managers: &["another"], ..CSA };
        let object = live(&json!({"data": {"a": "1"}}), &json!({"f:data": {}}), &json!({}));
        assert_eq!(leaving_out(&object, &after(&object, &json!({})), &[stranger]), None);
    }
}

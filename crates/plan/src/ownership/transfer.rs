//! Handing ownership over outside of an apply: marks put on and taken off, and the fields of other
//! managers made ours.
//!
//! Owns the patches (RFC 6902) that do so. Each names the resource version it was made for, which
//! the server answers with a conflict when the object has moved on. It must not send them, nor judge
//! who may be taken from.

use super::{is_ours, text};
use crate::live::Live;
use crate::marks::{self, HANDOVER_MANAGER, MANAGER, Owner, TOUCH_MANAGER};
use serde_json::{Map, Value, json};

/// Whose fields are taken over: managers with the operation they wrote by.
#[derive(Clone, Copy, Debug)]
pub struct Predecessor<'a> {
    /// The field managers.
    pub managers: &'a [&'a str],
    /// `Update` or `Apply`.
    pub operation: &'a str,
    /// An annotation that stays theirs, if there is one: their own record.
    pub keeps: Option<&'a str>,
}

/// Nobody's fields but those that [`marking`] wrote itself.
pub const OURSELVES: Predecessor<'static> =
    Predecessor { managers: &[HANDOVER_MANAGER], operation: "Update", keeps: None };

/// The patch that puts our marks on a live object; nothing if it has them. It is to be sent as
/// [`HANDOVER_MANAGER`], after which [`taking_over`] gives the marks to the manager that applies.
pub fn marking(live: &Live, applyset: &str, owner: &Owner) -> Option<Value> {
    let mut after = live.0.clone();
    marks::mark(&mut after, applyset, owner);
    let metadata = after.get("metadata")?;
    (Some(metadata) != live.0.get("metadata")).then(|| {
        let maps = ["labels", "annotations"].into_iter();
        let maps = maps.map(|key| put(key, metadata.get(key).unwrap_or(&Value::Null)));
        patch(live, maps)
    })
}

/// The patch that takes our marks and our ownership off a live object, so that it is nobody's;
/// nothing if it has neither. What we set stays as it is.
pub fn unmarking(live: &Live) -> Option<Value> {
    let is_of_us = |entry: &&Value| {
        [MANAGER, HANDOVER_MANAGER, TOUCH_MANAGER].contains(&text(entry, "manager"))
    };
    let others = live.managed_fields().iter().filter(|entry| !is_of_us(entry)).cloned();
    let mut others: Vec<Value> = others.collect();
    let mut operations = Vec::new();
    for (key, mark) in [("labels", marks::PART_OF), ("annotations", marks::OWNER)] {
        let map = live.0.get("metadata").and_then(|metadata| metadata.get(key)?.as_object());
        if let Some(map) = map.filter(|map| map.contains_key(mark)) {
            let mut map = map.clone();
            drop(map.remove(mark));
            operations.push(put(key, &Value::Object(map)));
        }
    }
    if others.len() != live.managed_fields().len() {
        // The server takes an empty list for no wish at all, and this for "nobody".
        if others.is_empty() {
            others.push(json!({}));
        }
        operations.push(put("managedFields", &Value::Array(others)));
    }
    (!operations.is_empty()).then(|| patch(live, operations.into_iter()))
}

/// The patch that makes the fields of others ours, as if we had applied them: what our next apply
/// leaves out then goes. Nothing if they own none. An entry in another API version than the rest
/// stays: what its paths mean is for the server to know.
pub fn taking_over(live: &Live, from: &[Predecessor<'_>]) -> Option<Value> {
    let entries = put("managedFields", &Value::Array(entries_after(live, from)?));
    Some(patch(live, std::iter::once(entries)))
}

/// The entries of `managedFields` once the fields of others are ours; nothing if they own none.
pub(super) fn entries_after(live: &Live, from: &[Predecessor<'_>]) -> Option<Vec<Value>> {
    let mut entries = live.managed_fields().to_vec();
    let version = version_of_result(&entries, from)?;
    let mut gained = Value::Object(Map::new());
    let mut time = None;
    for predecessor in from {
        for entry in entries.iter_mut().filter(|entry| predecessor.is_author(entry)) {
            if text(entry, "apiVersion") != version {
                continue;
            }
            let fields = entry.get("fieldsV1").cloned().unwrap_or_default();
            let (taken, kept) = predecessor.split(fields);
            gained = union(gained, taken);
            time = time.max(entry.get("time").and_then(Value::as_str).map(str::to_owned));
            set(entry, "fieldsV1", kept);
        }
    }
    if is_empty(&gained) {
        return None;
    }
    entries.retain(|entry| !entry.get("fieldsV1").is_none_or(is_empty));
    match entries.iter_mut().find(|entry| is_ours(entry)) {
        Some(ours) => {
            let fields = ours.get("fieldsV1").cloned().unwrap_or_default();
            set(ours, "fieldsV1", union(fields, gained));
        }
        None => entries.push(our_first(&version, time, gained)),
    }
    Some(entries)
}

/// Whether anyone of these wrote the object.
pub fn is_of(live: &Live, from: &[Predecessor<'_>]) -> bool {
    let mut entries = live.managed_fields().iter();
    entries.any(|entry| from.iter().any(|predecessor| predecessor.is_author(entry)))
}

impl Predecessor<'_> {
    fn is_author(&self, entry: &Value) -> bool {
        self.managers.contains(&text(entry, "manager"))
            && text(entry, "operation") == self.operation
            && text(entry, "subresource").is_empty()
    }

    /// The fields that are taken, and those that stay theirs.
    fn split(&self, mut fields: Value) -> (Value, Value) {
        let Some(annotation) = self.keeps else { return (fields, Value::Null) };
        let field = format!("f:{annotation}");
        let path = ["f:metadata", "f:annotations", &field];
        if !remove(&mut fields, &path) {
            return (fields, Value::Null);
        }
        (fields, json!({"f:metadata": {"f:annotations": {field: {}}}}))
    }
}

/// Takes a path out of a set, and what then leads nowhere: an empty tree would be a leaf. Whether
/// it was there.
fn remove(fields: &mut Value, path: &[&str]) -> bool {
    let (Some(map), Some((key, rest))) = (fields.as_object_mut(), path.split_first()) else {
        return false;
    };
    if rest.is_empty() {
        return map.remove(*key).is_some();
    }
    let Some(below) = map.get_mut(*key) else { return false };
    let was_there = remove(below, rest);
    if was_there && is_empty(below) {
        drop(map.remove(*key));
    }
    was_there
}

/// The API version of our entry once it has their fields: ours, else that of their newest.
fn version_of_result(entries: &[Value], from: &[Predecessor<'_>]) -> Option<String> {
    let is_theirs = |entry: &&Value| from.iter().any(|predecessor| predecessor.is_author(entry));
    let ours = entries.iter().find(|entry| is_ours(entry));
    let theirs = entries.iter().filter(is_theirs).max_by_key(|entry| text(entry, "time"));
    ours.or(theirs).map(|entry| text(entry, "apiVersion").to_owned())
}

fn our_first(version: &str, time: Option<String>, fields: Value) -> Value {
    let mut entry = Map::new();
    entry.insert("manager".to_owned(), MANAGER.into());
    entry.insert("operation".to_owned(), "Apply".into());
    entry.insert("apiVersion".to_owned(), version.into());
    if let Some(time) = time {
        entry.insert("time".to_owned(), time.into());
    }
    entry.insert("fieldsType".to_owned(), "FieldsV1".into());
    entry.insert("fieldsV1".to_owned(), fields);
    Value::Object(entry)
}

/// All paths of both sets. A tree of children does not hold its root, unless it says so by `.`.
fn union(left: Value, right: Value) -> Value {
    let (Value::Object(mut left), Value::Object(right)) = (left, right) else {
        return Value::Object(Map::new());
    };
    for (key, theirs) in right {
        let both = match left.remove(&key) {
            None => theirs,
            Some(ours) => {
                let is_leaf = is_empty(&ours) != is_empty(&theirs);
                let mut both = union(ours, theirs);
                if is_leaf {
                    set(&mut both, ".", Value::Object(Map::new()));
                }
                both
            }
        };
        left.insert(key, both);
    }
    Value::Object(left)
}

pub(super) fn is_empty(fields: &Value) -> bool {
    fields.as_object().is_none_or(Map::is_empty)
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// Sets a part of the metadata, whether it is there or not.
fn put(key: &str, value: &Value) -> Value {
    json!({"op": "add", "path": format!("/metadata/{key}"), "value": value})
}

fn patch(live: &Live, operations: impl Iterator<Item = Value>) -> Value {
    let version = put("resourceVersion", &live.resource_version().into());
    Value::Array(std::iter::once(version).chain(operations).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSA: Predecessor<'static> = Predecessor {
        managers: &["kubectl-client-side-apply"],
        operation: "Update",
        keeps: Some("last"),
    };

    fn entry(manager: &str, operation: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": "t",
               "fieldsType": "FieldsV1", "fieldsV1": fields})
    }

    fn live(entries: &[Value]) -> Live {
        Live(json!({"metadata": {"name": "x", "resourceVersion": "7", "managedFields": entries}}))
    }

    fn owner() -> Owner {
        Owner::parse("shop/staging/cart#a1").unwrap()
    }

    /// What a patch sets a part of the metadata to.
    fn put_by<'a>(patch: &'a Value, key: &str) -> Option<&'a Value> {
        let path = format!("/metadata/{key}");
        let mut operations = patch.as_array().unwrap().iter().rev();
        let found = operations.find(|operation| operation["path"] == *path);
        found.map(|operation| &operation["value"])
    }

    #[test]
    fn every_patch_holds_for_one_version_alone() {
        let object = live(&[entry("molave", "Apply", &json!({"f:data": {}}))]);
        let theirs = live(&[entry(CSA.managers[0], "Update", &json!({"f:data": {}}))]);
        let patches =
            [marking(&object, "set", &owner()), unmarking(&object), taking_over(&theirs, &[CSA])];
        for patch in patches {
            assert_eq!(put_by(&patch.unwrap(), "resourceVersion"), Some(&json!("7")));
        }
    }

    #[test]
    fn the_fields_of_others_become_ours_but_for_their_own_record() {
        let theirs = json!({
            "f:metadata": {"f:annotations": {".": {}, "f:last": {}, "f:note": {}}},
            "f:data": {".": {}, "f:a": {}},
        });
        let kubelet = entry("kubelet", "Update", &json!({"f:status": {}}));
        let object = live(&[entry(CSA.managers[0], "Update", &theirs), kubelet.clone()]);
        let patch = taking_over(&object, &[CSA]).unwrap();
        let kept = json!({"f:metadata": {"f:annotations": {"f:last": {}}}});
        let taken = json!({
            "f:metadata": {"f:annotations": {".": {}, "f:note": {}}},
            "f:data": {".": {}, "f:a": {}},
        });
        let expected = [
            entry(CSA.managers[0], "Update", &kept),
            kubelet.clone(),
            entry(MANAGER, "Apply", &taken),
        ];
        assert_eq!(put_by(&patch, "managedFields"), Some(&json!(expected)));

        let all = Predecessor { keeps: None, ..CSA };
        let patch = taking_over(&object, &[all]).unwrap();
        let expected = [kubelet, entry(MANAGER, "Apply", &theirs)];
        assert_eq!(put_by(&patch, "managedFields"), Some(&json!(expected)));
    }

    #[test]
    fn what_held_nothing_but_their_record_leaves_no_empty_branch() {
        let theirs = json!({"f:metadata": {"f:annotations": {"f:last": {}}}, "f:data": {}});
        let object = live(&[entry(CSA.managers[0], "Update", &theirs)]);
        let patch = taking_over(&object, &[CSA]).unwrap();
        let entries = put_by(&patch, "managedFields").unwrap();
        assert_eq!(entries[1]["fieldsV1"], json!({"f:data": {}}));
        // Once taken over, there is nothing to take.
        let again = live(entries.as_array().unwrap());
        assert_eq!(taking_over(&again, &[CSA]), None);
    }

    #[test]
    fn what_we_owned_before_stays_ours() {
        let ours = entry(MANAGER, "Apply", &json!({"f:data": {"f:a": {}}, "f:spec": {}}));
        let theirs = json!({"f:data": {"f:b": {}}, "f:spec": {"f:x": {}}});
        let object = live(&[ours, entry(CSA.managers[0], "Update", &theirs)]);
        let patch = taking_over(&object, &[CSA]).unwrap();
        let both = json!({"f:data": {"f:a": {}, "f:b": {}}, "f:spec": {".": {}, "f:x": {}}});
        assert_eq!(put_by(&patch, "managedFields"), Some(&json!([entry(MANAGER, "Apply", &both)])));
    }

    #[test]
    fn others_a_status_and_another_api_version_are_left_alone() {
        let fields = json!({"f:data": {}});
        let mut status = entry(CSA.managers[0], "Update", &fields);
        status["subresource"] = json!("status");
        let strangers =
            [entry("helm", "Update", &fields), entry(CSA.managers[0], "Apply", &fields)];
        for stranger in strangers.into_iter().chain([status]) {
            let object = live(&[stranger]);
            assert_eq!(taking_over(&object, &[CSA]), None, "{object:?}");
            assert!(!is_of(&object, &[CSA]), "{object:?}");
        }
        let mut old = entry(CSA.managers[0], "Update", &fields);
        old["apiVersion"] = json!("v1beta1");
        old["time"] = json!("a");
        let object = live(&[old.clone(), entry(CSA.managers[0], "Update", &fields)]);
        assert!(is_of(&object, &[CSA]));
        let patch = taking_over(&object, &[CSA]).unwrap();
        let expected = json!([old, entry(MANAGER, "Apply", &fields)]);
        assert_eq!(put_by(&patch, "managedFields"), Some(&expected));
    }

    #[test]
    fn an_object_is_marked_once_and_keeps_its_other_labels() {
        let mut object = live(&[]);
        object.0["metadata"]["labels"] = json!({"app": "cart"});
        let patch = marking(&object, "set", &owner()).unwrap();
        let labels = json!({"app": "cart", marks::PART_OF: "set"});
        assert_eq!(put_by(&patch, "labels"), Some(&labels));
        let annotations = json!({marks::OWNER: "shop/staging/cart#a1"});
        assert_eq!(put_by(&patch, "annotations"), Some(&annotations));
        object.0["metadata"]["labels"] = labels;
        object.0["metadata"]["annotations"] = annotations;
        assert_eq!(marking(&object, "set", &owner()), None);
    }

    #[test]
    fn what_is_unmarked_is_nobodys() {
        let mine = [
            entry(MANAGER, "Apply", &json!({"f:data": {}})),
            entry(HANDOVER_MANAGER, "Apply", &json!({"f:spec": {}})),
        ];
        let mut object = live(&mine);
        object.0["metadata"]["labels"] = json!({"app": "cart", marks::PART_OF: "set"});
        object.0["metadata"]["annotations"] = json!({marks::OWNER: "a/b/c#d"});
        let patch = unmarking(&object).unwrap();
        assert_eq!(put_by(&patch, "labels"), Some(&json!({"app": "cart"})));
        assert_eq!(put_by(&patch, "annotations"), Some(&json!({})));
        assert_eq!(put_by(&patch, "managedFields"), Some(&json!([{}])));
        let theirs = [entry("helm", "Apply", &json!({"f:data": {}}))];
        assert_eq!(unmarking(&live(&theirs)), None);
    }
}

//! The marks on what we made, and the names under which our records are kept.
//!
//! Owns every label, annotation and field manager of ours, and the ids of `ApplySet`s (KEP-3659).
//! It must not know what carries them.

use crate::inventory::Inventory;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// The field manager of everything we apply.
pub const MANAGER: &str = "molave";
/// The field manager that holds a value between us and its next owner.
pub const HANDOVER_MANAGER: &str = "molave-handover";
/// The field manager that touches what an earlier run meant to delete.
pub const TOUCH_MANAGER: &str = "molave-touch";
/// The annotation that a touch sets for a moment.
pub const TOUCHED: &str = "molave.dev/touched";
/// The label that names the set an object belongs to (KEP-3659).
pub const PART_OF: &str = "applyset.kubernetes.io/part-of";
/// The label of a parent: the id of its set (KEP-3659).
pub const APPLYSET_ID: &str = "applyset.kubernetes.io/id";
/// The annotation of a parent: which tool the set belongs to, so that no other one prunes it
/// (KEP-3659).
pub const TOOLING: &str = "applyset.kubernetes.io/tooling";
/// The annotation of a parent: the kinds of its members (KEP-3659).
pub const GROUP_KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// The annotation of a parent: the namespaces of its members besides its own (KEP-3659).
pub const ADDITIONAL_NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
/// The annotation that says whose an object is: `project/environment/service#attempt`.
pub const OWNER: &str = "molave.dev/owner";
/// The annotation that keeps an object when Git drops it, if it is `disabled`.
pub const PRUNE: &str = "molave.dev/prune";
/// The annotation that lets an object be deleted and made again where it cannot be changed in place,
/// if it is `allowed`.
pub const REPLACE: &str = "molave.dev/replace";
/// The annotation by which an object stays for a while after it left Git: `90s`, `30m`, `2h`.
pub const KEEP_FOR: &str = "molave.dev/keep-for";
/// Helm's annotation of the same meaning as [`PRUNE`], if it is `keep`.
pub const HELM_RESOURCE_POLICY: &str = "helm.sh/resource-policy";

/// The seconds of a duration as [`KEEP_FOR`] has it; nothing if it is none.
pub fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let unit = text.chars().next_back()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    i64::from(number).checked_mul(factor)
}

/// Whose an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The service.
    pub service: String,
    /// The run that created or adopted the object.
    pub attempt: String,
}

impl Owner {
    /// Reads the value of [`OWNER`]; nothing if it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, attempt) = text.split_once('#')?;
        let mut parts = path.split('/').map(str::to_owned);
        let (project, environment, service) = (parts.next()?, parts.next()?, parts.next()?);
        let attempt = attempt.to_owned();
        parts.next().is_none().then_some(Self { project, environment, service, attempt })
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { project, environment, service, attempt } = self;
        write!(formatter, "{project}/{environment}/{service}#{attempt}")
    }
}

/// The name of the ConfigMap, Lease and Secret of an environment's state.
pub fn state_name(project: &str, environment: &str) -> String {
    format!("molave-{project}-{environment}")
}

/// The id of the `ApplySet` whose parent is the ConfigMap `name` in `namespace` (KEP-3659:
/// `applyset-`, base64url of SHA-256 of `<name>.<namespace>.ConfigMap.`, `-v1`).
pub fn applyset_id(name: &str, namespace: &str) -> String {
    let hash = Sha256::digest(format!("{name}.{namespace}.ConfigMap."));
    format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(hash))
}

/// The labels of the parent that keeps this inventory in `namespace`: the id of its set.
pub fn parent_labels(inventory: &Inventory, namespace: &str) -> Vec<(&'static str, String)> {
    let name = state_name(&inventory.project, &inventory.environment);
    vec![(APPLYSET_ID, applyset_id(&name, namespace))]
}

/// The annotations of the parent that keeps this inventory in `namespace`: the tool with its
/// `version`, and every kind and namespace that is recorded, whatever became of the object, so
/// that they are a superset of what is live whenever the inventory is.
pub fn parent_annotations(
    inventory: &Inventory,
    namespace: &str,
    version: &str,
) -> Vec<(&'static str, String)> {
    let kinds = inventory.kinds().into_iter().map(|(group, kind)| match group {
        "" => kind.to_owned(),
        group => format!("{kind}.{group}"),
    });
    let kinds: BTreeSet<String> = kinds.collect();
    let namespaces = inventory.namespaces().into_iter();
    let namespaces: Vec<&str> = namespaces.filter(|other| *other != namespace).collect();
    vec![
        (TOOLING, format!("{MANAGER}/{version}")),
        (GROUP_KINDS, Vec::from_iter(kinds).join(",")),
        (ADDITIONAL_NAMESPACES, namespaces.join(",")),
    ]
}

/// The selector of everything that carries the label of a set.
pub fn selector(applyset: &str) -> String {
    format!("{PART_OF}={applyset}")
}

/// Puts our marks on an object that is about to be applied. Missing or null maps on the way are
/// made; what is no map is left for the server to refuse.
pub fn mark(body: &mut Value, applyset: &str, owner: &Owner) {
    set(body, "labels", PART_OF, applyset.to_owned());
    set(body, "annotations", OWNER, owner.to_string());
}

fn set(body: &mut Value, map: &str, key: &str, value: String) {
    let map = child(body, "metadata").and_then(|metadata| child(metadata, map));
    if let Some(map) = map.and_then(Value::as_object_mut) {
        map.insert(key.to_owned(), value.into());
    }
}

/// The value under a key of a map, an empty map if it is missing or null.
fn child<'a>(parent: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    let child = parent.as_object_mut()?.entry(key).or_insert(Value::Null);
    if child.is_null() {
        *child = Value::Object(Map::new());
    }
    Some(child)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Entry;
    use manifest::ObjectId;
    use serde_json::json;

    fn owner() -> Owner {
        Owner::parse("shop/staging/cart#a1").unwrap()
    }

    #[test]
    fn the_id_of_a_set_is_that_of_the_standard() {
        let id = applyset_id("state", "sync");
        assert_eq!(id, "applyset-ZGh0tjtQu0Qpmf3fqjDPEmd4fclWQjUnSRiUARLNYHA-v1");
        assert_eq!(id.len(), 55);
    }

    #[test]
    fn the_hash_of_the_id_is_that_of_kubectls_own_test() {
        // That one has a Secret for parent, which we never have.
        let hash = Sha256::digest("my-set.test.Secret.");
        assert_eq!(URL_SAFE_NO_PAD.encode(hash), "0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY");
    }

    #[test]
    fn marks_are_set_whatever_metadata_holds() {
        let bodies = [
            json!({}),
            json!({"metadata": null}),
            json!({"metadata": {}}),
            json!({"metadata": {"labels": null, "annotations": null}}),
            json!({"metadata": {"labels": {PART_OF: "other"}, "annotations": {OWNER: "other"}}}),
        ];
        for mut body in bodies {
            mark(&mut body, "applyset-x-v1", &owner());
            let marked = json!({"metadata": {
                "labels": {PART_OF: "applyset-x-v1"},
                "annotations": {OWNER: "shop/staging/cart#a1"},
            }});
            assert_eq!(body, marked);
        }
    }

    #[test]
    fn other_labels_and_annotations_stay() {
        let mut body = json!({"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}});
        mark(&mut body, "applyset-x-v1", &owner());
        assert_eq!(body["metadata"]["labels"]["a"], "b");
        assert_eq!(body["metadata"]["annotations"]["c"], "d");
    }

    #[test]
    fn what_is_no_map_is_left_for_the_server_to_refuse() {
        for body in [json!("text"), json!({"metadata": 1}), json!([])] {
            let mut marked = body.clone();
            mark(&mut marked, "applyset-x-v1", &owner());
            assert_eq!(marked, body);
        }
        let mut body = json!({"metadata": {"labels": ["a"]}});
        mark(&mut body, "applyset-x-v1", &owner());
        assert_eq!(body["metadata"]["labels"], json!(["a"]));
    }

    #[test]
    fn an_owner_is_read_as_it_is_written_and_in_no_other_form() {
        assert_eq!(owner().to_string(), "shop/staging/cart#a1");
        for text in ["", "shop/staging/cart", "shop/staging#a1", "a/b/c/d#a1"] {
            assert_eq!(Owner::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_duration_is_a_number_and_one_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), (" 2h ", 7200), ("0m", 0)] {
            assert_eq!(super::seconds(text), Some(seconds), "{text}");
        }
        for text in ["", "30", "m", "-1m", "1.5h", "1h30m", "30 m", "99999999999s", "½m"] {
            assert_eq!(super::seconds(text), None, "{text}");
        }
    }

    fn id(group: &str, kind: &str, namespace: Option<&str>) -> ObjectId {
        let namespace = namespace.map(str::to_owned);
        ObjectId { group: group.into(), kind: kind.into(), namespace, name: "x".into() }
    }

    #[test]
    fn the_parent_names_every_recorded_kind_and_namespace() {
        let ids = [
            id("apps", "Deployment", Some("shop")),
            id("", "Service", Some("blue")),
            id("", "ConfigMap", Some("molave-system")),
            id("", "Namespace", None),
            id("apps", "Deployment", Some("blue")),
        ];
        let inventory = Inventory {
            project: "shop".into(),
            environment: "staging".into(),
            entries: ids.into_iter().map(|id| (id, Entry::default())).collect(),
            ..Inventory::default()
        };
        let labels = parent_labels(&inventory, "molave-system");
        let set = applyset_id("molave-shop-staging", "molave-system");
        assert_eq!(labels, [(APPLYSET_ID, set)]);
        let annotations = parent_annotations(&inventory, "molave-system", "1.2.3");
        let expected = [
            (TOOLING, "molave/1.2.3"),
            (GROUP_KINDS, "ConfigMap,Deployment.apps,Namespace,Service"),
            (ADDITIONAL_NAMESPACES, "blue,shop"),
        ];
        assert_eq!(annotations, expected.map(|(key, value)| (key, value.to_owned())));
    }

    #[test]
    fn the_parent_of_nothing_has_its_annotations_empty() {
        let annotations = parent_annotations(&Inventory::default(), "molave-system", "1.2.3");
        let values: Vec<&str> = annotations.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["molave/1.2.3", "", ""]);
    }
}

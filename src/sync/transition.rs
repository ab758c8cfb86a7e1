//! Tells an object that is wrong from one that is right, but into which the live one cannot be
//! changed. Both are refused in the same words and with the same causes (`reference/api.md`), so the
//! server is asked whether it would make the object under a name that nobody has.
//!
//! It must not know what becomes of either.

use super::observe::TRIAL;
use crate::cluster::{ApiError, Class, Cluster, Resource};
use plan::Live;
use serde_json::{Map, Value};

/// Whether the server would make what it refuses to change the live object into.
pub(super) async fn is_valid_anew(
    cluster: &Cluster,
    resource: &Resource,
    body: &Value,
    live: &Live,
) -> Result<bool, ApiError> {
    let mut body = body.clone();
    rename(&mut body, live.uid());
    if resource.group.is_empty() && resource.kind == "Service" {
        leave_claims(&mut body, &live.0);
    }
    match cluster.apply(resource, &body, TRIAL).await {
        Ok(applied) => Ok(applied.created),
        Err(error) if matches!(error.class, Class::Unreachable | Class::Busy) => Err(error),
        Err(_) => Ok(false),
    }
}

/// Gives an object a free name. A definition is named for its group, which has to follow.
fn rename(body: &mut Value, uid: &str) {
    let trial: String = uid.chars().take(8).collect();
    let trial = format!("molave-trial-{trial}");
    let is_definition = text(body, "kind") == "CustomResourceDefinition";
    let mut name = trial.clone();
    if is_definition && let Some(spec) = body.get_mut("spec").and_then(Value::as_object_mut) {
        let group = format!("{trial}.{}", spec.get("group").and_then(Value::as_str).unwrap_or("x"));
        let plural = spec.get("names").map(|names| text(names, "plural")).unwrap_or_default();
        name = format!("{plural}.{group}");
        spec.insert("group".to_owned(), group.into());
    }
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("uid");
        metadata.insert("name".to_owned(), name.into());
    }
}

/// Leaves out what the live Service holds: nobody else gets the same address or port of the nodes.
fn leave_claims(body: &mut Value, live: &Value) {
    let Some(spec) = body.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let held = live.get("spec");
    for key in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
        if spec.get(key) == held.and_then(|held| held.get(key)) {
            spec.remove(key);
        }
    }
    let ports = held.and_then(|held| held.get("ports")).and_then(Value::as_array);
    let held: Vec<&Value> =
        ports.into_iter().flatten().filter_map(|port| port.get("nodePort")).collect();
    let ports = spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten();
    for port in ports.filter_map(Value::as_object_mut) {
        if is_held(port, &held) {
            port.remove("nodePort");
        }
    }
}

fn is_held(port: &Map<String, Value>, held: &[&Value]) -> bool {
    port.get("nodePort").is_some_and(|number| held.contains(&number))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{leave_claims, rename};
    use serde_json::json;

    #[test]
    fn a_definition_is_named_for_its_new_group() {
        let names = json!({"plural": "widgets", "kind": "Widget"});
        let mut body = json!({
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com", "uid": "u"},
            "spec": {"group": "example.com", "names": names},
        });
        rename(&mut body, "12345678-abcd");
        assert_eq!(body["spec"]["group"], "molave-trial-12345678.example.com");
        let name = "widgets.molave-trial-12345678.example.com";
        assert_eq!(body["metadata"], json!({"name": name}));
    }

    #[test]
    fn what_a_live_service_holds_is_left_out_and_what_is_new_stays() {
        let live = json!({"spec": {
            "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"],
            "ports": [{"port": 80, "nodePort": 30080}, {"port": 443}],
        }});
        let mut body = json!({"spec": {
            "clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.1"],
            "ports": [{"port": 81, "nodePort": 30080}, {"port": 443, "nodePort": 30443}],
        }});
        leave_claims(&mut body, &live);
        let ports = json!([{"port": 81}, {"port": 443, "nodePort": 30443}]);
        assert_eq!(body, json!({"spec": {"clusterIP": "10.0.0.2", "ports": ports}}));
    }
}

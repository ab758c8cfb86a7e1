//! What happened to objects, read back from the server afterwards: a watch from an earlier moment
//! gives every version since, so that nothing is missed however fast it passed.
//!
//! Knows nothing of Molave.

use crate::plane::Plane;
use serde_json::Value;

/// A moment of the whole cluster: its resource version.
pub(crate) struct Moment(u64);

/// One version of an object.
pub(crate) struct Version {
    /// `ADDED`, `MODIFIED`, `DELETED`.
    pub(crate) event: String,
    pub(crate) object: Value,
}

impl Moment {
    /// Now.
    pub(crate) fn now(plane: &Plane) -> Self {
        let list =
            plane.kubectl(&["get", "--raw", "/api/v1/namespaces/default/configmaps?limit=1"]);
        let list: Value = serde_json::from_str(&list).expect("JSON");
        Self(number(&list["metadata"]["resourceVersion"]))
    }

    /// Every version since then of the objects below a path, such as
    /// `/apis/apps/v1/namespaces/web/deployments`.
    pub(crate) fn since(&self, plane: &Plane, path: &str) -> Vec<Version> {
        let path = format!("{path}?watch=1&resourceVersion={}&timeoutSeconds=1", self.0);
        let text = plane.kubectl(&["get", "--raw", &path]);
        let events = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        events.map(|event| version(event.expect("JSON"))).collect()
    }

    /// The event of an object below a path since then, by its place in the order of all events of
    /// the cluster.
    pub(crate) fn place(&self, plane: &Plane, path: &str, name: &str, event: &str) -> u64 {
        let versions = self.since(plane, path);
        let found = versions
            .iter()
            .find(|version| version.event == event && version.object["metadata"]["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {event} of {path}/{name}"));
        number(&found.object["metadata"]["resourceVersion"])
    }
}

fn version(mut event: Value) -> Version {
    let object = event["object"].take();
    let event = event["type"].as_str().expect("a type").to_owned();
    assert_ne!(event, "ERROR", "{object}");
    Version { event, object }
}

fn number(resource_version: &Value) -> u64 {
    resource_version.as_str().and_then(|text| text.parse().ok()).expect("a resource version")
}

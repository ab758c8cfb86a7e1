//! What the server serves, asked once in the aggregated form (two requests). It must not know
//! which kinds matter.

use super::connection::Cluster;
use super::error::{ApiError, Class};
use super::exchange::Call;
use super::status::Subject;
use manifest::ObjectId;
use plan::Live;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The aggregated form, the older one for servers before 1.30.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

/// A kind in one version, as the server serves it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The group, empty for the core group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// Its name in paths.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
    /// What can be done with it.
    pub verbs: Vec<String>,
}

impl Resource {
    /// A kind that every server serves.
    pub(super) fn built_in(
        (group, version): (&str, &str),
        (kind, plural): (&str, &str),
        is_namespaced: bool,
    ) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            is_namespaced,
            verbs: Vec::new(),
        }
    }

    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Which object of this kind a live one is.
    pub fn identity(&self, live: &Live) -> ObjectId {
        ObjectId {
            group: self.group.clone(),
            kind: self.kind.clone(),
            namespace: live.namespace().map(str::to_owned),
            name: live.name().to_owned(),
        }
    }

    /// The path of an object, or of the collection if `name` is none. Names are escaped.
    pub fn path(&self, namespace: Option<&str>, name: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let mut path = root.to_owned();
        let namespace = namespace.filter(|_| self.is_namespaced);
        let namespace = namespace.map(|namespace| ["namespaces", namespace]);
        let parts =
            [self.group.as_str(), &self.version].into_iter().filter(|part| !part.is_empty());
        let parts = parts.chain(namespace.into_iter().flatten()).chain([self.plural.as_str()]);
        for part in parts.chain(name) {
            path.push('/');
            path.push_str(&escaped(part));
        }
        path
    }

    /// Whether something can be done with it.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    pub(super) fn subject(&self) -> Subject {
        let is_core = |kind| self.group.is_empty() && self.kind == kind;
        Subject {
            is_secret: is_core("Secret"),
            is_namespace: is_core("Namespace"),
            is_quota: is_core("ResourceQuota"),
        }
    }
}

/// A part of a path or a query, with everything escaped but what RFC 3986 calls unreserved.
pub(super) fn escaped(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Everything that the server serves.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// Groups whose resources could not be listed, as with a broken aggregated API.
    pub broken: Vec<String>,
    /// By group and kind, in each the version first that the server prefers.
    kinds: BTreeMap<String, BTreeMap<String, Vec<Resource>>>,
}

impl Discovery {
    /// The resource of a kind in a version, without the group: `v1`.
    pub fn find(&self, group: &str, kind: &str, version: &str) -> Option<&Resource> {
        self.versions(group, kind).iter().find(|resource| resource.version == version)
    }

    /// The resource of a kind in the version that the server prefers.
    pub fn preferred(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.versions(group, kind).first()
    }

    /// The resource of an object: in the version last known of it, else in the preferred one.
    pub fn serving(&self, id: &ObjectId, version: &str) -> Option<&Resource> {
        let known = self.find(&id.group, &id.kind, version);
        known.or_else(|| self.preferred(&id.group, &id.kind))
    }

    /// One resource for each kind that can be listed, in its preferred version, in order. Without
    /// what cannot be patched, such as `ComponentStatus` or the metrics of pods: nobody can have
    /// applied it. Without events.
    pub fn listable(&self) -> Vec<&Resource> {
        let kinds = self.kinds.values().flat_map(BTreeMap::values);
        let preferred = kinds.filter_map(|versions| versions.first());
        let can_be_ours = |resource: &&Resource| {
            resource.can("list") && resource.can("patch") && resource.plural != "events"
        };
        preferred.filter(can_be_ours).collect()
    }

    fn versions(&self, group: &str, kind: &str) -> &[Resource] {
        let kinds = self.kinds.get(group);
        kinds.and_then(|kinds| kinds.get(kind)).map_or(&[], Vec::as_slice)
    }

    /// Takes in one of the two answers.
    fn add(&mut self, list: &Value) -> Result<(), ApiError> {
        if list.get("kind").and_then(Value::as_str) != Some("APIGroupDiscoveryList") {
            let message = "the server is older than Kubernetes 1.27: no aggregated discovery";
            return Err(ApiError::new(Class::Other, message));
        }
        for group in elements(list, "items") {
            let name = group.get("metadata").map_or("", |metadata| text(metadata, "name"));
            for version in elements(group, "versions") {
                self.add_version(name, version);
            }
        }
        Ok(())
    }

    fn add_version(&mut self, group: &str, version: &Value) {
        if text(version, "freshness") == "Stale" && !self.broken.iter().any(|known| known == group)
        {
            self.broken.push(group.to_owned());
        }
        for resource in elements(version, "resources") {
            let resource = resource_from(group, text(version, "version"), resource);
            if resource.kind.is_empty() || resource.plural.is_empty() {
                continue;
            }
            let kinds = self.kinds.entry(group.to_owned()).or_default();
            let versions = kinds.entry(resource.kind.clone()).or_default();
            if versions.iter().all(|known| known.version != resource.version) {
                versions.push(resource);
            }
        }
    }
}

fn resource_from(group: &str, version: &str, resource: &Value) -> Resource {
    let verbs = elements(resource, "verbs").iter().filter_map(Value::as_str);
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: resource.get("responseKind").map_or("", |kind| text(kind, "kind")).to_owned(),
        plural: text(resource, "resource").to_owned(),
        is_namespaced: text(resource, "scope") == "Namespaced",
        verbs: verbs.map(str::to_owned).collect(),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn elements<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl Cluster {
    /// Asks what the server serves. A broken aggregated API is no error: its group is in
    /// [`Discovery::broken`].
    pub async fn discover(&self) -> Result<Discovery, ApiError> {
        let ask = |path: &str| {
            let call =
                Call { accept: AGGREGATED, ..Call::read(path.to_owned(), Subject::default()) };
            self.exchange(call)
        };
        let (core, groups) = tokio::try_join!(ask("/api"), ask("/apis"))?;
        let mut discovery = Discovery::default();
        discovery.add(&core.body)?;
        discovery.add(&groups.body)?;
        let broken: BTreeSet<String> = std::mem::take(&mut discovery.broken).into_iter().collect();
        discovery.broken = broken.into_iter().collect();
        Ok(discovery)
    }
}

#[cfg(test)]
mod tests {
    use super::{Discovery, Resource, escaped};
    use serde_json::json;

    fn resource(kind: &str, plural: &str, verbs: &[&str]) -> serde_json::Value {
        json!({
            "resource": plural,
            "responseKind": {"group": "", "version": "", "kind": kind},
            "scope": "Namespaced",
            "verbs": verbs,
            "subresources": [{"subresource": "status", "responseKind": {"kind": "Status"}}],
        })
    }

    fn discovery() -> Discovery {
        let every = ["get", "list", "patch"];
        let mut discovery = Discovery::default();
        let groups = json!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": "autoscaling"}, "versions": [
                {"version": "v2", "freshness": "Current",
                 "resources": [resource("HorizontalPodAutoscaler", "horizontalpodautoscalers", &every)]},
                {"version": "v1", "freshness": "Current",
                 "resources": [resource("HorizontalPodAutoscaler", "horizontalpodautoscalers", &every),
                               resource("Old", "olds", &every)]},
            ]},
            {"metadata": {"name": "metrics.example.com"}, "versions": [
                {"version": "v1", "freshness": "Stale"}, {"version": "v1beta1", "freshness": "Stale"},
            ]},
        ]});
        discovery.add(&groups).unwrap();
        let core = json!({"kind": "APIGroupDiscoveryList", "items": [{"metadata": {}, "versions": [
            {"version": "v1", "resources": [
                resource("ConfigMap", "configmaps", &every),
                resource("Event", "events", &every),
                resource("ComponentStatus", "componentstatuses", &["get", "list"]),
                resource("Binding", "bindings", &["create"]),
            ]},
        ]}]});
        discovery.add(&core).unwrap();
        discovery
    }

    #[test]
    fn kinds_are_found_by_version_and_by_preference() {
        let discovery = discovery();
        let kind = "HorizontalPodAutoscaler";
        assert_eq!(discovery.find("autoscaling", kind, "v1").unwrap().version, "v1");
        assert_eq!(discovery.preferred("autoscaling", kind).unwrap().version, "v2");
        assert_eq!(discovery.preferred("autoscaling", "Old").unwrap().version, "v1");
        assert!(discovery.find("autoscaling", kind, "v2beta2").is_none());
        assert!(discovery.find("", "Status", "v1").is_none(), "a subresource is no kind");
    }

    #[test]
    fn a_broken_group_is_named_once_and_does_not_hide_the_others() {
        assert_eq!(discovery().broken, ["metrics.example.com"]);
    }

    #[test]
    fn what_can_hold_our_mark_is_listed_once_in_its_preferred_version() {
        let discovery = discovery();
        let listed: Vec<_> =
            discovery.listable().into_iter().map(|it| (it.api_version(), &*it.plural)).collect();
        let expected = [
            ("v1".to_owned(), "configmaps"),
            ("autoscaling/v2".to_owned(), "horizontalpodautoscalers"),
            ("autoscaling/v1".to_owned(), "olds"),
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn a_server_without_aggregated_discovery_is_an_error() {
        let error = Discovery::default().add(&json!({"kind": "APIGroupList"})).unwrap_err();
        assert!(error.message.contains("1.27"), "{error}");
    }

    #[test]
    fn paths_name_group_namespace_and_object_and_are_escaped() {
        let pod = Resource::built_in(("", "v1"), ("Pod", "pods"), true);
        let role = ("rbac.authorization.k8s.io", "v1");
        let role = Resource::built_in(role, ("ClusterRole", "clusterroles"), false);
        assert_eq!(pod.path(None, None), "/api/v1/pods");
        assert_eq!(pod.path(Some("shop"), None), "/api/v1/namespaces/shop/pods");
        assert_eq!(pod.path(Some("a/b"), Some("?x")), "/api/v1/namespaces/a%2Fb/pods/%3Fx");
        assert_eq!(
            role.path(Some("ignored"), Some("system:node")),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"
        );
        assert_eq!(escaped("ü ~"), "%C3%BC%20~");
    }
}

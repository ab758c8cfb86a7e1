//! Kahoy's record: a Secret for each object, found by its labels and read by its annotations. What
//! is in the Secrets, which are whole manifests, is not read.

use crate::cluster::{ApiError, Cluster, Discovery, ListOptions};
use manifest::ObjectId;
use plan::Live;
use std::collections::BTreeSet;

/// The label that names the store a record is in.
const STORE: &str = "kahoy.slok.dev/storage-id";
/// The annotation that names the object: `group/version/Kind/namespace/name`.
const OBJECT: &str = "kahoy.slok.dev/resource-id";
/// The annotation with the folder that it came from.
const GROUP: &str = "kahoy.slok.dev/resource-group";

/// Kahoy's record of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The object.
    pub(super) id: ObjectId,
    /// Its version, without the group.
    pub(super) version: String,
    /// The service that it would belong to: the last part of its folder.
    pub(super) service: String,
    /// The Secret.
    pub(super) secret: String,
    /// The UID of the Secret.
    pub(super) uid: String,
}

/// What is recorded in a namespace.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// What can be read.
    pub(super) readable: Vec<Record>,
    /// The Secrets that cannot.
    pub(super) unreadable: Vec<String>,
    /// The stores that there are.
    pub(super) stores: BTreeSet<String>,
}

/// Reads the records of a store, of the only one if none is named.
pub(super) async fn read(
    cluster: &Cluster,
    discovery: &Discovery,
    namespace: &str,
    store: Option<&str>,
) -> Result<Records, ApiError> {
    let Some(secrets) = discovery.preferred("", "Secret") else { return Ok(Records::default()) };
    let options = ListOptions {
        namespace: Some(namespace),
        labels: Some(STORE),
        metadata_only: true,
        ..ListOptions::default()
    };
    let found = cluster.list(secrets, &options).await?;
    let mut records = Records::default();
    for live in &found {
        let its = live.label(STORE).unwrap_or_default();
        records.stores.insert(its.to_owned());
        if store.is_some_and(|store| store != its) {
            continue;
        }
        let is_namespaced = |group: &str, kind: &str| {
            discovery.preferred(group, kind).is_none_or(|resource| resource.is_namespaced)
        };
        match record(live, is_namespaced) {
            Some(record) => records.readable.push(record),
            None => records.unreadable.push(live.name().to_owned()),
        }
    }
    Ok(records)
}

/// Kahoy writes `core` for the group without a name, and the namespace `default` for what is in none.
fn record(live: &Live, is_namespaced: impl Fn(&str, &str) -> bool) -> Option<Record> {
    let parts: Vec<&str> = live.annotation(OBJECT)?.split('/').collect();
    let [group, version, kind, namespace, name] = *parts.as_slice() else { return None };
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let group = if group == "core" { "" } else { group };
    let namespace = is_namespaced(group, kind).then(|| namespace.to_owned());
    Some(Record {
        id: ObjectId {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace,
            name: name.to_owned(),
        },
        version: version.to_owned(),
        service: service(live.annotation(GROUP).unwrap_or_default()),
        secret: live.name().to_owned(),
        uid: live.uid().to_owned(),
    })
}

fn service(group: &str) -> String {
    let name = group.rsplit('/').next().unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let is_usable = !name.is_empty() && name.chars().all(is_plain);
    if is_usable { name.to_owned() } else { "kahoy".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::record;
    use plan::Live;
    use serde_json::json;

    fn id(text: &str) -> Option<(String, String)> {
        let live = Live(json!({"metadata": {"name": "3095", "annotations": {
            "kahoy.slok.dev/resource-id": text, "kahoy.slok.dev/resource-group": "prod/web",
        }}}));
        let record = record(&live, |_, kind| kind != "Namespace")?;
        Some((record.id.to_string(), record.service))
    }

    #[test]
    fn a_record_names_its_object() {
        let web = |id: &str| Some((id.to_owned(), "web".to_owned()));
        assert_eq!(id("apps/v1/Deployment/prod/web"), web("Deployment.apps/prod/web"));
        assert_eq!(id("core/v1/Service/prod/web"), web("Service/prod/web"));
        assert_eq!(id("core/v1/Namespace/default/prod"), web("Namespace/prod"));
    }

    #[test]
    fn a_record_of_another_form_is_none() {
        for text in ["", "apps/v1/Deployment/web", "a/b/c/d/e/f", "apps/v1//prod/web"] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}

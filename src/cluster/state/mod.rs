//! Where the inventory is kept: a ConfigMap with its shards, and a Secret with the key for digests
//! of Secrets. It must not know what is in the inventory beyond its written form.

mod key;
mod shards;

use super::connection::Cluster;
use super::discovery::Resource;
use super::error::{ApiError, Class};
use super::request::{Preconditions, Propagation, namespaces};
use plan::Live;
use plan::inventory::codec::{self, Written};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The label of shards: the name of their parent.
const SHARD_OF: &str = "molave.dev/state";
/// How often a read starts over because the state was written meanwhile.
const READS: u32 = 5;
/// How often a write is tried whose answer was lost.
const WRITES: u32 = 3;

/// The place of an environment's state.
#[derive(Clone)]
pub struct StateStore {
    /// The cluster.
    pub cluster: Cluster,
    /// The namespace.
    pub namespace: String,
    /// The name of the ConfigMap, the Lease and the Secret.
    pub name: String,
}

/// A state as it was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The written form.
    pub written: Written,
    /// The resource version, which the next write must carry.
    pub resource_version: String,
}

impl StateStore {
    /// Reads the state, shards included; nothing if there is none. A shard that is not there is left
    /// out, for [`codec::decode`] to report.
    pub async fn read(&self) -> Result<Option<Stored>, ApiError> {
        let mut parent = self.parent().await?;
        for _ in 0..READS {
            let Some(live) = parent else { return Ok(None) };
            let data = data_of(&live);
            // What cannot be read is reported by whoever decodes it.
            let wanted = codec::shards(&data).unwrap_or_default();
            let shards = self.read_shards(&wanted).await?;
            let is_complete = wanted.len() == shards.len();
            let stored = Stored {
                written: Written { data, shards },
                resource_version: live.resource_version().to_owned(),
            };
            if is_complete {
                return Ok(Some(stored));
            }
            // A writer removes the shards that it replaced.
            parent = self.parent().await?;
            if parent.as_ref().map(Live::resource_version) == Some(&stored.resource_version) {
                return Ok(Some(stored));
            }
        }
        Err(ApiError::new(Class::Busy, format!("the state `{}` changes all the time", self.name)))
    }

    /// Writes the state: shards first, then the parent, which is the commit. `over` is the resource
    /// version read or written before, none if there was no state; the write fails with
    /// [`super::Class::Conflict`] (or `Exists`) if someone else wrote since. `labels` and
    /// `annotations` are the parent's. Shards that the parent no longer refers to go afterwards.
    /// Gives the new resource version.
    pub async fn write(
        &self,
        written: &Written,
        over: Option<&str>,
        labels: &[(&str, &str)],
        annotations: &[(&str, &str)],
    ) -> Result<String, ApiError> {
        let there = self.list_shards().await?;
        self.write_shards(written, &there).await?;
        let body = self.body(&written.data, over, labels, annotations);
        let version = self.commit(&body, &written.data, over).await?;
        let is_old = |shard: &&Live| {
            let suffix = self.suffix_of(shard);
            suffix.is_some_and(|suffix| !written.shards.contains_key(suffix))
        };
        for shard in there.iter().filter(is_old) {
            // One that stays is found again by the next write.
            drop(self.delete(&config_maps(), shard).await);
        }
        Ok(version)
    }

    /// Removes ConfigMap, shards, Secret and Lease, in this order: without the ConfigMap there is no
    /// state, whatever else is left.
    pub async fn remove(&self) -> Result<(), ApiError> {
        self.delete_named(&config_maps()).await?;
        for shard in &self.list_shards().await? {
            self.delete(&config_maps(), shard).await?;
        }
        self.delete_named(&key::secrets()).await?;
        self.delete_named(&super::lease::resource()).await
    }

    /// Makes the namespace if it is not there.
    pub async fn ensure_namespace(&self) -> Result<(), ApiError> {
        let cluster = self.cluster.apart();
        match cluster.get(&namespaces(), None, &self.namespace).await {
            Ok(Some(live)) => return self.check_namespace(&live),
            Ok(None) => {}
            // Who may write in it need not be allowed to look at it.
            Err(error) if error.class == Class::Forbidden => return Ok(()),
            Err(error) => return Err(error),
        }
        let metadata = json!({ "name": self.namespace });
        let body = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata });
        match cluster.create(&namespaces(), &body, false).await {
            Err(error) if error.class == Class::Ambiguous => {
                let live = cluster.get(&namespaces(), None, &self.namespace).await?;
                live.map_or(Err(error), |live| self.check_namespace(&live))
            }
            Err(error) if error.class != Class::Exists => Err(error),
            _ => Ok(()),
        }
    }

    fn check_namespace(&self, live: &Live) -> Result<(), ApiError> {
        if live.is_terminating() {
            let message = format!("the namespace `{}` is being deleted", self.namespace);
            return Err(ApiError::new(Class::NamespaceTerminating, message));
        }
        Ok(())
    }

    async fn parent(&self) -> Result<Option<Live>, ApiError> {
        self.get(&config_maps()).await
    }

    /// The object of the state's name.
    async fn get(&self, resource: &Resource) -> Result<Option<Live>, ApiError> {
        self.cluster.apart().get(resource, Some(&self.namespace), &self.name).await
    }

    fn body(
        &self,
        data: &BTreeMap<String, String>,
        over: Option<&str>,
        labels: &[(&str, &str)],
        annotations: &[(&str, &str)],
    ) -> Value {
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), self.name.as_str().into());
        metadata.insert("namespace".to_owned(), self.namespace.as_str().into());
        metadata.insert("labels".to_owned(), object(labels));
        metadata.insert("annotations".to_owned(), object(annotations));
        if let Some(version) = over {
            metadata.insert("resourceVersion".to_owned(), version.into());
        }
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data })
    }

    /// Writes the parent. If an answer was lost, the parent is looked at: it may hold what we wrote.
    /// If not, the same write is safe to repeat, for only one of the two can meet the version `over`.
    async fn commit(
        &self,
        body: &Value,
        data: &BTreeMap<String, String>,
        over: Option<&str>,
    ) -> Result<String, ApiError> {
        let cluster = self.cluster.apart();
        let mut tries = 0;
        loop {
            tries += 1;
            let result = match over {
                None => cluster.create(&config_maps(), body, false).await,
                Some(_) => cluster.replace(&config_maps(), body).await,
            };
            let error = match result {
                Ok(live) => return Ok(live.resource_version().to_owned()),
                Err(error) => gone_is_conflict(error, over),
            };
            let is_ambiguous = error.class == Class::Ambiguous;
            if tries == 1 && !is_ambiguous {
                return Err(error);
            }
            if let Some(live) = self.parent().await?.filter(|live| data_of(live) == *data) {
                return Ok(live.resource_version().to_owned());
            }
            if !is_ambiguous || tries == WRITES {
                return Err(error);
            }
        }
    }

    /// Deletes the object of the state's name.
    async fn delete_named(&self, resource: &Resource) -> Result<(), ApiError> {
        match self.get(resource).await? {
            Some(live) => self.delete(resource, &live).await,
            None => Ok(()),
        }
    }

    async fn delete(&self, resource: &Resource, live: &Live) -> Result<(), ApiError> {
        let preconditions = Preconditions { uid: live.uid(), resource_version: None };
        let namespace = Some(self.namespace.as_str());
        let cluster = self.cluster.apart();
        let delete = || {
            cluster.delete(resource, namespace, live.name(), preconditions, Propagation::Background)
        };
        match delete().await {
            // With the UID as a precondition it can be repeated.
            Err(error) if error.class == Class::Ambiguous => delete().await.map(drop),
            result => result.map(drop),
        }
    }
}

/// A parent that is gone was removed by someone else.
fn gone_is_conflict(error: ApiError, over: Option<&str>) -> ApiError {
    match error.class {
        Class::Absent if over.is_some() => ApiError { class: Class::Conflict, ..error },
        _ => error,
    }
}

fn config_maps() -> Resource {
    Resource::built_in(("", "v1"), ("ConfigMap", "configmaps"), true)
}

fn object(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
}

fn data_of(live: &Live) -> BTreeMap<String, String> {
    let data = live.0.get("data").and_then(Value::as_object);
    let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    data.into_iter().flatten().filter_map(text).collect()
}

#[cfg(test)]
mod tests;

//! Shards: parts of a large state, each in an immutable `ConfigMap` of its own. It must not know when
//! they are written.

use super::{SHARD_OF, StateStore, config_maps, data_of};
use crate::cluster::error::{ApiError, Class};
use crate::cluster::request::ListOptions;
use plan::Live;
use plan::inventory::codec::Written;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

type Data = BTreeMap<String, String>;

impl StateStore {
    /// The shards that are there, without what is in them.
    pub(super) async fn list_shards(&self) -> Result<Vec<Live>, ApiError> {
        let label = format!("{SHARD_OF}={}", self.name);
        let options = ListOptions {
            namespace: Some(&self.namespace),
            labels: Some(&label),
            metadata_only: true,
            limit: None,
        };
        self.cluster.apart().list(&config_maps(), &options).await
    }

    /// The data of the shards with these suffixes, as far as they are there.
    pub(super) async fn read_shards(
        &self,
        suffixes: &[String],
    ) -> Result<BTreeMap<String, Data>, ApiError> {
        let mut reads = JoinSet::new();
        for suffix in suffixes {
            let (store, suffix) = (self.clone(), suffix.clone());
            reads.spawn(async move { (store.shard(&suffix).await, suffix) });
        }
        let mut shards = BTreeMap::new();
        while let Some(read) = reads.join_next().await {
            let (live, suffix) = read.map_err(|_| broken_off())?;
            if let Some(live) = live? {
                shards.insert(suffix, data_of(&live));
            }
        }
        Ok(shards)
    }

    /// Writes the shards that are not there yet.
    pub(super) async fn write_shards(
        &self,
        written: &Written,
        there: &[Live],
    ) -> Result<(), ApiError> {
        let known: BTreeSet<&str> = there.iter().filter_map(|live| self.suffix_of(live)).collect();
        let mut writes = JoinSet::new();
        for (suffix, data) in &written.shards {
            if !known.contains(suffix.as_str()) {
                let (store, suffix, data) = (self.clone(), suffix.clone(), data.clone());
                writes.spawn(async move { store.write_shard(&suffix, &data).await });
            }
        }
        while let Some(write) = writes.join_next().await {
            write.map_err(|_| broken_off())??;
        }
        Ok(())
    }

    /// The suffix of a shard's name.
    pub(super) fn suffix_of<'a>(&self, shard: &'a Live) -> Option<&'a str> {
        shard.name().strip_prefix(self.name.as_str())?.strip_prefix('-')
    }

    async fn shard(&self, suffix: &str) -> Result<Option<Live>, ApiError> {
        let name = self.shard_name(suffix);
        self.cluster.apart().get(&config_maps(), Some(&self.namespace), &name).await
    }

    /// Writes a shard. One that is there already must hold the same: its name tells its content.
    async fn write_shard(&self, suffix: &str, data: &Data) -> Result<(), ApiError> {
        let body = self.shard_body(suffix, data);
        let error = match self.cluster.apart().create(&config_maps(), &body, false).await {
            Ok(_) => return Ok(()),
            Err(error) if matches!(error.class, Class::Exists | Class::Ambiguous) => error,
            Err(error) => return Err(error),
        };
        match self.shard(suffix).await? {
            Some(live) if data_of(&live) == *data => Ok(()),
            Some(_) => {
                let name = self.shard_name(suffix);
                let message = format!("the ConfigMap `{name}` is not the shard that it should be");
                Err(ApiError::new(Class::Conflict, message))
            }
            None => Err(error),
        }
    }

    fn shard_body(&self, suffix: &str, data: &Data) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.shard_name(suffix),
                "namespace": self.namespace,
                "labels": { SHARD_OF: self.name },
            },
            "immutable": true,
            "data": data,
        })
    }

    fn shard_name(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }
}

fn broken_off() -> ApiError {
    ApiError::new(Class::Unreachable, "a request was broken off")
}

//! The key for digests of Secrets: 32 random bytes, in a Secret beside the state. It must not know
//! what is digested.

use super::StateStore;
use crate::cluster::discovery::Resource;
use crate::cluster::error::{ApiError, Class};
use k8s_openapi::ByteString;
use plan::Live;
use serde_json::{Value, json};

/// How many bytes a key has.
const LENGTH: usize = 32;
/// The entry of the Secret.
const ENTRY: &str = "key";

pub(super) fn secrets() -> Resource {
    Resource::built_in(("", "v1"), ("Secret", "secrets"), true)
}

impl StateStore {
    /// The key for digests of Secrets; nothing if there is none yet.
    pub async fn key(&self) -> Result<Option<Vec<u8>>, ApiError> {
        match self.get(&secrets()).await? {
            Some(live) => self.key_in(&live).map(Some),
            None => Ok(None),
        }
    }

    /// The key for digests of Secrets, made of 32 random bytes if there is none yet. If another
    /// run makes one at the same time, that one counts.
    pub async fn ensure_key(&self) -> Result<Vec<u8>, ApiError> {
        if let Some(key) = self.key().await? {
            return Ok(key);
        }
        let body = self.key_body(&new_key()?)?;
        let made = self.cluster.apart().create(&secrets(), &body, false).await;
        let error = match made {
            Ok(live) => return self.key_in(&live),
            Err(error) if matches!(error.class, Class::Exists | Class::Ambiguous) => error,
            Err(error) => return Err(error),
        };
        self.key().await?.ok_or(error)
    }

    /// Keeps a key that digests were made with already, in the place of any other: for a state that
    /// nothing is recorded in yet.
    pub async fn keep_key(&self, key: &[u8]) -> Result<(), ApiError> {
        match self.get(&secrets()).await? {
            Some(live) if self.key_in(&live).is_ok_and(|there| there == key) => return Ok(()),
            Some(live) => self.delete(&secrets(), &live).await?,
            None => {}
        }
        let body = self.key_body(key)?;
        match self.cluster.apart().create(&secrets(), &body, false).await {
            Err(error) if error.class == Class::Ambiguous => {
                self.key().await?.filter(|there| there == key).map_or(Err(error), |_| Ok(()))
            }
            made => made.map(drop),
        }
    }

    fn key_body(&self, key: &[u8]) -> Result<Value, ApiError> {
        let encoded =
            serde_json::to_value(ByteString(key.to_owned())).map_err(|_| self.unusable())?;
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": self.name, "namespace": self.namespace },
            "type": "Opaque",
            "data": { ENTRY: encoded },
        }))
    }

    fn key_in(&self, live: &Live) -> Result<Vec<u8>, ApiError> {
        let encoded = live.0.get("data").and_then(|data| data.get(ENTRY)).cloned();
        let decoded = serde_json::from_value::<ByteString>(encoded.unwrap_or_default());
        let key = decoded.map(|bytes| bytes.0).unwrap_or_default();
        if key.len() == LENGTH { Ok(key) } else { Err(self.unusable()) }
    }

    fn unusable(&self) -> ApiError {
        let Self { namespace, name, .. } = self;
        let message = format!("the Secret `{namespace}/{name}` holds no key of {LENGTH} bytes");
        ApiError::new(Class::Other, message)
    }
}

fn new_key() -> Result<[u8; LENGTH], ApiError> {
    let mut key = [0; LENGTH];
    let made = getrandom::fill(&mut key);
    made.map_err(|_| ApiError::new(Class::Other, "this machine gives no random bytes"))?;
    Ok(key)
}

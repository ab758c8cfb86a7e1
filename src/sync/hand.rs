//! Single changes of live objects outside of an apply, each for one version of the object, and tried
//! again as long as others change it. It must not know what is changed.

use crate::cluster::{ApiError, Class, Cluster, Resource};
use manifest::ObjectId;
use plan::Live;
use plan::marks::HANDOVER_MANAGER;
use serde_json::Value;

/// How often an object that others are changing is tried.
const TRIES: u32 = 6;

/// Changes an object as `change` says, step by step until it has nothing more to say. Gives the
/// object as it is then; nothing if it is not there.
pub(super) async fn work(
    cluster: &Cluster,
    resource: &Resource,
    id: &ObjectId,
    mut change: impl FnMut(&Live) -> Option<Value>,
) -> Result<Option<Live>, ApiError> {
    let namespace = id.namespace.as_deref();
    let mut failures = 0;
    let mut seen = cluster.get(resource, namespace, &id.name).await?;
    loop {
        let Some(live) = seen else { return Ok(None) };
        let Some(patch) = change(&live) else { return Ok(Some(live)) };
        let amended =
            cluster.amend(resource, namespace, &id.name, &patch, (HANDOVER_MANAGER, false)).await;
        seen = match amended {
            Ok(live) => Some(live),
            Err(error) if error.class == Class::Absent => None,
            Err(error) => {
                // A lost answer is settled by looking: the patch is for one version alone.
                let is_open = matches!(error.class, Class::Conflict | Class::Ambiguous);
                failures += 1;
                if !is_open || failures == TRIES {
                    return Err(error);
                }
                cluster.get(resource, namespace, &id.name).await?
            }
        };
    }
}

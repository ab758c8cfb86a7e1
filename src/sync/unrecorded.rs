//! An environment of which nothing is recorded: is it new, or was its record lost?
//!
//! If anything in the cluster carries its mark, the record was lost, and a run on an empty record
//! would forget what it no longer finds in Git. If nothing does, and no cluster is pinned, someone
//! must say that this is the right one.

use super::request::Request;
use super::situation::{Situation, unreachable};
use crate::cluster::{ApiError, Class, Cluster, Discovery, ListOptions, Resource};
use crate::error::Failure;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use manifest::ObjectId;
use plan::guards::Refusal;
use plan::{Live, marks, ownership};

/// How many kinds are listed at once.
const PARALLEL: usize = 32;

/// What refuses a run on an environment of which nothing is recorded.
pub(super) async fn refusal(
    cluster: &Cluster,
    request: &Request<'_>,
    situation: &Situation,
    discovery: &Discovery,
) -> Result<Option<Refusal>, Failure> {
    if situation.inventory.is_some() || request.options.destroy {
        return Ok(None);
    }
    let applyset = request.identity().applyset;
    let found = marked_objects(cluster, discovery, &applyset).await;
    let found = found.map_err(|error| unreachable(&error, "what carries our mark"))?;
    if !found.is_empty() && !request.options.adopt {
        let objects = found.into_iter().map(|(id, _)| id).collect();
        return Ok(Some(lost_record(request, objects)));
    }
    Ok(first(request, situation))
}

fn lost_record(request: &Request<'_>, objects: Vec<ObjectId>) -> Refusal {
    let environment = request.environment;
    Refusal {
        guard: "lost-record",
        message: format!(
            "nothing is recorded for `{environment}`, but {} its mark",
            if objects.len() == 1 {
                "1 object carries".to_owned()
            } else {
                format!("{} objects carry", objects.len())
            }
        ),
        hint: format!("restore the record with `molave state rebuild {environment}`"),
        objects,
    }
}

/// Nothing is recorded, no cluster is pinned, and nobody said that this is right.
pub(super) fn first(request: &Request<'_>, situation: &Situation) -> Option<Refusal> {
    let is_known = situation.inventory.is_some() || request.settings.cluster.is_some();
    if is_known || request.flags.first || request.options.destroy {
        return None;
    }
    let (environment, cluster) = (request.environment, &situation.cluster);
    Some(Refusal {
        guard: "first",
        message: format!(
            "`{environment}` was never synced to this cluster, and `molave.yaml` pins none"
        ),
        hint: format!(
            "if it is the right one, add `cluster: {cluster}` to `environments.{environment}` in `molave.yaml`, or say so once with `--first`"
        ),
        objects: Vec::new(),
    })
}

/// Every object that carries the mark of a set, with its metadata.
pub async fn marked_objects(
    cluster: &Cluster,
    discovery: &Discovery,
    applyset: &str,
) -> Result<Vec<(ObjectId, Live)>, ApiError> {
    let selector = format!("{}={applyset}", marks::PART_OF);
    let lists = discovery.listable().into_iter().map(|resource| list(cluster, resource, &selector));
    let lists: Vec<Vec<(ObjectId, Live)>> =
        stream::iter(lists).buffer_unordered(PARALLEL).try_collect().await?;
    let mut found: Vec<(ObjectId, Live)> = lists.into_iter().flatten().collect();
    found.retain(|(_, live)| ownership::is_marked(live, applyset));
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(found)
}

async fn list(
    cluster: &Cluster,
    resource: &Resource,
    selector: &str,
) -> Result<Vec<(ObjectId, Live)>, ApiError> {
    let options =
        ListOptions { labels: Some(selector), metadata_only: true, ..ListOptions::default() };
    match cluster.list(resource, &options).await {
        Ok(items) => Ok(items.into_iter().map(|live| (identity(resource, &live), live)).collect()),
        // What we may not list, we cannot have made.
        Err(error) if matches!(error.class, Class::Forbidden | Class::Unserved) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn identity(resource: &Resource, live: &Live) -> ObjectId {
    ObjectId {
        group: resource.group.clone(),
        kind: resource.kind.clone(),
        namespace: live.namespace().map(str::to_owned),
        name: live.name().to_owned(),
    }
}

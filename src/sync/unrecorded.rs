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
use plan::{Desired, Live, marks, ownership};
use std::collections::BTreeSet;

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
    let found = marked_objects(cluster, discovery, request, &situation.desired).await;
    let found = found.map_err(|error| unreachable(&error, "what carries our mark"))?;
    if !found.is_empty() {
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

/// Every object that carries the mark of an environment, with its metadata. Who may not list the
/// whole cluster sees what is in the namespaces of the environment and its objects.
pub async fn marked_objects(
    cluster: &Cluster,
    discovery: &Discovery,
    request: &Request<'_>,
    desired: &Desired,
) -> Result<Vec<(ObjectId, Live)>, ApiError> {
    let applyset = &request.identity().applyset;
    let look = Look {
        cluster,
        selector: marks::selector(applyset),
        namespaces: namespaces(request, desired),
    };
    let lists = discovery.listable().into_iter().map(|resource| look.everywhere(resource));
    let lists: Vec<Vec<(ObjectId, Live)>> =
        stream::iter(lists).buffer_unordered(PARALLEL).try_collect().await?;
    let mut found: Vec<(ObjectId, Live)> = lists.into_iter().flatten().collect();
    found.retain(|(_, live)| ownership::is_marked(live, applyset));
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(found)
}

/// The namespaces that an environment is known to use.
fn namespaces<'a>(request: &'a Request<'_>, desired: &'a Desired) -> BTreeSet<&'a str> {
    let objects = desired.services.values().flat_map(|service| &service.objects);
    let used = objects.filter_map(|wanted| wanted.object.id.namespace.as_deref());
    used.chain([request.settings.namespace.as_str()]).collect()
}

/// How marked objects are looked for.
struct Look<'a> {
    cluster: &'a Cluster,
    selector: String,
    namespaces: BTreeSet<&'a str>,
}

impl Look<'_> {
    async fn everywhere(&self, resource: &Resource) -> Result<Vec<(ObjectId, Live)>, ApiError> {
        match self.list(resource, None).await {
            Err(error) if error.class == Class::Forbidden => {}
            Err(error) if error.class == Class::Unserved => return Ok(Vec::new()),
            listed => return listed,
        }
        let mut found = Vec::new();
        for namespace in self.namespaces.iter().filter(|_| resource.is_namespaced) {
            match self.list(resource, Some(namespace)).await {
                Ok(listed) => found.extend(listed),
                // What we may not even list there, we cannot have made.
                Err(error) if error.class == Class::Forbidden => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<(ObjectId, Live)>, ApiError> {
        let labels = Some(self.selector.as_str());
        let options =
            ListOptions { namespace, labels, metadata_only: true, ..ListOptions::default() };
        let items = self.cluster.list(resource, &options).await?;
        Ok(items.into_iter().map(|live| (resource.identity(&live), live)).collect())
    }
}

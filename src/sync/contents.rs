//! Looks into namespaces and definitions of kinds that are to be deleted: what they hold goes along.
//!
//! Once when the plan is made, and again directly before the delete. It must not judge what it
//! finds, but for what is in every namespace anyway.

use crate::cluster::{ApiError, Class, Cluster, Discovery, ListOptions, Resource};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use manifest::ObjectId;
use plan::Plan;
use plan::guards::{Holding, is_incidental};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many kinds are listed at once.
const PARALLEL: usize = 16;

/// What everything holds that the plan deletes or replaces.
pub(super) async fn of_plan(
    cluster: &Cluster,
    discovery: &Discovery,
    plan: &Plan,
) -> Result<BTreeMap<ObjectId, Holding>, ApiError> {
    let mut contents = BTreeMap::new();
    for change in plan.removals().filter(|change| is_holder(&change.id)) {
        let holding = look(cluster, discovery, &change.id).await?;
        drop(contents.insert(change.id.clone(), holding));
    }
    Ok(contents)
}

/// Whether deleting an object deletes others that name it nowhere.
pub(super) fn is_holder(id: &ObjectId) -> bool {
    id.is("", "Namespace") || id.is_definition()
}

/// What a namespace or a definition holds now.
async fn look(
    cluster: &Cluster,
    discovery: &Discovery,
    holder: &ObjectId,
) -> Result<Holding, ApiError> {
    let (resources, namespace) = if holder.is_definition() {
        (defined(discovery, holder), None)
    } else {
        let all = discovery.listable().into_iter().filter(|resource| resource.is_namespaced);
        (all.collect(), Some(holder.name.as_str()))
    };
    let mut holding = Holding::default();
    // What is stored of a kind that is not served, or of a broken group, nobody sees.
    if holder.is_definition() && resources.is_empty() {
        holding.unseen.push("its kind is not served".to_owned());
    }
    let lists = resources.into_iter().map(async |resource| {
        Ok::<_, ApiError>((resource, list(cluster, resource, namespace).await?))
    });
    let lists: Vec<_> = stream::iter(lists).buffered(PARALLEL).try_collect().await?;
    for (resource, found) in lists {
        match found {
            Some(found) => holding.objects.extend(found),
            None => holding.unseen.push(format!("`{}` may not be listed", resource.kind)),
        }
    }
    let broken = discovery.broken.iter().filter(|_| !holder.is_definition());
    holding.unseen.extend(broken.map(|group| format!("`{group}` does not answer")));
    Ok(holding)
}

/// The kind of a definition, which is named `<plural>.<group>`.
fn defined<'a>(discovery: &'a Discovery, definition: &ObjectId) -> Vec<&'a Resource> {
    let listable = discovery.listable().into_iter();
    let is_it = |resource: &&Resource| {
        definition.name.split_once('.') == Some((resource.plural.as_str(), resource.group.as_str()))
    };
    listable.filter(is_it).collect()
}

/// The objects of a kind; nothing if they may not be listed.
async fn list(
    cluster: &Cluster,
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<Option<Vec<ObjectId>>, ApiError> {
    let options = ListOptions { namespace, metadata_only: true, ..ListOptions::default() };
    let keep = |live| {
        let id = resource.identity(&live);
        (!is_incidental(&id, &live)).then_some(id)
    };
    match cluster.list_kept(resource, &options, &keep).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.class == Class::Forbidden => Ok(None),
        Err(error) if error.class == Class::Unserved => Ok(Some(Vec::new())),
        Err(error) => Err(error),
    }
}

/// What has to be looked into directly before it is deleted.
pub(super) struct Holder {
    pub(super) discovery: Arc<Discovery>,
    /// What may go along: it was approved.
    pub(super) approved: BTreeSet<ObjectId>,
}

impl Holder {
    /// Why it may not be deleted now, as a phrase.
    pub(super) async fn refuse(&self, cluster: &Cluster, id: &ObjectId) -> Option<String> {
        let holding = match look(cluster, &self.discovery, id).await {
            Ok(holding) => holding,
            Err(error) => return Some(format!("what it holds is not known: {}", error.message)),
        };
        let mut left = holding.objects.iter().filter(|id| !self.approved.contains(id));
        if let Some(unseen) = holding.unseen.first() {
            return Some(format!("what it holds is not known: {unseen}"));
        }
        left.next().map(|held| format!("it holds `{held}`, which would go along"))
    }
}

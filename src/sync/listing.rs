//! Confirms by LIST that objects are as our last write left them, so that a full run costs a few
//! requests for each kind instead of some for each object (DESIGN.md, Unchanged).
//!
//! Owns which lists are asked for. It must not judge what it cannot confirm: that is asked about
//! one by one.

use crate::cluster::{ApiError, Class, Cluster, Discovery, ListOptions, Resource};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use manifest::ObjectId;
use plan::{Entry, Inventory, Live, Question, Sight, Verdict, marks, ownership};
use std::collections::{BTreeMap, BTreeSet};

/// How many kinds are listed at once: each has a page of objects in memory.
const PARALLEL: usize = 8;

/// How many objects of a list take about as long as a look at one object.
const LISTED_FOR_ONE: usize = 20;

/// What lists are asked with.
pub(super) struct Listing<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) discovery: &'a Discovery,
    pub(super) inventory: &'a Inventory,
    pub(super) applyset: &'a str,
    /// The key for digests of Secrets.
    pub(super) key: Option<&'a [u8]>,
}

/// What lists tell.
#[derive(Default)]
pub(super) struct Listed {
    /// The answers to questions.
    pub(super) sights: BTreeMap<ObjectId, Sight>,
    /// Objects that carry our mark and are not recorded.
    pub(super) strays: BTreeSet<ObjectId>,
}

/// One object of a list.
enum Found {
    Sight(ObjectId, Sight),
    Stray(ObjectId),
}

/// The objects of one kind that are asked about.
struct Group<'a> {
    resource: &'a Resource,
    objects: BTreeMap<&'a ObjectId, (Question, &'a Entry)>,
}

impl<'a> Listing<'a> {
    /// The answers to those of the questions that lists can answer. What is not listed (because it
    /// is gone, or lost our label, or may not be listed) stays open, and so does what may differ.
    pub(super) async fn answer(
        &self,
        questions: &'a BTreeMap<ObjectId, Question>,
    ) -> Result<Listed, ApiError> {
        let groups = self.groups(questions);
        let lists = groups.values().map(|group| self.list_group(group));
        let lists: Vec<Vec<Found>> =
            stream::iter(lists).buffer_unordered(PARALLEL).try_collect().await?;
        let mut listed = Listed::default();
        for found in lists.into_iter().flatten() {
            match found {
                Found::Sight(id, sight) => drop(listed.sights.insert(id, sight)),
                Found::Stray(id) => drop(listed.strays.insert(id)),
            }
        }
        Ok(listed)
    }

    fn groups(
        &self,
        questions: &'a BTreeMap<ObjectId, Question>,
    ) -> BTreeMap<(&'a str, &'a str, &'a str), Group<'a>> {
        let mut groups = BTreeMap::new();
        for (id, question) in questions {
            let Some(entry) = self.inventory.entries.get(id) else { continue };
            let resource = self.discovery.find(&id.group, &id.kind, &entry.version);
            let (Some(resource), Question::Confirm | Question::Look) = (resource, question) else {
                continue;
            };
            let kind = (id.group.as_str(), id.kind.as_str(), entry.version.as_str());
            let group = groups.entry(kind);
            let group = group.or_insert_with(|| Group { resource, objects: BTreeMap::new() });
            group.objects.extend([(id, (*question, entry))]);
        }
        let mut recorded: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for id in self.inventory.entries.keys() {
            *recorded.entry((id.group.as_str(), id.kind.as_str())).or_default() += 1;
        }
        // The list has everything that is ours of the kind, whatever is asked about.
        groups.retain(|(group, kind, _), asked| {
            let listed = recorded.get(&(*group, *kind)).copied().unwrap_or_default();
            asked.objects.len() * LISTED_FOR_ONE > listed
        });
        groups
    }

    async fn list_group(&self, group: &Group<'a>) -> Result<Vec<Found>, ApiError> {
        let namespaces = group.namespaces();
        let only = if namespaces.len() == 1 { namespaces.first().copied() } else { None };
        match self.list(group, only).await {
            Err(error) if error.class == Class::Forbidden && only.is_none() => {}
            listed => return unless_unknown(listed),
        }
        let mut found = Vec::new();
        for namespace in namespaces {
            found.extend(unless_unknown(self.list(group, Some(namespace)).await)?);
        }
        Ok(found)
    }

    async fn list(
        &self,
        group: &Group<'a>,
        namespace: Option<&str>,
    ) -> Result<Vec<Found>, ApiError> {
        let selector = marks::selector(self.applyset);
        let labels = Some(selector.as_str());
        let options = ListOptions { namespace, labels, ..ListOptions::default() };
        let keep = |live: Live| {
            let id = group.resource.identity(&live);
            let Some((question, entry)) = group.objects.get(&id) else {
                let is_stray = !self.inventory.entries.contains_key(&id)
                    && ownership::is_marked(&live, self.applyset);
                return is_stray.then_some(Found::Stray(id));
            };
            let key = ownership::key_for(&id, self.key);
            let sight = sight(*question, entry, live, key)?;
            Some(Found::Sight(id, sight))
        };
        self.cluster.list_kept(group.resource, &options, &keep).await
    }
}

impl Group<'_> {
    fn namespaces(&self) -> BTreeSet<&str> {
        self.objects.keys().filter_map(|id| id.namespace.as_deref()).collect()
    }
}

/// What a listed object answers; nothing if it has to be asked about by itself.
fn sight(question: Question, entry: &Entry, live: Live, key: Option<&[u8]>) -> Option<Sight> {
    match question {
        Question::Look => Some(Sight { live: Some(live), verdict: Verdict::Unasked }),
        Question::Confirm if ownership::is_as_left(&live, entry, key) => {
            Some(Sight { live: Some(live.without_content()), verdict: Verdict::Confirmed })
        }
        Question::Confirm | Question::Create | Question::Update => None,
    }
}

/// Only a server that cannot be asked at all ends the run: what cannot be listed is asked about one
/// by one.
fn unless_unknown(listed: Result<Vec<Found>, ApiError>) -> Result<Vec<Found>, ApiError> {
    match listed {
        Err(error) if !matches!(error.class, Class::Unreachable | Class::Busy) => Ok(Vec::new()),
        listed => listed,
    }
}

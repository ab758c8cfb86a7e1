//! Taking over what another tool keeps: its objects become ours with the ownership of their fields,
//! so that what Git no longer has goes with the next sync. Nothing is applied here.
//!
//! ```text
//! candidates ─> decisions (shown) ─> lease ─> decisions again ─> intent ─> marks and fields ─> result
//! ```
//!
//! Each entry is written with the UID of the object before the object gets our mark. A run that is
//! killed on the way is gone on with by the same command. It must not know how anything is shown.

mod kahoy;

use super::custody::Custody;
use super::hand;
use super::observe::owner;
use super::request::Request;
use super::situation::{self, Situation, cannot, store, unreachable};
use super::{rights, unrecorded};
use crate::cluster::{
    ApiError, Class, Cluster, Discovery, ListOptions, Preconditions, Propagation, Resource,
};
use crate::error::{Diagnostic, Failure};
use crate::signals::Stop;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use manifest::ObjectId;
use plan::adoption::{self, Candidate, Fate, LAST_APPLIED, Tool};
use plan::guards::Refusal;
use plan::ownership::transfer;
use plan::{Entry, Live, Phase, RunPhase};
use std::collections::{BTreeMap, BTreeSet};

/// How many objects are asked about or changed at once.
const PARALLEL: usize = 32;

/// What is to be taken over, and from whom.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The tool.
    pub tool: Tool,
    /// Take over what Git does not have, to be deleted by the next sync.
    pub dropped: bool,
    /// Remove the tool's own record of what is taken over.
    pub remove_records: bool,
    /// Where the tool keeps its record, if that is a place of its own.
    pub records_in: String,
    /// Which of several records, if the tool has several.
    pub store: Option<String>,
}

/// An object of the other tool, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The object.
    pub id: ObjectId,
    /// The service that it belongs to, or would.
    pub service: String,
    /// What becomes of it.
    pub fate: Fate,
    version: String,
    uid: String,
    /// The other tool's records of it, each with the record's UID.
    records: Vec<(String, String)>,
}

/// What was found.
pub enum Found {
    /// These objects.
    Objects(Vec<Decision>),
    /// Nothing may be taken over.
    Refused(Vec<Refusal>),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Objects that are ours now.
    pub done: Vec<ObjectId>,
    /// Objects that are not, each with the reason.
    pub failed: BTreeMap<ObjectId, String>,
    /// How many records of the other tool were removed.
    pub removed: usize,
}

/// Looks at what would be taken over. Writes nothing.
pub async fn look(cluster: &Cluster, request: &Request<'_>, wish: &Wish) -> Result<Found, Failure> {
    let situation = situation::read(cluster, request).await?;
    let discovery = situation::discover(cluster).await?;
    let refusals = refusals(cluster, request, &situation, &discovery).await?;
    if !refusals.is_empty() {
        return Ok(Found::Refused(refusals));
    }
    decide(cluster, &discovery, request, &situation, wish).await.map(Found::Objects)
}

/// Takes over what [`look`] found, as far as it still holds.
pub async fn adopt(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    wish: &Wish,
) -> Result<Adopted, Failure> {
    rights::check_record(cluster, request, false).await?;
    let made = store(cluster, request).ensure_namespace().await;
    made.map_err(|error| cannot(&error, "make the state's namespace"))?;
    let mut custody = Custody::take(cluster, request, stop).await?;
    let adoption = Adoption { cluster, request, stop, wish };
    let result = adoption.run(&mut custody).await;
    custody.release().await;
    result
}

async fn refusals(
    cluster: &Cluster,
    request: &Request<'_>,
    situation: &Situation,
    discovery: &Discovery,
) -> Result<Vec<Refusal>, Failure> {
    let mut refusals = situation.elsewhere(request);
    refusals.extend(unrecorded::refusal(cluster, request, situation, discovery).await?);
    Ok(refusals)
}

/// An adoption under the lease.
struct Adoption<'a> {
    cluster: &'a Cluster,
    request: &'a Request<'a>,
    stop: &'a Stop,
    wish: &'a Wish,
}

impl Adoption<'_> {
    async fn run(&self, custody: &mut Custody) -> Result<Adopted, Failure> {
        let discovery = situation::discover(self.cluster).await?;
        let refusals = refusals(self.cluster, self.request, &custody.situation, &discovery).await?;
        if let Some(refusal) = refusals.into_iter().next() {
            return Err(Diagnostic::error(refusal.message).hint(refusal.hint).into());
        }
        let decisions =
            decide(self.cluster, &discovery, self.request, &custody.situation, self.wish).await?;
        let is_taken = |decision: &Decision| !matches!(decision.fate, Fate::Left(_));
        let taken: Vec<Decision> = decisions.into_iter().filter(is_taken).collect();
        if taken.is_empty() {
            return Ok(Adopted::default());
        }
        for decision in &taken {
            custody.inventory.entries.insert(decision.id.clone(), self.intent(decision));
        }
        custody.write().await?;
        let mut adopted = Adopted::default();
        let mut records = Vec::new();
        let held = &*custody;
        let steps = taken.iter().map(async |decision: &Decision| {
            if self.stop.is_set() || !held.holds().await {
                return (decision, Err("the run was told to stop".to_owned()));
            }
            (decision, self.take(&discovery, decision).await)
        });
        let results: Vec<_> = stream::iter(steps).buffer_unordered(PARALLEL).collect().await;
        for (decision, result) in results {
            match result {
                Ok(live) => {
                    let entry = Entry {
                        phase: Phase::Applied,
                        resource_version: Some(live.resource_version().to_owned()),
                        generation: live.generation(),
                        ..self.intent(decision)
                    };
                    custody.inventory.entries.insert(decision.id.clone(), entry);
                    records.extend(&decision.records);
                    adopted.done.push(decision.id.clone());
                }
                Err(reason) => drop(adopted.failed.insert(decision.id.clone(), reason)),
            }
        }
        let is_whole = adopted.failed.is_empty();
        custody.conclude(if is_whole { RunPhase::Succeeded } else { RunPhase::Failed }).await?;
        if self.wish.remove_records {
            adopted.removed = self.remove(&discovery, &records).await?;
        }
        Ok(adopted)
    }

    /// Without a digest, the next sync applies it.
    fn intent(&self, decision: &Decision) -> Entry {
        Entry {
            service: decision.service.clone(),
            version: decision.version.clone(),
            uid: Some(decision.uid.clone()),
            phase: Phase::Intent,
            attempt: self.request.run.id.clone(),
            ..Entry::default()
        }
    }

    /// Puts our marks on an object and makes the tool's fields ours. Fails with a phrase.
    async fn take(&self, discovery: &Discovery, decision: &Decision) -> Result<Live, String> {
        let resource = discovery.serving(&decision.id, &decision.version);
        let resource = resource.ok_or_else(|| "its kind is not served".to_owned())?;
        let applyset = self.request.identity().applyset;
        let owner = owner(self.request, &decision.service, &self.request.run.id);
        let mut from = self.wish.tool.predecessors(self.wish.remove_records);
        from.push(transfer::OURSELVES);
        let is_it = |live: &Live| live.uid() == decision.uid && !live.is_terminating();
        let change = |live: &Live| {
            let marking = is_it(live).then(|| transfer::marking(live, &applyset, &owner));
            marking?.or_else(|| transfer::taking_over(live, &from))
        };
        let live = hand::work(self.cluster, resource, &decision.id, change).await;
        let live = live.map_err(|error| error.message)?;
        live.filter(is_it).ok_or_else(|| "it was deleted or made again meanwhile".to_owned())
    }

    /// Removes the tool's own records. Its record on an object goes with the next apply.
    async fn remove(
        &self,
        discovery: &Discovery,
        records: &[&(String, String)],
    ) -> Result<usize, Failure> {
        let Some(secrets) = discovery.preferred("", "Secret") else { return Ok(0) };
        for (name, uid) in records.iter().copied() {
            let preconditions = Preconditions { uid, resource_version: None };
            let namespace = Some(self.wish.records_in.as_str());
            let deleted = self
                .cluster
                .delete(secrets, namespace, name, preconditions, Propagation::Background)
                .await;
            deleted.map_err(|error| cannot(&error, &format!("remove the record `{name}`")))?;
        }
        Ok(records.len())
    }
}

/// Decides on every object of the other tool, and on every object that Git has.
async fn decide(
    cluster: &Cluster,
    discovery: &Discovery,
    request: &Request<'_>,
    situation: &Situation,
    wish: &Wish,
) -> Result<Vec<Decision>, Failure> {
    let subjects = match wish.tool {
        Tool::Kubectl => kubectls(cluster, discovery, request, situation).await?,
        Tool::Kahoy => kahoys(cluster, discovery, situation, wish).await?,
    };
    let identity = request.identity();
    let wanted = situation.desired.by_id();
    let entries = situation.inventory.as_ref().map(|inventory| &inventory.entries);
    let decisions = subjects.into_iter().map(async |subject: Subject| {
        let live = match discovery.serving(&subject.id, &subject.version) {
            Some(resource) => get(cluster, resource, &subject.id).await?,
            None => None,
        };
        let candidate = Candidate {
            live: live.as_ref(),
            entry: entries.and_then(|entries| entries.get(&subject.id)),
            is_wanted: wanted.contains_key(&subject.id),
        };
        let fate = adoption::decide(wish.tool, &identity, candidate, wish.dropped);
        Ok::<_, Failure>(Decision {
            id: subject.id,
            service: subject.service,
            fate,
            version: subject.version,
            uid: live.as_ref().map(|live| live.uid().to_owned()).unwrap_or_default(),
            records: subject.records,
        })
    });
    let mut decisions: Vec<Decision> =
        stream::iter(decisions).buffered(PARALLEL).try_collect().await?;
    decisions.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(decisions)
}

async fn get(
    cluster: &Cluster,
    resource: &Resource,
    id: &ObjectId,
) -> Result<Option<Live>, Failure> {
    let live = cluster.get(resource, id.namespace.as_deref(), &id.name).await;
    live.map_err(|error| unreachable(&error, &format!("`{id}`")))
}

/// An object to decide on.
struct Subject {
    id: ObjectId,
    service: String,
    version: String,
    records: Vec<(String, String)>,
}

/// Everything that Git has, and what `kubectl` applied in the same namespaces besides.
async fn kubectls(
    cluster: &Cluster,
    discovery: &Discovery,
    request: &Request<'_>,
    situation: &Situation,
) -> Result<Vec<Subject>, Failure> {
    let wanted = situation.desired.by_id();
    let subjects = wanted.iter().map(|(id, (service, wanted))| Subject {
        id: (*id).clone(),
        service: (*service).to_owned(),
        version: wanted.object.version().to_owned(),
        records: Vec::new(),
    });
    let mut subjects: Vec<Subject> = subjects.collect();
    let used = wanted.keys().filter_map(|id| id.namespace.as_deref());
    let namespaces: BTreeSet<&str> = used.chain([request.settings.namespace.as_str()]).collect();
    let places = namespaces.iter().flat_map(|namespace| {
        let resources = discovery.listable().into_iter().filter(|it| it.is_namespaced);
        resources.map(move |resource| (resource, *namespace))
    });
    let lists = places.map(async |(resource, namespace)| {
        let options = ListOptions {
            namespace: Some(namespace),
            metadata_only: true,
            ..ListOptions::default()
        };
        match cluster.list(resource, &options).await {
            Ok(found) => Ok((resource, found)),
            Err(error) if matches!(error.class, Class::Forbidden | Class::Unserved) => {
                Ok((resource, Vec::new()))
            }
            Err(error) => Err(error),
        }
    });
    let lists: Result<Vec<(&Resource, Vec<Live>)>, ApiError> =
        stream::iter(lists).buffered(PARALLEL).try_collect().await;
    let lists = lists.map_err(|error| unreachable(&error, "what `kubectl` applied"))?;
    for (resource, found) in lists {
        for live in found.iter().filter(|live| live.annotation(LAST_APPLIED).is_some()) {
            let id = resource.identity(live);
            if !wanted.contains_key(&id) {
                let (service, version) = ("-".to_owned(), resource.version.clone());
                subjects.push(Subject { id, service, version, records: Vec::new() });
            }
        }
    }
    Ok(subjects)
}

/// Everything that Kahoy recorded.
async fn kahoys(
    cluster: &Cluster,
    discovery: &Discovery,
    situation: &Situation,
    wish: &Wish,
) -> Result<Vec<Subject>, Failure> {
    let (namespace, store) = (&wish.records_in, wish.store.as_deref());
    let found = kahoy::read(cluster, discovery, namespace, store).await;
    let found = found.map_err(|error| unreachable(&error, "Kahoy's records"))?;
    if let Some(problem) = which_store(wish, &found.stores) {
        return Err(problem.into());
    }
    if !found.unreadable.is_empty() {
        let problem = Diagnostic::error("not all of Kahoy's records can be read");
        let names = found.unreadable.iter().map(|name| format!("Secret `{namespace}/{name}`"));
        return Err(names.fold(problem, Diagnostic::because).into());
    }
    let wanted = situation.desired.by_id();
    let subjects = found.readable.into_iter().map(|record| {
        let wanted = wanted.get(&record.id);
        let service = wanted.map_or(record.service, |(service, _)| (*service).to_owned());
        let version = wanted.map_or(record.version, |(_, it)| it.object.version().to_owned());
        Subject { id: record.id, service, version, records: vec![(record.secret, record.uid)] }
    });
    let mut subjects: Vec<Subject> = subjects.collect();
    // Kahoy has a record for each version that it ever applied.
    subjects.sort_by(|left, right| left.id.cmp(&right.id));
    subjects.dedup_by(|later, first| {
        let is_same = later.id == first.id;
        if is_same {
            first.records.append(&mut later.records);
        }
        is_same
    });
    Ok(subjects)
}

/// Of several stores one has to be named, and it has to be there.
fn which_store(wish: &Wish, stores: &BTreeSet<String>) -> Option<Diagnostic> {
    let namespace = &wish.records_in;
    let names: Vec<String> = stores.iter().map(|store| format!("`{store}`")).collect();
    let names = names.join(", ");
    match &wish.store {
        _ if stores.is_empty() => Some(
            Diagnostic::error(format!("Kahoy has no record in namespace `{namespace}`"))
                .hint("name the one of its `--kube-provider-namespace`: `--records-in NAMESPACE`"),
        ),
        Some(store) if !stores.contains(store) => Some(
            Diagnostic::error(format!("Kahoy has no record `{store}` in `{namespace}`"))
                .suggest_or_list(store, stores.iter().map(String::as_str)),
        ),
        None if stores.len() > 1 => Some(
            Diagnostic::error(format!("Kahoy has several records in `{namespace}`: {names}"))
                .hint("name the one of its `--kube-provider-id`: `--storage-id ID`"),
        ),
        _ => None,
    }
}

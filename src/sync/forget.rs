//! Taking objects out of the record: from then on they are nobody's, and never deleted.
//!
//! The live object loses our mark before the record loses its entry, so that a run that is killed in
//! between leaves an entry that no run deletes by. It must not know how anything is shown.

use super::custody::Custody;
use super::hand;
use super::request::Request;
use super::situation::{self, unreachable};
use crate::cluster::{ApiError, Cluster, Discovery};
use crate::error::{Diagnostic, Failure};
use crate::signals::Stop;
use manifest::ObjectId;
use plan::guards::Refusal;
use plan::ownership::{self, transfer};
use plan::{Entry, Inventory, Live, Phase, RunPhase};
use std::collections::BTreeMap;

/// An object that is to be forgotten.
#[derive(Clone, Debug)]
pub struct Forgetting {
    /// The object.
    pub id: ObjectId,
    /// The service it is recorded with.
    pub service: String,
    /// What happens to the live object.
    pub effect: Effect,
    /// Whether Git has it.
    pub is_wanted: bool,
}

/// What forgetting does to a live object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Our mark is taken off.
    Unmarked,
    /// It is not there.
    Gone,
    /// It is not the one we made, or does not carry our mark: it is left alone.
    NotOurs,
    /// Its kind is not served: nobody can look.
    Unserved,
    /// It was asked to leave it alone.
    Untouched,
}

/// What is to be forgotten, or why nothing may be.
pub enum Found {
    /// These.
    Objects(Vec<Forgetting>),
    /// The record is not one to work on.
    Refused(Vec<Refusal>),
}

/// What came of it.
pub struct Forgotten {
    /// Objects that are not in the record any more.
    pub done: Vec<ObjectId>,
    /// Objects that still are, each with the reason.
    pub failed: BTreeMap<ObjectId, String>,
}

/// Looks at what forgetting these names would do. A name is a kind, a namespace and a name, joined
/// by `/`; the group of the kind and the namespace may be left out where that is clear.
pub async fn look(
    cluster: &Cluster,
    request: &Request<'_>,
    names: &[String],
    record_only: bool,
) -> Result<Found, Failure> {
    let situation = situation::read(cluster, request).await?;
    let refusals = situation.elsewhere(request);
    if !refusals.is_empty() {
        return Ok(Found::Refused(refusals));
    }
    let Some(inventory) = &situation.inventory else {
        return Err(nothing_recorded(request));
    };
    let ids = resolve(names, inventory)?;
    let discovery = situation::discover(cluster).await?;
    let wanted = situation.desired.by_id();
    let mut objects = Vec::new();
    for (id, entry) in inventory.entries.iter().filter(|(id, _)| ids.contains(id)) {
        let effect = effect(cluster, &discovery, request, (id, entry), record_only).await;
        objects.push(Forgetting {
            id: id.clone(),
            service: entry.service.clone(),
            effect: effect.map_err(|error| unreachable(&error, &format!("`{id}`")))?,
            is_wanted: wanted.contains_key(id),
        });
    }
    Ok(Found::Objects(objects))
}

/// Forgets these objects.
pub async fn forget(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    ids: &[ObjectId],
    record_only: bool,
) -> Result<Forgotten, Failure> {
    let mut custody = Custody::take(cluster, request, stop).await?;
    let result = forget_held(cluster, request, stop, &mut custody, ids, record_only).await;
    custody.release().await;
    result
}

async fn forget_held(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    custody: &mut Custody,
    ids: &[ObjectId],
    record_only: bool,
) -> Result<Forgotten, Failure> {
    if custody.situation.inventory.is_none() {
        return Err(nothing_recorded(request));
    }
    let discovery = situation::discover(cluster).await?;
    let mut forgotten = Forgotten { done: Vec::new(), failed: BTreeMap::new() };
    for id in ids {
        if stop.is_set() || !custody.holds().await {
            break;
        }
        let Some(entry) = custody.inventory.entries.get(id) else { continue };
        let unmarked = if record_only {
            Ok(())
        } else {
            unmark(cluster, &discovery, request, (id, entry)).await
        };
        match unmarked {
            Ok(()) => {
                drop(custody.inventory.entries.remove(id));
                forgotten.done.push(id.clone());
            }
            Err(error) => drop(forgotten.failed.insert(id.clone(), error.message)),
        }
    }
    if !forgotten.done.is_empty() {
        let is_whole = forgotten.done.len() == ids.len();
        custody.conclude(if is_whole { RunPhase::Succeeded } else { RunPhase::Failed }).await?;
    }
    Ok(forgotten)
}

/// Takes our mark off the live object, if it is the recorded one.
async fn unmark(
    cluster: &Cluster,
    discovery: &Discovery,
    request: &Request<'_>,
    (id, entry): (&ObjectId, &Entry),
) -> Result<(), ApiError> {
    let Some(resource) = discovery.serving(id, &entry.version) else { return Ok(()) };
    let change =
        |live: &Live| is_ours(request, entry, live).then(|| transfer::unmarking(live)).flatten();
    hand::work(cluster, resource, id, change).await.map(drop)
}

async fn effect(
    cluster: &Cluster,
    discovery: &Discovery,
    request: &Request<'_>,
    (id, entry): (&ObjectId, &Entry),
    record_only: bool,
) -> Result<Effect, ApiError> {
    let Some(resource) = discovery.serving(id, &entry.version) else {
        return Ok(Effect::Unserved);
    };
    let live = cluster.get(resource, id.namespace.as_deref(), &id.name).await?;
    Ok(match live {
        None => Effect::Gone,
        Some(_) if record_only => Effect::Untouched,
        Some(live) if is_ours(request, entry, &live) => Effect::Unmarked,
        Some(_) => Effect::NotOurs,
    })
}

/// Whether the live object is the recorded one and carries our mark.
fn is_ours(request: &Request<'_>, entry: &Entry, live: &Live) -> bool {
    entry.phase != Phase::Foreign
        && ownership::is_recorded(live, entry)
        && ownership::is_marked(live, &request.identity().applyset)
}

fn nothing_recorded(request: &Request<'_>) -> Failure {
    let environment = request.environment;
    Diagnostic::error(format!("nothing is recorded for `{environment}`")).into()
}

/// The recorded objects that are meant. Fails with every name that is unknown or not clear.
fn resolve(names: &[String], inventory: &Inventory) -> Result<Vec<ObjectId>, Vec<Diagnostic>> {
    let (mut ids, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        let meant: Vec<&ObjectId> =
            inventory.entries.keys().filter(|id| is_meant(name, id)).collect();
        match meant.as_slice() {
            [id] => ids.push((*id).clone()),
            [] => problems.push(unknown(name, inventory)),
            several => problems.push(unclear(name, several)),
        }
    }
    if problems.is_empty() { Ok(ids) } else { Err(problems) }
}

fn is_meant(name: &str, id: &ObjectId) -> bool {
    let (kind, namespace, name) = match *name.split('/').collect::<Vec<_>>() {
        [kind, name] => (kind, None, name),
        [kind, namespace, name] => (kind, Some(namespace), name),
        _ => return false,
    };
    let is_kind = kind.eq_ignore_ascii_case(&id.kind)
        || kind.eq_ignore_ascii_case(&format!("{}.{}", id.kind, id.group));
    is_kind && name == id.name && namespace.is_none_or(|it| id.namespace.as_deref() == Some(it))
}

fn unknown(name: &str, inventory: &Inventory) -> Diagnostic {
    let ids = inventory.entries.keys();
    let full: Vec<String> = ids.clone().map(ToString::to_string).collect();
    let short: Vec<String> = ids.map(|id| format!("{}/{}", id.kind, id.name)).collect();
    Diagnostic::error(format!("no object `{name}` is recorded"))
        .suggest_or_list(name, full.iter().map(String::as_str))
        .suggest(name, short.iter().chain(&full).map(String::as_str))
}

fn unclear(name: &str, several: &[&ObjectId]) -> Diagnostic {
    let problem = Diagnostic::error(format!("`{name}` may be any of {} objects", several.len()));
    let problem = several.iter().fold(problem, |problem, id| problem.because(format!("`{id}`")));
    problem.hint("write the one that is meant as it stands there")
}

#[cfg(test)]
mod tests {
    use super::{is_meant, resolve};
    use manifest::ObjectId;
    use plan::{Entry, Inventory};

    fn id(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> ObjectId {
        let namespace = namespace.map(str::to_owned);
        ObjectId { group: group.into(), kind: kind.into(), namespace, name: name.into() }
    }

    #[test]
    fn an_object_is_meant_by_its_id_and_by_less_of_it() {
        let web = id("apps", "Deployment", Some("shop"), "web");
        for name in [
            "Deployment.apps/shop/web",
            "Deployment/shop/web",
            "deployment/web",
            "deployment.apps/web",
        ] {
            assert!(is_meant(name, &web), "{name}");
        }
        for name in ["web", "Deployment/other/web", "Deployment.x/web", "Deployment/shop/web/y"] {
            assert!(!is_meant(name, &web), "{name}");
        }
    }

    #[test]
    fn every_name_that_is_unknown_or_unclear_is_told_at_once() {
        let ids = [
            id("", "ConfigMap", Some("blue"), "cart"),
            id("", "ConfigMap", Some("green"), "cart"),
            id("", "Namespace", None, "blue"),
        ];
        let entries = ids.into_iter().map(|id| (id, Entry::default())).collect();
        let inventory = Inventory { entries, ..Inventory::default() };
        let names = ["ConfigMap/blue/crt", "configmap/cart", "Namespace/blue"];
        let problems = resolve(&names.map(str::to_owned), &inventory).unwrap_err();
        assert_eq!(problems.len(), 2);
        let hint = problems[0].hint.as_deref().unwrap();
        assert_eq!(hint, "did you mean `ConfigMap/blue/cart`?");
        assert_eq!(problems[1].causes, ["`ConfigMap/blue/cart`", "`ConfigMap/green/cart`"]);
        let meant = resolve(&["Namespace/blue".to_owned()], &inventory).unwrap();
        assert_eq!(meant, [id("", "Namespace", None, "blue")]);
    }
}

//! The record of an environment outside a run: read it, or restore it from the marks on live
//! objects.

use super::request::Request;
use super::situation::{self, Situation, store, unreachable};
use super::unrecorded::marked_objects;
use crate::clock;
use crate::cluster::{ApiError, Class, Cluster, Lease, LeaseError, StateStore};
use crate::error::{Diagnostic, Failure};
use manifest::ObjectId;
use plan::guards::Refusal;
use plan::inventory::codec;
use plan::{Entry, Inventory, Live, Phase, Run, RunPhase, marks};
use std::collections::BTreeMap;
use std::time::Duration;

/// What is recorded. Nothing recorded is a problem that says how to begin.
pub async fn read(cluster: &Cluster, request: &Request<'_>) -> Result<Inventory, Failure> {
    let situation = situation::read(cluster, request).await?;
    situation.inventory.ok_or_else(|| {
        let environment = request.environment;
        Diagnostic::error(format!("nothing is recorded for `{environment}`"))
            .hint(format!("run `molave sync {environment}`"))
            .into()
    })
}

/// What came of an attempt to restore a record.
pub enum Rebuilt {
    /// It was restored, with this many objects.
    Restored(usize),
    /// This is not the cluster of the environment.
    Refused(Vec<Refusal>),
}

/// Writes a new record of everything that carries the environment's mark: identity, UID and
/// service. What was applied is not known, so the next run applies all of it again. Fails if there
/// is a record, or nothing that carries the mark.
pub async fn rebuild(cluster: &Cluster, request: &Request<'_>) -> Result<Rebuilt, Failure> {
    let situation = situation::read(cluster, request).await?;
    let refusals = situation.elsewhere(request);
    if !refusals.is_empty() {
        return Ok(Rebuilt::Refused(refusals));
    }
    // Nothing is written, not even the lease, where there is nothing to restore.
    drop(restorable(cluster, request, &situation).await?);
    let store = store(cluster, request);
    let made = store.ensure_namespace().await;
    made.map_err(|error| unreachable(&error, "the state's namespace"))?;
    let lease = lease(cluster, request).await?;
    let result = rebuild_locked(cluster, request, &store, &lease).await;
    lease.release().await;
    result.map(Rebuilt::Restored)
}

/// The entries of a new record.
async fn restorable(
    cluster: &Cluster,
    request: &Request<'_>,
    situation: &Situation,
) -> Result<BTreeMap<ObjectId, Entry>, Failure> {
    let environment = request.environment;
    if situation.version.is_some() {
        let problem = Diagnostic::error("there is a record, and it can be read");
        let hint = format!("look at it with `molave state show {environment}`");
        return Err(problem.hint(hint).into());
    }
    let discovery = situation::discover(cluster).await?;
    let found = marked_objects(cluster, &discovery, request, &situation.desired).await;
    let found = found.map_err(|error| unreachable(&error, "what carries our mark"))?;
    let entries: BTreeMap<_, _> =
        found.into_iter().filter_map(|(id, live)| entry(request, id, &live)).collect();
    if entries.is_empty() {
        let message = format!("nothing in the cluster carries the mark of `{environment}`");
        let hint = format!("there is nothing to restore; begin with `molave sync {environment}`");
        return Err(Diagnostic::error(message).hint(hint).into());
    }
    Ok(entries)
}

async fn lease(cluster: &Cluster, request: &Request<'_>) -> Result<Lease, Failure> {
    let (_keep, stop) = tokio::sync::watch::channel(false);
    let namespace = &request.settings.state_namespace;
    let name = request.state_name();
    let patience = Duration::from_mins(1);
    let holder = request.holder();
    let taken = Lease::acquire(cluster, namespace, &name, holder, patience, stop, |_| {}).await;
    taken.map_err(|error| match error {
        LeaseError::Api(error) => unreachable(&error, "the lease"),
        LeaseError::Held(_) | LeaseError::Stopped => {
            Diagnostic::error("another run holds this environment").into()
        }
    })
}

async fn rebuild_locked(
    cluster: &Cluster,
    request: &Request<'_>,
    store: &StateStore,
    lease: &Lease,
) -> Result<usize, Failure> {
    let situation = situation::read(cluster, request).await?;
    let entries = restorable(cluster, request, &situation).await?;
    let inventory = Inventory {
        project: request.project.to_owned(),
        environment: request.environment.to_owned(),
        cluster: situation.cluster,
        generation: 1,
        run: Run {
            id: request.run.id.clone(),
            fencing: lease.fencing,
            actor: request.run.actor.clone(),
            url: request.run.url.clone(),
            started: request.run.started.clone(),
            ended: Some(clock::now()),
            phase: RunPhase::Succeeded,
            ..Run::default()
        },
        entries,
        ..Inventory::default()
    };
    let stored = write(store, &inventory, None).await;
    stored.map_err(|error| unreachable(&error, "the new record after writing it"))?;
    Ok(inventory.entries.len())
}

/// Writes the record over the one of the resource version `over`, none if there was no record.
/// Gives the new resource version.
pub(super) async fn write(
    store: &StateStore,
    inventory: &Inventory,
    over: Option<&str>,
) -> Result<String, ApiError> {
    let written = codec::encode(inventory)
        .map_err(|error| ApiError { class: Class::Invalid, message: error.to_string() })?;
    let namespace = &store.namespace;
    let labels = marks::parent_labels(inventory, namespace);
    let annotations = marks::parent_annotations(inventory, namespace, env!("CARGO_PKG_VERSION"));
    store.write(&written, over, &borrowed(&labels), &borrowed(&annotations)).await
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    pairs.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// The entry of a marked object; none if its owner is another environment after all.
fn entry(request: &Request<'_>, id: ObjectId, live: &Live) -> Option<(ObjectId, Entry)> {
    let owner = live.owner()?;
    let is_ours = owner.project == request.project && owner.environment == request.environment;
    let entry = Entry {
        service: owner.service,
        uid: Some(live.uid().to_owned()),
        phase: Phase::Applied,
        attempt: owner.attempt,
        ..Entry::default()
    };
    is_ours.then_some((id, entry))
}

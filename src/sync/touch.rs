//! Touches what a run before meant to delete and what is wanted again, before anything else is done.
//!
//! A delete of that run may still be on its way: from a process that was stopped, or through a
//! proxy that was slow. It carries the resource version that was seen then, and an apply that
//! changes nothing leaves that version as it is (`reference/api.md`). So each such object is given
//! a new version first. It must not know whether that run is alive.

use super::event::Event;
use super::execution::Execution;
use super::outcome::ObjectResult;
use super::request::Request;
use crate::cluster::{ApiError, Apply, Class, Cluster, Discovery, Resource};
use futures_util::{StreamExt as _, stream};
use manifest::ObjectId;
use plan::marks::{TOUCH_MANAGER, TOUCHED};
use plan::{Desired, Inventory, Live, Observed};
use serde_json::{Value, json};

/// How many objects are touched at once.
const PARALLEL: usize = 64;

/// How often a touch whose answer was lost is tried again; the UID makes that safe.
const TRIES: u32 = 3;

/// An object to touch.
struct Touch {
    id: ObjectId,
    service: String,
    resource: Resource,
    /// The UID of the object that we made.
    uid: String,
    run: String,
}

/// An object that could not be touched.
pub(super) struct Untouched {
    pub(super) id: ObjectId,
    service: String,
    error: ApiError,
}

/// Touches each object that is wanted, in whichever service, and that the record says is being
/// deleted, or replaced. Must be done before the intent is written, after which the record no longer says so.
pub(super) async fn touch(
    cluster: &Cluster,
    request: &Request<'_>,
    before: &Inventory,
    desired: &Desired,
    observed: &Observed,
    discovery: &Discovery,
) -> Vec<Untouched> {
    let going = before.entries.iter().filter(|(_, entry)| entry.may_be_going());
    let going: Vec<_> = going.collect();
    if going.is_empty() {
        return Vec::new();
    }
    let wanted = desired.by_id();
    let touches = going.into_iter().filter_map(|(id, entry)| {
        let (service, _) = wanted.get(id).filter(|_| may_be_there(observed, id))?;
        Some(Touch {
            id: id.clone(),
            service: (*service).to_owned(),
            resource: discovery.serving(id, &entry.version)?.clone(),
            uid: entry.uid.clone()?,
            run: request.run.id.clone(),
        })
    });
    let runs = touches.map(async |touch| touch.run(cluster).await);
    stream::iter(runs).buffer_unordered(PARALLEL).filter_map(async |failed| failed).collect().await
}

/// Whether a delete that comes late could still take the object away: not if it was seen to be
/// gone, or going.
fn may_be_there(observed: &Observed, id: &ObjectId) -> bool {
    let is_there = |live: &Live| !live.is_terminating();
    observed.sights.get(id).is_none_or(|sight| sight.live.as_ref().is_some_and(is_there))
}

impl Execution<'_> {
    /// Stops the services of objects that could not be touched.
    pub(super) fn leave_untouched(
        &mut self,
        untouched: Vec<Untouched>,
        told: &mut dyn FnMut(Event<'_>),
    ) {
        for Untouched { id, service, error } in untouched {
            self.halt(&service, &format!("`{id}` failed"));
            if let Some(change) = self.plan.changes.iter().find(|change| change.id == id) {
                let reason = format!("a delete of the run before may still come: {error}");
                self.finish(change, ObjectResult::Failed(reason), told);
            }
        }
    }
}

impl Touch {
    /// Gives the object a new resource version, and leaves nothing behind. Whatever is not the
    /// object that we made needs no touch.
    async fn run(self, cluster: &Cluster) -> Option<Untouched> {
        for annotations in [json!({ TOUCHED: self.run }), json!({})] {
            match self.apply(cluster, &annotations).await {
                Ok(_) => {}
                Err(error) if matches!(error.class, Class::Conflict | Class::Absent) => break,
                Err(error) => {
                    return Some(Untouched { id: self.id, service: self.service, error });
                }
            }
        }
        None
    }

    async fn apply(&self, cluster: &Cluster, annotations: &Value) -> Result<Live, ApiError> {
        let how = Apply { manager: TOUCH_MANAGER, force: true, dry_run: false };
        let body = json!({
            "apiVersion": self.resource.api_version(),
            "kind": self.id.kind,
            "metadata": {
                "name": self.id.name,
                "namespace": self.id.namespace,
                "uid": self.uid,
                "annotations": annotations,
            },
        });
        let mut tries = 1;
        loop {
            match cluster.apply(&self.resource, &body, how).await {
                Err(error) if error.class == Class::Ambiguous && tries < TRIES => tries += 1,
                result => return result.map(|applied| applied.live),
            }
        }
    }
}

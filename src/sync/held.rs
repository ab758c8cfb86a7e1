//! What an environment holds, by its record: what should be ready, and what should be gone.

use super::event::Event;
use super::ready::{timeout, wait_for};
use super::request::Request;
use super::situation::{self, looked, unreachable};
use crate::cluster::Cluster;
use crate::error::{Diagnostic, Failure};
use crate::signals::Stop;
use crate::wait::{self, Target, Waited, Wish};
use manifest::ObjectId;
use plan::{Entry, Phase};
use tokio::time::Instant;

/// Waits until everything that is recorded is ready, or gone if it was asked to go.
pub async fn wait(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    told: &mut dyn FnMut(Event<'_>),
) -> Result<Waited, Failure> {
    let situation = looked(stop, situation::read(cluster, request)).await?;
    let Some(inventory) = situation.inventory else {
        let environment = request.environment;
        let problem = Diagnostic::error(format!("nothing is recorded for `{environment}`"));
        return Err(problem.hint(format!("run `molave sync {environment}`")).into());
    };
    let discovery = situation::discover(cluster).await?;
    let apps = &request.options.apps;
    let entries = inventory
        .entries
        .iter()
        .filter(|(_, entry)| apps.is_empty() || apps.contains(&entry.service));
    let targets = entries.filter_map(|(id, entry)| target(request, id, entry)).collect();
    let applyset = request.identity().applyset;
    let waited = wait_for(cluster, &discovery, &applyset, targets, stop, told).await;
    waited.map_err(|error| unreachable(&error, "the objects"))
}

fn target(request: &Request<'_>, id: &ObjectId, entry: &Entry) -> Option<Target> {
    let wish = match (entry.phase, &entry.uid) {
        (Phase::Deleting, Some(uid)) => Wish::Gone { uid: uid.clone() },
        (Phase::Applied | Phase::Intent | Phase::Maybe, _) if wait::is_awaited(id) => Wish::Ready,
        _ => return None,
    };
    let deadline = Instant::now() + timeout(request, &entry.service);
    Some(Target { id: id.clone(), wish, deadline })
}

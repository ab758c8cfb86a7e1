//! Where a run begins: which cluster this is, what is recorded, and what should be there.
//!
//! Three reads and nothing else, so that a run with nothing to do is quick.

use super::desired::Sources;
use super::request::Request;
use super::rights;
use crate::cluster::{ApiError, Class, Cluster, Discovery, StateStore, Stored};
use crate::error::{Diagnostic, Failure};
use crate::parallel;
use crate::signals::Stop;
use plan::guards::Refusal;
use plan::inventory::codec;
use plan::{Desired, Inventory, Moving, Observed, Place, untouched};
use std::collections::BTreeMap;

/// The situation before a run.
pub(super) struct Situation {
    /// The UID of the cluster.
    pub(super) cluster: String,
    /// The resource version of the record, if there is one. What it was read from is not kept: it is
    /// as large as the record.
    pub(super) version: Option<String>,
    /// What is recorded.
    pub(super) inventory: Option<Inventory>,
    /// The key for digests of Secrets, if there is one yet.
    pub(super) key: Option<Vec<u8>>,
    /// What should be there.
    pub(super) desired: Desired,
}

/// The place of the state of a request's environment.
pub(super) fn store(cluster: &Cluster, request: &Request<'_>) -> StateStore {
    StateStore {
        cluster: cluster.clone(),
        namespace: request.settings.state_namespace.clone(),
        name: request.state_name(),
    }
}

/// Reads the situation, with everything that should be there.
pub(super) async fn read(cluster: &Cluster, request: &Request<'_>) -> Result<Situation, Failure> {
    look(cluster, request, |request, _, key| desired(request, key)).await
}

/// Reads the situation, with as much of what should be there as the record leaves open.
pub(super) async fn read_changed(
    cluster: &Cluster,
    request: &Request<'_>,
) -> Result<Situation, Failure> {
    look(cluster, request, changed).await
}

/// Reads the situation again. What should be there is the same as `before`, unless it depends on the
/// record, or the key for its digests is another one now.
pub(super) async fn read_again(
    cluster: &Cluster,
    request: &Request<'_>,
    before: Situation,
) -> Result<Situation, Failure> {
    let is_whole = before.desired.untouched.is_empty();
    look(cluster, request, |request, inventory, key| {
        let is_same = is_whole && before.key.as_deref() == key;
        if is_same { Ok(before.desired) } else { changed(request, inventory, key) }
    })
    .await
}

/// Asks for what there is, and then for what should be there.
async fn look<'r>(
    cluster: &Cluster,
    request: &Request<'r>,
    wanted: impl FnOnce(
        &Request<'r>,
        Option<&Inventory>,
        Option<&[u8]>,
    ) -> Result<Desired, Vec<Diagnostic>>,
) -> Result<Situation, Failure> {
    let store = store(cluster, request);
    // Boxed, or each future that waits for this one would have room for all three.
    let (uid, stored, key) =
        tokio::join!(Box::pin(cluster.uid()), Box::pin(store.read()), Box::pin(store.key()));
    let uid = permitted(cluster, request, uid, "the cluster").await?;
    let stored = permitted(cluster, request, stored, "the recorded state").await?;
    let key = permitted(cluster, request, key, "the key of the state").await?;
    let (inventory, _) = parallel::both(
        || stored.as_ref().map(|stored| decode(stored, &store)).transpose(),
        || request.manifests.map(Sources::files),
    );
    let (version, inventory) = (stored.map(|stored| stored.resource_version), inventory?);
    let desired = wanted(request, inventory.as_ref(), key.as_deref())?;
    Ok(Situation { cluster: uid, version, inventory, key, desired })
}

/// What was read. If that is forbidden, everything that is missing for the record is told.
async fn permitted<T>(
    cluster: &Cluster,
    request: &Request<'_>,
    read: Result<T, ApiError>,
    what: &str,
) -> Result<T, Failure> {
    match read {
        Ok(read) => Ok(read),
        Err(error) => {
            let told = |error: &ApiError| unreachable(error, what);
            Err(Box::pin(rights::explain(cluster, request, &error, told)).await)
        }
    }
}

/// What the cluster serves.
pub(super) async fn discover(cluster: &Cluster) -> Result<Discovery, Failure> {
    let discovery = cluster.discover().await;
    discovery.map_err(|error| unreachable(&error, "what the cluster serves"))
}

/// What should be there: nothing if everything is meant to go.
pub(super) fn desired(
    request: &Request<'_>,
    key: Option<&[u8]>,
) -> Result<Desired, Vec<Diagnostic>> {
    let Some(sources) = request.manifests.filter(|_| !request.options.destroy) else {
        return Ok(Desired::default());
    };
    Ok(complete(request, sources.read()?.desired(key), None))
}

/// The same, where services that are just as they are recorded are left unread.
fn changed(
    request: &Request<'_>,
    inventory: Option<&Inventory>,
    key: Option<&[u8]>,
) -> Result<Desired, Vec<Diagnostic>> {
    let sources = request.manifests.filter(|_| !request.options.destroy);
    let changed = sources.zip(inventory).and_then(|(sources, inventory)| {
        Some(complete(request, sources.changed(inventory, &request.options, key)?, Some(inventory)))
    });
    changed.map_or_else(|| desired(request, key), Ok)
}

/// Adds the namespaces that Molave makes because they are needed.
fn complete(request: &Request<'_>, mut desired: Desired, inventory: Option<&Inventory>) -> Desired {
    if request.options.create_namespaces {
        super::namespaces::add(&mut desired, inventory);
    }
    desired
}

fn decode(stored: &Stored, store: &StateStore) -> Result<Inventory, Failure> {
    codec::decode(&stored.written).map_err(|codec::Unreadable(reason)| {
        let (namespace, name) = (&store.namespace, &store.name);
        Diagnostic::error(format!("cannot read the state in ConfigMap `{namespace}/{name}`"))
            .because(reason)
            .hint(format!(
                "nothing was changed; look at it with `kubectl get configmap -n {namespace} {name} -o yaml`"
            ))
            .into()
    })
}

/// What a step that only looks gives, unless we are told to stop meanwhile.
pub async fn looked<T>(
    stop: &Stop,
    step: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    stop.unless_told(step).await.unwrap_or_else(|status| Err(Failure::Stopped(status)))
}

/// The command that moves a record from `from` to where the project file has `environment`.
pub(super) fn move_command(environment: &str, from: &Place) -> String {
    let Place { namespace, project, environment: old } = from;
    format!(
        "molave state move {environment} --from-project {project} --from-environment {old} \
         --from-namespace {namespace}"
    )
}

/// What a read of the cluster failed with.
pub fn unreachable(error: &ApiError, what: &str) -> Failure {
    Diagnostic::error(format!("cannot read {what}")).because(error.message.clone()).into()
}

/// What a write to the cluster failed with.
pub fn cannot(error: &ApiError, what: &str) -> Failure {
    let problem = Diagnostic::error(format!("cannot {what}")).because(error.message.clone());
    if error.class == Class::Unreachable { problem.into() } else { Failure::Work(vec![problem]) }
}

impl Situation {
    /// Reads all that should be there.
    pub(super) fn read_whole(&mut self, request: &Request<'_>) -> Result<(), Failure> {
        self.desired = desired(request, self.key.as_deref())?;
        Ok(())
    }

    /// Whether the cluster lacks what a service needs that was not read.
    pub(super) fn is_hindered(&self, observed: &Observed) -> bool {
        let untouched = &self.desired.untouched;
        let inventory = self.inventory.as_ref().filter(|_| !untouched.is_empty());
        inventory.is_some_and(|inventory| untouched::is_hindered(untouched, inventory, observed))
    }

    /// What to record of the files of services, so that the next run need not read them.
    pub(super) fn fingerprints(&self, request: &Request<'_>) -> BTreeMap<String, String> {
        let recorded = self.inventory.as_ref().map(|inventory| &inventory.fingerprints);
        let Some(sources) = request.manifests else { return BTreeMap::new() };
        sources.fingerprints(&self.desired, recorded, self.key.as_deref())
    }

    /// What about the cluster and the record refuses the run, before anything is asked.
    pub(super) fn refusals(&self, request: &Request<'_>) -> Vec<Refusal> {
        let mut refusals = self.elsewhere(request);
        refusals.extend(self.no_output(request));
        refusals
    }

    /// This is not the cluster that is meant, or the record is not of this cluster, or it is on its
    /// way to another place.
    pub(super) fn elsewhere(&self, request: &Request<'_>) -> Vec<Refusal> {
        let refusals =
            [self.other_cluster(request), self.other_record(request), self.moving(request)];
        refusals.into_iter().flatten().collect()
    }

    /// The record is being moved: its objects carry the marks of one place or the other.
    fn moving(&self, request: &Request<'_>) -> Option<Refusal> {
        let (message, hint) = match self.inventory.as_ref()?.moving.as_ref()? {
            Moving::To(place) => (
                format!("the record is being moved to {place}"),
                format!(
                    "finish that with `{}` where `molave.yaml` has the new names",
                    move_command(&place.environment, &request.place())
                ),
            ),
            Moving::From(place) => (
                format!("the record is being moved here from {place}"),
                format!("finish that with `{}`", move_command(request.environment, place)),
            ),
        };
        Some(Refusal { guard: "moving", message, hint, objects: Vec::new() })
    }

    /// The project file pins another cluster.
    pub(super) fn other_cluster(&self, request: &Request<'_>) -> Option<Refusal> {
        let pinned = request.settings.cluster.as_ref().filter(|pinned| **pinned != self.cluster)?;
        let (environment, actual) = (request.environment, &self.cluster);
        Some(Refusal {
            guard: "cluster",
            message: format!(
                "this is not the cluster of `{environment}`: `molave.yaml` pins `{pinned}`, this one is `{actual}`"
            ),
            hint: "choose the right one with `--context`, or change `cluster` in `molave.yaml`"
                .to_owned(),
            objects: Vec::new(),
        })
    }

    /// The record was made in another cluster, as after a restore from a backup.
    pub(super) fn other_record(&self, request: &Request<'_>) -> Option<Refusal> {
        let inventory = self.inventory.as_ref()?;
        let is_ours = inventory.project == request.project
            && inventory.environment == request.environment
            && inventory.cluster == self.cluster;
        (!is_ours).then(|| Refusal {
            guard: "cluster",
            message: format!(
                "the recorded state is that of `{}/{}` in the cluster `{}`, and this is `{}/{}` in `{}`",
                inventory.project,
                inventory.environment,
                inventory.cluster,
                request.project,
                request.environment,
                self.cluster
            ),
            hint: "was it copied from another cluster? nothing is done on the strength of it"
                .to_owned(),
            objects: Vec::new(),
        })
    }

    /// Objects are recorded, and the folder of their manifests is not there.
    fn no_output(&self, request: &Request<'_>) -> Option<Refusal> {
        let recorded = self.recorded();
        let is_missing = request.manifests.is_none() && !request.options.destroy;
        let objects = if recorded == 1 { "object is" } else { "objects are" };
        (is_missing && recorded > 0).then(|| Refusal {
            guard: "missing-output",
            message: format!(
                "there is no `{}`, and {recorded} {objects} recorded for `{}`",
                request.folder, request.environment
            ),
            hint: format!(
                "run `molave generate`, or `molave destroy {}` if all of them are to go",
                request.environment
            ),
            objects: Vec::new(),
        })
    }

    /// How many objects are recorded.
    pub(super) fn recorded(&self) -> usize {
        self.inventory.as_ref().map_or(0, |inventory| inventory.entries.len())
    }
}

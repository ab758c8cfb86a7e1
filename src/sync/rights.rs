//! What a run must be allowed to do, and what of it we are not: all verbs at once, before anything is
//! written.
//!
//! One request a namespace where nothing is missing. It must not know what becomes of what may not
//! be done.

use super::request::Request;
use crate::cluster::{ApiError, Class, Cluster, Discovery, Right, Rules};
use crate::error::{Diagnostic, Failure, Severity};
use futures_util::{StreamExt as _, stream};
use manifest::ObjectId;
use plan::{Action, Change, Desired, Inventory, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// How many questions are under way at once.
const PARALLEL: usize = 16;

/// How many objects are asked about by name where a right to all of a kind is missing.
const NAMED: usize = 50;

/// What is done to make an object.
const MAKES: [&str; 3] = ["create", "get", "patch"];
/// What is done to change an object.
const CHANGES: [&str; 2] = ["get", "patch"];
/// What is done to delete an object.
const DELETES: [&str; 2] = ["delete", "get"];
/// Everything that is ever done to objects of a kind that an environment holds.
const EVER: [&str; 5] = ["create", "delete", "get", "list", "patch"];

/// A verb on a resource in a namespace, which is all that a role tells apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// The namespace; none for what is in none.
    pub namespace: Option<String>,
    /// The group, empty for the core group.
    pub group: String,
    /// The resource, as in paths.
    pub resource: String,
    /// The verbs that are missing, in order.
    pub verbs: BTreeSet<&'static str>,
}

/// What is missing, and for which objects.
#[derive(Clone, Debug, Default)]
pub struct Lacking {
    /// By namespace and resource.
    pub lacks: Vec<Lack>,
    /// The objects that the plan cannot be carried out for, each with the reason.
    pub objects: BTreeMap<ObjectId, String>,
}

/// What is needed: each right with the objects that need it.
type Needs = BTreeMap<Right, BTreeSet<ObjectId>>;

impl std::fmt::Display for Lack {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verbs: Vec<&str> = self.verbs.iter().copied().collect();
        write!(formatter, "`{}` on `{}`", verbs.join("`, `"), self.kind())?;
        match &self.namespace {
            Some(namespace) => write!(formatter, " in namespace `{namespace}`"),
            None => formatter.write_str(" in the whole cluster"),
        }
    }
}

impl Lack {
    /// `deployments.apps`, as `kubectl` has it.
    pub fn kind(&self) -> String {
        match self.group.as_str() {
            "" => self.resource.clone(),
            group => format!("{}.{group}", self.resource),
        }
    }

    /// The command that makes a role with just this.
    fn command(&self, name: &str) -> String {
        let verbs: Vec<&str> = self.verbs.iter().copied().collect();
        let (verbs, kind) = (verbs.join(","), self.kind());
        match &self.namespace {
            Some(namespace) => format!(
                "kubectl create role {name} --namespace {namespace} --verb={verbs} --resource={kind}"
            ),
            None => format!("kubectl create clusterrole {name} --verb={verbs} --resource={kind}"),
        }
    }
}

/// What is missing to carry out a plan.
pub(super) async fn of_plan(
    cluster: &Cluster,
    discovery: &Discovery,
    desired: &Desired,
    plan: &Plan,
) -> Lacking {
    let versions: BTreeMap<&ObjectId, &str> =
        desired.by_id().into_iter().map(|(id, (_, it))| (id, it.object.version())).collect();
    let mut needs = Needs::new();
    for change in &plan.changes {
        let version = versions.get(&change.id).copied();
        for verb in verbs(change, version.is_some()) {
            add(&mut needs, discovery, &change.id, version.unwrap_or_default(), verb);
        }
    }
    lacking(cluster, &needs).await
}

/// The verbs that carrying out a change takes.
fn verbs(change: &Change, is_wanted: bool) -> &'static [&'static str] {
    match change.action {
        Action::Create => &MAKES,
        Action::Adopt | Action::Update | Action::Drifted => &CHANGES,
        Action::Blocked if is_wanted && change.seen.is_none() => &MAKES,
        Action::Blocked if is_wanted => &CHANGES,
        Action::Delete | Action::Blocked => &DELETES,
        _ => &[],
    }
}

/// What is missing of everything that an environment ever takes: its objects, and its record.
pub(super) async fn of_environment(
    cluster: &Cluster,
    discovery: &Discovery,
    request: &Request<'_>,
    desired: &Desired,
    inventory: Option<&Inventory>,
) -> Lacking {
    let mut needs = of_record(request, true);
    // What is replaced or destroyed goes, or stays in nobody's way.
    let state = Some(request.settings.state_namespace.as_str());
    needs.entry(right(state, "", "configmaps", "delete")).or_default();
    for (id, (_, wanted)) in desired.by_id() {
        for verb in EVER {
            add(&mut needs, discovery, id, wanted.object.version(), verb);
        }
    }
    for (id, entry) in inventory.into_iter().flat_map(|inventory| &inventory.entries) {
        for verb in DELETES {
            add(&mut needs, discovery, id, &entry.version, verb);
        }
    }
    if request.settings.create_namespaces {
        for verb in ["create", "get", "patch"] {
            needs.entry(right(None, "", "namespaces", verb)).or_default();
        }
    }
    lacking(cluster, &needs).await
}

/// What the record takes, with a key for digests of Secrets where there is none, and knowing the
/// cluster.
fn of_record(request: &Request<'_>, makes_key: bool) -> Needs {
    let namespace = request.settings.state_namespace.as_str();
    let resources = [
        ("", "configmaps", &["create", "get", "list", "update"][..]),
        ("", "secrets", if makes_key { &["create", "get"] } else { &["get"] }),
        ("coordination.k8s.io", "leases", &["create", "get", "update"]),
    ];
    let mut needs = Needs::new();
    for (group, resource, verbs) in resources {
        for verb in verbs {
            needs.entry(right(Some(namespace), group, resource, verb)).or_default();
        }
    }
    let identity = right(Some("kube-system"), "", "namespaces", "get");
    needs.insert(Right { name: Some("kube-system".to_owned()), ..identity }, BTreeSet::new());
    needs
}

/// What was forbidden when the record was read or written, with everything else that is missing for
/// it. Any other error is told as `told` has it.
pub(super) async fn explain(
    cluster: &Cluster,
    request: &Request<'_>,
    error: &ApiError,
    told: impl FnOnce(&ApiError) -> Failure,
) -> Failure {
    if error.class != Class::Forbidden {
        return told(error);
    }
    let lacking = lacking(cluster, &of_record(request, true)).await;
    no_record(request, &lacking).map_or_else(|| told(error), Failure::from)
}

/// Fails if the record cannot be kept. Nothing was written yet. `makes_key` is whether a key for
/// digests of Secrets has to be made.
pub(super) async fn check_record(
    cluster: &Cluster,
    request: &Request<'_>,
    makes_key: bool,
) -> Result<(), Failure> {
    let lacking = lacking(cluster, &of_record(request, makes_key)).await;
    no_record(request, &lacking).map_or(Ok(()), |problem| Err(problem.into()))
}

fn no_record(request: &Request<'_>, lacking: &Lacking) -> Option<Diagnostic> {
    let environment = request.environment;
    let message = format!("cannot keep the record of `{environment}`: rights are missing");
    let problem = missing(request, lacking)?;
    Some(Diagnostic { severity: Severity::Error, message, ..problem })
}

/// What is missing, as a problem with the command that grants the first of it.
pub(super) fn missing(request: &Request<'_>, lacking: &Lacking) -> Option<Diagnostic> {
    let first = lacking.lacks.first()?;
    let problem = Diagnostic::warning("rights are missing for this run");
    let problem =
        lacking.lacks.iter().fold(problem, |problem, lack| problem.because(lack.to_string()));
    let environment = request.environment;
    let role = first.command(&format!("molave-{environment}"));
    Some(problem.hint(format!(
        "grant them, for instance with `{role}`; `molave doctor {environment}` prints all as roles"
    )))
}

fn right(namespace: Option<&str>, group: &str, resource: &str, verb: &'static str) -> Right {
    Right {
        namespace: namespace.map(str::to_owned),
        group: group.to_owned(),
        resource: resource.to_owned(),
        verb,
        name: None,
    }
}

/// Adds what an object takes; nothing if its kind is not served (yet).
fn add(needs: &mut Needs, discovery: &Discovery, id: &ObjectId, version: &str, verb: &'static str) {
    let Some(resource) = discovery.serving(id, version) else { return };
    let namespace = id.namespace.as_deref().filter(|_| resource.is_namespaced);
    let right = right(namespace, &resource.group, &resource.plural, verb);
    needs.entry(right).or_default().insert(id.clone());
}

/// What of it we may not. What cannot be found out is taken for granted: the request will tell.
async fn lacking(cluster: &Cluster, needs: &Needs) -> Lacking {
    let namespaces: BTreeSet<&str> =
        needs.keys().filter_map(|right| right.namespace.as_deref()).collect();
    let rules = namespaces
        .into_iter()
        .map(async |namespace| (namespace, cluster.rules(namespace).await.unwrap_or_default()));
    let rules: BTreeMap<&str, Rules> = stream::iter(rules).buffered(PARALLEL).collect().await;
    let is_listed = |right: &Right| {
        let rules = right.namespace.as_deref().and_then(|namespace| rules.get(namespace));
        rules.is_some_and(|rules| rules.allow(right))
    };
    let doubtful = needs.iter().filter(|(right, _)| !is_listed(right));
    let asked = doubtful.map(async |(right, ids)| (right, refused(cluster, right, ids).await));
    let answers: Vec<_> = stream::iter(asked).buffered(PARALLEL).collect().await;
    let mut lacks = BTreeMap::<_, BTreeSet<&'static str>>::new();
    let mut objects = BTreeMap::<ObjectId, BTreeMap<_, BTreeSet<&'static str>>>::new();
    for (right, refused) in answers {
        let Some(ids) = refused else { continue };
        let key = (right.namespace.clone(), right.group.clone(), right.resource.clone());
        lacks.entry(key.clone()).or_default().insert(right.verb);
        for id in ids {
            objects.entry(id).or_default().entry(key.clone()).or_default().insert(right.verb);
        }
    }
    Lacking {
        lacks: lacks.into_iter().map(lack).collect(),
        objects: objects.into_iter().map(|(id, lacks)| (id, reason(lacks))).collect(),
    }
}

type Key = (Option<String>, String, String);

fn lack(((namespace, group, resource), verbs): (Key, BTreeSet<&'static str>)) -> Lack {
    Lack { namespace, group, resource, verbs }
}

fn reason(lacks: BTreeMap<Key, BTreeSet<&'static str>>) -> String {
    let lacks: Vec<String> = lacks.into_iter().map(|pair| lack(pair).to_string()).collect();
    format!("forbidden: there is no right to {}", lacks.join(", "))
}

/// The objects for which we lack a right; nothing if we have it for all.
async fn refused(
    cluster: &Cluster,
    right: &Right,
    ids: &BTreeSet<ObjectId>,
) -> Option<BTreeSet<ObjectId>> {
    if cluster.may(right).await.unwrap_or(true) {
        return None;
    }
    // What has no name yet when it is asked for cannot be granted by name.
    if right.name.is_some() || ["create", "list"].contains(&right.verb) {
        return Some(ids.clone());
    }
    let asked = ids.iter().take(NAMED).map(async |id| {
        let named = Right { name: Some(id.name.clone()), ..right.clone() };
        (id, cluster.may(&named).await.unwrap_or(true))
    });
    let answers: Vec<_> = stream::iter(asked).buffered(PARALLEL).collect().await;
    let granted: BTreeSet<&ObjectId> =
        answers.into_iter().filter(|(_, may)| *may).map(|(id, _)| id).collect();
    let refused: BTreeSet<ObjectId> =
        ids.iter().filter(|id| !granted.contains(id)).cloned().collect();
    (!refused.is_empty() || ids.is_empty()).then_some(refused)
}

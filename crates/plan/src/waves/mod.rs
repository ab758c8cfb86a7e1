//! The order of a run: which objects are applied before which.
//!
//! Owns the waves of kinds (DESIGN.md, Waves), the levels of services that depend on each other,
//! and what ties between objects change about both ([`Order`]). Deletion goes the other way. It
//! must not know what is applied.

mod graph;
mod order;
mod ties;

pub use self::order::{Dependencies, Item, Need, Needs, Order, Problem};
pub use self::ties::{DEPENDS_ON, Ties, WAVE};
use crate::desired::Desired;
use manifest::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// A place in the order of a run. Everything of one stage may go at the same time; the next stage
/// begins when the one before has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stage {
    /// How many services deep what this one depends on goes. Namespaces and definitions of all
    /// services come first, at level 0.
    pub level: u32,
    /// The wave within the service, as [`WAVE`] says; the least there is for namespaces and
    /// definitions.
    pub turn: i64,
    /// The wave of the kind, or of the hook.
    pub wave: Wave,
    /// Among hooks, what `helm.sh/hook-weight` says; 0 for everything else.
    pub weight: i64,
    /// How many others of the same place come before it, one needing the other.
    pub step: u32,
}

impl Stage {
    /// The stage of an object to which no other is tied.
    pub(crate) fn natural(level: u32, turn: i64, wave: Wave, weight: i64) -> Self {
        let is_first = wave == Wave::Foundations;
        let (level, turn) = if is_first { (0, i64::MIN) } else { (level, turn) };
        Self { level, turn, wave, weight, step: 0 }
    }

    /// The stage that comes next.
    fn next(self) -> Self {
        Self { step: self.step.saturating_add(1), ..self }
    }
}

/// The waves of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wave {
    /// Namespaces, definitions of kinds, and classes that others name.
    #[default]
    Foundations,
    /// Rights, configuration, storage.
    Configuration,
    /// Services.
    Services,
    /// Workloads that were hooks to run before a release: awaited before any other workload.
    HooksBefore,
    /// Workloads.
    Workloads,
    /// Routes, autoscalers, budgets.
    Routes,
    /// Kinds that Molave has no place for, most of them custom resources.
    Others,
    /// What intercepts requests: webhook configurations, policies, `APIService`s.
    Interceptors,
    /// Workloads that were hooks to run after a release.
    HooksAfter,
}

/// The wave and the weight of an object, by its identity and annotations. A chart's hook that was
/// kept is an ordinary object, but a workload among them still runs when Helm would have run it.
/// Other hooks go with their kind: an earlier `ServiceAccount` or ConfigMap does no harm.
fn place<'a>(id: &ObjectId, annotation: &impl Fn(&str) -> Option<&'a str>) -> (Wave, i64) {
    let wave = wave_of(id);
    let events = if wave == Wave::Workloads { annotation("helm.sh/hook") } else { None };
    let Some(events) = events else { return (wave, 0) };
    let is_at = |wanted: [&str; 2]| {
        events
            .split(',')
            .any(|event| wanted.iter().any(|one| event.trim().eq_ignore_ascii_case(one)))
    };
    let weight = annotation("helm.sh/hook-weight").and_then(|text| text.trim().parse().ok());
    if is_at(["pre-install", "pre-upgrade"]) {
        (Wave::HooksBefore, weight.unwrap_or_default())
    } else if is_at(["post-install", "post-upgrade"]) {
        (Wave::HooksAfter, weight.unwrap_or_default())
    } else {
        (wave, 0)
    }
}

impl Wave {
    /// Whether the next stage has to wait until what stands in this one is ready or complete.
    pub fn is_of_hooks(self) -> bool {
        matches!(self, Self::HooksBefore | Self::HooksAfter)
    }
}

/// Whether an object sends requests of others to a workload, so that it must not come before that
/// one answers.
pub(crate) fn is_interceptor(id: &ObjectId) -> bool {
    let group = id.group.as_str();
    let is_webhook = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
    (group == "admissionregistration.k8s.io" && is_webhook.contains(&id.kind.as_str()))
        || id.is("apiregistration.k8s.io", "APIService")
}

/// The wave of an object's kind. Sorting by [`manifest::compare`] never goes back in waves.
pub fn wave_of(id: &ObjectId) -> Wave {
    match (id.group.as_str(), id.kind.as_str()) {
        ("", kind) => core_wave(kind),
        ("extensions", kind) => extensions_wave(kind),
        ("apiextensions.k8s.io", "CustomResourceDefinition")
        | ("scheduling.k8s.io", "PriorityClass")
        | ("node.k8s.io", "RuntimeClass") => Wave::Foundations,
        ("networking.k8s.io", "NetworkPolicy")
        | ("policy", "PodSecurityPolicy")
        | ("storage.k8s.io", "CSIDriver" | "StorageClass" | "VolumeAttributesClass")
        | ("resource.k8s.io", "DeviceClass" | "ResourceClaimTemplate" | "ResourceClaim")
        | (
            "rbac.authorization.k8s.io",
            "ClusterRole" | "ClusterRoleBinding" | "Role" | "RoleBinding",
        ) => Wave::Configuration,
        ("discovery.k8s.io", "EndpointSlice") => Wave::Services,
        ("apps", "DaemonSet" | "ReplicaSet" | "Deployment" | "StatefulSet")
        | ("batch", "Job" | "CronJob") => Wave::Workloads,
        ("autoscaling", "HorizontalPodAutoscaler")
        | ("policy", "PodDisruptionBudget")
        | ("networking.k8s.io", "IngressClass" | "Ingress") => Wave::Routes,
        (
            "admissionregistration.k8s.io",
            "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "MutatingAdmissionPolicy"
            | "MutatingAdmissionPolicyBinding"
            | "MutatingWebhookConfiguration"
            | "ValidatingWebhookConfiguration",
        )
        | ("apiregistration.k8s.io", "APIService") => Wave::Interceptors,
        _ => Wave::Others,
    }
}

fn core_wave(kind: &str) -> Wave {
    match kind {
        "Namespace" => Wave::Foundations,
        "ResourceQuota"
        | "LimitRange"
        | "ServiceAccount"
        | "Secret"
        | "ConfigMap"
        | "PersistentVolume"
        | "PersistentVolumeClaim" => Wave::Configuration,
        "Service" | "Endpoints" => Wave::Services,
        "Pod" | "ReplicationController" => Wave::Workloads,
        _ => Wave::Others,
    }
}

/// The group that most of its kinds have left.
fn extensions_wave(kind: &str) -> Wave {
    match kind {
        "NetworkPolicy" | "PodSecurityPolicy" => Wave::Configuration,
        "DaemonSet" | "Deployment" | "ReplicaSet" => Wave::Workloads,
        "Ingress" => Wave::Routes,
        _ => Wave::Others,
    }
}

/// The level of each service that depends on others: one more than the highest of those it depends
/// on, where any other service has 0. Fails with a cycle of services, each depending on the next,
/// the last on the first.
fn levels(dependencies: &Dependencies<'_>) -> Result<BTreeMap<String, u32>, Vec<String>> {
    let is_free = |(_, on): &(&&str, &BTreeSet<&str>)| on.is_empty();
    let dependent = dependencies.iter().filter(|service| !is_free(service));
    let mut open: Dependencies<'_> = dependent.map(|(name, on)| (*name, on.clone())).collect();
    let dependants = reversed(&open);
    let mut levels = BTreeMap::new();
    let mut ready: Vec<&str> = dependencies.iter().filter(is_free).map(|(name, _)| *name).collect();
    let mut level = 0_u32;
    while !ready.is_empty() {
        let mut next = Vec::new();
        for name in ready {
            if open.remove(name).is_some() {
                levels.insert(name.to_owned(), level);
            }
            for dependant in dependants.get(name).into_iter().flatten() {
                let Some(on) = open.get_mut(dependant) else { continue };
                on.remove(name);
                if on.is_empty() {
                    next.push(*dependant);
                }
            }
        }
        ready = next;
        level = level.saturating_add(1);
    }
    if open.is_empty() { Ok(levels) } else { Err(cycle(&open)) }
}

/// The services that depend on each service directly.
pub(crate) fn dependants(desired: &Desired) -> Dependencies<'_> {
    reversed(&dependencies(desired))
}

fn reversed<'a>(dependencies: &Dependencies<'a>) -> Dependencies<'a> {
    let mut dependants = Dependencies::new();
    for (name, on) in dependencies {
        for dependency in on {
            dependants.entry(dependency).or_default().insert(name);
        }
    }
    dependants
}

/// The services that each service depends on directly, of those that there are.
pub fn dependencies(desired: &Desired) -> Dependencies<'_> {
    let services = desired.services.iter();
    let services = services.map(|(name, service)| {
        let on = service.depends_on.iter().map(String::as_str);
        (name.as_str(), on.filter(|on| desired.services.contains_key(*on)).collect())
    });
    services.collect()
}

/// One cycle among services that each depend on another of them, from its smallest name on.
fn cycle(open: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut next = open.keys().next().copied();
    while let Some(name) = next {
        if let Some(place) = places.get(name) {
            let mut cycle = path.split_off(*place);
            let smallest = cycle.iter().enumerate().min_by_key(|(_, name)| **name);
            let smallest = smallest.map_or(0, |(place, _)| place);
            cycle.rotate_left(smallest);
            return cycle.into_iter().map(str::to_owned).collect();
        }
        places.insert(name, path.len());
        path.push(name);
        next = open.get(name).and_then(|on| on.first().copied());
    }
    path.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;

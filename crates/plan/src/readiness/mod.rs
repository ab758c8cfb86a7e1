//! When an object is ready: the rules of kstatus as `reference/peers.md` §5 has them, with the
//! weak spots mended. It must not know how objects are read or how long anyone waits.

mod cluster;
mod daemon_set;
mod deployment;
mod job;
mod pod;
mod reading;
mod replica_set;
mod stateful_set;
mod volumes_and_services;

#[cfg(test)]
mod tests;

use crate::live::Live;
use crate::ownership::group_of;
pub(crate) use job::is_complete;
use reading::{condition, conditions, number, one_line, text};

/// How far an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It does what it should.
    Ready,
    /// It is on its way; what is missing, as a phrase: `2 of 3 replicas updated`.
    Progressing(String),
    /// It will not get there by itself; why.
    Failed(String),
    /// It is being deleted; what holds it.
    Terminating(String),
}

/// Judges a live object. A kind without a rule is ready as the generic conditions have it; without
/// any, it is ready at once.
///
/// Kinds are told apart by group and kind, so the object must carry both; items of a list from
/// the API server do not.
pub fn assess(live: &Live) -> Readiness {
    if live.is_terminating() {
        return Readiness::Terminating(cluster::what_holds(live));
    }
    unseen_generation(live).or_else(|| reconciling(live)).unwrap_or_else(|| by_kind(live))
}

/// A status of an older generation says nothing. One of a newer generation comes from a backup,
/// and counts; a controller may write the number as a text.
fn unseen_generation(live: &Live) -> Option<Readiness> {
    let generation = live.generation()?;
    match number(live, &["status", "observedGeneration"]) {
        Some(seen) if seen >= generation => None,
        None if !reports_generation(live) => None,
        _ => Some(waiting_for_generation(generation)),
    }
}

fn waiting_for_generation(generation: i64) -> Readiness {
    Readiness::Progressing(format!("waiting for the controller to see generation {generation}"))
}

/// Whether the controller of this kind always writes the generation that it saw. A missing one
/// then means that it saw none; its counters, all zero, must not be compared with zero replicas.
fn reports_generation(live: &Live) -> bool {
    matches!(
        (group_of(&live.0), text(live, &["kind"])),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
            | ("", "ReplicationController")
            | ("policy", "PodDisruptionBudget")
    )
}

/// The conditions by which controllers report progress and its end, the first that holds.
fn reconciling(live: &Live) -> Option<Readiness> {
    conditions(live).filter(|condition| condition.is("True")).find_map(|condition| match condition
        .kind
    {
        "Reconciling" => Some(Readiness::Progressing(condition.phrase("reconciling"))),
        "Stalled" => Some(Readiness::Failed(condition.phrase("stalled"))),
        _ => None,
    })
}

fn by_kind(live: &Live) -> Readiness {
    match (group_of(&live.0), text(live, &["kind"])) {
        ("apps", "Deployment") => deployment::judge(live),
        ("apps", "StatefulSet") => stateful_set::judge(live),
        ("apps", "DaemonSet") => daemon_set::judge(live),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => replica_set::judge(live),
        ("batch", "Job") => job::judge(live),
        ("", "Pod") => pod::judge(live),
        ("", "PersistentVolumeClaim") => volumes_and_services::judge_claim(live),
        ("", "Service") => volumes_and_services::judge_service(live),
        ("", "Namespace") => cluster::judge_namespace(live),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => cluster::judge_definition(live),
        ("apiregistration.k8s.io", "APIService") => cluster::judge_api_service(live),
        // What counts of a budget is that its generation was seen; whether it allows a disruption
        // depends on its pods.
        ("policy", "PodDisruptionBudget") | ("", "ConfigMap" | "Secret") | ("batch", "CronJob") => {
            Readiness::Ready
        }
        _ => judge_generic(live),
    }
}

/// Any other kind: by its condition `Ready`, which may say itself which generation it is about.
fn judge_generic(live: &Live) -> Readiness {
    let Some(ready) = condition(live, "Ready") else { return Readiness::Ready };
    match (live.generation(), ready.generation) {
        (Some(generation), Some(seen)) if seen < generation => waiting_for_generation(generation),
        _ if ready.is("True") => Readiness::Ready,
        _ => Readiness::Progressing(ready.phrase("not ready")),
    }
}

/// The first thing that is missing; ready if nothing is.
fn first_missing<const N: usize>(checks: [Option<String>; N]) -> Readiness {
    checks.into_iter().flatten().next().map_or(Readiness::Ready, Readiness::Progressing)
}

/// `2 of 3 replicas updated`, unless there are enough.
fn lacking(have: i64, want: i64, what: &str) -> Option<String> {
    (have < want).then(|| one_line(&format!("{have} of {want} {what}")))
}

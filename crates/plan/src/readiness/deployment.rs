//! The rule for a Deployment. It must not look at its pods.

use super::reading::{condition, count, holding, is_true, number, one_line, wanted_replicas};
use super::{Readiness, first_missing, lacking};
use crate::live::Live;

pub(super) fn judge(live: &Live) -> Readiness {
    if let Some(reason) = deadline_exceeded(live) {
        return Readiness::Failed(reason);
    }
    let missing = if is_true(live, &["spec", "paused"]) { paused(live) } else { rollout(live) };
    match (missing, holding(live, "ReplicaFailure")) {
        // Why pods cannot be made: a quota, an admission webhook, a missing service account.
        (Readiness::Progressing(what), Some(failure)) => {
            Readiness::Progressing(one_line(&format!("{what}: {}", failure.phrase("failed"))))
        }
        (missing, _) => missing,
    }
}

fn deadline_exceeded(live: &Live) -> Option<String> {
    let progressing = condition(live, "Progressing")?;
    (progressing.reason == "ProgressDeadlineExceeded")
        .then(|| progressing.phrase("the rollout made no progress within its deadline"))
}

/// A paused Deployment replaces no pod and need not even have one, so it is ready as far as it
/// goes if what it has is available. Waiting for more would be waiting for a person.
fn paused(live: &Live) -> Readiness {
    let (replicas, available) = (count(live, "replicas"), count(live, "availableReplicas"));
    first_missing([lacking(available, replicas, "replicas available")])
}

fn rollout(live: &Live) -> Readiness {
    let want = wanted_replicas(live);
    let replicas = count(live, "replicas");
    let updated = count(live, "updatedReplicas");
    first_missing([
        lacking(replicas, want, "replicas created"),
        lacking(updated, want, "replicas updated"),
        old_replicas(replicas, want),
        lacking(count(live, "availableReplicas"), updated, "updated replicas available"),
        lacking(count(live, "readyReplicas"), want, "replicas ready"),
        (!is_complete(live)).then(|| "waiting for the rollout to be reported complete".to_owned()),
        unavailable(live),
    ])
}

/// Replicas beyond those wanted, which are still to go.
pub(super) fn old_replicas(replicas: i64, want: i64) -> Option<String> {
    let surplus = replicas.saturating_sub(want);
    (surplus > 0).then(|| format!("{surplus} of {replicas} replicas still to be removed"))
}

/// Whether the controller says so. It says nothing without a deadline (unset, or the largest
/// number).
fn is_complete(live: &Live) -> bool {
    let deadline = number(live, &["spec", "progressDeadlineSeconds"]);
    let complete = |reason: &str| reason == "NewReplicaSetAvailable";
    deadline.is_none_or(|seconds| seconds == i64::from(i32::MAX))
        || holding(live, "Progressing").is_some_and(|condition| complete(condition.reason))
}

fn unavailable(live: &Live) -> Option<String> {
    match condition(live, "Available") {
        Some(available) if available.is("True") => None,
        Some(available) => Some(available.phrase("not available")),
        None => Some("waiting for it to be reported available".to_owned()),
    }
}

//! The rule for a `StatefulSet`. It must not look at its pods.

use super::deployment::old_replicas;
use super::reading::{count, number, text, wanted_replicas};
use super::{Readiness, first_missing, lacking};
use crate::live::Live;

pub(super) fn judge(live: &Live) -> Readiness {
    let want = wanted_replicas(live);
    let replicas = count(live, "replicas");
    first_missing([
        lacking(replicas, want, "replicas created"),
        lacking(count(live, "readyReplicas"), want, "replicas ready"),
        old_replicas(replicas, want),
        not_updated(live, want),
        not_available(live, want),
    ])
}

/// Under `OnDelete` the pods are replaced when a person deletes them: there is nothing to wait for.
/// With a partition, only the pods above it are updated.
fn not_updated(live: &Live, want: i64) -> Option<String> {
    if text(live, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return None;
    }
    let updated = count(live, "updatedReplicas");
    match number(live, &["spec", "updateStrategy", "rollingUpdate", "partition"]) {
        Some(partition) => lacking(updated, want.saturating_sub(partition), "replicas updated"),
        None => lacking(count(live, "currentReplicas"), want, "replicas current")
            .or_else(|| old_revision(live)),
    }
}

fn old_revision(live: &Live) -> Option<String> {
    let revision = |name| text(live, &["status", name]);
    let new = revision("updateRevision");
    (revision("currentRevision") != new)
        .then(|| format!("waiting for revision `{new}` to become the current one"))
}

/// A pod that is ready counts as available only after these seconds.
fn not_available(live: &Live, want: i64) -> Option<String> {
    let delay = number(live, &["spec", "minReadySeconds"]).unwrap_or_default();
    let available = count(live, "availableReplicas");
    if delay > 0 { lacking(available, want, "replicas available") } else { None }
}

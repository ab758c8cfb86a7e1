//! The rule for a `ReplicaSet` and a `ReplicationController`. It must not judge another kind.

use super::deployment::old_replicas;
use super::reading::{count, holding, wanted_replicas};
use super::{Readiness, first_missing, lacking};
use crate::live::Live;

pub(super) fn judge(live: &Live) -> Readiness {
    let want = wanted_replicas(live);
    first_missing([
        holding(live, "ReplicaFailure").map(|failure| failure.phrase("pods cannot be made")),
        lacking(count(live, "fullyLabeledReplicas"), want, "replicas labelled"),
        lacking(count(live, "availableReplicas"), want, "replicas available"),
        lacking(count(live, "readyReplicas"), want, "replicas ready"),
        old_replicas(count(live, "replicas"), want),
    ])
}

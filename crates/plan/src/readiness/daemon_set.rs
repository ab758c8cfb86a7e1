//! The rule for a `DaemonSet`. It must not judge another kind.

use super::reading::{count, number, text};
use super::{Readiness, first_missing, lacking};
use crate::live::Live;

pub(super) fn judge(live: &Live) -> Readiness {
    let Some(want) = number(live, &["status", "desiredNumberScheduled"]) else {
        let reason = "waiting for the controller to count the nodes it runs on";
        return Readiness::Progressing(reason.to_owned());
    };
    // Under `OnDelete` the pods are replaced when a person deletes them: nothing to wait for.
    let replaces = text(live, &["spec", "updateStrategy", "type"]) != "OnDelete";
    let updated = if replaces { count(live, "updatedNumberScheduled") } else { want };
    first_missing([
        lacking(count(live, "currentNumberScheduled"), want, "pods scheduled"),
        lacking(updated, want, "pods updated"),
        lacking(count(live, "numberAvailable"), want, "pods available"),
        lacking(count(live, "numberReady"), want, "pods ready"),
    ])
}

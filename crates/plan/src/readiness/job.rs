//! The rule for a Job: ready when complete. It must not know what to make of one that is gone,
//! removed by its TTL.

use super::Readiness;
use super::reading::{count, holding, is_true, number, value};
use crate::live::Live;

pub(super) fn judge(live: &Live) -> Readiness {
    if is_complete(live) {
        return Readiness::Ready;
    }
    // `FailureTarget` comes first, while the pods are still ending.
    if let Some(failed) = holding(live, "Failed").or_else(|| holding(live, "FailureTarget")) {
        return Readiness::Failed(failed.phrase("the Job failed"));
    }
    match (is_true(live, &["spec", "suspend"]), holding(live, "Suspended").is_some()) {
        // It stays as it is until a person resumes it.
        (true, true) => Readiness::Ready,
        (true, false) => Readiness::Progressing("waiting to be suspended".to_owned()),
        _ => Readiness::Progressing(progress(live)),
    }
}

/// Whether a Job has completed.
pub(crate) fn is_complete(live: &Live) -> bool {
    holding(live, "Complete").is_some()
}

fn progress(live: &Live) -> String {
    if value(live, &["status", "startTime"]).is_none_or(|time| time.as_str().is_none()) {
        return "waiting to be started".to_owned();
    }
    let want = number(live, &["spec", "completions"]).unwrap_or(1);
    let (succeeded, failed) = (count(live, "succeeded"), count(live, "failed"));
    let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    format!("running: {succeeded} of {want} pods succeeded{failures}")
}

//! The rules for a Namespace and for definitions of kinds, and what holds an object that is being
//! deleted. They must not know what is in a namespace.

use super::Readiness;
use super::reading::{condition, conditions, list, one_line, text};
use crate::live::Live;
use serde_json::Value;

/// What holds an object that is being deleted. A namespace says so in its conditions.
pub(super) fn what_holds(live: &Live) -> String {
    let remaining = conditions(live)
        .find(|found| found.kind.starts_with("Namespace") && found.is("True"))
        .map(|found| found.phrase("its content is being deleted"));
    let namespace = list(live, &["spec", "finalizers"]).iter().filter_map(Value::as_str);
    let finalizers: Vec<_> = live.finalizers().into_iter().chain(namespace).collect();
    match (remaining, finalizers.as_slice()) {
        (Some(remaining), _) => remaining,
        (None, []) => "being deleted".to_owned(),
        (None, [one]) => one_line(&format!("held by finalizer `{one}`")),
        (None, several) => one_line(&format!("held by finalizers `{}`", several.join("`, `"))),
    }
}

pub(super) fn judge_namespace(live: &Live) -> Readiness {
    match text(live, &["status", "phase"]) {
        "Active" => Readiness::Ready,
        "Terminating" => Readiness::Terminating(what_holds(live)),
        _ => Readiness::Progressing("waiting to become active".to_owned()),
    }
}

/// Whether its kind is served. Discovery may take a moment longer.
pub(super) fn judge_definition(live: &Live) -> Readiness {
    let names = condition(live, "NamesAccepted").filter(|found| found.is("False"));
    let established = condition(live, "Established");
    match (names, established) {
        (Some(names), _) => Readiness::Failed(names.phrase("its names are taken")),
        (None, Some(found)) if found.is("True") => Readiness::Ready,
        (None, Some(found)) if found.is("False") && found.reason != "Installing" => {
            Readiness::Failed(found.phrase("not established"))
        }
        _ => Readiness::Progressing("waiting to be established".to_owned()),
    }
}

pub(super) fn judge_api_service(live: &Live) -> Readiness {
    match condition(live, "Available") {
        Some(available) if available.is("True") => Readiness::Ready,
        Some(available) => Readiness::Progressing(available.phrase("not available")),
        None => Readiness::Progressing("waiting to be reported available".to_owned()),
    }
}

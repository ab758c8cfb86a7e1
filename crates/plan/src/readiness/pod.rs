//! The rule for a Pod. It must not know who owns it, or how long it may take.

use super::Readiness;
use super::reading::{condition, field_text, holding, list, one_line, text};
use crate::live::Live;
use serde_json::Value;

pub(super) fn judge(live: &Live) -> Readiness {
    match text(live, &["status", "phase"]) {
        "Succeeded" => Readiness::Ready,
        "Failed" => Readiness::Failed(why_failed(live)),
        "Running" if holding(live, "Ready").is_some() => Readiness::Ready,
        "Unknown" => Readiness::Progressing("its node does not answer".to_owned()),
        _ => stuck(live).unwrap_or_else(|| Readiness::Progressing(what_is_missing(live))),
    }
}

fn why_failed(live: &Live) -> String {
    let texts = [text(live, &["status", "message"]), text(live, &["status", "reason"])];
    let said = texts.into_iter().find(|text| !text.trim().is_empty()).map(one_line);
    said.or_else(|| containers(live).find_map(ended)).unwrap_or_else(|| "the pod failed".to_owned())
}

fn ended(container: &Value) -> Option<String> {
    let end = container.get("state")?.get("terminated")?;
    let code = end.get("exitCode")?.as_i64().filter(|code| *code != 0)?;
    Some(one_line(&format!("container `{}` ended with {code}", field_text(container, "name"))))
}

/// Init containers come first: while one fails, the others do not start.
fn containers(live: &Live) -> impl Iterator<Item = &Value> {
    let init = list(live, &["status", "initContainerStatuses"]);
    init.iter().chain(list(live, &["status", "containerStatuses"]))
}

/// A container that was tried more than once, or cannot be tried. A first `ErrImagePull` or a
/// ConfigMap that is not there yet may pass.
fn stuck(live: &Live) -> Option<Readiness> {
    const FINAL: [&str; 4] =
        ["CrashLoopBackOff", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"];
    let is_final = |container: &&Value| FINAL.contains(&waiting_reason(container));
    containers(live).find(is_final).map(|container| Readiness::Failed(waiting(container)))
}

fn waiting_reason(container: &Value) -> &str {
    let waiting = container.get("state").and_then(|state| state.get("waiting"));
    waiting.map_or("", |waiting| field_text(waiting, "reason"))
}

fn waiting(container: &Value) -> String {
    let state = container.get("state").and_then(|state| state.get("waiting"));
    let message = state.map_or("", |waiting| field_text(waiting, "message"));
    let (name, reason) = (field_text(container, "name"), waiting_reason(container));
    let colon = if message.is_empty() { "" } else { ": " };
    one_line(&format!("container `{name}`: {reason}{colon}{message}"))
}

/// How long a pod may stay unschedulable is for those who wait: a node may be on its way.
fn what_is_missing(live: &Live) -> String {
    if let Some(scheduled) = condition(live, "PodScheduled").filter(|found| found.is("False")) {
        return one_line(&format!("cannot be scheduled: {}", scheduled.phrase("no node fits")));
    }
    let normal = ["", "ContainerCreating", "PodInitializing"];
    let troubled = containers(live).find(|found| !normal.contains(&waiting_reason(found)));
    if let Some(container) = troubled {
        return waiting(container);
    }
    let unready = condition(live, "Ready").map(|ready| ready.phrase("not ready"));
    unready.unwrap_or_else(|| "waiting to be scheduled".to_owned())
}

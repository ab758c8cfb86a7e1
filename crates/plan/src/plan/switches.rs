//! Which Services would lead elsewhere, and what must be ready before they do.
//!
//! A Service whose selector changes drops every endpoint that it has in the same moment. So it is
//! changed when the Deployments of its own service whose pods it will pick are ready: a blue-green
//! release is no more than that. It must not know how anything is waited for.

use super::Action;
use super::fate::Draft;
use crate::desired::Desired;
use crate::observed::Observed;
use go_yaml::Node;
use manifest::{Object, ObjectId};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What each of those Services waits for. A headless one is none: its pods may need it to become
/// ready. Nor is one that somebody else changed: that is set right at once.
pub(super) fn find<'a>(
    desired: &'a Desired,
    observed: &Observed,
    drafts: &[Draft<'a>],
) -> BTreeMap<&'a ObjectId, Vec<&'a ObjectId>> {
    let changed = drafts.iter().filter(|draft| {
        let is_changed = matches!(draft.action(), Some(Action::Update | Action::Adopt));
        is_changed && draft.subject.id.is("", "Service")
    });
    let switched = changed.filter_map(|draft| {
        let claim = draft.subject.claim?;
        let live = observed.sights.get(draft.subject.id)?.live.as_ref()?;
        let service = &claim.wanted.object;
        let wanted = selector(service)?;
        if live.0.pointer("/spec/selector").and_then(Value::as_object) == Some(&wanted) {
            return None;
        }
        let others = desired.services.get(claim.service)?.objects.iter();
        let others = others.map(|other| &other.object);
        let picked = others.filter(|other| is_picked(other, service, &wanted));
        Some((&service.id, picked.map(|other| &other.id).collect::<Vec<_>>()))
    });
    switched.filter(|(_, picked)| !picked.is_empty()).collect()
}

/// The labels by which a Service picks pods.
fn selector(service: &Object) -> Option<Map<String, Value>> {
    let spec = service.body.get("spec")?;
    let is_headless = spec.get("clusterIP").and_then(Node::as_str) == Some("None");
    let selector = labels(spec.get("selector")?)?;
    (!is_headless && !selector.is_empty()).then_some(selector)
}

/// Whether the pods of a Deployment beside a Service carry these labels.
fn is_picked(other: &Object, service: &Object, wanted: &Map<String, Value>) -> bool {
    let is_beside = other.id.is("apps", "Deployment") && other.id.namespace == service.id.namespace;
    let pods = || {
        let template = other.body.get("spec")?.get("template")?;
        labels(template.get("metadata")?.get("labels")?)
    };
    is_beside
        && pods().is_some_and(|pods| wanted.iter().all(|(key, value)| pods.get(key) == Some(value)))
}

fn labels(node: &Node) -> Option<Map<String, Value>> {
    match manifest::to_json(node) {
        Value::Object(labels) => Some(labels),
        _ => None,
    }
}

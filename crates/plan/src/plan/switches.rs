//! Which Services would lead elsewhere, what must be ready before they do, and how large that begins.
//!
//! A Service whose selector changes drops every endpoint that it has in the same moment. So it is
//! changed when the Deployments of its own service whose pods it will pick are ready: a blue-green
//! release is no more than that. It must not know how anything is waited for.

use super::Action;
use super::fate::Draft;
use crate::desired::Desired;
use crate::live::Live;
use crate::observed::Observed;
use go_yaml::Node;
use manifest::{Object, ObjectId};
use serde_json::{Map, Value};

/// Labels of pods.
type Labels = Map<String, Value>;

/// A Service that will lead elsewhere.
pub(super) struct Switch<'a> {
    /// The Service.
    pub(super) service: &'a ObjectId,
    /// The Deployments to which it will lead.
    picked: Vec<&'a Object>,
    /// How many replicas the Deployments have to which it leads, and which nobody wants any more.
    replicas: i64,
}

impl<'a> Switch<'a> {
    /// What it waits for.
    pub(super) fn needs(&self) -> Vec<&'a ObjectId> {
        self.picked.iter().map(|picked| &picked.id).collect()
    }

    /// A Deployment that is new and leaves its number of replicas to others, to an autoscaler, would
    /// begin with one, whatever the traffic. It begins with as many as the one whose place it takes.
    pub(super) fn begins_with(&self, drafts: &[Draft<'_>]) -> Option<(ObjectId, i64)> {
        let [picked] = self.picked.as_slice() else { return None };
        let is_left = picked.body.get("spec").is_some_and(|spec| spec.get("replicas").is_none());
        let is_new = || {
            let mut drafts = drafts.iter();
            drafts.any(|it| *it.subject.id == picked.id && it.action() == Some(Action::Create))
        };
        (is_left && self.replicas > 1 && is_new()).then(|| (picked.id.clone(), self.replicas))
    }
}

/// Those Services. A headless one is none: its pods may need it to become ready. Nor is one that
/// somebody else changed: that is set right at once.
pub(super) fn find<'a>(
    desired: &'a Desired,
    observed: &Observed,
    drafts: &[Draft<'a>],
) -> Vec<Switch<'a>> {
    let changed = drafts.iter().filter(|draft| {
        let is_changed = matches!(draft.action(), Some(Action::Update | Action::Adopt));
        is_changed && draft.subject.id.is("", "Service")
    });
    let switches = changed.filter_map(|draft| {
        let claim = draft.subject.claim?;
        let live = observed.sights.get(draft.subject.id)?.live.as_ref()?;
        let service = &claim.wanted.object;
        let wanted = selector(service)?;
        let now = live.0.pointer("/spec/selector").and_then(Value::as_object);
        if now == Some(&wanted) {
            return None;
        }
        let others = desired.services.get(claim.service)?.objects.iter();
        let others = others.map(|other| &*other.object);
        let picked: Vec<_> =
            others.filter(|other| is_picked(other, &service.id, &wanted)).collect();
        let left = now.into_iter().flat_map(|now| left(observed, drafts, &service.id, now));
        let replicas = left.filter_map(|live| live.0.pointer("/spec/replicas")?.as_i64());
        let replicas = replicas.fold(0, i64::saturating_add);
        (!picked.is_empty()).then_some(Switch { service: &service.id, picked, replicas })
    });
    switches.collect()
}

/// The live Deployments to which a Service leads, of those that are only recorded.
fn left<'o>(
    observed: &'o Observed,
    drafts: &[Draft<'_>],
    service: &ObjectId,
    selector: &Labels,
) -> Vec<&'o Live> {
    let recorded = drafts.iter().filter(|draft| draft.subject.claim.is_none());
    let beside = recorded.map(|draft| draft.subject.id).filter(|id| is_beside(id, service));
    let live = beside.filter_map(|id| observed.sights.get(id)?.live.as_ref());
    let labels =
        |live: &Live| live.0.pointer("/spec/template/metadata/labels")?.as_object().cloned();
    live.filter(|live| labels(live).is_some_and(|pods| carries(&pods, selector))).collect()
}

/// The labels by which a Service picks pods.
fn selector(service: &Object) -> Option<Labels> {
    let spec = service.body.get("spec")?;
    let is_headless = spec.get("clusterIP").and_then(Node::as_str) == Some("None");
    let selector = labels(spec.get("selector")?)?;
    (!is_headless && !selector.is_empty()).then_some(selector)
}

/// Whether the pods of a Deployment beside a Service carry these labels.
fn is_picked(other: &Object, service: &ObjectId, wanted: &Labels) -> bool {
    let pods = || {
        let template = other.body.get("spec")?.get("template")?;
        labels(template.get("metadata")?.get("labels")?)
    };
    is_beside(&other.id, service) && pods().is_some_and(|pods| carries(&pods, wanted))
}

fn is_beside(other: &ObjectId, service: &ObjectId) -> bool {
    other.is("apps", "Deployment") && other.namespace == service.namespace
}

fn carries(pods: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| pods.get(key) == Some(value))
}

fn labels(node: &Node) -> Option<Labels> {
    match manifest::to_json(node) {
        Value::Object(labels) => Some(labels),
        _ => None,
    }
}

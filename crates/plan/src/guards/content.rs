//! Refuses to delete a namespace or a definition of a kind that holds what the run does not delete
//! itself: it would go along unseen. It must not know how its content was found.

use super::approval::{approval, is_approved};
use super::{Guard, Limits, Refusal, list, objects};
use crate::live::Live;
use crate::plan::Plan;
use manifest::ObjectId;
use std::collections::BTreeSet;

/// Objects that would go along with what holds them.
pub(super) struct Content;

/// What a namespace or a definition holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// The objects, without what [`is_incidental`].
    pub objects: Vec<ObjectId>,
    /// Kinds that could not be looked through, as phrases.
    pub unseen: Vec<String>,
}

impl Guard for Content {
    fn check(&self, plan: &Plan, limits: &Limits) -> Vec<Refusal> {
        let refusals = plan.contents.iter().flat_map(|(holder, holding)| {
            let along = taken_along(plan, holder).filter(|id| !is_approved(id, limits));
            [refusal(holder, along.cloned().collect()), unseen(holder, holding)]
        });
        refusals.flatten().collect()
    }
}

/// What would go along with a holder: its content without what the run deletes by itself.
pub fn taken_along<'a>(
    plan: &'a Plan,
    holder: &ObjectId,
) -> impl Iterator<Item = &'a ObjectId> + use<'a> {
    let deleted: BTreeSet<&ObjectId> = plan.deletions().map(|change| &change.id).collect();
    let held = plan.contents.get(holder).into_iter().flat_map(|holding| &holding.objects);
    held.filter(move |id| !deleted.contains(id))
}

fn refusal(holder: &ObjectId, along: Vec<ObjectId>) -> Option<Refusal> {
    if along.is_empty() {
        return None;
    }
    let lines: Vec<String> = along.iter().map(|id| format!("`{id}`")).collect();
    let names: Vec<String> = along.iter().map(approval).collect();
    Some(Refusal {
        guard: "content",
        message: format!(
            "`{holder}` holds {} that the run does not delete, and that would go along: {}",
            objects(along.len()),
            list(&lines)
        ),
        hint: format!(
            "move them or delete them first, or `guards.approve: [{}]` in `molave.yaml`",
            names.join(", ")
        ),
        objects: along,
    })
}

fn unseen(holder: &ObjectId, holding: &Holding) -> Option<Refusal> {
    (!holding.unseen.is_empty()).then(|| Refusal {
        guard: "content",
        message: format!("it is not known what `{holder}` holds: {}", list(&holding.unseen)),
        hint: "let the account list them, or delete it by hand".to_owned(),
        objects: vec![holder.clone()],
    })
}

/// Whether an object says nothing about whether its namespace is in use: what Kubernetes puts into
/// every namespace, what belongs to another object and goes with that, and what is going already.
pub fn is_incidental(id: &ObjectId, live: &Live) -> bool {
    let is_token = || live.annotation("kubernetes.io/service-account.name").is_some();
    let is_standard = match (id.group.as_str(), id.kind.as_str()) {
        ("", "ServiceAccount") => id.name == "default",
        ("", "ConfigMap") => id.name == "kube-root-ca.crt",
        ("", "Secret") => is_token(),
        ("", "Event" | "Endpoints") | ("events.k8s.io", _) | ("coordination.k8s.io", "Lease") => {
            true
        }
        _ => false,
    };
    is_standard || live.is_terminating() || live.has_owner()
}

//! Refuses to delete what takes data or other objects with it. It must not know what an object
//! holds.

use super::approval::{approval, is_approved};
use super::{Guard, Limits, Refusal, list, objects};
use crate::plan::{Action, Plan};
use manifest::ObjectId;

/// Deletions and replacements that need a committed approval.
pub(super) struct Protected;

/// Group and kind of what is protected.
const KINDS: &[(&str, &str)] = &[
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apps", "StatefulSet"),
];

impl Guard for Protected {
    fn check(&self, plan: &Plan, limits: &Limits) -> Vec<Refusal> {
        let deleted = plan.removals().map(|change| &change.id);
        let refused: Vec<&ObjectId> =
            deleted.filter(|id| is_protected(id) && !is_approved(id, limits)).collect();
        if refused.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = refused.iter().map(|id| approval(id)).collect();
        let lines: Vec<String> = refused.iter().map(|id| format!("`{id}`")).collect();
        let flags: Vec<String> = names.iter().map(|name| format!("--approve {name}")).collect();
        let (count, names, flags) = (objects(lines.len()), names.join(", "), flags.join(" "));
        let refusal = Refusal {
            guard: "protected",
            message: format!(
                "the run deletes {}{count} that may take data or other objects along: {}",
                if plan.removals().any(|change| change.action == Action::Replace) {
                    "or replaces "
                } else {
                    ""
                },
                list(&lines)
            ),
            hint: format!("`guards.approve: [{names}]` in `molave.yaml`, or `{flags}`"),
            objects: refused.into_iter().cloned().collect(),
        };
        vec![refusal]
    }
}

fn is_protected(id: &ObjectId) -> bool {
    KINDS.contains(&(id.group.as_str(), id.kind.as_str()))
}

//! Refuses to delete more objects than a run usually does. It must not know which.

use super::{Guard, Limits, Refusal, deleted, objects};
use crate::plan::Plan;

/// More deletions than `maxDeletions`.
pub(super) struct MaxDeletions;

impl Guard for MaxDeletions {
    fn check(&self, plan: &Plan, limits: &Limits) -> Vec<Refusal> {
        let deleted = deleted(plan);
        let count = deleted.len();
        let most = usize::try_from(limits.max_deletions).unwrap_or(usize::MAX);
        if count <= most || limits.expects_all_to_go(plan) {
            return Vec::new();
        }
        let recorded = objects(plan.recorded);
        let refusal = Refusal {
            guard: "max-deletions",
            message: format!("the run deletes {count} of {recorded}, and `maxDeletions` is {most}"),
            hint: hint(count, limits),
            objects: deleted,
        };
        vec![refusal]
    }
}

/// What lifts both limits of deletions.
pub(super) fn hint(count: usize, limits: &Limits) -> String {
    format!(
        "if all of them are to go: `molave sync {} --max-deletions {count}`",
        limits.environment
    )
}

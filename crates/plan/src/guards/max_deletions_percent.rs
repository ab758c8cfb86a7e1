//! Refuses to delete too large a part of an environment. It must not know which.

use super::{Guard, Limits, Refusal, deleted, max_deletions, objects};
use crate::plan::Plan;

/// More deletions than `maxDeletionsPercent` of what is recorded.
pub(super) struct MaxDeletionsPercent;

/// Below this number of deletions a percentage says little.
const FEWEST: usize = 10;

impl Guard for MaxDeletionsPercent {
    fn check(&self, plan: &Plan, limits: &Limits) -> Vec<Refusal> {
        let Some(percent) = limits.max_deletions_percent else { return Vec::new() };
        let deleted = deleted(plan);
        let count = deleted.len();
        let most = plan.recorded.saturating_mul(usize::try_from(percent).unwrap_or(usize::MAX));
        let is_small = count < FEWEST || count.saturating_mul(100) <= most;
        if is_small || limits.expects_all_to_go(plan) {
            return Vec::new();
        }
        let recorded = objects(plan.recorded);
        let refusal = Refusal {
            guard: "max-deletions-percent",
            message: format!(
                "the run deletes {count} of {recorded}, and `maxDeletionsPercent` is {percent}"
            ),
            hint: max_deletions::hint(count, limits),
            objects: deleted,
        };
        vec![refusal]
    }
}

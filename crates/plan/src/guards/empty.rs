//! Refuses to empty an environment unasked. It must not know why nothing is desired.

use super::{Guard, Limits, Refusal, objects};
use crate::plan::Plan;

/// Nothing is desired, and something is recorded.
pub(super) struct Empty;

impl Guard for Empty {
    fn check(&self, plan: &Plan, limits: &Limits) -> Vec<Refusal> {
        if plan.desired > 0 || plan.recorded == 0 || limits.expects_all_to_go(plan) {
            return Vec::new();
        }
        let environment = &limits.environment;
        let recorded = objects(plan.recorded);
        let refusal = Refusal {
            guard: "empty",
            message: format!("`{environment}` has no services any more, and {recorded} recorded"),
            hint: format!(
                "if all of them are to go: `guards.allowEmpty: true` for `{environment}` in \
                 `molave.yaml`, or `molave destroy {environment}`"
            ),
            objects: super::deleted(plan),
        };
        vec![refusal]
    }
}

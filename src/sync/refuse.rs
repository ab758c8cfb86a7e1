//! What refuses a run once its plan is made: the guards of the plan, the order of commits, and
//! blocked services if all or nothing is wanted.

use super::request::Request;
use super::situation::Situation;
use plan::Plan;
use plan::guards::{self, Limits, Refusal};

/// Everything that refuses the plan.
pub(super) fn before_writes(
    request: &Request<'_>,
    situation: &Situation,
    plan: &Plan,
) -> Vec<Refusal> {
    let mut refusals = guards::refusals(plan, &limits(request));
    refusals.extend(older_commit(request, situation));
    refusals.extend(blocked(request, plan));
    refusals
}

fn limits(request: &Request<'_>) -> Limits {
    let guards = &request.settings.guards;
    let committed = guards.approve.iter().map(|approval| &approval.value);
    let approve = committed.chain(&request.flags.approve).cloned().collect();
    let replaced = request.flags.max_deletions;
    Limits {
        environment: request.environment.to_owned(),
        max_deletions: replaced.unwrap_or(guards.max_deletions),
        max_deletions_percent: replaced.is_none().then_some(guards.max_deletions_percent),
        allow_empty: guards.allow_empty,
        destroy: request.options.destroy,
        approve,
    }
}

/// A commit that does not follow the recorded one would undo what was deployed since. Where nothing
/// is recorded, or outside Git, nothing is compared.
fn older_commit(request: &Request<'_>, situation: &Situation) -> Option<Refusal> {
    if request.flags.allow_older || request.options.destroy {
        return None;
    }
    let recorded = situation.inventory.as_ref()?.run.commit.as_ref()?;
    let synced = request.commit.as_ref()?;
    let reason = (request.ancestry)(recorded).err()?;
    Some(Refusal {
        guard: "older-commit",
        message: format!(
            "commit `{synced}` does not follow `{recorded}`, which is deployed: {reason}"
        ),
        hint: "sync the newer commit, or go back on purpose with `--allow-older`".to_owned(),
        objects: Vec::new(),
    })
}

fn blocked(request: &Request<'_>, plan: &Plan) -> Option<Refusal> {
    let is_refused = request.flags.all_or_nothing && !plan.blocked.is_empty();
    is_refused.then(|| Refusal {
        guard: "all-or-nothing",
        message: format!(
            "services are blocked: `{}`",
            plan.blocked.keys().cloned().collect::<Vec<_>>().join("`, `")
        ),
        hint: "mend them, or sync the others without `--all-or-nothing`".to_owned(),
        objects: Vec::new(),
    })
}

//! Refuses to touch what someone else made. It must not know how whose an object is was found out.

use super::{Guard, Limits, Refusal, list, objects};
use crate::plan::{self, Plan};
use std::collections::BTreeMap;

/// Objects that we want and others made.
pub(super) struct Foreign;

impl Guard for Foreign {
    fn check(&self, plan: &Plan, limits: &Limits) -> Vec<Refusal> {
        let (adoptable, held): (Vec<_>, Vec<_>) =
            plan.foreign.iter().partition(|foreign| foreign.adoptable);
        let mut refusals = Vec::new();
        if !adoptable.is_empty() {
            refusals.push(made_by_others(&adoptable, limits));
        }
        let mut holders: BTreeMap<&str, Vec<&plan::Foreign>> = BTreeMap::new();
        for foreign in held {
            holders.entry(&foreign.holder).or_default().push(foreign);
        }
        refusals.extend(holders.into_iter().map(|(holder, held)| held_by(holder, &held)));
        refusals
    }
}

fn made_by_others(foreign: &[&plan::Foreign], limits: &Limits) -> Refusal {
    let lines = foreign.iter().map(|foreign| format!("`{}` {}", foreign.id, foreign.reason));
    let lines: Vec<String> = lines.collect();
    let (count, verb) = (objects(lines.len()), if lines.len() == 1 { "was" } else { "were" });
    Refusal {
        guard: "foreign",
        message: format!("{count} {verb} made by others: {}", list(&lines)),
        hint: format!("to take over what is listed: `molave sync {} --adopt`", limits.environment),
        objects: foreign.iter().map(|foreign| foreign.id.clone()).collect(),
    }
}

/// What another environment holds is not for us to take.
fn held_by(holder: &str, foreign: &[&plan::Foreign]) -> Refusal {
    let lines: Vec<String> = foreign.iter().map(|foreign| format!("`{}`", foreign.id)).collect();
    let (count, verb) = (objects(lines.len()), if lines.len() == 1 { "belongs" } else { "belong" });
    Refusal {
        guard: "foreign",
        message: format!("{count} {verb} to `{holder}`: {}", list(&lines)),
        hint: format!(
            "`{holder}` holds what is listed: give it another name or namespace here, or remove it \
             there and sync there first"
        ),
        objects: foreign.iter().map(|foreign| foreign.id.clone()).collect(),
    }
}

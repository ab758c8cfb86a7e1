//! Which part of a plan may begin, given what was done and what is ready so far.
//!
//! Changes of one service and stage are a step. A step begins once the steps of its service before
//! it have ended, everything of earlier stages has, and what it waits for is there: applied, or
//! ready where that was asked for. A step that waits for something to become ready holds its own
//! service and those that need it, and no other. It must not know how anything is applied or looked
//! at.

use crate::desired::Desired;
use crate::plan::{Action, Change, Plan};
use crate::waves::{self, Dependencies, Needs, Stage, Wave};
use manifest::ObjectId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What came of a run so far.
#[derive(Clone, Copy)]
pub struct Facts<'f> {
    /// Whether a change was carried out; nothing while it was not tried, or is under way.
    pub is_done: &'f dyn Fn(&ObjectId) -> Option<bool>,
    /// What is ready.
    pub reached: &'f BTreeSet<ObjectId>,
    /// What will not become ready, with the reason.
    pub missed: &'f BTreeMap<ObjectId, String>,
    /// Services that go no further.
    pub halted: &'f BTreeMap<String, String>,
}

/// What a run still has to apply.
pub struct Schedule<'a> {
    /// The steps that did not begin, by service.
    open: BTreeMap<&'a str, VecDeque<Step<'a>>>,
    /// What stays of each service.
    services: BTreeMap<&'a str, Vec<&'a Change>>,
    changes: BTreeMap<&'a ObjectId, &'a Change>,
    dependencies: Dependencies<'a>,
    needs: &'a Needs,
    is_awaited: fn(&ObjectId) -> bool,
}

/// What may begin, and what is to be looked at.
#[derive(Debug, Default)]
pub struct Due<'a> {
    /// The stage that begins.
    pub stage: Option<Stage>,
    /// What begins.
    pub begun: Vec<&'a Change>,
    /// Services that must not go on, each with the reason.
    pub stopped: Vec<(&'a str, String)>,
    /// What others wait for to become ready.
    pub awaited: BTreeSet<&'a ObjectId>,
}

/// Changes of one service and stage.
struct Step<'a> {
    stage: Stage,
    /// None at the end of a service that waits for its hooks.
    changes: Vec<&'a Change>,
    /// What of its own service it waits for.
    awaits: Vec<&'a ObjectId>,
    is_first: bool,
}

/// How things stand with what a step waits for.
enum Standing<'a> {
    There,
    /// Something is not applied yet.
    Open,
    /// Something is not ready yet.
    Waiting(Vec<&'a ObjectId>),
    Failed(String),
}

/// The stage of what comes after everything else.
const END: Stage = Stage {
    level: u32::MAX,
    turn: i64::MAX,
    wave: Wave::HooksAfter,
    weight: i64::MAX,
    step: u32::MAX,
};

impl<'a> Schedule<'a> {
    /// Everything that a plan applies. `is_awaited` says which kinds become ready; `is_open` says of
    /// a hook that nothing is done with whether it must still come to its end.
    pub fn of(
        desired: &'a Desired,
        plan: &'a Plan,
        is_awaited: fn(&ObjectId) -> bool,
        is_open: &dyn Fn(&Change) -> bool,
    ) -> Self {
        let mut services: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
        for change in plan.changes.iter().filter(|change| stays(change)) {
            services.entry(&change.service).or_default().push(change);
        }
        let steps =
            services.iter().map(|(name, changes)| (*name, steps(changes, is_awaited, is_open)));
        Self {
            open: steps.filter(|(_, steps)| !steps.is_empty()).collect(),
            changes: services.values().flatten().map(|change| (&change.id, *change)).collect(),
            services,
            dependencies: waves::dependencies(desired),
            needs: &plan.needs,
            is_awaited,
        }
    }

    /// What may begin now; it counts as begun from here on. With a `limit`, nothing of a later stage
    /// does: something of that one is under way.
    pub fn due(&mut self, limit: Option<Stage>, facts: Facts<'_>) -> Due<'a> {
        let mut due = Due::default();
        let mut free: BTreeMap<Stage, Vec<&'a str>> = BTreeMap::new();
        let mut judged = BTreeMap::new();
        for (service, steps) in &self.open {
            if facts.halted.contains_key(*service) {
                continue;
            }
            let Some(step) = steps.front() else { continue };
            match self.standing(service, step, facts, &mut judged) {
                Standing::There => free.entry(step.stage).or_default().push(service),
                Standing::Open => {}
                Standing::Waiting(ids) => due.awaited.extend(ids),
                Standing::Failed(reason) => due.stopped.push((service, reason)),
            }
        }
        let limit = limit.or_else(|| free.keys().next().copied());
        let services = free.range(..=limit.unwrap_or_default()).flat_map(|(_, services)| services);
        for service in services.copied().filter(|_| limit.is_some()).collect::<Vec<_>>() {
            due.begun.extend(self.begin(service));
        }
        due.stage = limit;
        due
    }

    fn begin(&mut self, service: &'a str) -> Vec<&'a Change> {
        let Some(steps) = self.open.get_mut(service) else { return Vec::new() };
        let begun = steps.pop_front();
        if steps.is_empty() {
            self.open.remove(service);
        }
        begun.map(|step| step.changes).unwrap_or_default()
    }

    fn standing(
        &self,
        service: &str,
        step: &Step<'a>,
        facts: Facts<'_>,
        judged: &mut BTreeMap<&'a str, Result<(), Vec<&'a ObjectId>>>,
    ) -> Standing<'a> {
        let mut waiting = Vec::new();
        for id in &step.awaits {
            match (facts.missed.contains_key(*id), facts.reached.contains(*id)) {
                (true, _) => return Standing::Failed(format!("`{id}` is not ready")),
                (false, true) => {}
                (false, false) => waiting.push(*id),
            }
        }
        for on in self.dependencies.get(service).into_iter().flatten().filter(|_| step.is_first) {
            let standing = judged.entry(on).or_insert_with(|| self.service(on, facts));
            match standing {
                Ok(()) => {}
                Err(ids) if ids.is_empty() => return Standing::Open,
                Err(ids) => waiting.extend(ids.iter().copied()),
            }
        }
        let needs = step.changes.iter().flat_map(|change| {
            let needs = self.needs.get(&change.id).into_iter().flatten();
            needs.map(|need| (*change, need))
        });
        for (change, need) in needs {
            let Some(on) = self.changes.get(&need.on) else { continue };
            match object(on, need.is_ready, facts) {
                Standing::There => {}
                Standing::Waiting(ids) => waiting.extend(ids),
                Standing::Open => return Standing::Open,
                Standing::Failed(reason) => {
                    return Standing::Failed(format!("{reason}, and `{}` needs it", change.id));
                }
            }
        }
        if waiting.is_empty() { Standing::There } else { Standing::Waiting(waiting) }
    }

    /// Whether a service has all that it should have, and it is ready: nothing if it is, else what is
    /// not ready, none while something is not applied. One that failed has halted those that depend
    /// on it.
    fn service(&self, service: &str, facts: Facts<'_>) -> Result<(), Vec<&'a ObjectId>> {
        let changes = self.services.get(service).map(Vec::as_slice).unwrap_or_default();
        let is_open =
            |change: &&Change| is_applied(change) && (facts.is_done)(&change.id).is_none();
        if self.open.contains_key(service) || changes.iter().any(is_open) {
            return Err(Vec::new());
        }
        let ids = changes.iter().map(|change| &change.id).filter(|id| (self.is_awaited)(id));
        let waiting: Vec<&ObjectId> = ids.filter(|id| !facts.reached.contains(*id)).collect();
        if waiting.is_empty() { Ok(()) } else { Err(waiting) }
    }
}

/// How things stand with one object that another needs.
fn object<'a>(on: &'a Change, must_be_ready: bool, facts: Facts<'_>) -> Standing<'a> {
    let id = &on.id;
    if is_applied(on) {
        match (facts.is_done)(id) {
            Some(true) => {}
            Some(false) => return Standing::Failed(format!("`{id}` failed")),
            None if facts.halted.contains_key(&on.service) => {
                return Standing::Failed(format!("`{id}` was not applied"));
            }
            None => return Standing::Open,
        }
    }
    if !must_be_ready || facts.reached.contains(id) {
        return Standing::There;
    }
    match facts.missed.get(id) {
        Some(reason) => Standing::Failed(format!("`{id}` is not ready: {reason}")),
        None => Standing::Waiting(vec![id]),
    }
}

/// The steps of a service. Those that only wait, for hooks, come last.
fn steps<'a>(
    changes: &[&'a Change],
    is_awaited: fn(&ObjectId) -> bool,
    is_open: &dyn Fn(&Change) -> bool,
) -> VecDeque<Step<'a>> {
    let mut stages: BTreeMap<Stage, Vec<&'a Change>> = BTreeMap::new();
    for change in changes.iter().filter(|change| is_applied(change)) {
        stages.entry(change.stage).or_default().push(change);
    }
    let is_hook = |change: &&&'a Change| {
        change.stage.wave.is_of_hooks() && (is_applied(change) || is_open(change))
    };
    let hooks: Vec<&'a Change> = changes.iter().filter(is_hook).copied().collect();
    if !hooks.is_empty() {
        stages.insert(END, Vec::new());
    }
    let mut steps = VecDeque::new();
    let mut is_first = true;
    for (stage, begun) in stages {
        let is_foundation = stage.turn == i64::MIN;
        let intercepts = begun.iter().any(|change| waves::is_interceptor(&change.id));
        let before =
            changes.iter().filter(|change| change.stage < stage && change.stage.turn != i64::MIN);
        let earlier = before.filter(|change| {
            let is_of_earlier_turn = change.stage.turn < stage.turn && stage != END;
            let is_ever_ready = is_awaited(&change.id) || change.stage.wave == Wave::Others;
            (is_of_earlier_turn && is_ever_ready) || (intercepts && is_awaited(&change.id))
        });
        let mut awaits: Vec<&'a ObjectId> = earlier.map(|change| &change.id).collect();
        awaits.extend(hooks.iter().filter(|hook| hook.stage < stage).map(|hook| &hook.id));
        steps.push_back(Step {
            stage,
            changes: begun,
            awaits,
            is_first: is_first && !is_foundation,
        });
        is_first &= is_foundation;
    }
    steps
}

/// Whether an object is there when the plan was carried out.
fn stays(change: &Change) -> bool {
    is_applied(change) || change.action == Action::Unchanged
}

fn is_applied(change: &Change) -> bool {
    change.action.is_apply()
}

#[cfg(test)]
mod tests;

//! How a sync looks: its plan, what happens, and how it ended.

use super::{BAD, DOUBTFUL, GOOD, POINTER, QUIET, Report, count};
use crate::error::Diagnostic;
use crate::exit::Status;
use crate::sync::{Event, ObjectResult, Outcome};
use anstyle::Style;
use manifest::ObjectId;
use plan::guards::Refusal;
use plan::{Action, Change, Plan, Readiness};
use std::fmt::Write as _;

/// The actions in the order in which they are shown: what takes away comes first.
const SHOWN: [Action; 12] = [
    Action::Delete,
    Action::Replace,
    Action::Blocked,
    Action::Drifted,
    Action::Adopt,
    Action::Update,
    Action::Create,
    Action::Keep,
    Action::Disown,
    Action::Unserved,
    Action::Forget,
    Action::Pending,
];

/// How many objects a refusal names.
const NAMED: usize = 20;

/// Guards that ask how many objects go: the plan, which is shown before, names every one.
const COUNTING: [&str; 3] = ["empty", "max-deletions", "max-deletions-percent"];

/// The plan as text: a line of counts, then a line for each object that is not left as it is.
pub fn plan(title: &str, plan: &Plan) -> String {
    let mut text = format!("{title}: {}\n", summary(plan));
    for action in SHOWN {
        for change in plan.changes.iter().filter(|change| change.action == action) {
            add_change(&mut text, change);
        }
    }
    text
}

/// `2 to create, 1 to delete, 40 unchanged`.
fn summary(plan: &Plan) -> String {
    let number = |action| plan.changes.iter().filter(|change| change.action == action).count();
    let said = SHOWN.into_iter().chain([Action::Unchanged]).filter_map(|action| {
        let number = number(action);
        (number > 0).then(|| format!("{number} {}", in_summary(action)))
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "nothing there, nothing to do".to_owned() } else { said.join(", ") }
}

fn add_change(text: &mut String, change: &Change) {
    let (style, action) = (style(change.action), word(change.action));
    let (id, service, reason) = (&change.id, shown_service(&change.service), &change.reason);
    let _ =
        writeln!(text, "  {style}{action:<8}{style:#} {id}  {QUIET}{service}: {reason}{QUIET:#}");
    for difference in &change.differences {
        let _ = writeln!(text, "             {difference}");
    }
}

fn shown_service(service: &str) -> &str {
    if service == plan::desired::NAMESPACES { "createNamespaces" } else { service }
}

fn in_summary(action: Action) -> &'static str {
    match action {
        Action::Create => "to create",
        Action::Adopt => "to adopt",
        Action::Update => "to update",
        Action::Drifted => "drifted",
        Action::Replace => "to replace",
        Action::Unchanged => "unchanged",
        Action::Delete => "to delete",
        Action::Keep => "kept",
        Action::Forget => "gone",
        Action::Disown => "not ours",
        Action::Unserved => "not served",
        Action::Blocked => "blocked",
        Action::Pending => "not deployed yet",
    }
}

/// The word for an action, as in reports.
pub fn word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Adopt => "adopt",
        Action::Update => "update",
        Action::Drifted => "drifted",
        Action::Replace => "replace",
        Action::Unchanged => "unchanged",
        Action::Delete => "delete",
        Action::Keep => "keep",
        Action::Forget => "forget",
        Action::Disown => "disown",
        Action::Unserved => "unserved",
        Action::Blocked => "blocked",
        Action::Pending => "pending",
    }
}

fn style(action: Action) -> Style {
    match action {
        Action::Delete | Action::Replace | Action::Blocked => BAD,
        Action::Drifted | Action::Adopt | Action::Disown | Action::Unserved => DOUBTFUL,
        Action::Create => GOOD,
        Action::Update => POINTER,
        Action::Unchanged | Action::Keep | Action::Forget | Action::Pending => QUIET,
    }
}

/// A refusal as a problem.
pub fn refusal(refusal: &Refusal) -> Diagnostic {
    let mut problem = Diagnostic::error(format!("refused: {}", refusal.message));
    if COUNTING.contains(&refusal.guard) {
        return problem.hint(refusal.hint.clone());
    }
    for id in refusal.objects.iter().take(NAMED) {
        problem.causes.push(format!("`{id}`"));
    }
    if let Some(more) = refusal.objects.len().checked_sub(NAMED).filter(|more| *more > 0) {
        problem.causes.push(format!("and {more} more"));
    }
    problem.hint(refusal.hint.clone())
}

/// Why services are blocked, as problems.
pub fn blocked(plan: &Plan) -> Vec<Diagnostic> {
    let problem = |(service, causes): (&String, &Vec<String>)| {
        let problem = Diagnostic::error(format!("`{service}` is left as it is"));
        causes.iter().fold(problem, |problem, cause| problem.because(cause.clone()))
    };
    plan.blocked.iter().map(problem).collect()
}

impl Report {
    /// Says what happens during a sync.
    pub fn sync_event(&mut self, event: &Event<'_>) {
        match event {
            Event::Finished { id, action, result } => self.finished(id, *action, result),
            Event::Readiness { id, readiness } => self.status(&readiness_line(id, readiness)),
            Event::Warning { id, text } => self.status(&format!("warning: `{id}`: {text}")),
            Event::Going { id, finalizers } => self.going(id, finalizers),
            Event::Waiting(holder) => {
                let by = holder.actor.as_deref().unwrap_or("another run");
                self.status(&format!("waiting for {by}, who syncs since {}", holder.since));
            }
            Event::Observing(number) if *number > 0 => {
                self.detail(&format!("asking the cluster about {}", count(*number, "object")));
            }
            Event::Stopping => self.status("told to stop: writing down where we are"),
            Event::Observed { done, total } => {
                self.progress("asking the cluster:", *done, *total);
            }
            Event::Observing(_) | Event::Planned(_) => {}
        }
    }

    fn finished(&mut self, id: &ObjectId, action: Action, result: &ObjectResult) {
        let done = match action {
            Action::Create => "created",
            Action::Adopt => "adopted",
            Action::Drifted => "set right",
            Action::Replace => "replaced",
            Action::Delete => "deleted",
            _ => "updated",
        };
        match result {
            ObjectResult::Done { .. } => self.status(&format!("{GOOD}{done}{GOOD:#} {id}")),
            ObjectResult::Skipped(reason) => self.status(&format!("left {id}: {reason}")),
            ObjectResult::Failed(_) | ObjectResult::Uncertain(_) | ObjectResult::StillThere(_) => {}
        }
    }

    fn going(&mut self, id: &ObjectId, finalizers: &[String]) {
        let held = match finalizers {
            [] => String::new(),
            held => format!(", held by `{}`", held.join("`, `")),
        };
        self.status(&format!("{DOUBTFUL}still there{DOUBTFUL:#} {id}{held}"));
    }

    /// Says how a sync ended: its refusals, what is blocked and failed, and a line of numbers.
    pub fn sync_outcome(&mut self, title: &str, outcome: &Outcome, seconds: f64) {
        self.problems(&outcome.refusals.iter().map(refusal).collect::<Vec<_>>());
        self.problems(&blocked(&outcome.plan));
        self.problems(&failures(outcome));
        self.problems(&outcome.problems);
        self.status(&last_line(title, outcome, seconds));
    }
}

fn readiness_line(id: &ObjectId, readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => format!("{GOOD}ready{GOOD:#} {id}"),
        Readiness::Progressing(reason) => format!("waiting {id}: {reason}"),
        Readiness::Failed(reason) => format!("{BAD}failed{BAD:#} {id}: {reason}"),
        Readiness::Terminating(reason) => format!("going {id}: {reason}"),
    }
}

fn failures(outcome: &Outcome) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (id, result) in &outcome.results {
        let (what, reason) = match result {
            ObjectResult::Failed(reason) => ("failed", reason),
            ObjectResult::Uncertain(reason) => ("may have come to pass or not", reason),
            ObjectResult::StillThere(reason) => ("is still there", reason),
            ObjectResult::Done { .. } | ObjectResult::Skipped(_) => continue,
        };
        problems.push(Diagnostic::error(format!("`{id}` {what}")).because(reason.clone()));
    }
    for (id, reason) in &outcome.not_ready {
        if !outcome
            .results
            .get(id)
            .is_some_and(|result| matches!(result, ObjectResult::StillThere(_)))
        {
            let problem = Diagnostic::error(format!("`{id}` is not ready"));
            problems.push(problem.because(reason.clone()));
        }
    }
    problems
}

fn last_line(title: &str, outcome: &Outcome, seconds: f64) -> String {
    let counts = outcome.counts();
    let parts = [
        (counts.created, "created"),
        (counts.updated, "updated"),
        (counts.deleted, "deleted"),
        (counts.failed, "failed"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let is_idle = outcome.status == Status::Done && outcome.plan.is_nothing();
    let nothing = if is_idle { "nothing to do" } else { "nothing was changed" };
    let done = if said.is_empty() { nothing.to_owned() } else { said.join(", ") };
    format!("{title}: {done} in {seconds:.1} s")
}

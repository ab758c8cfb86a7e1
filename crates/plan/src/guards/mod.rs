//! What refuses a run before its first write. Each guard is its own type with its own test and
//! message; all refusals of a run are shown at once. It must not know who lifts a guard, or how.

mod approval;
mod content;
mod empty;
mod foreign;
mod max_deletions;
mod max_deletions_percent;
mod protected;

pub use self::approval::Approval;
use self::content::Content;
pub use self::content::{Holding, is_incidental, taken_along};
use self::empty::Empty;
use self::foreign::Foreign;
use self::max_deletions::MaxDeletions;
use self::max_deletions_percent::MaxDeletionsPercent;
use self::protected::Protected;
use crate::plan::Plan;
use manifest::ObjectId;

/// Why a run does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the guard, a stable word for reports: `max-deletions`.
    pub guard: &'static str,
    /// What is refused: a lower-case phrase with literals in backticks.
    pub message: String,
    /// What lifts the guard.
    pub hint: String,
    /// The objects it is about.
    pub objects: Vec<ObjectId>,
}

/// The limits of a run, from the project file and the command line.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The name of the environment, for hints.
    pub environment: String,
    /// The most objects that may be deleted.
    pub max_deletions: u32,
    /// The most of the recorded objects that may be deleted, in percent, once there are 10
    /// deletions. None if `--max-deletions` replaces both.
    pub max_deletions_percent: Option<u32>,
    /// Whether the last service may go.
    pub allow_empty: bool,
    /// Whether everything is meant to go.
    pub destroy: bool,
    /// Deletions that were reviewed: `Kind/namespace/name`.
    pub approve: Vec<String>,
}

/// What may refuse a plan.
trait Guard {
    /// Every reason to refuse; none if the plan passes.
    fn check(&self, plan: &Plan, limits: &Limits) -> Vec<Refusal>;
}

/// Everything that refuses the plan.
pub fn refusals(plan: &Plan, limits: &Limits) -> Vec<Refusal> {
    let guards: [&dyn Guard; 6] =
        [&Foreign, &Empty, &MaxDeletions, &MaxDeletionsPercent, &Protected, &Content];
    guards.iter().flat_map(|guard| guard.check(plan, limits)).collect()
}

impl Limits {
    /// Whether everything that is recorded is meant to go, so that its number is no surprise.
    fn expects_all_to_go(&self, plan: &Plan) -> bool {
        self.destroy || (self.allow_empty && plan.desired == 0)
    }
}

/// What is deleted, with what goes along with namespaces and definitions.
fn deleted(plan: &Plan) -> Vec<ObjectId> {
    let deleted = plan.deletions().map(|change| &change.id);
    let along = plan.contents.keys().flat_map(|holder| taken_along(plan, holder));
    deleted.chain(along).cloned().collect()
}

/// `1 object`, `2 objects`.
fn objects(count: usize) -> String {
    format!("{count} object{}", if count == 1 { "" } else { "s" })
}

/// A list for people: the first ten, and how many more there are.
pub fn list(items: &[String]) -> String {
    let shown: Vec<&str> = items.iter().take(SHOWN).map(String::as_str).collect();
    let more = items.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", shown.join(", "))
}

const SHOWN: usize = 10;

#[cfg(test)]
mod tests;

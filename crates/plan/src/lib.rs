//! What a sync decides, as functions over values.
//!
//! ```text
//! Desired ──┐
//! Inventory ┼─> survey ─> questions ─(asked at the edge)─> Observed ─┐
//! Options ──┘                                                        │
//! Desired, Inventory, Options, Observed ──> plan ──> Plan ──> guards ──> refusals
//!                                                     │
//!                 Ledger: intent before the first write, each outcome after it, the result
//! ```
//!
//! Owns the inventory and its written form, what makes an object ours, what becomes of each
//! object and why, what is refused, the waves, and when an object is ready. It does no IO, reads
//! no clock, and knows nothing of files, HTTP or terminals.

pub mod adoption;
pub mod desired;
pub mod guards;
pub mod inventory;
pub mod ledger;
pub mod live;
pub mod marks;
pub mod observed;
pub mod options;
pub mod ownership;
pub mod plan;
pub mod readiness;
pub mod schedule;
mod selection;
mod sorting;
pub mod survey;
pub mod untouched;
pub mod waves;

pub use desired::{Desired, Service, Wanted};
pub use inventory::{Entry, Inventory, Moving, Phase, Place, Run, RunPhase};
pub use ledger::Ledger;
pub use live::Live;
pub use marks::Owner;
pub use observed::{Observed, Sight, Verdict};
pub use options::Options;
pub use plan::{Action, Change, Plan, plan};
pub use readiness::Readiness;
pub use selection::Selection;
pub use survey::{Question, survey};

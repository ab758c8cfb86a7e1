//! Runs parsed templates.
//!
//! Owns the rules of evaluation: scopes, fields, argument checking, control flow, error positions
//! and the budget. It must not know what any function does, except those few that Go itself
//! evaluates specially (`and`, `or`, `call`).
//!
//! Rules follow Go's `text/template` with the option `missingkey=zero`, as Helm sets it.
//!
//! Evaluation recurses as deep as templates nest. The [`Budget`] bounds that (see [`NESTING`]), and
//! a host that lets anyone else write its templates runs them on a thread with a stack of
//! [`STACK_SIZE`].

mod arguments;
mod budget;
mod call;
mod command;
mod error;
mod expressions;
mod field;
mod origin;
mod range;
mod recorder;
mod set;
mod state;
mod surroundings;
mod walk;

pub use budget::{Budget, Limits, NESTING, STACK_SIZE};
pub use call::{Call, Host};
pub use error::Error;
pub use origin::{Origin, Spot};
pub use recorder::{Read, Recorder, Writing};
pub use set::Set;
pub use surroundings::{Asker, Moment, Others, Surroundings};

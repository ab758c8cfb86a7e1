//! Keeps a cluster equal to the manifests of an environment.
//!
//! ```text
//! desired (files) ─┐
//! state, key ──────┼─> situation ─> survey ─> observe ─> plan ─> guards ─┐
//! cluster's UID ───┘                                                     v
//!          lease ─> intent ─> apply, stage by stage ─> wait ─> prune, backwards ─> result
//! ```
//!
//! Owns the order of a run ([`sequence`]) and what becomes of each answer. Every decision is made
//! in the crate `plan`; every request is made in [`crate::cluster`]. It must not know how anything
//! is shown.

pub mod adopt;
mod apply;
mod contents;
mod custody;
pub mod desired;
pub mod doctor;
mod event;
mod execution;
pub mod forget;
mod hand;
pub mod held;
mod listing;
mod lock;
mod mistakes;
mod namespaces;
mod observe;
mod outcome;
mod prune;
mod ready;
pub mod record;
mod refuse;
pub mod relocate;
mod repeated;
mod request;
pub mod rights;
mod sequence;
pub mod situation;
mod stages;
mod touch;
mod transition;
pub mod unrecorded;

pub use event::Event;
pub use outcome::{ObjectResult, Outcome};
pub use request::{Flags, Request, RunInfo};
pub use sequence::{Voices, sync};

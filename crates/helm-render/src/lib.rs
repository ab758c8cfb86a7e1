//! Renders Helm charts exactly as Helm does, without IO, clock or cluster.
//!
//! ```text
//! files ── chart ──> Chart ──┐
//! user values ── values ─────┴─> engine ── gotemplate ──> texts by path ── output ──> documents
//! ```
//!
//! [`engine::Compiled`] is a chart whose templates are parsed once; it renders any number of
//! releases. [`output::print`] writes what `helm template` writes. Reading folders, asking the
//! environment and talking to clusters is left to the host.
//!
//! Rendering recurses as deep as templates invoke each other: the host runs it on a thread with
//! [`STACK_SIZE`] bytes of stack.

pub mod chart;
pub mod engine;
mod json_fields;
pub mod output;
mod path_pattern;
pub mod profile;
pub mod release;
pub mod values;

pub use engine::chance;
pub use engine::error::{ErrorKind, Frame, RenderError};
pub use engine::source_map::{LineOrigin, SourceMap};
pub use engine::{Compiled, Options, function_names};
pub use output::document::{Document, Hook, HookEvent, Rendering};
pub use profile::Profile;
pub use release::{KubeVersion, Release};

/// The stack a rendering thread needs under [`engine::DEFAULT_LIMITS`].
pub const STACK_SIZE: usize = 256 * 1024 * 1024;

//! Go's `text/template` language and Helm's function library.
//!
//! ```text
//! text ── parse::lexer ── parse::parser ──> parse::node (with positions)
//!                                              │
//! values ──────────────────────────────── execute ──> bytes, or an Error as Go words it
//!                                              │
//!                                          functions (built-in, sprig)
//! ```
//!
//! Values are Go's: byte strings, typed numbers, maps shared by reference, and both kinds of nil.
//! The crate knows nothing of charts, YAML or Kubernetes: the host adds its own functions to
//! [`Functions`] and reaches its own state through [`Call::state`].

pub mod execute;
pub mod format;
pub mod functions;
pub mod parse;
mod time;
pub mod value;

pub use execute::{Asker, Call, Error, Host, Limits, Moment, Set};
pub use functions::{Failure, Function, Functions, Parameter};
pub use time::Time;
pub use value::{
    Element, FloatKind, IntKind, List, Map, MapType, Method, Object, Text, UintKind, Value,
};

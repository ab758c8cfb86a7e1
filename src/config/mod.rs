//! From the project's files to releases: the project file, the tree of services, inheritance.
//!
//! Pure over values that [`crate::fs`] read. Every value keeps the file and line that set it. It
//! must not know how charts are rendered or what becomes of the result.

pub mod decode;
pub mod layers;
pub mod names;
pub mod project;
pub mod resolve;
pub mod service;
pub mod sources;
pub mod tree;

pub use project::Project;
pub use resolve::Release;
pub use sources::{Selection, Sources};

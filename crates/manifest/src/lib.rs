//! Kubernetes objects as data.
//!
//! ```text
//! text ── parse ──> Draft ── resolve (namespace, scopes) ──> Object ── sort, write ──> resources.yaml
//!                                                              │
//!                                                           digest
//! ```
//!
//! Owns what an object's identity is, which form of it is compared and written, and in which
//! order objects stand. It knows nothing of charts, services or clusters.

mod canonical;
mod digest;
mod document;
mod identity;
mod order;
mod problem;
mod resolve;
mod scopes;
pub mod secrecy;
mod secret;
mod value;
mod write;

pub use digest::{digest, digest_of, hexadecimal, keyed_digest};
pub use document::{Draft, parse};
pub use identity::{Object, ObjectId, version_of};
pub use order::{compare, sort};
pub use problem::Problem;
pub use resolve::resolve;
pub use scopes::{Scope, Scopes, defined_group, defined_kind};
pub use secret::{is_secret, literal_secret_keys};
pub use value::to_json;
pub use write::write;

#[cfg(test)]
mod tests;

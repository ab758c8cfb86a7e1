//! The cluster: the only user of `kube`, and the only place where requests are made.
//!
//! Objects go in and out as JSON; nothing here decides what becomes of them. The seam for tests is
//! the `tower` service under the client. `kube`'s own retries are off, because they repeat writes;
//! what may be repeated is decided here, request by request:
//!
//! - 429 was not processed: any request is repeated, after what `Retry-After` says
//! - reads are repeated on 5xx and broken connections
//! - a write whose answer was lost is never repeated; it ends as [`Class::Ambiguous`]

mod access;
mod connection;
mod discovery;
mod error;
mod exchange;
mod kubeconfig;
mod lease;
mod request;
#[cfg(test)]
mod script;
mod state;
mod status;
#[cfg(test)]
mod store;
mod throttle;

pub use access::{Right, Rules, ServerVersion};
pub use connection::{Cluster, Target};
pub use discovery::{Discovery, Resource};
pub use error::{ApiError, Class};
pub use lease::{Holder, Lease, LeaseError, Standing};
pub use request::{Applied, Apply, Deleted, ListOptions, Preconditions, Propagation};
pub use state::{StateStore, Stored};

//! What the caller wants of a run. It must not know how that is come by.

use std::collections::BTreeSet;

/// What the caller wants of the run.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command, each on its own")]
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these services; all if none is named.
    pub apps: BTreeSet<String>,
    /// Look at every object, and set right what was changed by others.
    pub full: bool,
    /// Set right what was changed by others and leave the rest: what Git has new is only reported.
    pub drift_only: bool,
    /// Take over objects that someone else made.
    pub adopt: bool,
    /// Delete and make again what cannot be changed in place.
    pub replace: bool,
    /// Make namespaces that objects need and that are not there.
    pub create_namespaces: bool,
    /// Delete everything that is recorded.
    pub destroy: bool,
    /// The time, in seconds since 1970.
    pub now: i64,
}

impl Options {
    /// Whether a service is in the selection.
    pub fn selects(&self, service: &str) -> bool {
        self.apps.is_empty() || self.apps.contains(service)
    }

    /// Whether objects are looked at though the record has them as we want them.
    pub(crate) fn looks_at_all(&self) -> bool {
        self.full || self.drift_only
    }
}

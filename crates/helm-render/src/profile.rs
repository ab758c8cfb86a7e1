//! Which Helm is imitated. It knows nothing of what the difference is; each module decides that.

/// The Helm version whose behaviour is reproduced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Helm 4.3, the default.
    #[default]
    Helm4,
    /// Helm 3.22.
    Helm3,
}

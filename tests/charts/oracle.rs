//! The one way tests reach the real Helm.

use std::path::PathBuf;

/// A Helm to compare with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Oracle {
    /// Helm 4.3
    Helm4,
    /// Helm 3.22
    Helm3,
}

impl Oracle {
    /// The binary that `scripts/oracle` built. Without it the caller skips its test; in CI, where
    /// a skipped comparison would hide that nothing was compared, this fails instead.
    pub(crate) fn binary(self) -> Option<PathBuf> {
        let name = match self {
            Self::Helm4 => "helm4",
            Self::Helm3 => "helm3",
        };
        let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/oracle");
        let folder = std::env::var_os("MOLAVE_ORACLE_DIR").map_or(default, PathBuf::from);
        let binary = folder.join(name);
        if binary.exists() {
            return Some(binary);
        }
        let message = format!("`{}` is not built: run `scripts/oracle {name}`", binary.display());
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("skipped: {message}");
        None
    }

    /// The name of the profile that imitates it.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Helm4 => "helm4",
            Self::Helm3 => "helm3",
        }
    }
}

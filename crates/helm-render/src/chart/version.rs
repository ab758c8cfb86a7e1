//! Versions of charts: whether one is valid, and whether it fits a range.

use gotemplate::functions::sprig::semver::{Constraint, Version};

/// Whether Helm takes the text for a version: up to three numbers, an optional leading `v`, a
/// pre-release, a build.
pub(crate) fn is_valid(text: &str) -> bool {
    Version::parse(text).is_ok()
}

/// Whether a version fits a range; not if either is malformed.
pub(crate) fn fits(range: &str, version: &str) -> bool {
    match (Version::parse(version), Constraint::parse(range)) {
        (Ok(version), Ok(range)) => range.allows(&version),
        _ => false,
    }
}

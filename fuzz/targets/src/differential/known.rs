//! The differences that stay, with the reason of each.
//!
//! An entry is a block of lines: `# why`, `cause: <pattern>`, `template: …`, `values: …`. In a
//! pattern `*` stands for any text. Template and values are on one line each, as Rust escapes them.

use super::Case;
use super::escapes::unescape;

/// One difference that is known.
pub(super) struct Known {
    /// The name of its cause, perhaps with `*` in it.
    pub(super) pattern: String,
    pub(super) case: Case,
}

/// The entries of `fuzz/differential/known.txt`.
pub(super) fn read(text: &str) -> Vec<Known> {
    text.split("\n\n").filter_map(read_entry).collect()
}

fn read_entry(block: &str) -> Option<Known> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    let pattern = field("cause: ")?.to_owned();
    let template = unescape(field("template: ")?);
    let values = unescape(field("values: ").unwrap_or_default());
    Some(Known { pattern, case: Case { template, values } })
}

impl Known {
    /// Whether a cause is this one.
    pub(super) fn covers(&self, cause: &str) -> bool {
        let mut parts = self.pattern.split('*');
        let Some(mut rest) = parts.next().and_then(|first| cause.strip_prefix(first)) else {
            return false;
        };
        let mut last = None;
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
            last = Some(part);
        }
        rest.is_empty() || last.is_some_and(|part| part.is_empty() || cause.ends_with(part))
    }
}

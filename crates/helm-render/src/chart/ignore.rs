//! `.helmignore`, with Helm's rules and Helm's bugs.

use crate::path_pattern::{BadPattern, PathPattern};

/// What Helm ignores in every chart folder.
const DEFAULT_RULE: &str = "templates/.?*";

/// The rules of a chart folder.
pub(super) struct Rules {
    rules: Vec<Rule>,
}

struct Rule {
    pattern: PathPattern,
    negated: bool,
    only_folders: bool,
    /// Whether the whole path is matched, not only the last name.
    whole_path: bool,
}

/// A line that is not a rule.
pub(super) struct BadRule {
    /// The 1-based line.
    pub(super) line: u32,
    /// Helm's text.
    pub(super) message: &'static str,
}

impl Rules {
    /// The rules of a `.helmignore` and the default ones after them.
    pub(super) fn parse(text: &[u8]) -> Result<Self, BadRule> {
        let mut rules = Vec::new();
        let text = String::from_utf8_lossy(text);
        let lines = text.strip_prefix('\u{feff}').unwrap_or(&text).lines();
        for (line, number) in lines.zip(1..) {
            rules.extend(parse_rule(line).map_err(|message| BadRule { line: number, message })?);
        }
        rules.extend(parse_rule(DEFAULT_RULE).ok().flatten());
        Ok(Self { rules })
    }

    /// Whether a file is left out, itself or with one of its folders.
    pub(super) fn ignore(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').map(|(at, _)| path.get(..at).unwrap_or_default());
        folders.any(|folder| self.ignore_one(folder, true)) || self.ignore_one(path, false)
    }

    /// The first rule that says anything decides. A negated rule ignores what it does not match,
    /// which is a known bug of Helm's that charts rely on.
    fn ignore_one(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.rules {
            let applies = is_folder || !rule.only_folders;
            if rule.negated {
                if !applies || !rule.matches(path) {
                    return true;
                }
            } else if applies && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.pattern.matches(if self.whole_path { path } else { name })
    }
}

fn parse_rule(line: &str) -> Result<Option<Rule>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.contains("**") {
        return Err("double-star (**) syntax is not supported");
    }
    let bad = |BadPattern| "syntax error in pattern";
    PathPattern::new(line).map_err(bad)?;
    let (negated, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (only_folders, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
    let (rooted, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
    let whole_path = rooted || rest.contains('/');
    let pattern = PathPattern::new(rest).map_err(bad)?;
    Ok(Some(Rule { pattern, negated, only_folders, whole_path }))
}

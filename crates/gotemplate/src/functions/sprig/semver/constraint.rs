//! Version constraints: `>=1.2 <2 || ~3.1`, `^1.2.3`, `1.2 - 1.4`, `1.x`.
//!
//! Owns their grammar and meaning. A version with a pre-release only satisfies a group (what
//! stands between `||`) in which some constraint has a pre-release too.

use super::{Version, compare_prereleases};
use crate::format::quote;
use regex::Regex;
use std::cmp::Ordering;
use std::sync::LazyLock;

/// The longest constraint that is read.
const MAX_LENGTH: usize = 512;

/// The most alternatives.
const MAX_GROUPS: usize = 32;

/// Whether `version` satisfies `constraint`.
///
/// Errors with the library's texts, such as `improper constraint: "x.y"`; the constraint is read
/// first.
pub fn satisfies(constraint: &str, version: &str) -> Result<bool, String> {
    let constraint = Constraint::parse(constraint)?;
    Ok(constraint.allows(&Version::parse(version)?))
}

/// A parsed constraint.
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    parts: Vec<Part>,
    has_prerelease: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

#[derive(Clone, Debug)]
struct Part {
    operator: Operator,
    version: Version,
    open: Open,
}

/// The first number that a constraint leaves open, as `x` or by leaving it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    None,
    Major,
    Minor,
    Patch,
}

struct Grammar {
    range: Regex,
    group: Regex,
    part: Regex,
}

/// A version in which any number may be a wildcard. The stray bar is the library's own.
const WILD: &str = r"v?([0-9xX*|]+)(\.[0-9xX*|]+)?(\.[0-9xX*|]+)?(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?";

/// White space as Go's expressions have it.
const SPACE: &str = r"[\t\n\f\r ]";

const OPERATOR: &str = r"=|!=|>|<|>=|=>|<=|=<|~|~>|\^|";

static GRAMMAR: LazyLock<Option<Grammar>> = LazyLock::new(|| {
    let one = format!("{SPACE}*(?:{OPERATOR}){SPACE}*(?:{WILD}){SPACE}*");
    Some(Grammar {
        range: Regex::new(&format!("{SPACE}*({WILD}){SPACE}+-{SPACE}+({WILD}){SPACE}*")).ok()?,
        group: Regex::new(&format!("^{one}(?:(?:{SPACE}+|,{SPACE}*){one})*$")).ok()?,
        part: Regex::new(&format!("({OPERATOR}){SPACE}*{WILD}")).ok()?,
    })
});

impl Constraint {
    /// Reads a constraint.
    ///
    /// Errors with the library's texts.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("constraint string is too long (max {MAX_LENGTH} bytes)"));
        }
        let Some(grammar) = GRAMMAR.as_ref() else { return Err(improper(text)) };
        let text = grammar.range.replace_all(text, ">= $1, <= $7 ");
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MAX_GROUPS {
            return Err(format!("too many constraint groups (max {MAX_GROUPS})"));
        }
        let groups = groups.into_iter().map(|group| Group::parse(grammar, group));
        Ok(Self { groups: groups.collect::<Result<_, _>>()? })
    }

    /// Whether a version satisfies one of the alternatives.
    pub fn allows(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| group.allows(version))
    }
}

fn improper(text: &str) -> String {
    format!("improper constraint: {}", String::from_utf8_lossy(&quote(text.as_bytes())))
}

impl Group {
    fn parse(grammar: &Grammar, text: &str) -> Result<Self, String> {
        if !grammar.group.is_match(text) {
            return Err(improper(text));
        }
        let parts = grammar.part.captures_iter(text).map(|captures| {
            let group = |index: usize| captures.get(index).map_or("", |found| found.as_str());
            Part::parse(group(1), [group(2), group(3), group(4)], group(5))
        });
        let parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
        let has_prerelease = parts.iter().any(|part| !part.version.prerelease.is_empty());
        Ok(Self { parts, has_prerelease })
    }

    fn allows(&self, version: &Version) -> bool {
        (version.prerelease.is_empty() || self.has_prerelease)
            && self.parts.iter().all(|part| part.allows(version))
    }
}

impl Part {
    fn parse(operator: &str, numbers: [&str; 3], prerelease: &str) -> Result<Self, String> {
        let [major, minor, patch] = numbers;
        let is_open = |number: &str| matches!(number, "" | "x" | "X" | "*" | ".x" | ".X" | ".*");
        let (open, version) = if is_open(major) {
            (Open::Major, "0.0.0".to_owned())
        } else if is_open(minor) {
            (Open::Minor, format!("{major}.0.0"))
        } else if is_open(patch) {
            (Open::Patch, format!("{major}{minor}.0"))
        } else {
            (Open::None, format!("{major}{minor}{patch}"))
        };
        let version = Version::parse(&format!("{version}{prerelease}"))
            .map_err(|_| "constraint parser error".to_owned())?;
        Ok(Self { operator: Operator::of(operator), version, open })
    }

    fn allows(&self, version: &Version) -> bool {
        let ordering = version.compare(&self.version);
        match self.operator {
            Operator::Equal if self.open == Open::None => ordering == Ordering::Equal,
            Operator::Equal | Operator::Tilde => self.allows_tilde(version, ordering),
            Operator::NotEqual => self.differs(version, ordering),
            Operator::Greater => self.exceeds(version, ordering),
            Operator::Less => ordering == Ordering::Less,
            Operator::GreaterEqual => ordering != Ordering::Less,
            Operator::LessEqual => self.stays_within(version, ordering),
            Operator::Caret => self.allows_caret(version, ordering),
        }
    }

    /// `~1.2.3`: from there up within the minor version; `~1` within the major one.
    fn allows_tilde(&self, version: &Version, ordering: Ordering) -> bool {
        let own = &self.version;
        let is_zero = own.major == 0 && own.minor == 0 && own.patch == 0;
        if ordering == Ordering::Less {
            return false;
        }
        if is_zero && matches!(self.open, Open::None | Open::Major) {
            return true;
        }
        version.major == own.major && (version.minor == own.minor || self.open == Open::Minor)
    }

    /// `^1.2.3`: from there up to the next version that changes the first number that is not 0.
    fn allows_caret(&self, version: &Version, ordering: Ordering) -> bool {
        let own = &self.version;
        if ordering == Ordering::Less {
            return false;
        }
        if own.major > 0 || self.open == Open::Minor {
            return version.major == own.major;
        }
        if version.major > 0 {
            return false;
        }
        if own.minor > 0 || self.open == Open::Patch {
            return version.minor == own.minor;
        }
        version.minor == 0 && version.patch == own.patch
    }

    /// `!=1.2`: outside of what is left open.
    fn differs(&self, version: &Version, ordering: Ordering) -> bool {
        let own = &self.version;
        match self.open {
            Open::None => ordering != Ordering::Equal,
            _ if version.major != own.major => true,
            Open::Minor => false,
            _ if version.minor != own.minor => true,
            Open::Patch => {
                compare_prereleases(&version.prerelease, &own.prerelease) != Ordering::Equal
            }
            Open::Major => version.patch != own.patch || ordering != Ordering::Equal,
        }
    }

    /// `>1.2`: above all that is left open.
    fn exceeds(&self, version: &Version, ordering: Ordering) -> bool {
        let own = &self.version;
        match self.open {
            Open::None => ordering == Ordering::Greater,
            _ if version.major != own.major => version.major > own.major,
            Open::Minor => false,
            Open::Patch => version.minor > own.minor,
            Open::Major => ordering == Ordering::Greater,
        }
    }

    /// `<=1.2`: up to the end of what is left open.
    fn stays_within(&self, version: &Version, ordering: Ordering) -> bool {
        let own = &self.version;
        match self.open {
            Open::None => ordering != Ordering::Greater,
            _ if version.major != own.major => version.major < own.major,
            Open::Minor => true,
            _ => version.minor <= own.minor,
        }
    }
}

impl Operator {
    fn of(text: &str) -> Self {
        match text {
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            "<" => Self::Less,
            ">=" | "=>" => Self::GreaterEqual,
            "<=" | "=<" => Self::LessEqual,
            "~" | "~>" => Self::Tilde,
            "^" => Self::Caret,
            _ => Self::Equal,
        }
    }
}

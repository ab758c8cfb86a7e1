//! Versions and constraints, as the `Masterminds/semver` library (v3.5) reads and compares them.
//!
//! Owns the functions and versions; constraints are [`Constraint`]s.

mod constraint;
mod object;

use super::signature::{fixed, text};
use crate::functions::Parameter::String as Str;
use crate::functions::{Failure, Function};
use crate::value::Value;
pub use constraint::{Constraint, satisfies};
use object::VersionObject;
use std::cmp::Ordering;
use std::rc::Rc;

/// The longest version that is read.
const MAX_LENGTH: usize = 256;

pub(super) const TABLE: &[Function] = &[
    fixed("semver", &[Str], |_, a| {
        let version = Version::parse(&String::from_utf8_lossy(text(a, 0)))?;
        Ok(Value::Object(Rc::new(VersionObject(version))))
    }),
    fixed("semverCompare", &[Str, Str], |call, a| {
        call.spend(50)?;
        compare(text(a, 0), text(a, 1))
    }),
];

fn compare(constraint: &[u8], version: &[u8]) -> Result<Value, Failure> {
    let constraint = String::from_utf8_lossy(constraint);
    Ok(satisfies(&constraint, &String::from_utf8_lossy(version))?.into())
}

/// A version: three numbers, a pre-release and build metadata.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number, 0 if it was left out.
    pub minor: u64,
    /// The third number, 0 if it was left out.
    pub patch: u64,
    /// What stands after `-`, without it.
    pub prerelease: String,
    /// What stands after `+`, without it.
    pub metadata: String,
    /// The text it was read from.
    pub original: String,
}

impl Version {
    /// Reads a version as `NewVersion` does: a leading `v`, missing numbers and leading zeros are
    /// accepted.
    ///
    /// Errors with the library's texts, such as `invalid semantic version`.
    pub fn parse(original: &str) -> Result<Self, String> {
        const INVALID: &str = "invalid semantic version";
        if original.len() > MAX_LENGTH {
            return Err(format!("version string is too long (max {MAX_LENGTH} bytes)"));
        }
        let text = original.strip_prefix('v').unwrap_or(original);
        let (text, metadata) = split_identifiers(text, '+').ok_or(INVALID)?;
        let (core, prerelease) = split_identifiers(text, '-').ok_or(INVALID)?;
        let numbers: Vec<&str> = core.split('.').collect();
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if numbers.len() > 3 || !numbers.iter().all(is_number) {
            return Err(INVALID.to_owned());
        }
        let has_leading_zero = |part: &str| {
            part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit())
        };
        let number = |index: usize| numbers.get(index).map_or(Ok(0), |text| segment(text));
        let version = Self {
            major: number(0)?,
            minor: number(1)?,
            patch: number(2)?,
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
            original: original.to_owned(),
        };
        if prerelease.split('.').any(has_leading_zero) {
            return Err("version segment starts with 0".to_owned());
        }
        Ok(version)
    }

    /// Compares by precedence; metadata does not count.
    pub fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
            }
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn segment(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| {
        format!(
            "error parsing version segment: strconv.ParseUint: parsing \"{text}\": value out of range"
        )
    })
}

/// What stands before and after a mark; `None` if what follows is no list of identifiers.
fn split_identifiers(text: &str, mark: char) -> Option<(&str, &str)> {
    let Some((before, identifiers)) = text.split_once(mark) else { return Some((text, "")) };
    let is_identifier = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    identifiers.split('.').all(is_identifier).then_some((before, identifiers))
}

/// Compares part by part; numbers come before texts, and fewer parts before more.
pub(super) fn compare_prereleases(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let ordering = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => compare_parts(left.unwrap_or(""), right.unwrap_or("")),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

fn compare_parts(left: &str, right: &str) -> Ordering {
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| !text.starts_with('+'));
    match (left.is_empty(), right.is_empty()) {
        (false, false) => {}
        (left_empty, right_empty) => return right_empty.cmp(&left_empty),
    }
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

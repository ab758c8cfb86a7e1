//! Values: reading, merging, `--set`, chart defaults and schemas.
//!
//! Owns what `.Values` holds before a template sees it. It must not know how templates are
//! rendered or where files come from.

mod coalesce;
mod defaults;
mod dependency;
pub(crate) mod document;
pub(crate) mod frozen;
mod import;
mod path;
mod schema;
pub mod set;
mod table;
mod working;

use crate::profile::Profile;
pub use coalesce::{Prepared, coalesce, validate};
use frozen::{Frozen, Nulls};
use gotemplate::{Map, Value};
pub use schema::{Schema, SchemaProblem};
use std::fmt;

/// Why values could not be read, set or merged: Helm's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesError {
    /// The 1-based line in the text that was read, where one is known.
    pub line: Option<u32>,
    /// Helm's text.
    pub message: String,
}

impl From<String> for ValuesError {
    fn from(message: String) -> Self {
        Self { line: None, message }
    }
}

impl fmt::Display for ValuesError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ValuesError {}

/// A YAML value as templates see it: every number is a `float64`, as after Helm's step through
/// JSON.
pub fn from_yaml(node: &go_yaml::Node) -> Value {
    Frozen::new(node).thaw(Nulls::Keep)
}

/// Reads one values file. `Helm3` reads the first document, `Helm4` merges all of them. The text
/// must hold a map or nothing. The error lacks Helm's `failed to parse <file>: `, which the
/// caller, who knows the file, puts in front.
pub fn read(text: &[u8], profile: Profile) -> Result<Map, ValuesError> {
    let node = document::read(text, profile)?;
    match from_yaml(&node) {
        Value::Map(map) => Ok(map),
        _ => Ok(Map::default()),
    }
}

/// Merges a later values file into an earlier one: maps deeply; lists, scalars and `null` replace.
pub fn merge(base: &Map, over: &Map) {
    for (key, value) in over.entries() {
        match (base.get(&key), &value) {
            (Some(Value::Map(below)), Value::Map(above)) => merge(&below, above),
            _ => base.insert(key, value),
        }
    }
}

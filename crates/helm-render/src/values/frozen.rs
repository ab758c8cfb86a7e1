//! Chart defaults in a form that many renders share.
//!
//! Template values are mutable and belong to one render; a chart belongs to all of them. A
//! [`Frozen`] value is immutable and shareable between threads, shares its strings with what is
//! thawed from it, and keeps map entries in order, so that thawing is one cheap pass.

use go_yaml::{Data, Mapping, Node};
use gotemplate::{Map, Text, Value};
use std::collections::BTreeMap;

/// An immutable value.
#[derive(Clone, Debug)]
pub(crate) enum Frozen {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// Any number: YAML's integers are floats after Helm's step through JSON.
    Number(f64),
    /// A string.
    Text(Text),
    /// A list.
    List(Vec<Self>),
    /// A map, in the order of its keys.
    Table(Vec<(Text, Self)>),
}

impl Frozen {
    /// The frozen form of a YAML value.
    pub(crate) fn new(node: &Node) -> Self {
        match &node.data {
            Data::Null => Self::Null,
            Data::Bool(value) => Self::Bool(*value),
            Data::Int(number) => Self::Number(float_of_int(*number)),
            Data::Uint(number) => Self::Number(float_of_uint(*number)),
            Data::Float(number) => Self::Number(*number),
            Data::String(text) => Self::Text(Text::from(text.as_str())),
            Data::List(items) => Self::List(items.iter().map(Self::new).collect()),
            Data::Map(mapping) => Self::Table(freeze_mapping(mapping)),
        }
    }

    /// The entries, if this is a map.
    pub(crate) fn table(&self) -> Option<&[(Text, Self)]> {
        if let Self::Table(entries) = self { Some(entries) } else { None }
    }

    /// Whether this is `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// A template value of its own. Without nulls, map entries that are `null` are left out at
    /// every depth that is reached through maps alone.
    pub(crate) fn thaw(&self, nulls: Nulls) -> Value {
        match self {
            Self::Null => Value::Nil,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::float(*number),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => {
                Value::list(items.iter().map(|item| item.thaw(Nulls::Keep)).collect())
            }
            Self::Table(entries) => Value::Map(thaw_table(entries, nulls)),
        }
    }
}

/// What becomes of map entries that are `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// They stay.
    Keep,
    /// They are left out, but never inside lists.
    Drop,
}

/// A template map of frozen entries.
pub(crate) fn thaw_table(entries: &[(Text, Frozen)], nulls: Nulls) -> Map {
    let kept = entries.iter().filter(|(_, value)| nulls == Nulls::Keep || !value.is_null());
    Map::from_entries(
        kept.map(|(key, value)| (key.clone(), value.thaw(nulls))).collect::<BTreeMap<_, _>>(),
    )
}

fn freeze_mapping(mapping: &Mapping) -> Vec<(Text, Frozen)> {
    let mut entries: Vec<_> = mapping
        .iter()
        .map(|(key, entry)| (Text::from(key.as_str()), Frozen::new(&entry.value)))
        .collect();
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    entries
}

#[expect(clippy::cast_precision_loss, reason = "Helm reads every number as a float64")]
fn float_of_int(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "Helm reads every number as a float64")]
fn float_of_uint(number: u64) -> f64 {
    number as f64
}

//! Who set the value that stands at a place of a live object, as `managedFields` tells.
//!
//! Follows the sets of all other managers along a path, step by step. It must not know what is
//! compared there.

use super::fields::Element;
use super::{is_ours, text};
use crate::live::Live;
use serde_json::{Map, Value};

/// Who wrote a field last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The field manager: `kubectl-edit`, `kube-controller-manager`.
    pub manager: String,
    /// When, as RFC 3339; empty if the server does not say.
    pub time: String,
}

/// The managers besides us that own what stands at a place, or something below it.
#[derive(Clone, Default)]
pub(super) struct Writers<'live>(Vec<(&'live Value, &'live Map<String, Value>)>);

impl<'live> Writers<'live> {
    /// All other managers of an object.
    pub(super) fn of(live: &'live Live) -> Self {
        let others = live.managed_fields().iter().filter(|entry| !is_ours(entry));
        let sets = others.filter_map(|entry| Some((entry, entry.get("fieldsV1")?.as_object()?)));
        Self(sets.filter(|(_, set)| !set.is_empty()).collect())
    }

    /// Those of a field.
    pub(super) fn field(&self, name: &str) -> Self {
        self.step(|element| matches!(element, Element::Field(field) if *field == name))
    }

    /// Those of an item of a list, at this place.
    pub(super) fn item(&self, place: usize, item: &Value) -> Self {
        self.step(|element| match element {
            Element::Item(keys) => keys.iter().all(|(key, value)| item.get(key) == Some(value)),
            Element::Member(member) => member == item,
            Element::Index(index) => *index == place,
            Element::Itself | Element::Field(_) => false,
        })
    }

    /// Whoever owns a leaf owns everything below it.
    fn step(&self, fits: impl Fn(&Element<'_>) -> bool) -> Self {
        let below = |(entry, set): &(&'live Value, &'live Map<String, Value>)| {
            if set.is_empty() {
                return Some((*entry, *set));
            }
            let mut elements = set.iter();
            let found = elements.find(|(key, _)| Element::parse(key).is_some_and(|e| fits(&e)))?;
            Some((*entry, found.1.as_object()?))
        };
        Self(self.0.iter().filter_map(below).collect())
    }

    /// The last one.
    pub(super) fn last(&self) -> Option<Writer> {
        let (entry, _) = self.0.iter().max_by_key(|(entry, _)| text(entry, "time"))?;
        let (manager, time) = (text(entry, "manager").to_owned(), text(entry, "time").to_owned());
        Some(Writer { manager, time })
    }
}

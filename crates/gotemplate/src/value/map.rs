//! Go maps with string keys: shared by reference, mutable, iterated in key order as templates do.

use super::release::release;
use super::{Text, Value};
use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The type of a map, visible through `typeOf`, `%T` and error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`
    StringInterface,
    /// `map[string]string`
    StringString,
    /// A named type over `map[string]interface {}`, such as `common.Values`.
    Named(&'static str),
}

impl MapType {
    /// The name as `%T` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::StringInterface => "map[string]interface {}",
            Self::StringString => "map[string]string",
            Self::Named(name) => name,
        }
    }
}

/// A Go map. Cloning shares it: a change through one clone is seen through all.
#[derive(Clone)]
pub struct Map {
    shape: MapType,
    is_nil: bool,
    entries: Rc<RefCell<BTreeMap<Text, Value>>>,
}

impl Default for Map {
    fn default() -> Self {
        Self::new(MapType::StringInterface)
    }
}

impl Map {
    /// An empty map of the given type.
    pub fn new(map_type: MapType) -> Self {
        Self { shape: map_type, is_nil: false, entries: Rc::default() }
    }

    /// Go's nil map, which an absent value becomes when it is passed as a map: empty, encoded as
    /// `null`, equal to `nil`. Whoever would set an entry checks [`Self::is_nil`] first and fails
    /// with Go's "assignment to entry in nil map".
    pub fn nil(map_type: MapType) -> Self {
        Self { shape: map_type, is_nil: true, entries: Rc::default() }
    }

    /// Whether this is the nil map.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// A `map[string]interface {}` of the given entries.
    pub fn from_entries(entries: BTreeMap<Text, Value>) -> Self {
        Self {
            shape: MapType::StringInterface,
            is_nil: false,
            entries: Rc::new(RefCell::new(entries)),
        }
    }

    /// The same shared entries seen as another type.
    #[must_use]
    pub fn with_type(&self, map_type: MapType) -> Self {
        Self { shape: map_type, is_nil: self.is_nil, entries: Rc::clone(&self.entries) }
    }

    /// Moves the lists and maps in it to `pending`, if nobody else holds this map.
    pub(super) fn surrender(&mut self, pending: &mut Vec<Value>) {
        let Some(entries) = Rc::get_mut(&mut self.entries) else { return };
        let entries = entries.get_mut();
        if entries.values().any(Value::is_container) {
            pending.extend(std::mem::take(entries).into_values().filter(Value::is_container));
        }
    }

    /// The map's type.
    pub fn map_type(&self) -> MapType {
        self.shape
    }

    /// The value at `key`, if the key is there.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow().get(key).cloned()
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &[u8]) -> bool {
        self.entries.borrow().contains_key(key)
    }

    /// Sets `key` for everyone who shares the map.
    pub fn insert(&self, key: Text, value: Value) {
        drop(self.entries.borrow_mut().insert(key, value));
    }

    /// Removes `key` for everyone who shares the map.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow_mut().remove(key)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// The entries, borrowed. Hold it briefly: a change through a clone meanwhile panics, so
    /// never call back into templates or functions while holding it; use [`Self::entries`] there.
    pub fn borrow(&self) -> Ref<'_, BTreeMap<Text, Value>> {
        self.entries.borrow()
    }

    /// The entries, borrowed for a change. The caution of [`Self::borrow`] holds.
    pub fn borrow_mut(&self) -> RefMut<'_, BTreeMap<Text, Value>> {
        self.entries.borrow_mut()
    }

    /// The entries in key order as they are now, safe to walk while the map changes.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Tells maps apart that live at the same time: those that are [the same](Self::is_same) have
    /// one.
    pub fn identity(&self) -> usize {
        Rc::as_ptr(&self.entries).addr()
    }

    /// Whether both are the same shared map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let mut pending = Vec::new();
        self.surrender(&mut pending);
        release(pending);
    }
}

//! Go slices.

use super::Value;
use super::release::release;
use std::ops::Deref;
use std::rc::Rc;

/// The element type of a slice, visible through `typeOf`, `%T` and error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `interface {}`
    Interface,
    /// `string`
    String,
    /// `int`
    Int,
    /// `float64`
    Float64,
    /// `[]interface {}`
    List,
    /// `map[string]interface {}`
    Map,
}

impl Element {
    /// The name of a slice of this element type.
    pub(crate) fn slice_name(self) -> &'static str {
        match self {
            Self::Interface => "[]interface {}",
            Self::String => "[]string",
            Self::Int => "[]int",
            Self::Float64 => "[]float64",
            Self::List => "[][]interface {}",
            Self::Map => "[]map[string]interface {}",
        }
    }
}

/// A Go slice: shared and immutable.
#[derive(Clone)]
pub struct List {
    element: Element,
    is_nil: bool,
    items: Rc<Vec<Value>>,
}

impl List {
    /// A slice of `items`, all of which have the type `element` says.
    pub fn new(element: Element, items: Vec<Value>) -> Self {
        Self { element, is_nil: false, items: Rc::new(items) }
    }

    /// Go's nil slice: empty, but encoded as `null` and equal to `nil`.
    pub fn nil(element: Element) -> Self {
        Self { element, is_nil: true, items: Rc::default() }
    }

    /// Whether this is the nil slice.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    /// Moves the lists and maps in it to `pending`, if nobody else holds this list.
    pub(super) fn surrender(&mut self, pending: &mut Vec<Value>) {
        if let Some(items) = Rc::get_mut(&mut self.items)
            && items.iter().any(Value::is_container)
        {
            pending.extend(std::mem::take(items).into_iter().filter(Value::is_container));
        }
    }

    /// Tells lists apart that live at the same time: those that share their items have one.
    pub fn identity(&self) -> usize {
        Rc::as_ptr(&self.items).addr()
    }

    /// The element type.
    pub fn element(&self) -> Element {
        self.element
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Drop for List {
    fn drop(&mut self) {
        let mut pending = Vec::new();
        self.surrender(&mut pending);
        release(pending);
    }
}

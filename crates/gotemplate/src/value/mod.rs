//! Go values as templates see them.
//!
//! Owns the value type and what can be asked of any value: its Go type name, its kind, its truth.
//! It must not know how values are printed ([`crate::format`]) or what functions do with them.

mod list;
mod map;
mod object;
mod release;
mod text;

pub use list::{Element, List};
pub use map::{Map, MapType};
pub use object::{Method, Object};
use std::rc::Rc;
pub use text::Text;

/// Go's signed integer types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntKind {
    /// `int`: template literals, `len`, `int`, `until`.
    Int,
    /// `int32`: runes.
    Int32,
    /// `int64`: `int64`, `add`, and values given by `--set`.
    Int64,
    /// `time.Duration`, whose kind is `int64`.
    Duration,
    /// `time.Month`, whose kind is `int`.
    Month,
    /// `time.Weekday`, whose kind is `int`.
    Weekday,
}

/// Go's unsigned integer types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UintKind {
    /// `uint8`: an element of `[]byte`.
    Uint8,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
}

/// Go's floating point types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatKind {
    /// `float64`: every number that comes from YAML or JSON.
    Float64,
}

/// A Go value. Cloning is cheap: strings, lists and maps are shared, maps by reference.
#[derive(Clone, Default)]
pub enum Value {
    /// Go's zero `reflect.Value`: no value at all, not even a nil interface. A nil that passed
    /// through a variable or a pipe stage becomes this, and a function parameter then receives
    /// the zero value of its type.
    #[default]
    Invalid,
    /// An interface that holds nil: what reading a missing key or a `null` gives.
    Nil,
    /// `bool`
    Bool(bool),
    /// A signed integer.
    Int(IntKind, i64),
    /// An unsigned integer.
    Uint(UintKind, u64),
    /// A float.
    Float(FloatKind, f64),
    /// `string`: bytes, not necessarily UTF-8.
    String(Text),
    /// `[]byte`, which YAML and JSON never produce but `.Files` does.
    Bytes(Text),
    /// A slice. Immutable: no template function changes one in place.
    List(List),
    /// A map, shared by reference and mutable.
    Map(Map),
    /// A host object with fields and methods.
    Object(Rc<dyn Object>),
}

impl Value {
    /// A Go `int`.
    pub fn int(number: i64) -> Self {
        Self::Int(IntKind::Int, number)
    }

    /// A Go `int64`.
    pub fn int64(number: i64) -> Self {
        Self::Int(IntKind::Int64, number)
    }

    /// A Go `float64`.
    pub fn float(number: f64) -> Self {
        Self::Float(FloatKind::Float64, number)
    }

    /// A Go `string`.
    pub fn string(text: impl Into<Text>) -> Self {
        Self::String(text.into())
    }

    /// A Go `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(List::new(Element::Interface, items))
    }

    /// A Go `[]string`.
    pub fn strings<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(List::new(Element::String, items.into_iter().map(Self::string).collect()))
    }

    /// Whether the value is absent in either way.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Invalid | Self::Nil)
    }

    /// Whether the value holds others.
    pub(crate) fn is_container(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }

    /// Go's truth (`template.IsTrue`): false for false, zero, nil and anything empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Invalid | Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(_, number) => *number != 0,
            Self::Uint(_, number) => *number != 0,
            Self::Float(_, number) => *number != 0.0,
            Self::String(text) | Self::Bytes(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.is_true(),
        }
    }

    /// The Go type as `%T` prints it, `<nil>` for an absent value.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Invalid | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(IntKind::Int, _) => "int",
            Self::Int(IntKind::Int32, _) => "int32",
            Self::Int(IntKind::Int64, _) => "int64",
            Self::Int(IntKind::Duration, _) => "time.Duration",
            Self::Int(IntKind::Month, _) => "time.Month",
            Self::Int(IntKind::Weekday, _) => "time.Weekday",
            Self::Uint(UintKind::Uint8, _) => "uint8",
            Self::Uint(UintKind::Uint32, _) => "uint32",
            Self::Uint(UintKind::Uint64, _) => "uint64",
            Self::Float(FloatKind::Float64, _) => "float64",
            Self::String(_) => "string",
            Self::Bytes(_) => "[]uint8",
            Self::List(list) => list.element().slice_name(),
            Self::Map(map) => map.map_type().name(),
            Self::Object(object) => object.type_name(),
        }
    }

    /// Go's `reflect.Kind` of the value, `invalid` for an absent one.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Invalid | Self::Nil => "invalid",
            Self::Int(IntKind::Duration, _) => "int64",
            Self::Int(IntKind::Month | IntKind::Weekday, _) => "int",
            Self::Bytes(_) | Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Object(object) => object.kind_name(),
            _ => self.type_name(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

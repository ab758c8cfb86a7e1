//! Host objects: Go structs and named types with fields and methods.

use super::Value;
use crate::functions::{Failure, Parameter};
use std::any::Any;

/// A method's declared parameters, checked before it is called.
#[derive(Clone, Copy)]
pub struct Method {
    /// The fixed parameters.
    pub parameters: &'static [Parameter],
    /// The type of the variadic rest, if the method takes one.
    pub variadic: Option<Parameter>,
}

/// A value with fields and methods, such as `.Capabilities` or `.Files`.
pub trait Object: Any {
    /// The Go type as `%T` prints it, for instance `*common.Capabilities`.
    fn type_name(&self) -> &'static str;

    /// Go's `reflect.Kind`: `struct`, `ptr`, `map` or `slice`.
    fn kind_name(&self) -> &'static str;

    /// The method of that name, if there is one. Methods are looked for before fields.
    fn method(&self, name: &str) -> Option<Method>;

    /// Why a method that [`Self::method`] announced cannot be called by templates, if it cannot.
    fn unusable(&self, _name: &str) -> Option<String> {
        None
    }

    /// Calls a method that [`Self::method`] announced, with checked arguments.
    fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, Failure>;

    /// What a call of the method takes from the budget, in steps, beyond its own step.
    fn steps(&self, _name: &str) -> u64 {
        0
    }

    /// The field (or map key) of that name. `None` is Go's "can't evaluate field" for structs;
    /// a map kind answers [`Value::Nil`] or its zero element for a missing key instead.
    fn field(&self, name: &str) -> Option<Value>;

    /// Whether the struct has a field of that name that templates may not read.
    fn hides(&self, _name: &str) -> bool {
        false
    }

    /// The entries to `range` over in order, for map and slice kinds.
    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        None
    }

    /// How `print` and other functions show it (Go's `String()` or `%v`).
    fn print(&self) -> String;

    /// How an action shows it: a `String()` of the pointer type counts only there.
    fn print_in_action(&self) -> String {
        self.print()
    }

    /// How `%#v` shows it, where the type says so itself (Go's `GoString()`).
    fn source(&self) -> Option<String> {
        None
    }

    /// Go's truth: structs are always true, maps and slices when not empty.
    fn is_true(&self) -> bool {
        self.entries().is_none_or(|entries| !entries.is_empty())
    }

    /// The object as a plain map for `toYaml`, `toJson` and the like, if it can be encoded.
    fn encode(&self) -> Option<Value>;

    /// The fields of a struct as JSON writes them, in order. Without, [`Self::encode`] is written.
    fn encoded_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }

    /// The public fields of a struct by their Go names, in order, for encodings that go by those.
    fn public_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }

    /// The name of the struct that the first of [`Self::public_fields`] are embedded from, and how
    /// many those are. Most encodings take them for the struct's own.
    fn embedded(&self) -> Option<(&'static str, usize)> {
        None
    }

    /// Why JSON cannot hold it, where [`Self::encode`] has nothing.
    fn refusal(&self) -> String {
        format!("json: unsupported type: {}", self.type_name())
    }

    /// Go's `==` with another object, or its `reflect.DeepEqual` if that is asked for; `None` if
    /// the types differ or cannot be compared so.
    fn equals(&self, _other: &dyn Object, _is_deep: bool) -> Option<bool> {
        None
    }

    /// For the host to get its own type back.
    fn as_any(&self) -> &dyn Any;
}

//! A Go struct: fields, methods without arguments, and how it is printed and encoded.

use gotemplate::format::print;
use gotemplate::{Failure, Map, Method, Object, Text, Value};
use std::any::Any;

/// A struct that does not change.
pub(crate) struct Record {
    /// The type as `%T` prints it.
    pub(crate) type_name: &'static str,
    /// `struct` or `ptr`.
    pub(crate) kind_name: &'static str,
    /// The fields in order.
    pub(crate) fields: Vec<Field>,
    /// The methods without arguments and what they return.
    pub(crate) methods: Vec<(&'static str, Value)>,
    /// What `String()` of the pointer type gives, if that has it.
    pub(crate) text: Option<String>,
    /// The name of the struct that the fields but the last are embedded from.
    pub(crate) embedded: Option<&'static str>,
}

/// A field of a struct.
pub(crate) struct Field {
    /// The Go name.
    pub(crate) name: &'static str,
    /// The name in JSON and YAML, empty if it is not encoded.
    pub(crate) key: &'static str,
    /// Whether JSON leaves it out when empty.
    pub(crate) omit_empty: bool,
    /// Whether templates cannot reach it.
    pub(crate) is_private: bool,
    /// The value.
    pub(crate) value: Value,
}

impl Field {
    /// A field that JSON leaves out when it is empty.
    pub(crate) fn optional(name: &'static str, key: &'static str, value: Value) -> Self {
        Self { name, key, omit_empty: true, is_private: false, value }
    }

    /// A field that JSON always has.
    pub(crate) fn required(name: &'static str, key: &'static str, value: Value) -> Self {
        Self { name, key, omit_empty: false, is_private: false, value }
    }

    /// A field that only printing shows.
    pub(crate) fn private(name: &'static str, value: Value) -> Self {
        Self { name, key: "", omit_empty: false, is_private: true, value }
    }
}

impl Record {
    /// What JSON writes of it.
    fn encoded(&self) -> impl Iterator<Item = (&'static str, Value)> + '_ {
        let fields = self
            .fields
            .iter()
            .filter(|field| !field.key.is_empty() && (!field.omit_empty || field.value.is_true()));
        fields.map(|field| (field.key, field.value.clone()))
    }
}

impl Object for Record {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn kind_name(&self) -> &'static str {
        self.kind_name
    }

    fn method(&self, name: &str) -> Option<Method> {
        let is_known = self.methods.iter().any(|(method, _)| *method == name);
        is_known.then_some(Method { parameters: &[], variadic: None })
    }

    fn call(&self, name: &str, _arguments: &[Value]) -> Result<Value, Failure> {
        let method = self.methods.iter().find(|(method, _)| *method == name);
        method
            .map(|(_, value)| value.clone())
            .ok_or_else(|| Failure::Message(format!("{} has no method {name}", self.type_name)))
    }

    fn field(&self, name: &str) -> Option<Value> {
        let field = self.fields.iter().find(|field| field.name == name && !field.is_private);
        field.map(|field| field.value.clone())
    }

    fn print_in_action(&self) -> String {
        let fields = || {
            let printed = self.print();
            // An action prints what a pointer points to.
            printed.strip_prefix('&').map(str::to_owned).unwrap_or(printed)
        };
        self.text.clone().unwrap_or_else(fields)
    }

    fn print(&self) -> String {
        let mut out = Vec::new();
        out.extend_from_slice(if self.kind_name == "ptr" { b"&{" } else { b"{" });
        for (index, field) in self.fields.iter().enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            match &field.value {
                Value::Object(object) => out.extend_from_slice(object.print().as_bytes()),
                value => print(value, &mut out),
            }
        }
        out.push(b'}');
        String::from_utf8_lossy(&out).into_owned()
    }

    fn encode(&self) -> Option<Value> {
        let map = Map::default();
        for (key, value) in self.encoded() {
            map.insert(Text::from(key), value);
        }
        Some(Value::Map(map))
    }

    fn encoded_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.encoded().collect())
    }

    fn public_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let fields = self.fields.iter().filter(|field| !field.is_private);
        Some(fields.map(|field| (field.name, field.value.clone())).collect())
    }

    fn embedded(&self) -> Option<(&'static str, usize)> {
        self.embedded.map(|name| (name, self.fields.len().saturating_sub(1)))
    }

    fn hides(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name && field.is_private)
    }

    fn equals(&self, other: &dyn Object, is_deep: bool) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>()?;
        if is_deep || self.fields.len() != other.fields.len() {
            return None;
        }
        let mut are_equal = true;
        for (field, other) in self.fields.iter().zip(&other.fields) {
            are_equal &= match (&field.value, &other.value) {
                (Value::String(left), Value::String(right)) => left == right,
                (Value::Bool(left), Value::Bool(right)) => left == right,
                _ => return None,
            };
        }
        Some(are_equal)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

//! The object that the certificate functions return.
//!
//! Owns its fields. It must not know what is in them.

use crate::functions::Failure;
use crate::value::{Map, Method, Object, Text, Value};
use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The Go type.
pub(super) const TYPE_NAME: &str = "sprig.certificate";

/// A certificate and its key: a struct of two texts.
pub(super) struct Certificate {
    pub(super) certificate: Text,
    pub(super) key: Text,
}

impl Certificate {
    /// The object as templates see it.
    pub(super) fn into_value(self) -> Value {
        Value::Object(Rc::new(self))
    }

    fn fields(&self) -> [(&'static str, Value); 2] {
        [("Cert", &self.certificate), ("Key", &self.key)]
            .map(|(name, text)| (name, Value::String(text.clone())))
    }

    /// The object that a value is, if it is one.
    pub(super) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        TYPE_NAME
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn method(&self, _name: &str) -> Option<Method> {
        None
    }

    fn call(&self, _name: &str, _arguments: &[Value]) -> Result<Value, Failure> {
        Ok(Value::Nil)
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::String(self.certificate.clone())),
            "Key" => Some(Value::String(self.key.clone())),
            _ => None,
        }
    }

    fn print(&self) -> String {
        let [certificate, key] =
            [&self.certificate, &self.key].map(|text| String::from_utf8_lossy(text));
        format!("{{{certificate} {key}}}")
    }

    fn encode(&self) -> Option<Value> {
        let fields = self.fields().map(|(name, value)| (Text::from(name), value));
        Some(Value::Map(Map::from_entries(BTreeMap::from(fields))))
    }

    fn public_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.fields().to_vec())
    }

    fn equals(&self, other: &dyn Object, _is_deep: bool) -> Option<bool> {
        let other: &Self = other.as_any().downcast_ref()?;
        Some(self.certificate[..] == other.certificate[..] && self.key[..] == other.key[..])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

//! The object that `semver` returns.
//!
//! Owns its methods as templates call them. It must not know constraints.

use super::Version;
use crate::functions::{Failure, Parameter};
use crate::value::{Method, Object, UintKind, Value};
use std::any::Any;
use std::cmp::Ordering;

/// `*semver.Version`.
pub(super) struct VersionObject(pub(super) Version);

const TYPE_NAME: &str = "*semver.Version";

impl Object for VersionObject {
    fn type_name(&self) -> &'static str {
        TYPE_NAME
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn method(&self, name: &str) -> Option<Method> {
        match name {
            "Major" | "Minor" | "Patch" | "Prerelease" | "Metadata" | "Original" | "String" => {
                Some(Method { parameters: &[], variadic: None })
            }
            "Compare" | "Equal" | "LessThan" | "GreaterThan" | "LessThanEqual"
            | "GreaterThanEqual" => {
                Some(Method { parameters: &[Parameter::Object(TYPE_NAME)], variadic: None })
            }
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, Failure> {
        let version = &self.0;
        Ok(match name {
            "Major" => Value::Uint(UintKind::Uint64, version.major),
            "Minor" => Value::Uint(UintKind::Uint64, version.minor),
            "Patch" => Value::Uint(UintKind::Uint64, version.patch),
            "Prerelease" => Value::string(version.prerelease.as_str()),
            "Metadata" => Value::string(version.metadata.as_str()),
            "Original" => Value::string(version.original.as_str()),
            "String" => Value::string(version.to_string()),
            _ => self.compared(name, arguments)?,
        })
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn print(&self) -> String {
        self.0.to_string()
    }

    fn is_true(&self) -> bool {
        true
    }

    fn encode(&self) -> Option<Value> {
        Some(Value::string(self.0.to_string()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl VersionObject {
    fn compared(&self, name: &str, arguments: &[Value]) -> Result<Value, Failure> {
        let other = match arguments.first() {
            Some(Value::Object(object)) => object.as_any().downcast_ref::<Self>(),
            _ => None,
        };
        let Some(other) = other else {
            return Err("runtime error: invalid memory address or nil pointer dereference".into());
        };
        let ordering = self.0.compare(&other.0);
        Ok(match name {
            "Equal" => (ordering == Ordering::Equal).into(),
            "LessThan" => (ordering == Ordering::Less).into(),
            "GreaterThan" => (ordering == Ordering::Greater).into(),
            "LessThanEqual" => (ordering != Ordering::Greater).into(),
            "GreaterThanEqual" => (ordering != Ordering::Less).into(),
            _ => Value::int(match ordering {
                Ordering::Less => -1,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            }),
        })
    }
}

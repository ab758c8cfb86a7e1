//! Arguments against declared parameters, with Go's rules and words.
//!
//! It must not know what is called.

use super::state::{At, Fallible, Held, State};
use crate::functions::{Function, Parameter};
use crate::parse::node::{Number, Operand};
use crate::value::{Element, IntKind, List, Map, MapType, UintKind, Value};

/// What a command gives to its first word: further words, and the previous stage's value.
pub(super) struct Given<'r> {
    pub(super) arguments: &'r [Operand],
    pub(super) last: Option<Value>,
}

impl Given<'_> {
    pub(super) const NOTHING: Self = Self { arguments: &[], last: None };

    pub(super) fn is_something(&self) -> bool {
        !self.arguments.is_empty() || self.last.is_some()
    }
}

/// What a function or method may be given.
#[derive(Clone, Copy)]
pub(super) struct Signature<'s> {
    pub(super) name: &'s str,
    pub(super) parameters: &'static [Parameter],
    pub(super) variadic: Option<Parameter>,
}

impl Signature<'static> {
    pub(super) fn of(function: &Function) -> Self {
        Self { name: function.name, parameters: function.parameters, variadic: function.variadic }
    }
}

impl Signature<'_> {
    /// The type of the argument at `index`; the count was checked before.
    fn parameter(&self, index: usize) -> Parameter {
        self.parameters.get(index).copied().or(self.variadic).unwrap_or(Parameter::Any)
    }
}

impl<'r> State<'r> {
    /// Checks how many arguments there are. As in Go, the message for a variadic function does not
    /// count the value of the stage before.
    pub(super) fn check_count(&self, signature: &Signature<'_>, given: &Given<'r>) -> Fallible<()> {
        let name = signature.name;
        let want = signature.parameters.len();
        let written = given.arguments.len();
        let got = written + usize::from(given.last.is_some());
        if signature.variadic.is_some() {
            if got < want {
                return self.fail(format!(
                    "wrong number of args for {name}: want at least {want} got {written}"
                ));
            }
        } else if got != want {
            return self.fail(format!("wrong number of args for {name}: want {want} got {got}"));
        }
        Ok(())
    }

    /// Evaluates and checks arguments onto the argument stack, and returns where they begin.
    pub(super) fn push_arguments(
        &mut self,
        dot: &Held,
        signature: &Signature<'_>,
        given: Given<'r>,
    ) -> Fallible<usize> {
        let base = self.arguments.len();
        for (index, argument) in given.arguments.iter().enumerate() {
            let value = self.evaluate_argument(dot, signature.parameter(index), argument)?;
            self.arguments.push(value);
        }
        if let Some(last) = given.last {
            let parameter = signature.parameter(given.arguments.len());
            let value = self.assign(parameter, last)?;
            self.arguments.push(value);
        }
        Ok(base)
    }

    fn evaluate_argument(
        &mut self,
        dot: &Held,
        parameter: Parameter,
        argument: &'r Operand,
    ) -> Fallible<Value> {
        self.at = Some(At::operand(argument));
        match argument {
            Operand::Nil(_) => match zero(parameter) {
                Some(zero) => Ok(zero),
                None => self.fail(format!("cannot assign nil to {}", parameter.type_name())),
            },
            Operand::Bool(..) | Operand::Number(..) | Operand::String(..) => {
                self.evaluate_literal(dot, parameter, argument)
            }
            argument => {
                let value = self.evaluate_word(dot, argument)?;
                self.assign(parameter, value)
            }
        }
    }

    /// A constant takes the parameter's type, if it is written in a way that allows it.
    fn evaluate_literal(
        &mut self,
        dot: &Held,
        parameter: Parameter,
        argument: &'r Operand,
    ) -> Fallible<Value> {
        if matches!(parameter, Parameter::Any | Parameter::Interface) {
            return self.evaluate_word(dot, argument);
        }
        let literal = match (parameter, argument) {
            (Parameter::Bool, Operand::Bool(_, value)) => Some(Value::Bool(*value)),
            (Parameter::String, Operand::String(_, _, text)) => Some(Value::String(text.clone())),
            (parameter, Operand::Number(_, number)) => typed_number(parameter, number),
            _ => None,
        };
        match (literal, expectation(parameter)) {
            (Some(value), _) => Ok(value),
            (None, Some(expected)) => self.fail(format!("expected {expected}; found {argument}")),
            (None, None) => {
                let wanted = parameter.type_name();
                self.fail(format!("can't handle {argument} for arg of type {wanted}"))
            }
        }
    }

    /// Checks a value against a parameter's type.
    fn assign(&self, parameter: Parameter, value: Value) -> Fallible<Value> {
        match assign(parameter, value) {
            Ok(value) => Ok(value),
            Err(message) => self.fail(message),
        }
    }
}

/// The value of Go's type for `nil`; not every type has one.
fn zero(parameter: Parameter) -> Option<Value> {
    match parameter {
        Parameter::Any => Some(Value::Invalid),
        Parameter::Interface => Some(Value::Nil),
        Parameter::List => Some(Value::List(List::nil(Element::Interface))),
        Parameter::Map => Some(Value::Map(Map::nil(MapType::StringInterface))),
        Parameter::Object(name) if name.starts_with('*') => Some(Value::Nil),
        _ => None,
    }
}

/// What a literal for the type is called.
fn expectation(parameter: Parameter) -> Option<&'static str> {
    match parameter {
        Parameter::String => Some("string"),
        Parameter::Bool => Some("bool"),
        Parameter::Int | Parameter::Int64 | Parameter::Duration => Some("integer"),
        Parameter::Uint32 => Some("unsigned integer"),
        Parameter::Float64 => Some("float"),
        _ => None,
    }
}

fn typed_number(parameter: Parameter, number: &Number) -> Option<Value> {
    match parameter {
        Parameter::Int => number.int.map(Value::int),
        Parameter::Int64 => number.int.map(Value::int64),
        Parameter::Duration => number.int.map(|int| Value::Int(IntKind::Duration, int)),
        // Go truncates an unsigned constant that is too large for its type.
        Parameter::Uint32 => {
            number.uint.map(|uint| Value::Uint(UintKind::Uint32, uint & u64::from(u32::MAX)))
        }
        Parameter::Float64 => number.float.map(Value::float),
        _ => None,
    }
}

/// Go's assignability of a value to a parameter's type.
fn assign(parameter: Parameter, value: Value) -> Result<Value, String> {
    match (parameter, value) {
        (Parameter::Any, value)
        | (Parameter::String, value @ Value::String(_))
        | (Parameter::Bool, value @ Value::Bool(_))
        | (Parameter::Int, value @ Value::Int(IntKind::Int, _))
        | (Parameter::Int64, value @ Value::Int(IntKind::Int64, _))
        | (Parameter::Duration, value @ Value::Int(IntKind::Duration, _))
        | (Parameter::Float64, value @ Value::Float(..))
        | (Parameter::Uint32, value @ Value::Uint(UintKind::Uint32, _)) => Ok(value),
        (parameter, Value::Invalid) => zero(parameter)
            .ok_or_else(|| format!("invalid value; expected {}", parameter.type_name())),
        (Parameter::Interface, value) => Ok(value),
        (Parameter::List, Value::List(list)) if list.element() == Element::Interface => {
            Ok(Value::List(list))
        }
        (Parameter::Map, Value::Map(map)) if map.map_type() != MapType::StringString => {
            Ok(Value::Map(map.with_type(MapType::StringInterface)))
        }
        (Parameter::Object(name), Value::Object(object)) if is_type(object.type_name(), name) => {
            Ok(Value::Object(object))
        }
        (parameter, value) => Err(mismatch(parameter, &value)),
    }
}

/// A pointer to the type is followed.
fn is_type(actual: &str, wanted: &str) -> bool {
    actual.strip_prefix('*').unwrap_or(actual) == wanted || actual == wanted
}

fn mismatch(parameter: Parameter, value: &Value) -> String {
    let actual = match value {
        Value::Nil => "interface {}",
        value => value.type_name(),
    };
    format!("wrong type for value; expected {}; got {actual}", parameter.type_name())
}

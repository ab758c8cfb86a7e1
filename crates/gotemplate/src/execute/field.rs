//! `.Field`, `$x.Field`, `(pipeline).Field`: fields, map keys and methods.
//!
//! It must not know which objects a host has.

use super::arguments::{Given, Signature};
use super::range::field_held;
use super::state::{At, Fallible, Held, State};
use crate::functions::Function;
use crate::parse::node::{Operand, Variable};
use crate::time::scalars;
use crate::value::{Map, MapType, Method, Object, Text, Value};
use std::rc::Rc;

impl<'r> State<'r> {
    /// `$x` or `$x.Field`.
    pub(super) fn evaluate_variable(
        &mut self,
        dot: &Held,
        operand: &'r Operand,
        variable: &'r Variable,
        given: Given<'r>,
    ) -> Fallible<Value> {
        self.at = Some(At::Operand(operand));
        let held = self.variable(&variable.name)?.clone();
        if variable.fields.is_empty() {
            self.refuse_arguments(operand, &given)?;
            self.record(|recorder| recorder.read(&held.value, None, &held.value));
            return Ok(held.value);
        }
        self.evaluate_fields(dot, &held, &variable.fields, At::Operand(operand), given)
    }

    /// `(pipeline).Field` and `function.Field`.
    pub(super) fn evaluate_chain(
        &mut self,
        dot: &Held,
        operand: &'r Operand,
        (base, fields): (&'r Operand, &'r [Text]),
        given: Given<'r>,
    ) -> Fallible<Value> {
        self.at = Some(At::Operand(operand));
        let value = match base {
            Operand::Nil(_) => {
                return self.fail(format!("indirection through explicit nil in {operand}"));
            }
            Operand::Pipe(pipe) => self.evaluate_pipe(dot, pipe)?,
            base => self.evaluate_word(dot, base)?,
        };
        self.evaluate_fields(dot, &field_held(value), fields, At::Operand(operand), given)
    }

    /// Walks a chain of fields; what is given goes to the last, in case it is a method.
    pub(super) fn evaluate_fields(
        &mut self,
        dot: &Held,
        receiver: &Held,
        fields: &'r [Text],
        at: At<'r>,
        given: Given<'r>,
    ) -> Fallible<Value> {
        let Some((last, path)) = fields.split_last() else {
            return Ok(receiver.value.clone());
        };
        let mut reached: Option<Held> = None;
        for name in path {
            let from = reached.as_ref().unwrap_or(receiver);
            reached = Some(self.evaluate_field(dot, from, name, at, Given::NOTHING)?);
        }
        let from = reached.as_ref().unwrap_or(receiver);
        Ok(self.evaluate_field(dot, from, last, at, given)?.value)
    }

    fn evaluate_field(
        &mut self,
        dot: &Held,
        receiver: &Held,
        name: &'r Text,
        at: At<'r>,
        given: Given<'r>,
    ) -> Fallible<Held> {
        match &receiver.value {
            Value::Invalid => Ok(Held::default()),
            Value::Nil => self.fail(format!("nil pointer evaluating interface {{}}.{name}")),
            Value::Map(map) if self.map_method(map, name).is_some() => {
                self.evaluate_map_method(dot, map, name, at, given)
            }
            Value::Map(_) if given.is_something() => self.refuse_call(name),
            Value::Map(map) => {
                let field = map_field(map, name);
                self.record(|recorder| {
                    recorder.read(&receiver.value, Some(name), &field.value);
                });
                Ok(field)
            }
            Value::Object(object) => {
                let object = Rc::clone(object);
                self.evaluate_member(dot, (receiver, &*object), name, at, given)
            }
            Value::Int(kind, number) => {
                let method = str::from_utf8(name)
                    .ok()
                    .and_then(|name| Some((name, scalars::method(*kind, name)?)));
                let Some((name, method)) = method else { return self.no_field(receiver, name) };
                let call = |arguments: &[Value]| Ok(scalars::run(*kind, *number, name, arguments));
                self.call_method(dot, signature(name, method), at, given, call).map(field_held)
            }
            _ => self.no_field(receiver, name),
        }
    }

    /// A method that the host gave to the map's type.
    fn map_method(&self, map: &Map, name: &Text) -> Option<&'static Function> {
        match map.map_type() {
            MapType::Named(type_name) => self.run.set.functions().method(type_name, name),
            _ => None,
        }
    }

    fn evaluate_map_method(
        &mut self,
        dot: &Held,
        map: &Map,
        name: &Text,
        at: At<'r>,
        given: Given<'r>,
    ) -> Fallible<Held> {
        let Some(method) = self.map_method(map, name) else { return self.refuse_call(name) };
        let parameters = method.parameters.get(1..).unwrap_or_default();
        let signature = Signature { name: method.name, parameters, variadic: method.variadic };
        let mut caller = self.call(Some(at));
        let call = |arguments: &[Value]| {
            let receiver = std::iter::once(Value::Map(map.clone()));
            let arguments: Vec<Value> = receiver.chain(arguments.iter().cloned()).collect();
            (method.body)(&mut caller, &arguments)
        };
        self.call_method(dot, signature, at, given, call).map(field_held)
    }

    fn refuse_call<T>(&self, name: &Text) -> Fallible<T> {
        self.fail(format!("{name} is not a method but has arguments"))
    }

    fn no_field<T>(&self, receiver: &Held, name: &Text) -> Fallible<T> {
        self.fail(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }

    /// A method, or else a field, of a host object.
    fn evaluate_member(
        &mut self,
        dot: &Held,
        (receiver, object): (&Held, &dyn Object),
        name: &'r Text,
        at: At<'r>,
        given: Given<'r>,
    ) -> Fallible<Held> {
        let Ok(name_text) = str::from_utf8(name) else { return self.no_field(receiver, name) };
        if let Some(method) = object.method(name_text) {
            let signature = signature(name_text, method);
            if let Some(reason) = object.unusable(name_text) {
                self.check_count(&signature, &given)?;
                return self.fail(reason);
            }
            self.spend(object.steps(name_text))?;
            let call = |arguments: &[Value]| object.call(name_text, arguments);
            return self.call_method(dot, signature, at, given, call).map(field_held);
        }
        let is_map = object.kind_name() == "map";
        if is_map && given.is_something() {
            return self.refuse_call(name);
        }
        if object.hides(name_text) {
            let type_name = object.type_name();
            return self.fail(format!("{name} is an unexported field of struct type {type_name}"));
        }
        let Some(value) = object.field(name_text) else { return self.no_field(receiver, name) };
        if given.is_something() {
            return self.fail(format!("{name} has arguments but cannot be invoked as function"));
        }
        Ok(field_held(value))
    }
}

fn signature(name: &str, method: Method) -> Signature<'_> {
    Signature { name, parameters: method.parameters, variadic: method.variadic }
}

/// The entry of a map, or the zero value of its elements.
fn map_field(map: &Map, name: &Text) -> Held {
    if map.map_type() == MapType::StringString {
        let value = map.get(name).unwrap_or_else(|| Value::string(""));
        return Held { value, is_interface: false };
    }
    Held { value: map.get(name).unwrap_or(Value::Nil), is_interface: true }
}

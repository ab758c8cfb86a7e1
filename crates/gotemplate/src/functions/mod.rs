//! The function table: what a function is, which there are, and what it may fail with.
//!
//! The built-in functions of Go and the library that Helm adds (sprig) live in the sub-modules.
//! A function declares its parameter types; the executor checks and converts the arguments
//! exactly as Go does before the body sees them.

mod builtin;
pub mod sprig;

use crate::execute::{Call, Error};
use crate::value::Value;
pub use builtin::BUILTINS;
use std::collections::BTreeMap;

/// A declared parameter type, with Go's rules for what may be passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `reflect.Value`: anything, absent values too, passed as they are (Go's built-ins).
    Any,
    /// `interface {}`: anything; an absent value arrives as [`Value::Nil`].
    Interface,
    /// `string`
    String,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int64`
    Int64,
    /// `time.Duration`
    Duration,
    /// `float64`
    Float64,
    /// `uint32`
    Uint32,
    /// `[]interface {}`
    List,
    /// `map[string]interface {}`
    Map,
    /// A host type by its Go name, for instance `time.Time`.
    Object(&'static str),
}

impl Parameter {
    /// The Go type as error texts name it.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Any => "reflect.Value",
            Self::Interface => "interface {}",
            Self::String => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Duration => "time.Duration",
            Self::Float64 => "float64",
            Self::Uint32 => "uint32",
            Self::List => "[]interface {}",
            Self::Map => "map[string]interface {}",
            Self::Object(name) => name,
        }
    }
}

/// What a function does when called, with arguments already checked.
pub type Body = fn(&mut Call<'_>, &[Value]) -> Result<Value, Failure>;

/// A template function.
#[derive(Clone, Copy)]
pub struct Function {
    /// The name templates use.
    pub name: &'static str,
    /// The fixed parameters.
    pub parameters: &'static [Parameter],
    /// The type of the variadic rest, if there is one.
    pub variadic: Option<Parameter>,
    /// What it does.
    pub body: Body,
}

/// The index of a function in its table: resolved once, when a template is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionId(u32);

/// Why a function or method failed.
#[derive(Debug)]
pub enum Failure {
    /// Its own message.
    Message(String),
    /// A template that it ran (`include`, `tpl`) failed.
    Execution(Box<Error>),
    /// The render ran out of steps, output or depth; never swallowed by a function.
    Exhausted(String),
}

/// Go's built-in functions that the executor evaluates itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    None,
    And,
    Or,
    Call,
}

impl Special {
    /// Only built-in functions take [`Parameter::Any`]; one of the host's may have the same name.
    fn of(function: &Function) -> Self {
        match (function.name, function.variadic) {
            ("and", Some(Parameter::Any)) => Self::And,
            ("or", Some(Parameter::Any)) => Self::Or,
            ("call", Some(Parameter::Any)) => Self::Call,
            _ => Self::None,
        }
    }
}

/// The functions that templates may call.
#[derive(Clone, Default)]
pub struct Functions {
    table: Vec<(Function, Special)>,
    names: BTreeMap<&'static str, FunctionId>,
    methods: BTreeMap<&'static str, &'static [Function]>,
}

impl Functions {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function, in place of one of the same name.
    pub fn add(&mut self, function: Function) {
        let id = FunctionId(u32::try_from(self.table.len()).unwrap_or(u32::MAX));
        self.table.push((function, Special::of(&function)));
        self.names.insert(function.name, id);
    }

    /// Adds several.
    pub fn extend(&mut self, functions: &[Function]) {
        for function in functions {
            self.add(*function);
        }
    }

    /// Gives the named map type `type_name` its methods, which take the map as their first
    /// argument.
    pub fn add_methods(&mut self, type_name: &'static str, methods: &'static [Function]) {
        self.methods.insert(type_name, methods);
    }

    /// The method of a named map type.
    pub(crate) fn method(&self, type_name: &str, name: &[u8]) -> Option<&'static Function> {
        let methods = *self.methods.get(type_name)?;
        methods.iter().find(|method| method.name.as_bytes() == name)
    }

    /// The function of that name.
    pub fn find(&self, name: &str) -> Option<FunctionId> {
        self.names.get(name).copied()
    }

    /// The function that an id from this table stands for.
    pub fn get(&self, id: FunctionId) -> Option<&Function> {
        self.table.get(id.0 as usize).map(|(function, _)| function)
    }

    /// Whether the executor evaluates the function itself.
    pub(crate) fn special(&self, id: FunctionId) -> Special {
        self.table.get(id.0 as usize).map_or(Special::None, |(_, special)| *special)
    }

    /// All names in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.names.keys().copied()
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(message) | Self::Exhausted(message) => formatter.write_str(message),
            Self::Execution(error) => error.fmt(formatter),
        }
    }
}

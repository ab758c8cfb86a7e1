//! Go's own template functions.
//!
//! Their rules and words are those of `text/template`'s `funcs.go` in Go 1.26. They must not know
//! the executor; `and`, `or` and `call` are only declared here, because it evaluates them itself.

mod compare;
mod element;
mod escape;
mod text;

use super::{Body, Failure, Function, Parameter};
use crate::execute::Call;
use crate::value::Value;
use Parameter::{Any, Interface, String};

/// Go's built-in functions, in order of name.
pub const BUILTINS: &[Function] = &[
    function("and", &[Any], Some(Any), evaluated_elsewhere),
    function("call", &[Any], Some(Any), evaluated_elsewhere),
    function("eq", &[Any], Some(Any), compare::eq),
    function("ge", &[Any, Any], None, compare::ge),
    function("gt", &[Any, Any], None, compare::gt),
    function("html", &[], Some(Interface), escape::html),
    function("index", &[Any], Some(Any), element::index),
    function("js", &[], Some(Interface), escape::js),
    function("le", &[Any, Any], None, compare::le),
    function("len", &[Any], None, element::len),
    function("lt", &[Any, Any], None, compare::lt),
    function("ne", &[Any, Any], None, compare::ne),
    function("not", &[Any], None, compare::not),
    function("or", &[Any], Some(Any), evaluated_elsewhere),
    function("print", &[], Some(Interface), text::print),
    function("printf", &[String], Some(Interface), text::printf),
    function("println", &[], Some(Interface), text::println),
    function("slice", &[Any], Some(Any), element::slice),
    function("urlquery", &[], Some(Interface), escape::urlquery),
];

const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    variadic: Option<Parameter>,
    body: Body,
) -> Function {
    Function { name, parameters, variadic, body }
}

fn evaluated_elsewhere(_: &mut Call<'_>, _: &[Value]) -> Result<Value, Failure> {
    Err(Failure::from("evaluated by the executor"))
}

//! Cases of the template language, of `fmt` and of sprig.

use crate::case::{Case, bytes, outcome};
use crate::{Failure, harness, value};
use gotemplate::execute::{Budget, Host, Surroundings};
use gotemplate::format::{sprint, sprintf, sprintln};
use gotemplate::functions::{BUILTINS, sprig};
use gotemplate::parse::parse as parse_text;
use gotemplate::{
    Call, Failure as CallFailure, Function, Functions, Limits, Parameter, Set, Value,
};
use serde_json::{Map as JsonMap, Value as Json, json};
use std::sync::Arc;

const LIMITS: Limits = Limits { steps: 10_000_000, output: 100_000_000, depth: 3_000 };

/// What a text parses to: each body as Go writes it again, or the error.
pub(crate) fn parse(case: &Case) -> Result<Json, Failure> {
    let mut functions = Functions::new();
    for name in case.field("functions").as_array().into_iter().flatten() {
        // The table wants names that live as long as the program, which ends soon.
        let name = String::leak(name.as_str().unwrap_or_default().to_owned());
        functions.add(Function {
            name,
            parameters: &[],
            variadic: Some(Parameter::Any),
            body: nothing,
        });
    }
    Ok(match parse_text(case.text("template")?, &case.bytes("text")?, &functions) {
        Err(error) => json!({"error": error.to_string()}),
        Ok(templates) => {
            let bodies = templates.iter().map(|template| {
                let body = String::from_utf8_lossy(&template.print()).into_owned();
                (template.name.to_string(), Json::String(body))
            });
            json!({"trees": bodies.collect::<JsonMap<_, _>>()})
        }
    })
}

#[expect(clippy::unnecessary_wraps, reason = "the result of function bodies")]
fn nothing(_: &mut Call<'_>, _: &[Value]) -> Result<Value, CallFailure> {
    Ok(Value::Nil)
}

/// What templates give with their data.
pub(crate) fn execute(case: &Case) -> Result<Json, Failure> {
    let functions =
        if case.text("functions")? == "sprig" { sprig_functions() } else { harness::functions() };
    let mut set = Set::new(Arc::new(functions));
    for pair in case.field("texts").as_array().into_iter().flatten() {
        let name = pair[0].as_str().unwrap_or_default();
        if let Err(error) = set.parse(name, &bytes(&pair[1])?) {
            return Ok(outcome(Err(error.to_string())));
        }
    }
    let budget = Budget::new(LIMITS);
    let surroundings = Surroundings::default();
    let host = Host { state: &(), budget: &budget, surroundings: &surroundings, recorder: None };
    let data = value::decode(case.field("data"))?;
    let result = set.execute(case.text("template")?, data, host);
    Ok(outcome(result.map_err(|error| error.to_string())))
}

fn sprig_functions() -> Functions {
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    functions.extend(&sprig::table());
    functions
}

/// What `fmt` prints.
pub(crate) fn format(case: &Case) -> Result<Json, Failure> {
    let operands = value::decode(case.field("operands"))?;
    let Value::List(operands) = operands else { return Err("no operands".into()) };
    let operands: Vec<Value> = operands.iter().cloned().collect();
    Ok(outcome(Ok(match case.text("verb")? {
        "printf" => sprintf(&case.bytes("format")?, &operands),
        "sprint" => sprint(&operands),
        _ => sprintln(&operands),
    })))
}

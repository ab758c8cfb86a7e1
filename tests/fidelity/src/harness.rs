//! The functions that the tests of Go's `text/template` give to their templates, as the Go side
//! (`tests/oracle/tables/answer.go`) has them.

use gotemplate::format::{sprint, sprintln};
use gotemplate::functions::BUILTINS;
use gotemplate::{Call, Failure, Function, Functions, Map, MapType, Parameter, Value};

type Outcome = Result<Value, Failure>;

/// All functions of such a test.
pub(crate) fn functions() -> Functions {
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    functions.extend(&OWN);
    functions
}

const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    variadic: Option<Parameter>,
    body: gotemplate::functions::Body,
) -> Function {
    Function { name, parameters, variadic, body }
}

const OWN: [Function; 12] = [
    function("add", &[], Some(Parameter::Int), |_, numbers| {
        let sum = numbers.iter().map(|number| match number {
            Value::Int(_, number) => *number,
            _ => 0,
        });
        Ok(Value::int(sum.fold(0, i64::wrapping_add)))
    }),
    function("dddArg", &[Parameter::Int], Some(Parameter::String), |_, values| {
        let [first, rest @ ..] = values else { return Err("no argument".into()) };
        let count = i64::try_from(rest.len()).unwrap_or(i64::MAX);
        Ok(Value::string(sprintln(&[first.clone(), Value::int(count)])))
    }),
    function("die", &[], None, |_, _| Err("die".into())),
    function("echo", &[Parameter::Interface], None, |_, values| {
        Ok(values.first().cloned().unwrap_or_default())
    }),
    function("makemap", &[], Some(Parameter::String), make_map),
    function("mapOfThree", &[], None, |_, _| {
        let map = Map::new(MapType::StringInterface);
        map.insert("three".into(), Value::int(3));
        Ok(Value::Map(map))
    }),
    function("oneArg", &[Parameter::String], None, |_, values| joined("oneArg=", values)),
    function("returnInt", &[], None, |_, _| Ok(Value::int(7))),
    function("twoArgs", &[Parameter::String, Parameter::String], None, |_, values| {
        joined("twoArgs=", values)
    }),
    function("typeOf", &[Parameter::Interface], None, |_, values| {
        Ok(values.first().map_or("<nil>", Value::type_name).into())
    }),
    function("valueString", &[Parameter::String], None, |_, _| Ok("value".into())),
    function("zeroArgs", &[], None, |_, _| Ok("zeroArgs".into())),
];

fn make_map(_: &mut Call<'_>, texts: &[Value]) -> Outcome {
    let map = Map::new(MapType::StringString);
    for pair in texts.chunks(2) {
        let [Value::String(key), value] = pair else { return Err("odd".into()) };
        map.insert(key.clone(), value.clone());
    }
    Ok(Value::Map(map))
}

#[expect(clippy::unnecessary_wraps, reason = "the result of function bodies")]
fn joined(start: &str, values: &[Value]) -> Outcome {
    let mut text = start.as_bytes().to_vec();
    for value in values {
        text.extend(sprint(std::slice::from_ref(value)));
    }
    Ok(Value::string(text))
}

//! The methods of `.Values`, which the values of a chart share with `.Template` and the dot.

use crate::engine::encoding::to_yaml;
use gotemplate::{Call, Failure, Function, Map, MapType, Parameter, Text, Value};

/// The methods, which take the map first.
pub(crate) const VALUES_METHODS: [Function; 5] = [
    method("AsMap", &[Parameter::Map], as_map),
    method("Encode", &[Parameter::Map, Parameter::Object("io.Writer")], encode),
    method("PathValue", &[Parameter::Map, Parameter::String], path_value),
    method("Table", &[Parameter::Map, Parameter::String], table),
    method("YAML", &[Parameter::Map], yaml),
];

const fn method(
    name: &'static str,
    parameters: &'static [Parameter],
    body: gotemplate::functions::Body,
) -> Function {
    Function { name, parameters, variadic: None, body }
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of a function body")]
fn as_map(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    Ok(Value::Map(receiver(arguments).with_type(MapType::StringInterface)))
}

/// No template has a writer to give.
fn encode(_call: &mut Call<'_>, _arguments: &[Value]) -> Result<Value, Failure> {
    Err("runtime error: invalid memory address or nil pointer dereference".into())
}

fn yaml(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    call.spend_on(arguments)?;
    let text = to_yaml(&Value::Map(receiver(arguments))).map_err(|error| error.0)?;
    Ok(Value::from(format!("{text}\n")))
}

/// The table at a path of names with dots between them.
fn table(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let values = receiver(arguments);
    let path = path(arguments);
    match find(&values, path.split(|byte| *byte == b'.')) {
        Ok(table) => Ok(Value::Map(table.with_type(values.map_type()))),
        Err(name) => Err(refusal(name, "table")),
    }
}

/// The value at a path, which is no table.
fn path_value(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let path = path(arguments);
    if path.is_empty() {
        return Err("YAML path cannot be empty".into());
    }
    let mut names = path.split(|byte| *byte == b'.');
    let last = names.next_back().unwrap_or_default();
    match find(&receiver(arguments), names).ok().and_then(|table| table.get(last)) {
        None | Some(Value::Map(_)) => Err(refusal(last, "value")),
        Some(value) => Ok(value),
    }
}

/// The table that names lead to, or the name that leads to none.
fn find<'n>(values: &Map, names: impl Iterator<Item = &'n [u8]>) -> Result<Map, &'n [u8]> {
    let mut table = values.clone();
    for name in names {
        table = match table.get(name) {
            Some(Value::Map(inner)) => inner,
            _ => return Err(name),
        };
    }
    Ok(table)
}

fn refusal(name: &[u8], what: &str) -> Failure {
    let name = gotemplate::format::quote(name);
    Failure::Message(format!("{} is not a {what}", String::from_utf8_lossy(&name)))
}

fn receiver(arguments: &[Value]) -> Map {
    match arguments.first() {
        Some(Value::Map(map)) => map.clone(),
        _ => Map::default(),
    }
}

fn path(arguments: &[Value]) -> Text {
    match arguments.get(1) {
        Some(Value::String(path)) => path.clone(),
        _ => Text::default(),
    }
}

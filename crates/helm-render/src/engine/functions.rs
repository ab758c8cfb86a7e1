//! The functions that Helm adds to Go's and sprig's.

use super::absent::without_no_value;
use super::chance::LOOKUP;
use super::context::values_type;
use super::objects::VALUES_METHODS;
use super::trace::{MARK_BEGIN, MARK_END};
use super::{encoding, json, toml};
use crate::profile::Profile;
use gotemplate::functions::{BUILTINS, sprig};
use gotemplate::{Call, Failure, Function, Functions, Map, Parameter, Text, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// What the functions of one render remember.
#[derive(Default)]
pub(crate) struct State {
    /// How many calls of `include` are running, by template.
    included: RefCell<BTreeMap<Text, u32>>,
}

/// How many nested calls of `include` with one name Helm runs, plus one.
const MAXIMUM_INCLUDES: u32 = 1000;

static HELM_4: LazyLock<Arc<Functions>> = LazyLock::new(|| Arc::new(table(Profile::Helm4)));
static HELM_3: LazyLock<Arc<Functions>> = LazyLock::new(|| Arc::new(table(Profile::Helm3)));

/// All functions a template may call.
pub(crate) fn functions(profile: Profile) -> Arc<Functions> {
    Arc::clone(match profile {
        Profile::Helm4 => &HELM_4,
        Profile::Helm3 => &HELM_3,
    })
}

fn table(profile: Profile) -> Functions {
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    for function in sprig::table() {
        if profile == Profile::Helm4 || !is_helm_4_only(function.name) {
            functions.add(function);
        }
    }
    functions.extend(&OWN);
    functions.add_methods(values_type(profile).name(), &VALUES_METHODS);
    if profile == Profile::Helm4 {
        functions.extend(&HELM_4_ONLY);
    }
    functions
}

/// What Helm 4 added, which a Helm 3 chart may not call.
fn is_helm_4_only(name: &str) -> bool {
    let is_duration =
        name.strip_prefix("duration").is_some_and(|rest| !matches!(rest, "" | "Round"));
    is_duration || name == "mustToDuration"
}

const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    body: gotemplate::functions::Body,
) -> Function {
    Function { name, parameters, variadic: None, body }
}

const ANY: &[Parameter] = &[Parameter::Interface];
const STRING: &[Parameter] = &[Parameter::String];
const STRING_AND_ANY: &[Parameter] = &[Parameter::String, Parameter::Interface];
const FOUR_STRINGS: &[Parameter] =
    &[Parameter::String, Parameter::String, Parameter::String, Parameter::String];

const OWN: [Function; 15] = [
    function("include", STRING_AND_ANY, include),
    function("tpl", STRING_AND_ANY, tpl),
    function("required", STRING_AND_ANY, required),
    function("fail", STRING, fail),
    function(LOOKUP, FOUR_STRINGS, lookup),
    function("getHostByName", STRING, host_address),
    function("toYaml", ANY, to_yaml),
    function("toYamlPretty", ANY, to_yaml_pretty),
    function("fromYaml", STRING, from_yaml),
    function("fromYamlArray", STRING, from_yaml_array),
    function("toJson", ANY, json::to_json),
    function("fromJson", STRING, json::from_json),
    function("fromJsonArray", STRING, json::from_json_array),
    function("toToml", ANY, to_toml),
    function("fromToml", STRING, from_toml),
];

const HELM_4_ONLY: [Function; 3] = [
    function("mustToYaml", ANY, must_to_yaml),
    function("mustToJson", ANY, json::must_to_json),
    function("mustToToml", ANY, must_to_toml),
];

fn include(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (name, data) = text_and_value(arguments);
    let state = call.state::<State>();
    if let Some(state) = state {
        state.enter(&name)?;
    }
    let result = call.include(&name, data);
    if let Some(state) = state {
        state.leave(&name);
    }
    result.map(Value::string)
}

impl State {
    fn enter(&self, name: &Text) -> Result<(), Failure> {
        let mut included = self.included.borrow_mut();
        let count = included.entry(name.clone()).or_default();
        if *count > MAXIMUM_INCLUDES {
            return Err(Failure::Message(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )));
        }
        *count += 1;
        Ok(())
    }

    fn leave(&self, name: &Text) {
        if let Some(count) = self.included.borrow_mut().get_mut(&**name) {
            *count = count.saturating_sub(1);
        }
    }
}

/// The text is parsed under the name that Helm gives to the set as a whole.
fn tpl(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (text, data) = text_and_value(arguments);
    match call.evaluate("gotpl", &text, data) {
        Ok(written) => Ok(Value::string(without_no_value(written))),
        Err(Failure::Message(message)) => {
            Err(Failure::Message(format!("cannot parse template {}: {message}", quote(&text))))
        }
        Err(Failure::Execution(error)) => Err(Failure::Message(format!(
            "error during tpl function execution for {}: {error}",
            quote(&text)
        ))),
        Err(exhausted @ Failure::Exhausted(_)) => Err(exhausted),
    }
}

fn required(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (message, value) = text_and_value(arguments);
    let is_missing = match &value {
        Value::String(text) => text.is_empty(),
        value => value.is_nil(),
    };
    if is_missing { Err(marked(&message)) } else { Ok(value) }
}

fn fail(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (message, _) = text_and_value(arguments);
    Err(marked(&message))
}

fn marked(message: &Text) -> Failure {
    Failure::Message(format!("{MARK_BEGIN}{message}{MARK_END}"))
}

/// Without a cluster nothing is found.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a function body")]
fn lookup(call: &mut Call<'_>, _arguments: &[Value]) -> Result<Value, Failure> {
    call.note();
    Ok(Value::Map(Map::default()))
}

/// Helm resolves names only if asked to.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a function body")]
fn host_address(_call: &mut Call<'_>, _arguments: &[Value]) -> Result<Value, Failure> {
    Ok(Value::from(""))
}

fn to_yaml(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let value = first(arguments);
    pay_to_write(call, &value)?;
    Ok(Value::from(encoding::to_yaml(&value).unwrap_or_default()))
}

fn must_to_yaml(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let value = first(arguments);
    pay_to_write(call, &value)?;
    let text = encoding::to_yaml(&value).map_err(|error| Failure::Message(error.0))?;
    Ok(Value::from(text))
}

/// Here Helm's errors are ours: what cannot be encoded is a gap of this implementation.
fn to_yaml_pretty(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let value = first(arguments);
    pay_to_write(call, &value)?;
    let text = encoding::to_yaml_pretty(&value).map_err(|error| Failure::Message(error.0))?;
    Ok(Value::from(text))
}

/// Writing takes longer than printing the same would.
fn pay_to_write(call: &mut Call<'_>, value: &Value) -> Result<(), Failure> {
    let weight = call.spend_on(std::slice::from_ref(value))?;
    call.spend(weight)
}

fn from_yaml(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (text, _) = text_and_value(arguments);
    read_yaml(call, &text, encoding::from_yaml)
}

fn from_yaml_array(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (text, _) = text_and_value(arguments);
    read_yaml(call, &text, encoding::from_yaml_array)
}

/// Reading takes longer than other functions do for a text, and aliases make more of it, even
/// where it fails.
fn read_yaml(
    call: &mut Call<'_>,
    text: &[u8],
    read: impl Fn(&[u8]) -> Value,
) -> Result<Value, Failure> {
    let aliases: u64 = text.iter().map(|byte| u64::from(*byte == b'*')).sum();
    call.spend(text.len() as u64 * 3 / 2 + aliases * 64)?;
    let value = read(text);
    let weight = call.spend_on(std::slice::from_ref(&value))?;
    call.spend(weight)?;
    Ok(value)
}

/// An error is the text.
fn to_toml(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    match must_to_toml(call, arguments) {
        Err(Failure::Message(message)) if message != toml::NO_VALUE => Ok(Value::from(message)),
        result => result,
    }
}

fn must_to_toml(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let value = first(arguments);
    call.spend_on(std::slice::from_ref(&value))?;
    let limit = usize::try_from(call.output_left()).unwrap_or(usize::MAX);
    match toml::write(&value, limit) {
        Ok(text) => Ok(Value::string(text)),
        Err(toml::Unwritten::Refused(message)) => Err(Failure::Message(message)),
        Err(toml::Unwritten::TooLong) => Err(call.too_much_output()),
    }
}

fn from_toml(call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let (text, _) = text_and_value(arguments);
    call.spend(text.len() as u64)?;
    let local = call.local_zone().clone();
    let offset = || i64::from(call.now().offset().seconds());
    Ok(toml::read(&text, &local, &offset))
}

fn first(arguments: &[Value]) -> Value {
    arguments.first().cloned().unwrap_or_default()
}

fn text_and_value(arguments: &[Value]) -> (Text, Value) {
    let text = match arguments.first() {
        Some(Value::String(text)) => text.clone(),
        _ => Text::default(),
    };
    (text, arguments.get(1).cloned().unwrap_or_default())
}

/// Go's `%q`.
fn quote(text: &[u8]) -> String {
    String::from_utf8_lossy(&gotemplate::format::quote(text)).into_owned()
}

//! `values.schema.json`: compiling it once, and every violation with a readable message.
//!
//! Owns the wording and the pointers. Which values are checked against which schema is
//! `coalesce`'s.

use gotemplate::{Map, Value, format};
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Map as JsonMap, Value as Json};

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    /// The validator, or why there is none: Helm compiles schemas only when it validates.
    validator: Result<Validator, String>,
    source: Json,
}

/// One violation of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// A JSON pointer to the offending value, for instance `/a/b/0`; empty for the whole.
    pub pointer: String,
    /// What is wrong with it, for instance `got string, want integer`.
    pub message: String,
    /// The keys that the schema does not know, where that is the problem.
    pub unknown_keys: Vec<String>,
    /// The keys that the schema knows at that place, to suggest one of.
    pub known_keys: Vec<String>,
}

impl Schema {
    /// Compiles a schema. References to other documents are an error.
    pub fn compile(text: &[u8]) -> Result<Self, String> {
        let source: Json = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let source = with_known_dialect(source);
        let validator = jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::regex())
            .build(&source)
            .map_err(|error| format!("schema does not compile: {error}"))?;
        Ok(Self { validator: Ok(validator), source })
    }

    /// A schema that could not be compiled: every validation reports why.
    pub(crate) fn broken(reason: &str) -> Self {
        Self { validator: Err(reason.to_owned()), source: Json::Null }
    }

    /// Every violation by `values`, not only the first, in the order of pointers.
    pub fn validate(&self, values: &Map) -> Vec<SchemaProblem> {
        let instance = match to_json(&Value::Map(values.clone()), MAX_DEPTH) {
            Ok(instance) => instance,
            Err(reason) => return vec![SchemaProblem::new(String::new(), reason)],
        };
        match &self.validator {
            Err(reason) => vec![SchemaProblem::new(String::new(), reason.clone())],
            Ok(validator) if validator.is_valid(&instance) => Vec::new(),
            Ok(validator) => {
                let errors = validator.iter_errors(&instance);
                let mut problems: Vec<_> = errors.map(|error| self.explain(&error)).collect();
                problems.sort_by(|left, right| left.pointer.cmp(&right.pointer));
                problems
            }
        }
    }

    fn explain(&self, error: &ValidationError<'_>) -> SchemaProblem {
        let pointer = error.instance_path().as_str().to_owned();
        let mut problem = SchemaProblem::new(pointer, message(error));
        if let Kind::AdditionalProperties { unexpected }
        | Kind::UnevaluatedProperties { unexpected } = error.kind()
        {
            problem.unknown_keys.clone_from(unexpected);
            problem.known_keys = self.known_keys(error.schema_path().as_str());
        }
        problem
    }

    /// The properties that stand beside a keyword of the schema.
    fn known_keys(&self, keyword: &str) -> Vec<String> {
        let parent = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
        let properties = self.source.pointer(parent).and_then(|schema| schema.get("properties"));
        let names = properties.and_then(Json::as_object).map(|known| known.keys().cloned());
        names.map(Iterator::collect).unwrap_or_default()
    }
}

impl SchemaProblem {
    fn new(pointer: String, message: String) -> Self {
        Self { pointer, message, unknown_keys: Vec::new(), known_keys: Vec::new() }
    }
}

/// `http://json-schema.org/schema#` means the newest draft, as no `$schema` at all does.
fn with_known_dialect(mut source: Json) -> Json {
    let dialect = source.get("$schema").and_then(Json::as_str).unwrap_or_default();
    let dialect = dialect.trim_end_matches('#');
    let is_newest =
        matches!(dialect, "http://json-schema.org/schema" | "https://json-schema.org/schema");
    if is_newest && let Some(fields) = source.as_object_mut() {
        fields.shift_remove("$schema");
    }
    source
}

/// The message, worded as Helm's validator words it, without the values themselves: they may be
/// secret.
fn message(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Type { kind } => format!("got {}, want {}", kind_of(error.instance()), wanted(kind)),
        Kind::Required { property } => format!("missing property {}", quoted(property)),
        Kind::AdditionalProperties { unexpected } => {
            let plural = if unexpected.len() == 1 { "property" } else { "properties" };
            format!("additional {plural} {} not allowed", quoted_list(unexpected))
        }
        Kind::Enum { options } => match options.as_array().map(Vec::as_slice) {
            Some([only]) => format!("value must be {}", quoted(only)),
            Some(several) => {
                let several: Vec<_> = several.iter().map(quoted).collect();
                format!("value must be one of {}", several.join(", "))
            }
            None => error.masked().to_string(),
        },
        Kind::Constant { expected_value } => format!("value must be {}", quoted(expected_value)),
        Kind::Minimum { limit } => format!("minimum: got {}, want {limit}", error.instance()),
        Kind::Maximum { limit } => format!("maximum: got {}, want {limit}", error.instance()),
        Kind::ExclusiveMinimum { limit } => {
            format!("exclusiveMinimum: got {}, want {limit}", error.instance())
        }
        Kind::ExclusiveMaximum { limit } => {
            format!("exclusiveMaximum: got {}, want {limit}", error.instance())
        }
        Kind::Pattern { pattern } => format!("value does not match pattern '{pattern}'"),
        Kind::Format { format } => format!("value is not valid {format}"),
        Kind::AnyOf { context } => alternatives("anyOf", context),
        Kind::OneOfNotValid { context } => alternatives("oneOf", context),
        Kind::FalseSchema => "no value is allowed here".to_owned(),
        _ => error.masked().to_string(),
    }
}

/// Why each of several schemas refuses the value.
fn alternatives(keyword: &str, context: &[Vec<ValidationError<'static>>]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for error in context.iter().flatten() {
        let reason = message(error);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    format!("'{keyword}' failed, none matched: {}", reasons.join("; "))
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => {
            let names: Vec<_> = several.iter().map(|one| one.to_string()).collect();
            names.join(" or ")
        }
    }
}

fn kind_of(instance: &Json) -> &'static str {
    match instance {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn quoted(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("'{text}'"))
}

fn quoted_list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    names.join(", ")
}

/// Far more than any schema describes.
const MAX_DEPTH: usize = 1000;

/// Values as JSON. Floats that are whole numbers become integers, which schemas tell apart.
fn to_json(value: &Value, depth: usize) -> Result<Json, String> {
    let deeper = depth.checked_sub(1).ok_or("values are nested too deeply for a schema")?;
    Ok(match value {
        Value::Invalid | Value::Nil => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(_, number) => Json::from(*number),
        Value::Uint(_, number) => Json::from(*number),
        Value::Float(_, number) => number_to_json(*number),
        Value::String(text) | Value::Bytes(text) => Json::String(text.to_string()),
        Value::List(list) => {
            let items = list.iter().map(|item| to_json(item, deeper));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let entries =
                entries.map(|(key, value)| Ok((key.to_string(), to_json(&value, deeper)?)));
            Json::Object(entries.collect::<Result<JsonMap<_, _>, String>>()?)
        }
        Value::Object(_) => {
            let shown = format::sprintf(b"%v", std::slice::from_ref(value));
            Json::String(String::from_utf8_lossy(&shown).into_owned())
        }
    })
}

#[expect(clippy::cast_possible_truncation, reason = "checked: the number is whole and small")]
fn number_to_json(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        return Json::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number)
}

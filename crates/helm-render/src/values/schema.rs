//! `values.schema.json`: compiling it once, and every violation with a readable message.
//!
//! Owns the wording and the pointers. Which values are checked against which schema is
//! `coalesce`'s.

use gotemplate::{Map, Value, format};
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, PatternOptions, ValidationError, Validator};
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
            .with_retriever(Elsewhere)
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
                let errors: Vec<_> = validator.iter_errors(&instance).collect();
                let mut problems: Vec<_> = errors
                    .chunk_by(are_one_problem)
                    .filter_map(|errors| self.explain(errors))
                    .collect();
                problems.sort_by(|left, right| left.pointer.cmp(&right.pointer));
                problems
            }
        }
    }

    /// The problem behind one error, or behind several missing properties of one value.
    fn explain(&self, errors: &[ValidationError<'_>]) -> Option<SchemaProblem> {
        let error = errors.first()?;
        let missing: Vec<_> = errors.iter().filter_map(missing_of).map(quoted).collect();
        let message = if missing.len() > 1 {
            format!("missing properties {}", missing.join(", "))
        } else {
            message(error)
        };
        let mut problem = SchemaProblem::new(error.instance_path().as_str().to_owned(), message);
        if let Kind::AdditionalProperties { unexpected }
        | Kind::UnevaluatedProperties { unexpected } = error.kind()
        {
            problem.unknown_keys.clone_from(unexpected);
            problem.known_keys = self.known_keys(error.schema_path().as_str());
        }
        Some(problem)
    }

    /// The properties that stand beside a keyword of the schema.
    fn known_keys(&self, keyword: &str) -> Vec<String> {
        let parent = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
        let properties = self.source.pointer(parent).and_then(|schema| schema.get("properties"));
        let names = properties.and_then(Json::as_object).map(|known| known.keys().cloned());
        names.map(Iterator::collect).unwrap_or_default()
    }
}

/// Other documents that a schema refers to. None is fetched; a `urn:` that nobody resolves lets every
/// value pass, as in Helm.
struct Elsewhere;

impl jsonschema::Retrieve for Elsewhere {
    fn retrieve(
        &self,
        uri: &jsonschema::Uri<String>,
    ) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
        if uri.scheme().as_str().eq_ignore_ascii_case("urn") {
            return Ok(Json::Bool(true));
        }
        Err(format!("schemas elsewhere are never fetched: {uri}").into())
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

/// The property that is missing, where that is the error.
fn missing_of<'e>(error: &'e ValidationError<'_>) -> Option<&'e Json> {
    match error.kind() {
        Kind::Required { property } => Some(property),
        _ => None,
    }
}

/// Helm reports all that one `required` misses at once.
fn are_one_problem(left: &ValidationError<'_>, right: &ValidationError<'_>) -> bool {
    missing_of(left).is_some()
        && missing_of(right).is_some()
        && left.instance_path() == right.instance_path()
        && left.schema_path() == right.schema_path()
}

/// The message, worded as Helm's validator words it, without texts of the values: they may be
/// secret.
fn message(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Type { kind } => format!("got {}, want {}", kind_of(error.instance()), wanted(kind)),
        Kind::Required { property } => format!("missing property {}", quoted(property)),
        Kind::AdditionalProperties { unexpected } => {
            format!("additional properties {} not allowed", quoted_list(unexpected))
        }
        Kind::PropertyNames { error } => {
            format!("invalid propertyName {}: {}", quoted(error.instance()), message(error))
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
        Kind::Pattern { pattern } => format!("value does not match pattern '{pattern}'"),
        Kind::Format { format } => format!("value is not valid {format}"),
        Kind::AnyOf { context } => alternatives("'anyOf' failed", context),
        Kind::OneOfNotValid { context } => alternatives("'oneOf' failed, none matched", context),
        Kind::OneOfMultipleValid { .. } => "'oneOf' failed, several subschemas matched".to_owned(),
        Kind::Not { .. } => "'not' failed".to_owned(),
        Kind::Contains => "no items match contains schema".to_owned(),
        Kind::FalseSchema => "no value is allowed here".to_owned(),
        kind => bound(kind, error.instance()).unwrap_or_else(|| error.masked().to_string()),
    }
}

/// The message of a keyword that compares a number or a length with a limit.
fn bound(kind: &Kind, instance: &Json) -> Option<String> {
    let (got, want) = match kind {
        Kind::Minimum { limit }
        | Kind::Maximum { limit }
        | Kind::ExclusiveMinimum { limit }
        | Kind::ExclusiveMaximum { limit } => (instance.to_string(), limit.to_string()),
        Kind::MultipleOf { multiple_of } => (instance.to_string(), multiple_of.to_string()),
        Kind::MinLength { limit } | Kind::MaxLength { limit } => {
            (instance.as_str()?.chars().count().to_string(), limit.to_string())
        }
        Kind::MinItems { limit } | Kind::MaxItems { limit } => {
            (instance.as_array()?.len().to_string(), limit.to_string())
        }
        Kind::MinProperties { limit } | Kind::MaxProperties { limit } => {
            (instance.as_object()?.len().to_string(), limit.to_string())
        }
        _ => return None,
    };
    Some(format!("{}: got {got}, want {want}", kind.keyword()))
}

/// Why each of several schemas refuses the value.
fn alternatives(headline: &str, context: &[Vec<ValidationError<'static>>]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for error in context.iter().flatten() {
        let reason = message(error);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    format!("{headline}: {}", reasons.join("; "))
}

/// The types in the order in which Helm's validator lists them.
const TYPES: [JsonType; 7] = [
    JsonType::Null,
    JsonType::Boolean,
    JsonType::Number,
    JsonType::Integer,
    JsonType::String,
    JsonType::Array,
    JsonType::Object,
];

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => {
            let named = |one: &&JsonType| several.contains(**one);
            let names: Vec<_> = TYPES.iter().filter(named).map(ToString::to_string).collect();
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

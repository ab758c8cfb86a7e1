//! YAML data as the fields of a Go struct receive it: through JSON, where scalars become strings
//! and keys come sorted.
//!
//! Owns what is the same for every struct; which fields there are is for their readers to say.

use go_yaml::{Data, Mapping, Node};
use gotemplate::format::{FloatForm, format_float};

/// The entries in the order in which Go meets them: JSON objects are written sorted.
pub(crate) fn sorted(mapping: &Mapping) -> Vec<(&str, &Node)> {
    let mut entries: Vec<_> =
        mapping.iter().map(|(key, entry)| (key.as_str(), &entry.value)).collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries
}

/// What `encoding/json` calls a value that a field cannot take.
pub(crate) fn kind_name(data: &Data) -> &'static str {
    match data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    }
}

/// A scalar as a string field receives it; none for null and what is no scalar.
pub(crate) fn scalar_text(data: &Data) -> Option<String> {
    match data {
        Data::String(text) => Some(text.to_string()),
        Data::Bool(value) => Some(value.to_string()),
        Data::Int(number) => Some(number.to_string()),
        Data::Uint(number) => Some(number.to_string()),
        Data::Float(number) => Some(float_text(*number)),
        Data::Null | Data::List(_) | Data::Map(_) => None,
    }
}

/// A float with the digits of a `float32`, which is all that sigs.k8s.io/yaml keeps of it.
#[expect(clippy::cast_possible_truncation, reason = "the loss is Helm's")]
pub(crate) fn float_text(number: f64) -> String {
    let short = (number as f32).to_string();
    short.parse().map_or(short, |number| format_float(number, FloatForm::General, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_strings_with_the_digits_of_a_float32() {
        for (number, expected) in
            [(1.10, "1.1"), (1e6, "1e+06"), (0.000_01, "1e-05"), (123_456_789.5, "1.2345679e+08")]
        {
            assert_eq!(float_text(number), expected);
        }
    }
}

//! Merged values as a YAML listing, each with the place that set it as a comment.

use super::QUIET;
use crate::config::layers::{LayeredValue, Values};
use go_yaml::{Data, Emitter, Node, Style};
use manifest::secrecy::{is_hidden, is_secret_name};

/// What stands for a value that must not be seen.
const HIDDEN: &str = "(hidden)";

/// One line a value: `key: value  # file:line`, maps indented. Values with secret-like names, and
/// all that is in maps of such names, are hidden. The lines are valid YAML.
pub fn listing(values: &Values<'_>) -> String {
    let mut lines = Vec::new();
    add(values, 0, false, &mut lines);
    let widths = lines.iter().filter(|line| line.1.is_some()).map(|line| line.0.chars().count());
    let width = widths.filter(|width| *width <= 60).max().unwrap_or(0);
    let shown = lines.into_iter().map(|(line, origin)| match origin {
        None => format!("{line}\n"),
        Some(origin) => format!("{line:width$}  {QUIET}# {origin}{QUIET:#}\n"),
    });
    shown.collect()
}

fn add(values: &Values<'_>, depth: usize, hidden: bool, lines: &mut Vec<(String, Option<String>)>) {
    let indent = "  ".repeat(depth);
    for (key, layered) in values {
        let hidden = is_hidden(key, hidden);
        let name = scalar(&Data::String((*key).into()));
        let origin = format!("{}:{}", layered.file, layered.position.line);
        let value = match &layered.value {
            LayeredValue::Map(inner) if !inner.is_empty() => {
                lines.push((format!("{indent}{name}:"), None));
                add(inner, depth + 1, hidden, lines);
                continue;
            }
            LayeredValue::Map(_) => "{}".to_owned(),
            LayeredValue::Version(version) => scalar(&Data::String((*version).into())),
            LayeredValue::Leaf(node) => flow(node, hidden),
        };
        lines.push((format!("{indent}{name}: {value}"), Some(origin)));
    }
}

/// A value in one line.
fn flow(node: &Node, hidden: bool) -> String {
    match &node.data {
        Data::List(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, hidden)).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Map(mapping) => {
            let named = mapping.get("name").is_some_and(|entry| match &entry.value.data {
                Data::String(name) => is_secret_name(name),
                _ => false,
            });
            let entries = mapping.iter().map(|(name, entry)| {
                let hidden = is_hidden(name, hidden) || (named && name == "value");
                let key = scalar(&Data::String(name.clone()));
                format!("{key}: {}", flow(&entry.value, hidden))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Data::Int(_) | Data::Uint(_) | Data::Float(_) | Data::String(_) if hidden => {
            HIDDEN.to_owned()
        }
        data => scalar(data),
    }
}

/// A scalar as YAML writes it within one line.
fn scalar(data: &Data) -> String {
    let mut emitter = Emitter::new(Style::Unfolded);
    match data {
        Data::String(text) if is_plain(text) => emitter.string(text),
        Data::String(text) => return quoted(text),
        Data::Bool(value) => emitter.bool(*value),
        Data::Int(value) => emitter.int(*value),
        Data::Uint(value) => emitter.uint(*value),
        Data::Float(value) => emitter.float(*value),
        Data::Null | Data::List(_) | Data::Map(_) => emitter.null(),
    }
    emitter.finish().trim_end().to_owned()
}

/// Whether a text can stand in a flow collection and in one line as the emitter writes it.
fn is_plain(text: &str) -> bool {
    !text.contains(['\n', '\r', ',', '[', ']', '{', '}', '#'])
}

/// A text in double quotes, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|letter| match letter {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\t' => "\\t".to_owned(),
            control if control.is_control() => format!("\\u{:04x}", u32::from(control)),
            other => other.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn text_is_quoted_in_one_line() {
        assert_eq!(quoted("a\n\"b\"\\\u{1}"), r#""a\n\"b\"\\\u0001""#);
    }
}

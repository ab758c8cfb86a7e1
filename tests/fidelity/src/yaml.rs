//! Cases of YAML.

use crate::Failure;
use crate::case::{Case, outcome};
use go_yaml::{Data, Emitter, Node, Style, parse, sort_keys};
use gotemplate::functions::sprig::json;
use helm_render::values::from_yaml;
use serde_json::Value as Json;

/// A text as JSON.
pub(crate) fn read(case: &Case) -> Result<Json, Failure> {
    let result = parse(&case.bytes("text")?).map_err(|error| error.to_string());
    Ok(outcome(result.and_then(|node| encode(&node))))
}

/// Numbers keep all their digits, as in Helm's step through JSON.
fn encode(node: &Node) -> Result<Vec<u8>, String> {
    Ok(match &node.data {
        Data::Int(number) => number.to_string().into_bytes(),
        Data::Uint(number) => number.to_string().into_bytes(),
        Data::List(items) => {
            let items: Vec<_> = items.iter().map(encode).collect::<Result<_, _>>()?;
            [b"[", items.join(&b","[..]).as_slice(), b"]"].concat()
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_bytes());
            let entries = entries.into_iter().map(|(key, entry)| {
                let key = json::encode(&key.as_str().into(), true, "")?;
                Ok([key.as_slice(), b":", &encode(&entry.value)?].concat())
            });
            let entries: Vec<_> = entries.collect::<Result<_, String>>()?;
            [b"{", entries.join(&b","[..]).as_slice(), b"}"].concat()
        }
        _ => json::encode(&from_yaml(node), true, "")?,
    })
}

/// A value as `toYaml` writes it.
pub(crate) fn write(case: &Case) -> Result<Json, Failure> {
    let node = parse(case.text("json")?.as_bytes()).map_err(|error| error.to_string());
    Ok(outcome(node.map(|node| emitted(&node, Style::V2))))
}

/// A value as `toYamlPretty` writes it: every number is a float.
pub(crate) fn write_pretty(case: &Case) -> Result<Json, Failure> {
    let node = parse(case.text("json")?.as_bytes()).map_err(|error| error.to_string());
    Ok(outcome(node.map(|node| emitted(&node, Style::V3))))
}

fn emitted(node: &Node, style: Style) -> Vec<u8> {
    let mut emitter = Emitter::new(style);
    emit(&mut emitter, node, style);
    emitter.finish().into_bytes()
}

#[expect(clippy::cast_precision_loss, reason = "what Go does with JSON's numbers, too")]
fn emit(emitter: &mut Emitter, node: &Node, style: Style) {
    match &node.data {
        Data::Null => emitter.null(),
        Data::Bool(truth) => emitter.bool(*truth),
        Data::Int(number) if style == Style::V3 => emitter.float(*number as f64),
        Data::Uint(number) if style == Style::V3 => emitter.float(*number as f64),
        Data::Int(number) => emitter.int(*number),
        Data::Uint(number) => emitter.uint(*number),
        Data::Float(number) => emitter.float(*number),
        Data::String(text) => emitter.string(text),
        Data::List(items) => {
            emitter.begin_list(items.len());
            for item in items {
                emit(emitter, item, style);
            }
            emitter.end_list();
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            sort_keys(&mut entries, style, |entry| entry.0);
            emitter.begin_map(entries.len());
            for (key, entry) in entries {
                emitter.string(key);
                emit(emitter, &entry.value, style);
            }
            emitter.end_map();
        }
    }
}

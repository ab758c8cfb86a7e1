//! Requests and answers as lines of JSON, the same for Molave's process and Helm's. Bytes travel
//! as base64.

use super::{Answer, Case};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use helm_render::chart::SourceFile;
use serde_json::{Value, json};

/// The chart around every template. Nothing in it is needed but its metadata; the rest is for
/// `.Chart` and `.Files`.
const CHART: &[(&str, &str)] = &[
    (
        "Chart.yaml",
        "apiVersion: v2\nname: fuzz\nversion: 1.2.3\nappVersion: \"4.5\"\nkeywords: [a, b]\n\
         annotations: {note: text}\nmaintainers: [{name: someone}]\n",
    ),
    ("files/a.txt", "one\ntwo\n"),
    ("files/b.json", "{\"a\": 1}"),
];

/// A case as one line.
pub(super) fn write_request(case: &Case) -> String {
    let mut files: serde_json::Map<String, Value> =
        CHART.iter().map(|(path, text)| ((*path).to_owned(), encode(text.as_bytes()))).collect();
    files.insert("templates/NOTES.txt".to_owned(), encode(&case.template));
    json!({"files": files, "values": encode(&case.values)}).to_string()
}

/// The files and the values of a request.
pub(super) fn read_request(line: &str) -> Option<(Vec<SourceFile>, Vec<u8>)> {
    let request: Value = serde_json::from_str(line).ok()?;
    let mut files = Vec::new();
    for (path, content) in request.get("files")?.as_object()? {
        files.push(SourceFile { path: path.clone(), content: decode(content)? });
    }
    Some((files, decode(request.get("values")?)?))
}

/// An answer as one line.
pub(super) fn write_answer(answer: &Answer) -> String {
    let (name, value) = match answer {
        Answer::Output(text) => ("output", encode(text)),
        Answer::Error(text) => ("error", encode(text)),
        Answer::Exhausted(text) => ("exhausted", Value::from(text.as_str())),
        Answer::Panic(text) => ("panic", Value::from(text.as_str())),
        Answer::Gone(text) => ("gone", Value::from(text.as_str())),
    };
    json!({ name: value }).to_string()
}

/// The answer on a line.
pub(super) fn read_answer(line: &str) -> Option<Answer> {
    let answer: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(error) = answer.get("error") {
        return Some(Answer::Error(decode(error)?));
    }
    if let Some(text) = text("exhausted") {
        return Some(Answer::Exhausted(text));
    }
    if let Some(text) = text("panic") {
        return Some(Answer::Panic(text));
    }
    Some(Answer::Output(decode(answer.get("output")?)?))
}

fn encode(bytes: &[u8]) -> Value {
    Value::from(STANDARD.encode(bytes))
}

/// Go writes an empty slice as `null`.
fn decode(value: &Value) -> Option<Vec<u8>> {
    value.as_str().map_or(Some(Vec::new()), |text| STANDARD.decode(text).ok())
}

//! One case: its names, its input and the real answer.

use crate::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use helm_render::Profile;
use serde_json::Value as Json;

/// A case as the Go side printed it.
#[derive(Debug)]
pub(crate) struct Case(Json);

impl std::panic::UnwindSafe for Case {}

impl Case {
    /// Reads a line.
    pub(crate) fn parse(line: &str) -> Result<Self, Failure> {
        Ok(Self(serde_json::from_str(line)?))
    }

    /// The table it stands in.
    pub(crate) fn suite(&self) -> &str {
        self.0["suite"].as_str().unwrap_or_default()
    }

    /// The name by which exceptions refer to it.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.suite(), self.0["name"].as_str().unwrap_or_default())
    }

    /// What is done with it.
    pub(crate) fn kind(&self) -> &str {
        self.0["kind"].as_str().unwrap_or_default()
    }

    /// Why it cannot be expressed.
    pub(crate) fn reason(&self) -> &str {
        self.0["reason"].as_str().unwrap_or_default()
    }

    /// Which Helm it was made with.
    pub(crate) fn profile(&self) -> Profile {
        if self.0["profile"] == "helm3" { Profile::Helm3 } else { Profile::Helm4 }
    }

    /// The real answer.
    pub(crate) fn wanted(&self) -> &Json {
        &self.0["expected"]
    }

    /// A part of the input.
    pub(crate) fn field(&self, key: &str) -> &Json {
        &self.0[key]
    }

    /// A part of the input that is a plain text.
    pub(crate) fn text(&self, key: &str) -> Result<&str, Failure> {
        self.0[key].as_str().ok_or_else(|| format!("`{key}` is no text").into())
    }

    /// A part of the input that may hold any bytes.
    pub(crate) fn bytes(&self, key: &str) -> Result<Vec<u8>, Failure> {
        bytes(&self.0[key])
    }

    /// The files of a chart.
    pub(crate) fn files(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let files = self.0["files"].as_object().ok_or("no files")?;
        files.iter().map(|(path, content)| Ok((path.clone(), bytes(content)?))).collect()
    }

    /// The input in readable form.
    pub(crate) fn input(&self) -> String {
        let mut input = self.0.clone();
        if let Some(entries) = input.as_object_mut() {
            for key in ["suite", "name", "expected", "functions"] {
                entries.remove(key);
            }
        }
        input.to_string()
    }
}

/// Whether two answers are the same; numbers count by value.
pub(crate) fn is_same(answer: &Json, wanted: &Json) -> bool {
    match (answer, wanted) {
        (Json::Number(left), Json::Number(right)) => left.as_f64() == right.as_f64(),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, item)| right.get(key).is_some_and(|other| is_same(item, other)))
        }
        _ => answer == wanted,
    }
}

/// The bytes of a written text.
pub(crate) fn bytes(written: &Json) -> Result<Vec<u8>, Failure> {
    if let Some(text) = written["str"].as_str() {
        return Ok(text.as_bytes().to_vec());
    }
    let encoded = written["bytes64"].as_str().or_else(|| written["str64"].as_str());
    Ok(STANDARD.decode(encoded.ok_or("no text")?)?)
}

/// An answer that is a text or an error.
pub(crate) fn outcome(result: Result<Vec<u8>, String>) -> Json {
    match result {
        Err(error) => serde_json::json!({"error": error}),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => serde_json::json!({"output": text}),
            Err(error) => serde_json::json!({"bytes64": STANDARD.encode(error.as_bytes())}),
        },
    }
}

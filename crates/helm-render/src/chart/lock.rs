//! `Chart.lock`: which versions were taken for the declared dependencies.
//!
//! Owns its written form and the digest by which Helm sees that the two belong together.

use super::decode::{Draft, decode};
use super::{Dependency, LoadError};
use crate::engine::{dependency, to_yaml};
use crate::json_fields::scalar_text;
use crate::profile::Profile;
use go_yaml::Node;
use gotemplate::functions::sprig::encoding::hexadecimal;
use gotemplate::functions::sprig::json::encode;
use gotemplate::{Map, MapType, Text, Value};
use sha2::{Digest as _, Sha256};

/// The content of a lock file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// When it was written, in RFC 3339.
    pub generated: String,
    /// What [`digest`] gave.
    pub digest: String,
    /// The dependencies in the order of their declaration, each with one version.
    pub dependencies: Vec<Dependency>,
}

impl Lock {
    /// Reads a lock file. `path` is how an error calls it.
    pub fn read(path: &str, text: &[u8]) -> Result<Self, LoadError> {
        let failure = |line: Option<u32>, message: String| LoadError {
            path: path.to_owned(),
            line,
            message: format!("cannot load {path}: {message}"),
            reason: None,
        };
        let node = go_yaml::parse(text).map_err(|error| failure(error.line, error.message))?;
        let mut draft = Draft::default();
        decode(&node, text, &mut draft)
            .map_err(|mismatch| failure(Some(mismatch.line), mismatch.message))?;
        let dependencies: Option<Vec<Dependency>> = draft.dependencies.into_iter().collect();
        let dependencies = dependencies
            .ok_or_else(|| failure(None, "dependencies must not contain empty nodes".to_owned()))?;
        let field = |key: &str| node.get(key).and_then(|node: &Node| scalar_text(&node.data));
        let [generated, digest] = ["generated", "digest"].map(|key| field(key).unwrap_or_default());
        Ok(Self { generated, digest, dependencies })
    }

    /// What Helm would write.
    pub fn write(&self) -> String {
        let dependencies = self.dependencies.iter().map(encoded).collect();
        let map = Map::new(MapType::StringInterface);
        map.insert(Text::from("dependencies"), Value::list(dependencies));
        map.insert(Text::from("digest"), Value::from(self.digest.as_str()));
        map.insert(Text::from("generated"), Value::from(self.generated.as_str()));
        // Texts and nothing else: they can be written.
        to_yaml(&Value::Map(map)).map(|text| text + "\n").unwrap_or_default()
    }
}

/// A locked dependency: all that is written of one is what the lock is about.
fn encoded(dependency: &Dependency) -> Value {
    let map = Map::new(MapType::StringInterface);
    for (key, value) in [
        ("name", &dependency.name),
        ("repository", &dependency.repository),
        ("version", &dependency.version),
    ] {
        if key != "version" || !value.is_empty() {
            map.insert(Text::from(key), Value::from(value.as_str()));
        }
    }
    Value::Map(map)
}

/// Helm's digest of what is declared and what was taken for it: `sha256:…`.
pub fn digest(declared: &[Dependency], locked: &[Dependency]) -> String {
    let list = |all: &[Dependency]| {
        let all = all.iter().map(|one| dependency(one, Profile::Helm3));
        Value::list(all.collect())
    };
    let both = Value::list(vec![list(declared), list(locked)]);
    // What comes from YAML has a form in JSON.
    let text = encode(&both, true, "").unwrap_or_default();
    format!("sha256:{}", hexadecimal(&Sha256::digest(&text)))
}

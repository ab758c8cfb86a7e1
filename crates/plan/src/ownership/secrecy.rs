//! Which values of an object must not be shown. It must not know how a value is shown.

use super::{group_of, text};
use manifest::secrecy::is_secret_name;
use serde_json::Value;

/// What hides the values below a place of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Nothing but telling names.
    Open,
    /// The place is the root of a Secret.
    Secret,
    /// The place is the metadata of a Secret.
    SecretMetadata,
    /// The place is the annotations of a Secret: tools keep copies of the whole object there.
    SecretAnnotations,
    /// Everything below is hidden.
    Hidden,
}

impl Secrecy {
    /// Where an object begins.
    pub(super) fn of(object: &Value) -> Self {
        let secret = text(object, "kind") == "Secret" && group_of(object).is_empty();
        if secret { Self::Secret } else { Self::Open }
    }

    /// What hides the field `key` of the object `around`, and what is below it.
    pub(super) fn below(self, around: &Value, key: &str) -> Self {
        match (self, key) {
            (Self::Hidden, _) | (Self::Secret, "data" | "stringData") => Self::Hidden,
            (Self::Secret, "metadata") => Self::SecretMetadata,
            (Self::SecretMetadata, "annotations") => Self::SecretAnnotations,
            (Self::SecretAnnotations, key) if !key.starts_with("molave.dev/") => Self::Hidden,
            (_, key) if is_telling_field(around, key) => Self::Hidden,
            _ => Self::Open,
        }
    }
}

/// A text is hidden by its name, or, as in `env`, by the name beside it.
fn is_telling_field(around: &Value, key: &str) -> bool {
    let is_text = around.get(key).is_some_and(|value| value.is_string() || is_texts(value));
    let named = key == "value" && is_telling(text(around, "name"));
    is_text && (named || is_telling(key))
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

/// Whether a value of this name is likely to be a secret, or a copy of the whole object that
/// another tool keeps: kubectl, kapp, and rio's object sets.
pub(super) fn is_telling(name: &str) -> bool {
    const COPIES: [&str; 3] = [
        "kubectl.kubernetes.io/last-applied-configuration",
        "kapp.k14s.io/",
        "objectset.rio.cattle.io/applied",
    ];
    is_secret_name(name) || COPIES.iter().any(|copy| name.contains(copy))
}

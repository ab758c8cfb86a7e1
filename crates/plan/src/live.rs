//! An object as the server has it: reading access to the JSON. It must not judge what it reads.

use crate::marks::{self, Owner};
use serde_json::Value;

/// An object as a server returned it.
#[derive(Clone, Debug, PartialEq)]
pub struct Live(pub Value);

impl Live {
    fn metadata(&self, key: &str) -> Option<&Value> {
        self.0.get("metadata")?.get(key)
    }

    fn text(&self, key: &str) -> &str {
        self.metadata(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.text("name")
    }

    /// The namespace, if it is in one.
    pub fn namespace(&self) -> Option<&str> {
        self.metadata("namespace").and_then(Value::as_str)
    }

    /// The UID.
    pub fn uid(&self) -> &str {
        self.text("uid")
    }

    /// The resource version.
    pub fn resource_version(&self) -> &str {
        self.text("resourceVersion")
    }

    /// The generation, which counts changes of what is wanted; not every kind has it.
    pub fn generation(&self) -> Option<i64> {
        self.metadata("generation").and_then(Value::as_i64)
    }

    /// When it was made, as RFC 3339 in whole seconds.
    pub fn created(&self) -> &str {
        self.text("creationTimestamp")
    }

    /// Whether it is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.metadata("deletionTimestamp").is_some_and(|time| !time.is_null())
    }

    /// What holds it while it is being deleted.
    pub fn finalizers(&self) -> Vec<&str> {
        let list = self.metadata("finalizers").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// A label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.metadata("labels")?.get(name)?.as_str()
    }

    /// An annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.metadata("annotations")?.get(name)?.as_str()
    }

    /// Whose the object says it is.
    pub fn owner(&self) -> Option<Owner> {
        Owner::parse(self.annotation(marks::OWNER)?)
    }

    /// Whether a controller owns it, as a ReplicaSet owns its pods.
    pub fn has_controller(&self) -> bool {
        let list = self.metadata("ownerReferences").and_then(Value::as_array);
        let mut list = list.into_iter().flatten();
        list.any(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
    }

    /// What tells which object it is and whose: no content, and no managed fields.
    #[must_use]
    pub fn without_content(mut self) -> Self {
        if let Some(object) = self.0.as_object_mut() {
            object.retain(|key, _| matches!(key.as_str(), "apiVersion" | "kind" | "metadata"));
        }
        if let Some(Value::Object(metadata)) = self.0.get_mut("metadata") {
            drop(metadata.shift_remove("managedFields"));
        }
        self
    }

    /// Whether it belongs to another object, and goes with that.
    pub fn has_owner(&self) -> bool {
        let owners = self.metadata("ownerReferences").and_then(Value::as_array);
        owners.is_some_and(|owners| !owners.is_empty())
    }

    /// The entries of `metadata.managedFields`.
    pub fn managed_fields(&self) -> &[Value] {
        let list = self.metadata("managedFields").and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }
}

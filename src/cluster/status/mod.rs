//! The server's words for a refusal (`Status`), read and judged: which class it is, and what may be
//! said of it. It must not know how the answer came, nor whether the request is repeated.

use super::error::{ApiError, Class};
use serde_json::Value;
use std::time::Duration;

/// How long a message for people may be, in characters.
const MESSAGE_LIMIT: usize = 300;
/// The longest value that a long message may repeat.
const VALUE_LIMIT: usize = 40;

/// What a request is about, as far as its refusal depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subject {
    /// Whether its values must not be told.
    pub(super) is_secret: bool,
    /// Whether it is about a namespace itself.
    pub(super) is_namespace: bool,
    /// Whether it is about a quota itself.
    pub(super) is_quota: bool,
}

/// A refusal as the server sent it.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// The HTTP status code.
    pub(super) code: u16,
    /// How long the server asks to wait.
    pub(super) retry_after: Option<Duration>,
    body: Value,
    /// What was sent instead of a `Status`.
    text: String,
}

impl Refusal {
    /// A refusal from its status code, its `Retry-After`, and its body.
    pub(super) fn read(code: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
        let text = if parsed.is_some() { String::new() } else { one_line(body) };
        Self { code, retry_after, body: parsed.unwrap_or_default(), text }
    }

    /// Whether a webhook could not be asked: nothing was stored, because webhooks come before that.
    pub(super) fn is_webhook_failure(&self) -> bool {
        self.code >= 500 && self.message().contains("failed calling webhook")
    }

    /// Whether two creations met at a quota's counter: nothing was stored, and the next try may pass.
    pub(super) fn is_quota_race(&self, subject: Subject) -> bool {
        self.code == 409 && !subject.is_quota && self.subject_kind() == "resourcequotas"
    }

    /// Whether the answer came without a storing: everything but a 5xx whose words do not say so.
    pub(super) fn is_settled(&self) -> bool {
        self.code < 500 || self.permanent().is_some()
    }

    /// What the refusal means and says. Gives [`Class::Other`] for a 5xx that does not say whether
    /// something was stored; what that means depends on the request.
    pub(super) fn judge(&self, subject: Subject) -> ApiError {
        let class = self.class(subject);
        let message = if subject.is_secret { self.discreet(class) } else { self.shortened() };
        ApiError { class, message: bounded(&message) }
    }

    fn class(&self, subject: Subject) -> Class {
        match self.code {
            403 if self.causes().any(|cause| cause.reason == "NamespaceTerminating") => {
                Class::NamespaceTerminating
            }
            401 | 403 => Class::Forbidden,
            404 => self.absence(subject),
            409 => self.collision(subject),
            // A UID that is not the object's is a field error to the server.
            422 if self.causes().any(|cause| cause.field == "metadata.uid") => Class::Conflict,
            400 | 422 => self.permanent().unwrap_or(Class::Invalid),
            413 => Class::TooLarge,
            429 => Class::Busy,
            _ if self.is_webhook_failure() => Class::Webhook,
            _ => self.permanent().unwrap_or(Class::Other),
        }
    }

    /// The classes that only the text tells (`reference/api.md`).
    fn permanent(&self) -> Option<Class> {
        let message = self.message();
        let is_too_large = message.contains("etcdserver: request is too large")
            || message.contains("trying to send message larger than max");
        // What an apply's body is read by, before anything is stored; also bad base64 in a Secret.
        let is_invalid = message.starts_with("failed to create typed patch object")
            || message.starts_with("failed to convert new object")
            || (message.contains("admission webhook") && message.contains("denied the request"));
        match (is_too_large, is_invalid) {
            (true, _) => Some(Class::TooLarge),
            (_, true) => Some(Class::Invalid),
            _ => None,
        }
    }

    fn absence(&self, subject: Subject) -> Class {
        let is_named = !self.detail("name").is_empty();
        match self.subject_kind() {
            "namespaces" if is_named && !subject.is_namespace => Class::NamespaceMissing,
            _ if is_named => Class::Absent,
            _ => Class::Unserved,
        }
    }

    fn collision(&self, subject: Subject) -> Class {
        if self.reason() == "AlreadyExists" {
            Class::Exists
        } else if self.causes().any(|cause| cause.reason == "FieldManagerConflict") {
            Class::Owned
        } else if self.is_quota_race(subject) {
            Class::Busy
        } else {
            Class::Conflict
        }
    }

    /// What may be said of a Secret: words that the server never fills with values.
    fn discreet(&self, class: Class) -> String {
        let message = self.message();
        let is_fixed = match class {
            Class::Absent
            | Class::Exists
            | Class::Unserved
            | Class::NamespaceMissing
            | Class::NamespaceTerminating => true,
            // The words of the authorizer; those of quotas, policies and webhooks begin otherwise.
            Class::Forbidden => message.contains(" is forbidden: User "),
            _ => false,
        };
        if is_fixed { message.to_owned() } else { self.outline(class) }
    }

    /// The reason with fields and managers, without values.
    fn outline(&self, class: Class) -> String {
        let reason = match (class, self.reason()) {
            (Class::Webhook, _) => "a webhook could not be asked".to_owned(),
            (Class::Conflict, _) => "the object is not the one that was meant".to_owned(),
            (_, "") => format!("the server answered {}", self.code),
            (_, reason) => format!("the server answered {} ({reason})", self.code),
        };
        let causes: Vec<String> = self.causes().map(|cause| cause.outline()).collect();
        let causes = causes.into_iter().filter(|cause| !cause.is_empty()).collect::<Vec<_>>();
        if causes.is_empty() { reason } else { format!("{reason}: {}", causes.join(", ")) }
    }

    fn shortened(&self) -> String {
        let message = flat(self.message());
        if message.is_empty() {
            return format!("the server answered {}", self.code);
        }
        let causes: Vec<String> = self.causes().map(|cause| cause.shortened()).collect();
        if message.chars().count() <= MESSAGE_LIMIT || causes.is_empty() {
            return message;
        }
        causes.join("; ")
    }

    fn message(&self) -> &str {
        self.body.get("message").and_then(Value::as_str).unwrap_or(&self.text)
    }

    fn reason(&self) -> &str {
        self.body.get("reason").and_then(Value::as_str).unwrap_or_default()
    }

    fn detail(&self, key: &str) -> &str {
        let details = self.body.get("details");
        details.and_then(|details| details.get(key)?.as_str()).unwrap_or_default()
    }

    /// What the refusal is about, as `details.kind` has it: the name in paths, for most.
    fn subject_kind(&self) -> &str {
        self.detail("kind")
    }

    fn causes(&self) -> impl Iterator<Item = Cause<'_>> {
        let causes = self.body.get("details").and_then(|details| details.get("causes")?.as_array());
        causes.into_iter().flatten().map(Cause::read)
    }
}

/// One of the causes in a `Status`.
struct Cause<'a> {
    reason: &'a str,
    field: &'a str,
    message: &'a str,
}

impl<'a> Cause<'a> {
    fn read(value: &'a Value) -> Self {
        let text = |key| value.get(key).and_then(Value::as_str).unwrap_or_default();
        Self { reason: text("reason"), field: text("field"), message: text("message") }
    }

    /// The field, and the manager if it is a matter of managers.
    fn outline(&self) -> String {
        if self.reason == "FieldManagerConflict" {
            return format!("{} ({})", self.field, flat(self.message));
        }
        // The field of a map's entry holds its key alone; a cause without a field says nothing safe.
        self.field.to_owned()
    }

    fn shortened(&self) -> String {
        let message = without_value(&flat(self.message));
        if self.field.is_empty() { message } else { format!("{}: {message}", self.field) }
    }
}

/// A message of the form `Invalid value: <value>: <why>` without its value, if that is long.
fn without_value(message: &str) -> String {
    let parts = message.split_once(" value: ").and_then(|(kind, rest)| {
        let end = end_of_value(rest)?;
        Some((kind, rest.get(..end)?, rest.get(end..)?))
    });
    match parts {
        Some((kind, value, why)) if value.chars().count() > VALUE_LIMIT => {
            format!("{kind} value{why}")
        }
        _ => message.to_owned(),
    }
}

/// Where the value at the start of `text` ends: after its JSON, or before the last `: `.
fn end_of_value(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(_)) => Some(values.byte_offset()),
        _ => text.rfind(": "),
    }
}

/// The text of a body that is no `Status`, such as a proxy's page.
fn one_line(body: &[u8]) -> String {
    let start = body.get(..MESSAGE_LIMIT * 4).unwrap_or(body);
    bounded(&flat(&String::from_utf8_lossy(start)))
}

/// The text in one line.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;

//! Reading access to what controllers report, lenient towards missing fields and wrong types. It
//! must not judge what it reads.

use crate::live::Live;
use serde_json::Value;

/// The value at a path.
pub(super) fn value<'live>(live: &'live Live, path: &[&str]) -> Option<&'live Value> {
    path.iter().try_fold(&live.0, |value, key| value.get(key))
}

/// The text at a path, empty if there is none.
pub(super) fn text<'live>(live: &'live Live, path: &[&str]) -> &'live str {
    value(live, path).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a path; some controllers write it as a text.
pub(super) fn number(live: &Live, path: &[&str]) -> Option<i64> {
    whole(value(live, path)?)
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A counter of the status: what is missing is zero.
pub(super) fn count(live: &Live, name: &str) -> i64 {
    number(live, &["status", name]).unwrap_or_default()
}

/// How many replicas are wanted: one if nothing is said.
pub(super) fn wanted_replicas(live: &Live) -> i64 {
    number(live, &["spec", "replicas"]).unwrap_or(1)
}

/// Whether the boolean at a path is true.
pub(super) fn is_true(live: &Live, path: &[&str]) -> bool {
    value(live, path).and_then(Value::as_bool) == Some(true)
}

/// The items of the list at a path.
pub(super) fn list<'live>(live: &'live Live, path: &[&str]) -> &'live [Value] {
    value(live, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// One of `status.conditions`.
pub(super) struct Condition<'live> {
    pub(super) kind: &'live str,
    pub(super) reason: &'live str,
    /// The generation that the condition says it is about.
    pub(super) generation: Option<i64>,
    status: &'live str,
    message: &'live str,
}

impl Condition<'_> {
    /// Whether its status is this one: `True`, `False` or `Unknown`.
    pub(super) fn is(&self, status: &str) -> bool {
        self.status == status
    }

    /// Its message, or else its reason, or else `otherwise`, in one line.
    pub(super) fn phrase(&self, otherwise: &str) -> String {
        let texts = [self.message, self.reason, otherwise];
        let text = texts.into_iter().find(|text| !text.trim().is_empty());
        one_line(text.unwrap_or_default())
    }
}

/// The conditions in the order of the list.
pub(super) fn conditions(live: &Live) -> impl Iterator<Item = Condition<'_>> {
    list(live, &["status", "conditions"]).iter().map(|condition| {
        let text = |key| field_text(condition, key);
        Condition {
            kind: text("type"),
            reason: text("reason"),
            generation: condition.get("observedGeneration").and_then(whole),
            status: text("status"),
            message: text("message"),
        }
    })
}

/// The condition of this type.
pub(super) fn condition<'live>(live: &'live Live, kind: &str) -> Option<Condition<'live>> {
    conditions(live).find(|condition| condition.kind == kind)
}

/// The condition of this type, if it holds.
pub(super) fn holding<'live>(live: &'live Live, kind: &str) -> Option<Condition<'live>> {
    condition(live, kind).filter(|condition| condition.is("True"))
}

/// A text field of an object, empty if there is none.
pub(super) fn field_text<'value>(object: &'value Value, key: &str) -> &'value str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A text of others as part of a line: no line breaks or control characters, and not endless.
pub(super) fn one_line(text: &str) -> String {
    const WIDTH: usize = 240;
    let visible = |word: &str| word.chars().filter(|c| !c.is_control()).collect::<String>();
    let line = text.split_whitespace().map(visible).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

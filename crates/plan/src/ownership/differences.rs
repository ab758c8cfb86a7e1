//! How one state of an object differs from another, for people.
//!
//! Owns what counts as a difference and how its place is written. It must not know which of the
//! two is wanted.

use super::secrecy::Secrecy;
use super::writers::{Writer, Writers};
use super::{fields, our_fields, shown};
use crate::live::Live;
use crate::marks;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How many differences are given; the rest is counted.
const LIMIT: usize = 50;

/// What the server alone writes.
const SERVER_METADATA: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// One difference. Its text is a line: `spec.replicas: 5 → 3 (kubectl-edit, 2026-01-02T03:04:05Z)`,
/// `spec.paused: added true`, `metadata.labels.team: removed web`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The field. Items of lists are named by their keys (`containers[web]`), and so are keys with
    /// dots. Empty if it is about none.
    pub field: String,
    /// What stands there, shortened; none if nothing does.
    pub was: Option<String>,
    /// What it becomes, shortened; none if it goes.
    pub becomes: Option<String>,
    /// What is said where no value differs.
    pub note: Option<String>,
    /// Who else set what stands there, where the server knows.
    pub by: Option<Writer>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        match (&self.was, &self.becomes, &self.note) {
            (Some(was), Some(becomes), _) => write!(f, "{was} → {becomes}")?,
            (None, Some(becomes), _) => write!(f, "added {becomes}")?,
            (Some(was), None, _) => write!(f, "removed {was}")?,
            (None, None, note) => f.write_str(note.as_deref().unwrap_or_default())?,
        }
        match &self.by {
            Some(Writer { manager, time }) if time.is_empty() => write!(f, " ({manager})"),
            Some(Writer { manager, time }) => write!(f, " ({manager}, {time})"),
            None => Ok(()),
        }
    }
}

/// How an apply changed, or would change, an object, field by field, and who else set what it
/// changes.
///
/// Status, resource version, generation and times do not count. That our own entry of
/// `managedFields` would come to hold other fields counts if nothing else shows it (someone took
/// over a field without changing it). Values of Secrets, and values with telling names, are
/// `(hidden)`. At most 50 and `… and N more`. Empty if nothing changes.
pub fn differences(before: &Live, after: &Live) -> Vec<Difference> {
    let found = values(before, after);
    if found.is_empty() { ownership_differences(before, after).collect() } else { found }
}

/// How an object of others is changed by becoming ours: as [`differences`], without our marks, and
/// without a word of whose the fields are.
pub fn adoption_differences(before: &Live, after: &Live) -> Vec<Difference> {
    let mut marked = before.clone();
    for (map, mark) in [("labels", marks::PART_OF), ("annotations", marks::OWNER)] {
        let place = format!("/metadata/{map}");
        let mark = after.0.pointer(&place).and_then(|map| Some((mark, map.get(mark)?)));
        let metadata = marked.0.get_mut("metadata").and_then(Value::as_object_mut);
        if let (Some((mark, value)), Some(metadata)) = (mark, metadata) {
            let map = metadata.entry(map).or_insert_with(|| Value::Object(Map::new()));
            if let Some(map) = map.as_object_mut() {
                map.insert(mark.to_owned(), value.clone());
            }
        }
    }
    values(&marked, after)
}

fn values(before: &Live, after: &Live) -> Vec<Difference> {
    let mut walk = Walk::default();
    let secrecy = match Secrecy::of(&before.0) {
        Secrecy::Open => Secrecy::of(&after.0),
        other => other,
    };
    let writers = Writers::of(before);
    walk.compare(&Pair { before: &before.0, after: &after.0, secrecy, writers });
    if walk.more > 0 {
        let note = Some(format!("… and {} more", walk.more));
        walk.found.push(Difference { note, ..Difference::default() });
    }
    walk.found
}

fn ownership_differences(before: &Live, after: &Live) -> impl Iterator<Item = Difference> {
    let (old, new) = (our_fields(before), our_fields(after));
    let lost = new.map_or(0, |new| fields::count_missing(new, old));
    let given = old.map_or(0, |old| fields::count_missing(old, new));
    let line = |(count, what): (usize, &str)| {
        let fields = if count == 1 { "1 field" } else { &format!("{count} fields") };
        let field = "metadata.managedFields".to_owned();
        let note = Some(format!("{fields} of ours {what}"));
        (count > 0).then(|| Difference { field, note, ..Difference::default() })
    };
    [(lost, "taken over by others"), (given, "that the manifest no longer has")]
        .into_iter()
        .filter_map(line)
}

#[derive(Default)]
struct Walk {
    path: String,
    found: Vec<Difference>,
    more: usize,
}

/// Two values that stand at one place.
struct Pair<'value> {
    before: &'value Value,
    after: &'value Value,
    secrecy: Secrecy,
    /// Who else owns what stands there before.
    writers: Writers<'value>,
}

/// What differs at one place.
enum Change {
    Values(String, String),
    Added(String),
    Removed(String),
}

impl Walk {
    fn compare(&mut self, pair: &Pair<'_>) {
        match (pair.before, pair.after) {
            (before, after) if is_same(before, after) => {}
            (Value::Object(before), Value::Object(after)) => self.compare_maps(pair, before, after),
            (Value::Array(before), Value::Array(after)) => {
                self.compare_lists(pair, before, after);
            }
            (before, after) => {
                let (old, new) = shown::pair(before, after, pair.secrecy);
                self.push(Change::Values(old, new), &pair.writers);
            }
        }
    }

    fn compare_maps(
        &mut self,
        pair: &Pair<'_>,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (old, new) = (before.get(key), after.get(key));
            if !self.is_ignored(key, old, new) {
                let secrecy = stricter(
                    pair.secrecy.below(pair.before, key),
                    pair.secrecy.below(pair.after, key),
                );
                let step = key_step(key, self.path.is_empty());
                self.at(&step, old, new, (secrecy, pair.writers.field(key)));
            }
        }
    }

    /// What the server alone writes; and what the items of a list lack, their kind and version.
    fn is_ignored(&self, key: &str, old: Option<&Value>, new: Option<&Value>) -> bool {
        match self.path.as_str() {
            "" if key == "apiVersion" || key == "kind" => old.is_none() || new.is_none(),
            "" => key == "status",
            "metadata.annotations" => key == "deprecated.daemonset.template.generation",
            "metadata" => SERVER_METADATA.contains(&key),
            _ => false,
        }
    }

    fn compare_lists(&mut self, pair: &Pair<'_>, before: &[Value], after: &[Value]) {
        match keyed(before, after) {
            Some((old, new)) => self.compare_keyed(pair, &old, &new),
            None => {
                for index in 0..before.len().max(after.len()) {
                    let (old, new) = (before.get(index), after.get(index));
                    let writers = old.map(|old| pair.writers.item(index, old));
                    let writers = writers.unwrap_or_default();
                    self.at(&format!("[{index}]"), old, new, (pair.secrecy, writers));
                }
            }
        }
    }

    fn compare_keyed<'value>(
        &mut self,
        pair: &Pair<'value>,
        before: &Keyed<'value>,
        after: &Keyed<'value>,
    ) {
        let old: BTreeMap<_, _> = before.iter().cloned().collect();
        let new: BTreeMap<_, _> = after.iter().cloned().collect();
        let added = after.iter().filter(|(key, _)| !old.contains_key(key));
        for (key, _) in before.iter().chain(added) {
            let step = format!("[{}]", shown::key(key));
            let (item, becomes) = (old.get(key).copied(), new.get(key).copied());
            let place = before.iter().position(|(found, _)| found == key);
            let writers = place.zip(item).map(|(place, item)| pair.writers.item(place, item));
            self.at(&step, item, becomes, (pair.secrecy, writers.unwrap_or_default()));
        }
        let stayed = |list: &Keyed<'_>, other: &BTreeMap<String, &Value>| {
            let keys = list.iter().filter(|(key, _)| other.contains_key(key));
            Value::from(keys.map(|(key, _)| key.as_str()).collect::<Vec<_>>().join(", "))
        };
        let (old_order, new_order) = (stayed(before, &new), stayed(after, &old));
        if old_order != new_order {
            let (old, new) = shown::pair(&old_order, &new_order, Secrecy::Open);
            self.push(Change::Values(format!("order {old}"), new), &pair.writers);
        }
    }

    /// One step deeper.
    fn at<'value>(
        &mut self,
        step: &str,
        before: Option<&'value Value>,
        after: Option<&'value Value>,
        (secrecy, writers): (Secrecy, Writers<'value>),
    ) {
        let length = self.path.len();
        self.path.push_str(step);
        match (before, after) {
            (Some(before), Some(after)) => {
                self.compare(&Pair { before, after, secrecy, writers });
            }
            (None, Some(new)) => self.push(Change::Added(shown::value(new, secrecy)), &writers),
            (Some(old), None) => self.push(Change::Removed(shown::value(old, secrecy)), &writers),
            (None, None) => {}
        }
        self.path.truncate(length);
    }

    fn push(&mut self, change: Change, writers: &Writers<'_>) {
        if self.found.len() >= LIMIT {
            self.more += 1;
            return;
        }
        let (was, becomes) = match change {
            Change::Values(old, new) => (Some(old), Some(new)),
            Change::Added(new) => (None, Some(new)),
            Change::Removed(old) => (Some(old), None),
        };
        let by = writers.last();
        self.found.push(Difference { field: self.path.clone(), was, becomes, note: None, by });
    }
}

fn stricter(one: Secrecy, other: Secrecy) -> Secrecy {
    if other == Secrecy::Hidden { other } else { one }
}

fn is_same(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Number(old), Value::Number(new)) if old.is_f64() != new.is_f64() => {
            old.as_f64() == new.as_f64()
        }
        _ => before == after,
    }
}

/// `.spec`, or `[molave.dev/owner]` for a key that would not read as one step.
fn key_step(key: &str, first: bool) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    match (key.chars().all(plain) && !key.is_empty(), first) {
        (true, true) => key.to_owned(),
        (true, false) => format!(".{key}"),
        (false, _) => format!("[{}]", shown::key(key)),
    }
}

type Keyed<'value> = Vec<(String, &'value Value)>;

/// The items of both lists by the first key that tells them apart, if there is one.
fn keyed<'value>(
    before: &'value [Value],
    after: &'value [Value],
) -> Option<(Keyed<'value>, Keyed<'value>)> {
    const KEYS: [&str; 9] = [
        "name",
        "key",
        "containerPort",
        "port",
        "mountPath",
        "devicePath",
        "ip",
        "topologyKey",
        "uid",
    ];
    KEYS.iter().find_map(|key| Some((keyed_by(key, before)?, keyed_by(key, after)?)))
}

fn keyed_by<'value>(key: &str, items: &'value [Value]) -> Option<Keyed<'value>> {
    let text = |item: &Value| match item.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let keyed: Keyed<'_> =
        items.iter().map(|item| Some((text(item)?, item))).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = keyed.iter().map(|(key, _)| key).collect();
    (distinct.len() == keyed.len()).then_some(keyed)
}

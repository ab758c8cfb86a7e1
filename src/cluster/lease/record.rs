//! The lease's record: a `Lease` object, read and written. It must not know when either is done.

use super::Holder;
use crate::clock;
use crate::cluster::discovery::Resource;
use plan::Live;
use serde_json::{Map, Value, json};

const RUN_URL: &str = "molave.dev/run-url";
const ACTOR: &str = "molave.dev/actor";
const COMMIT: &str = "molave.dev/commit";

/// The kind of a lease's record.
pub(in crate::cluster) fn resource() -> Resource {
    Resource::built_in(("coordination.k8s.io", "v1"), ("Lease", "leases"), true)
}

/// A record as the server has it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Who holds it; an empty id means that nobody does.
    pub(super) holder: Holder,
    /// How often it changed hands: the fencing number of the holder.
    pub(super) transitions: u64,
    /// When it was renewed last, by the clock of its holder.
    pub(super) renewed: String,
    pub(super) uid: String,
    pub(super) resource_version: String,
}

impl Record {
    pub(super) fn read(live: &Live) -> Self {
        let spec = |key: &str| live.0.get("spec").and_then(|spec| spec.get(key));
        let text = |key| spec(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let note = |name| live.annotation(name).map(str::to_owned);
        Self {
            holder: Holder {
                run: text("holderIdentity"),
                actor: note(ACTOR),
                url: note(RUN_URL),
                commit: note(COMMIT),
                since: whole_seconds(&text("acquireTime")),
            },
            transitions: spec("leaseTransitions").and_then(Value::as_u64).unwrap_or_default(),
            renewed: whole_seconds(&text("renewTime")),
            uid: live.uid().to_owned(),
            resource_version: live.resource_version().to_owned(),
        }
    }

    /// The fencing number of `holder`: its own, if the record is its already.
    pub(super) fn next_transitions(&self, holder: &Holder) -> u64 {
        let is_new = self.holder.run != holder.run;
        self.transitions.saturating_add(u64::from(is_new))
    }

    pub(super) fn is_free(&self) -> bool {
        self.holder.run.is_empty()
    }
}

/// `2025-11-21T09:30:00Z` from a time with microseconds.
fn whole_seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => time.to_owned(),
    }
}

/// What a record shall be.
pub(super) struct Wanted<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) holder: &'a Holder,
    pub(super) transitions: u64,
    /// When it was acquired, with microseconds.
    pub(super) acquired: &'a str,
    /// In seconds.
    pub(super) duration: u64,
}

impl Wanted<'_> {
    /// The body of a write. `over` is what it replaces: only that, because the server makes a lease
    /// anew if one that is gone is replaced, unless a UID is named.
    pub(super) fn body(&self, over: Option<(&str, &str)>) -> Value {
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), self.name.into());
        metadata.insert("namespace".to_owned(), self.namespace.into());
        if let Some((uid, resource_version)) = over {
            metadata.insert("uid".to_owned(), uid.into());
            metadata.insert("resourceVersion".to_owned(), resource_version.into());
        }
        metadata.insert("annotations".to_owned(), self.annotations());
        let is_held = !self.holder.run.is_empty();
        json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": self.holder.run,
                "leaseDurationSeconds": if is_held { self.duration.max(1) } else { 1 },
                "leaseTransitions": self.transitions,
                "acquireTime": self.acquired,
                "renewTime": clock::now_micro(),
            },
        })
    }

    fn annotations(&self) -> Value {
        let Holder { actor, url, commit, .. } = self.holder;
        let notes = [(ACTOR, actor), (RUN_URL, url), (COMMIT, commit)];
        let notes = notes.into_iter().filter_map(|(name, value)| {
            value.as_ref().map(|value| (name.to_owned(), Value::from(value.as_str())))
        });
        Value::Object(notes.collect())
    }
}

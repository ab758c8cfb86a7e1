//! The record of what we may have made: identities, not bodies.
//!
//! Owns the record and its written form ([`codec`]). At every moment it is a superset of what is
//! live and ours (DESIGN.md, rule 5); [`crate::ledger`] keeps it so during a run.

pub mod codec;

use manifest::ObjectId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is recorded of an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The UID of the cluster's `kube-system` namespace.
    pub cluster: String,
    /// How many times this record was written.
    pub generation: u64,
    /// The last run that wrote.
    pub run: Run,
    /// The runs before it, the newest first; 50 at most.
    pub history: Vec<Run>,
    /// Whether it is being moved. Nothing but the end of that move may be done on the strength of it.
    pub moving: Option<Moving>,
    /// The objects.
    pub entries: BTreeMap<ObjectId, Entry>,
    /// The fingerprints of services that have entries ([`crate::untouched`]). One that does not fit is
    /// of no use, and does no harm.
    pub fingerprints: BTreeMap<String, String>,
}

/// A record that is on its way from one place to another. Both places have one meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moving {
    /// This one is the old one, and the new one stands there.
    To(Place),
    /// This one is the new one, and the old one stands there.
    From(Place),
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { namespace, project, environment } = self;
        write!(formatter, "`{project}/{environment}` in namespace `{namespace}`")
    }
}

/// Where the record of an environment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// The namespace of the state.
    pub namespace: String,
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
}

/// One run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its random id, which is also the attempt of what it makes.
    pub id: String,
    /// The number of the lease it held: rises with every holder.
    pub fencing: u64,
    /// The Git commit it synced; none outside Git.
    pub commit: Option<String>,
    /// Who started it.
    pub actor: Option<String>,
    /// Where its log is.
    pub url: Option<String>,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended, RFC 3339; none while it runs, or if it was killed.
    pub ended: Option<String>,
    /// How far it came.
    pub phase: RunPhase,
    /// How many objects it created, updated (with adopted and set right), deleted, and failed on.
    pub counts: RunCounts,
}

/// What a run did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// Objects made.
    pub created: u32,
    /// Objects applied that were there.
    pub updated: u32,
    /// Objects deleted.
    pub deleted: u32,
    /// Objects that could not be applied or deleted.
    pub failed: u32,
}

/// How far a run came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum RunPhase {
    /// It wrote its intent and is at work, or died.
    #[default]
    Started,
    /// Everything was done.
    Succeeded,
    /// Something was not.
    Failed,
    /// It was told to stop.
    Interrupted,
}

/// What is recorded of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The service it belongs to.
    pub service: String,
    /// The API version last applied, without the group: `v1`.
    pub version: String,
    /// The digest of the manifest last applied, or about to be, before marks.
    pub digest: String,
    /// The UID of the object that we made; none while we do not know whether we made it.
    pub uid: Option<String>,
    /// The resource version that our last write returned.
    pub resource_version: Option<String>,
    /// The generation that our last write returned.
    pub generation: Option<i64>,
    /// The digest of what we owned in the answer to our last write.
    pub owned: Option<String>,
    /// What we know of it.
    pub phase: Phase,
    /// The run that made or adopted it, or tries to.
    pub attempt: String,
    /// Until when it stays although it left Git, in seconds since 1970; none if it is wanted, or stays
    /// for another reason.
    pub kept_until: Option<i64>,
}

/// What we know of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Phase {
    /// It is about to be applied.
    #[default]
    Intent,
    /// It was applied, and nobody knows whether that came to pass.
    Maybe,
    /// It is as it was applied.
    Applied,
    /// A Job that has completed: never made again.
    Done,
    /// Git dropped it and it stays, because it asks to.
    Kept,
    /// It is not ours, whatever it says: never deleted.
    Foreign,
    /// The server does not serve its kind any more.
    Unserved,
    /// It is being deleted.
    Deleting,
}

impl Entry {
    /// Whether a run of which nobody knows how it ended may have meant to delete the object of this
    /// UID: for good, or to make another in its place. Of the latter no version was ever seen.
    pub fn may_be_going(&self) -> bool {
        let is_replaced =
            !self.phase.is_settled() && self.uid.is_some() && self.resource_version.is_none();
        self.phase == Phase::Deleting || is_replaced
    }
}

impl RunPhase {
    const ALL: [Self; 4] = [Self::Started, Self::Succeeded, Self::Failed, Self::Interrupted];

    /// The word for it, as in the written form.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Phase {
    const ALL: [Self; 8] = [
        Self::Intent,
        Self::Maybe,
        Self::Applied,
        Self::Done,
        Self::Kept,
        Self::Foreign,
        Self::Unserved,
        Self::Deleting,
    ];

    /// The word for it, as in the written form.
    pub fn word(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Maybe => "maybe",
            Self::Applied => "applied",
            Self::Done => "done",
            Self::Kept => "kept",
            Self::Foreign => "foreign",
            Self::Unserved => "unserved",
            Self::Deleting => "deleting",
        }
    }

    /// Whether the next run need not find out what happened.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Intent | Self::Maybe | Self::Deleting)
    }
}

impl From<RunPhase> for &'static str {
    fn from(phase: RunPhase) -> Self {
        phase.word()
    }
}

impl TryFrom<String> for RunPhase {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let phase = Self::ALL.into_iter().find(|phase| phase.word() == word);
        phase.ok_or_else(|| format!("`{word}` is no phase of a run"))
    }
}

impl From<Phase> for &'static str {
    fn from(phase: Phase) -> Self {
        phase.word()
    }
}

impl TryFrom<String> for Phase {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let phase = Self::ALL.into_iter().find(|phase| phase.word() == word);
        phase.ok_or_else(|| format!("`{word}` is no phase"))
    }
}

impl Inventory {
    /// Every group and kind that is recorded.
    pub fn kinds(&self) -> BTreeSet<(&str, &str)> {
        self.entries.keys().map(|id| (id.group.as_str(), id.kind.as_str())).collect()
    }

    /// Every namespace that is recorded.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        self.entries.keys().filter_map(|id| id.namespace.as_deref()).collect()
    }
}

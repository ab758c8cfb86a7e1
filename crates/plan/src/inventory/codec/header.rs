//! The header: whose record it is, the run, and the runs before it, as a YAML document.
//!
//! Owns the order and names of its keys. It must not know of entries.

use super::{SCHEMA, Unwritable};
use crate::inventory::{Inventory, Moving, Place, Run, RunCounts, RunPhase};
use serde::{Deserialize, Serialize};

const API_VERSION: &str = "molave.dev/v1";
const KIND: &str = "State";

/// The header of a record.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Header {
    api_version: String,
    kind: String,
    schema: u64,
    project: String,
    environment: String,
    cluster: String,
    generation: u64,
    /// A version that does not know it must not act on the record, and fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving_to: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving_from: Option<Place>,
    run: WrittenRun,
    history: Vec<WrittenRun>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shards: Vec<String>,
}

/// What a header of any schema says of its schema.
#[derive(Deserialize)]
struct Schema {
    schema: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenRun {
    id: String,
    fencing: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    started: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
    phase: RunPhase,
    #[serde(with = "WrittenCounts")]
    counts: RunCounts,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunCounts", deny_unknown_fields)]
struct WrittenCounts {
    created: u32,
    updated: u32,
    deleted: u32,
    failed: u32,
}

impl Header {
    /// The header of an inventory whose entries are in these shards, or in the parent.
    pub(super) fn of(inventory: &Inventory, shards: Vec<String>) -> Self {
        let (moving_to, moving_from) = match inventory.moving.clone() {
            None => (None, None),
            Some(Moving::To(place)) => (Some(place), None),
            Some(Moving::From(place)) => (None, Some(place)),
        };
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            schema: SCHEMA,
            project: inventory.project.clone(),
            environment: inventory.environment.clone(),
            cluster: inventory.cluster.clone(),
            generation: inventory.generation,
            moving_to,
            moving_from,
            run: WrittenRun::of(&inventory.run),
            history: inventory.history.iter().map(WrittenRun::of).collect(),
            shards,
        }
    }

    /// The document.
    pub(super) fn write(&self) -> Result<String, Unwritable> {
        serde_yaml::to_string(self).map_err(|error| Unwritable(error.to_string()))
    }

    /// Reads a document. Fails with a phrase.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        // Before anything else: what a newer schema holds is not for us to judge.
        let Schema { schema } = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        if schema > SCHEMA {
            return Err(format!(
                "it was written by a newer `molave` (schema {schema}, this one reads {SCHEMA}): upgrade `molave`; nothing was changed"
            ));
        }
        let header: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        expect("schema", &header.schema, &SCHEMA)?;
        expect("apiVersion", header.api_version.as_str(), API_VERSION)?;
        expect("kind", header.kind.as_str(), KIND)?;
        Ok(header)
    }

    /// The inventory without its entries, and the shards that these are in.
    pub(super) fn into_inventory(self) -> (Inventory, Vec<String>) {
        let inventory = Inventory {
            project: self.project,
            environment: self.environment,
            cluster: self.cluster,
            generation: self.generation,
            moving: (self.moving_to.map(Moving::To)).or(self.moving_from.map(Moving::From)),
            run: self.run.into_run(),
            history: self.history.into_iter().map(WrittenRun::into_run).collect(),
            ..Inventory::default()
        };
        (inventory, self.shards)
    }

    /// The shards that the entries are in.
    pub(super) fn into_shards(self) -> Vec<String> {
        self.shards
    }
}

impl WrittenRun {
    fn of(run: &Run) -> Self {
        let Run { id, fencing, commit, actor, url, started, ended, phase, counts } = run.clone();
        Self { id, fencing, commit, actor, url, started, ended, phase, counts }
    }

    fn into_run(self) -> Run {
        let Self { id, fencing, commit, actor, url, started, ended, phase, counts } = self;
        Run { id, fencing, commit, actor, url, started, ended, phase, counts }
    }
}

fn expect<T: PartialEq + std::fmt::Display + ?Sized>(
    key: &str,
    found: &T,
    wanted: &T,
) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("`{key}` must be `{wanted}`, not `{found}`"))
}

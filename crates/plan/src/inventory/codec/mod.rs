//! The written form of the inventory: the `data` of a ConfigMap, readable with
//! `kubectl get configmap -o yaml`.
//!
//! - `state`: a YAML document ([`header`])
//! - `service.<name>`: the fingerprint of the service if there is one, then one line an object
//!   ([`line`])
//!
//! Past [`LIMIT`] bytes the services move to shards ([`shards`]): immutable `ConfigMap`s named
//! by their content. It must not know how they are read or written.

mod header;
mod line;
mod shards;
#[cfg(test)]
mod tests;

use super::{Entry, Inventory};
use crate::sorting;
use header::Header;
use manifest::ObjectId;
use std::collections::{BTreeMap, btree_map};
use std::fmt;

/// The version of the form that this program writes, and the newest that it reads.
pub const SCHEMA: u64 = 1;

/// How many bytes the parent holds before entries move to shards, and a shard at most.
pub const LIMIT: usize = 700_000;

/// The key of the header.
const STATE: &str = "state";
/// What the key of a service's entries begins with.
const SERVICE: &str = "service.";

/// The `data` of a ConfigMap.
type Data = BTreeMap<String, String>;

/// The written form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The `data` of the parent.
    pub data: BTreeMap<String, String>,
    /// The `data` of each shard, by the suffix of its name (a digest of its content).
    pub shards: BTreeMap<String, BTreeMap<String, String>>,
}

/// Why a record cannot be read. A lower-case phrase; nothing may be done without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// Why a record cannot be written. A lower-case phrase. No inventory is known that has this fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}
impl std::error::Error for Unwritable {}

/// Writes the inventory. The same inventory gives the same form.
pub fn encode(inventory: &Inventory) -> Result<Written, Unwritable> {
    encode_within(inventory, LIMIT)
}

/// The suffixes of the shards that a parent refers to.
pub fn shards(data: &BTreeMap<String, String>) -> Result<Vec<String>, Unreadable> {
    Ok(header_of(data)?.into_shards())
}

/// Reads the inventory. Fails on a newer schema, an unknown phase, a missing shard, and anything
/// else that this program would not have written. Shards that the parent does not refer to are
/// not looked at.
pub fn decode(written: &Written) -> Result<Inventory, Unreadable> {
    let (inventory, shards) = header_of(&written.data)?.into_inventory();
    let in_parent = written.data.iter().filter(|(key, _)| *key != STATE);
    let mut read = Read::default();
    if shards.is_empty() {
        read.services(None, in_parent)?;
    } else if let Some((key, _)) = in_parent.into_iter().next() {
        return Err(Unreadable(format!("`{key}` stands next to a list of shards")));
    }
    for suffix in &shards {
        let shard = shards::find(&written.shards, suffix)?;
        read.services(Some(suffix), shard.iter())?;
    }
    let Read { lines, fingerprints } = read;
    Ok(Inventory { entries: entries(lines)?, fingerprints, ..inventory })
}

/// [`encode`], with another limit than [`LIMIT`].
fn encode_within(inventory: &Inventory, limit: usize) -> Result<Written, Unwritable> {
    let mut data = services(inventory)?;
    let state = Header::of(inventory, Vec::new()).write()?;
    let size: usize = data.iter().map(|(key, text)| key.len() + text.len()).sum();
    if STATE.len() + state.len() + size <= limit {
        data.insert(STATE.to_owned(), state);
        return Ok(Written { data, shards: BTreeMap::new() });
    }
    let packed = shards::pack(data, limit);
    let state = Header::of(inventory, packed.suffixes).write()?;
    let data = BTreeMap::from([(STATE.to_owned(), state)]);
    Ok(Written { data, shards: packed.shards })
}

/// The entries as text, by key.
fn services(inventory: &Inventory) -> Result<Data, Unwritable> {
    let mut by_service = BTreeMap::<&str, Vec<u8>>::new();
    for (id, entry) in &inventory.entries {
        let text = match by_service.entry(&entry.service) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(new) => {
                let fingerprint = inventory.fingerprints.get(&entry.service);
                new.insert(fingerprint.map(line::fingerprint).transpose()?.unwrap_or_default())
            }
        };
        line::write(text, id, entry)?;
    }
    let texts = by_service.into_iter().map(|(service, text)| {
        let text = String::from_utf8(text).map_err(|error| Unwritable(error.to_string()))?;
        Ok((format!("{SERVICE}{service}"), text))
    });
    texts.collect()
}

fn header_of(data: &Data) -> Result<Header, Unreadable> {
    let text = data.get(STATE).ok_or_else(|| Unreadable(format!("it has no key `{STATE}`")))?;
    Header::read(text).map_err(|reason| Unreadable(format!("`{STATE}`: {reason}")))
}

/// An entry and where it stands.
struct Line<'a> {
    origin: Origin<'a>,
    id: ObjectId,
    entry: Entry,
}

/// Where an entry stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Origin<'a> {
    shard: Option<&'a str>,
    key: &'a str,
    line: usize,
}

impl Origin<'_> {
    fn unreadable(self, reason: &str) -> Unreadable {
        let Origin { shard, key, line } = self;
        unreadable(shard, &format!("`{key}`, line {line}: {reason}"))
    }
}

/// Why a shard cannot be read, or the parent if there is none.
fn unreadable(shard: Option<&str>, reason: &str) -> Unreadable {
    let shard = shard.map(|suffix| format!("shard `{suffix}`: ")).unwrap_or_default();
    Unreadable(format!("{shard}{reason}"))
}

/// What was read of the services so far.
#[derive(Default)]
struct Read<'a> {
    lines: Vec<Line<'a>>,
    fingerprints: BTreeMap<String, String>,
}

impl<'a> Read<'a> {
    fn services(
        &mut self,
        shard: Option<&'a str>,
        texts: impl Iterator<Item = (&'a String, &'a String)>,
    ) -> Result<(), Unreadable> {
        for (key, text) in texts {
            let service = key.strip_prefix(SERVICE);
            let service =
                service.ok_or_else(|| unreadable(shard, &format!("`{key}` is not a known key")))?;
            if text.is_empty() {
                return Err(unreadable(shard, &format!("`{key}` is empty")));
            }
            for (text, line) in text.lines().zip(1..) {
                let origin = Origin { shard, key, line };
                self.line(origin, service, text).map_err(|reason| origin.unreadable(&reason))?;
            }
        }
        Ok(())
    }

    /// Reads a line. The fingerprint of a service comes before its objects.
    fn line(&mut self, origin: Origin<'a>, service: &str, text: &str) -> Result<(), String> {
        if origin.line == 1
            && let Some(fingerprint) = line::read_fingerprint(text)?
        {
            let known = self.fingerprints.insert(service.to_owned(), fingerprint);
            return known.map_or(Ok(()), |_| Err("its fingerprint is recorded twice".to_owned()));
        }
        let (id, entry) = line::read(text, service)?;
        self.lines.push(Line { origin, id, entry });
        Ok(())
    }
}

/// The entries by identity. Sorted at once, many of them are compared far less often than if the
/// place of each were sought.
fn entries(lines: Vec<Line<'_>>) -> Result<BTreeMap<ObjectId, Entry>, Unreadable> {
    let lines = sorting::by_identity(lines, |line| &line.id);
    let repeated = lines.windows(2).filter_map(|pair| match pair {
        [first, second] if first.id == second.id => Some(second.origin),
        _ => None,
    });
    if let Some(origin) = repeated.min() {
        return Err(origin.unreadable("its object is recorded twice"));
    }
    Ok(lines.into_iter().map(|line| (line.id, line.entry)).collect())
}

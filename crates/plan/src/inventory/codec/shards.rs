//! Where the entries of a large environment are: `ConfigMap`s named by their content, so that a
//! write of the parent is the commit and what did not change is not written again.
//!
//! Owns how entries are packed and how a shard is named. It must not know what a line says.

use super::{Data, Unreadable};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::mem;

/// How many hexadecimal digits of its content's digest name a shard.
const SUFFIX: usize = 10;

/// The shards, and their suffixes in the order of their entries.
#[derive(Default)]
pub(super) struct Packed {
    pub(super) shards: BTreeMap<String, Data>,
    pub(super) suffixes: Vec<String>,
    open: Data,
    size: usize,
}

/// Packs the entries greedily, in order, into shards of at most `limit` bytes. A service stays in
/// one piece unless it is larger than a shard. Only a line that is longer than `limit` by itself
/// makes a larger shard.
pub(super) fn pack(services: Data, limit: usize) -> Packed {
    let mut packed = Packed::default();
    for (key, text) in services {
        if key.len() + text.len() <= limit {
            packed.add(key, &text, limit);
            continue;
        }
        for piece in pieces(&text, limit.saturating_sub(key.len())) {
            packed.add(key.clone(), &piece, limit);
        }
    }
    packed.close();
    packed
}

/// A shard that the parent refers to: there, and what its name says.
pub(super) fn find<'a>(
    shards: &'a BTreeMap<String, Data>,
    suffix: &str,
) -> Result<&'a Data, Unreadable> {
    let shard = shards.get(suffix);
    let shard = shard.ok_or_else(|| Unreadable(format!("shard `{suffix}` is missing")))?;
    if suffix.len() < SUFFIX || !digest(shard).starts_with(suffix) {
        return Err(Unreadable(format!("shard `{suffix}` does not hold what it was made with")));
    }
    Ok(shard)
}

impl Packed {
    fn add(&mut self, key: String, text: &str, limit: usize) {
        let size = key.len() + text.len();
        if self.size + size > limit {
            self.close();
        }
        self.size += size;
        self.open.entry(key).or_default().push_str(text);
    }

    fn close(&mut self) {
        self.size = 0;
        let shard = mem::take(&mut self.open);
        if shard.is_empty() {
            return;
        }
        let suffix = self.suffix(&digest(&shard));
        self.suffixes.push(suffix.clone());
        self.shards.insert(suffix, shard);
    }

    /// The first digits of a digest; more of them where another shard has the same.
    fn suffix(&self, digest: &str) -> String {
        let lengths = SUFFIX..digest.len();
        let mut suffixes = lengths.filter_map(|length| digest.get(..length));
        let free = suffixes.find(|suffix| !self.shards.contains_key(*suffix));
        free.unwrap_or(digest).to_owned()
    }
}

/// Cuts a text between lines into pieces of at most `limit` bytes.
fn pieces(text: &str, limit: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut open = String::new();
    for line in text.split_inclusive('\n') {
        if !open.is_empty() && open.len() + line.len() > limit {
            pieces.push(mem::take(&mut open));
        }
        open.push_str(line);
    }
    pieces.push(open);
    pieces
}

/// SHA-256 in hexadecimal of keys and texts, each ended by a zero byte, which JSON never holds.
fn digest(shard: &Data) -> String {
    let mut hash = Sha256::new();
    for part in shard.iter().flat_map(|(key, text)| [key, text]) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    manifest::hexadecimal(&hash.finalize())
}

/// The name of a shard that is made next to others.
#[cfg(test)]
pub(super) fn pack_beside(shards: BTreeMap<String, Data>, content: Data) -> String {
    let mut packed = Packed { shards, open: content, ..Packed::default() };
    packed.close();
    packed.suffixes.concat()
}

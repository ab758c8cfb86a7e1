//! Packs charts for tests, honest ones and others.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use tar::{EntryType, Header};

/// One entry of an archive.
#[derive(Clone)]
pub(crate) struct Member {
    name: Vec<u8>,
    kind: EntryType,
    content: Vec<u8>,
    /// What its header says.
    pub(crate) size: u64,
}

impl Member {
    /// A file.
    pub(crate) fn file(name: &str, content: impl Into<Vec<u8>>) -> Self {
        Self::of_kind(EntryType::Regular, name, content)
    }

    /// Something of another kind.
    pub(crate) fn of_kind(kind: EntryType, name: &str, content: impl Into<Vec<u8>>) -> Self {
        let content = content.into();
        Self { name: name.into(), kind, size: content.len() as u64, content }
    }
}

/// The members one after the other, without the blocks that end an archive.
pub(crate) fn members(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        if member.name.len() > 100 {
            let kind = EntryType::GNULongName;
            append(&mut out, &Member::of_kind(kind, "././@LongLink", member.name.clone()));
        }
        append(&mut out, member);
    }
    out
}

/// A whole archive, not compressed.
pub(crate) fn tar(all: &[Member]) -> Vec<u8> {
    let mut out = members(all);
    out.resize(out.len() + 1024, 0);
    out
}

/// What `gzip` makes of it.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A `.tgz`.
pub(crate) fn pack(all: &[Member]) -> Vec<u8> {
    gzip(&tar(all))
}

fn append(out: &mut Vec<u8>, member: &Member) {
    let mut header = Header::new_gnu();
    let shown = &member.name[..member.name.len().min(100)];
    header.as_old_mut().name[..shown.len()].copy_from_slice(shown);
    header.set_entry_type(member.kind);
    header.set_size(member.size);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_cksum();
    out.extend(header.as_bytes());
    out.extend(&member.content);
    out.resize(out.len().next_multiple_of(512), 0);
}

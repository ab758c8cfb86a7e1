//! A chart as the archive that others vendor: what Helm puts into a `.tgz`, and its bytes.
//!
//! Owns which files go in, in which order, and the form of the archive. Where it is put, and why, is
//! for the host to say.

use super::{Chart, LoadError, Metadata, SourceFile};
use crate::engine::{metadata, to_yaml};
use flate2::{Compression, GzBuilder};
use std::io::{self, Write as _};
use tar::{Builder, EntryType, Header};

/// The time of every file in an archive, so that the same chart gives the same bytes: the first of
/// January 1980, which no tool takes for a mistake.
const TIME: u64 = 315_532_800;

/// What gzip calls a system that it does not know, so that every system gives the same bytes.
const UNKNOWN_SYSTEM: u8 = 255;

impl Chart {
    /// The files that Helm packs, in its order, with paths relative to the chart's folder.
    /// `Chart.yaml` is written anew from what was understood of it; vendored sub-charts lie unpacked
    /// under `charts/`.
    ///
    /// Fails if the schema is no JSON, as Helm does.
    pub fn package(&self) -> Result<Vec<SourceFile>, LoadError> {
        let mut files = Vec::new();
        self.add_to("", &mut files)?;
        Ok(files)
    }

    fn add_to(&self, prefix: &str, files: &mut Vec<SourceFile>) -> Result<(), LoadError> {
        let mut add = |path: &str, content: &[u8]| {
            files.push(SourceFile { path: format!("{prefix}{path}"), content: content.to_vec() });
        };
        add("Chart.yaml", document(&self.metadata).as_bytes());
        if self.metadata.api_version == "v2"
            && let Some(lock) = &self.sources.lock
        {
            add("Chart.lock", lock);
        }
        if let Some(values) = &self.sources.values {
            add("values.yaml", values);
        }
        if let Some(schema) = &self.sources.schema {
            check_json(prefix, schema)?;
            add("values.schema.json", schema);
        }
        for file in self.templates.iter().chain(&self.files) {
            add(&file.path, &file.content);
        }
        for inner in &self.dependencies {
            inner.add_to(&format!("{prefix}charts/{}/", inner.metadata.name), files)?;
        }
        Ok(())
    }
}

/// `Chart.yaml` as Helm writes it. Charts of version 1 declare dependencies in a file of their own.
fn document(written: &Metadata) -> String {
    let is_v1 = written.api_version == "v1";
    let dependencies = if is_v1 { Vec::new() } else { written.dependencies.clone() };
    let text = to_yaml(&metadata(&Metadata { dependencies, ..written.clone() }));
    // All of it was read from YAML, so it can be written.
    text.map(|text| text + "\n").unwrap_or_default()
}

fn check_json(prefix: &str, text: &[u8]) -> Result<(), LoadError> {
    let path = "values.schema.json";
    let checked = serde_json::from_slice::<serde_json::Value>(text);
    checked.map(drop).map_err(|error| LoadError {
        path: format!("{prefix}{path}"),
        line: u32::try_from(error.line()).ok(),
        message: format!("invalid JSON in {path}"),
        reason: None,
    })
}

/// The bytes of a `.tgz` that holds the files in a folder `name`. The same files give the same bytes.
///
/// Fails if a path is longer than an archive can hold.
pub fn pack(name: &str, files: &[SourceFile]) -> io::Result<Vec<u8>> {
    let zipper = GzBuilder::new().operating_system(UNKNOWN_SYSTEM);
    let mut archive = Builder::new(zipper.write(Vec::new(), Compression::default()));
    for file in files {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_mtime(TIME);
        header.set_size(file.content.len() as u64);
        archive.append_data(&mut header, format!("{name}/{}", file.path), &*file.content)?;
    }
    let mut zipper = archive.into_inner()?;
    zipper.flush()?;
    zipper.finish()
}

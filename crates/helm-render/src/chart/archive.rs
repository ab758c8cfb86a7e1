//! Packed charts: the bytes of a `.tgz` to the files of a chart.
//!
//! Owns what may stand in an archive, how much of it is unpacked, and Go's texts for what is
//! broken. It must not know what the files mean.

use super::SourceFile;
use crate::profile::Profile;
use flate2::bufread::MultiGzDecoder;
use gotemplate::format::quote;
use gotemplate::functions::sprig::paths::clean;
use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use tar::{Archive, Entry, EntryType};

/// The most that all files of a chart may hold.
pub(super) const MAX_CHART_SIZE: u64 = 100 * 1024 * 1024;
/// The most that one file may hold under Helm 3.
pub(super) const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;
/// The most that a chart and all archives inside of it may unpack to, headers included. Helm has
/// no such limit: archives in archives can fill any machine.
const MAX_UNPACKED: u64 = 160 * 1024 * 1024;

const GZIP_MAGIC: &[u8] = b"\x1f\x8b\x08";

/// What Go says of bytes that are not gzip.
pub(super) const NO_HEADER: &str = "gzip: invalid header";

/// What is left to unpack for one chart, all its archives taken together.
pub(super) struct Allowance(Cell<u64>);

impl Default for Allowance {
    fn default() -> Self {
        Self(Cell::new(MAX_UNPACKED))
    }
}

/// Why an archive could not be unpacked.
#[derive(Debug)]
pub(super) struct Broken {
    /// Go's or Helm's text.
    pub(super) message: String,
}

impl Broken {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    /// Whether the bytes are not gzip at all.
    pub(super) fn has_no_header(&self) -> bool {
        self.message == NO_HEADER
    }
}

/// Whether the bytes begin as gzip does.
pub(super) fn is_gzip(content: &[u8]) -> bool {
    content.starts_with(GZIP_MAGIC)
}

/// What Helm takes other bytes for: the first of Go's guesses that people run into.
pub(super) fn content_type(content: &[u8]) -> &'static str {
    // Helm fills up to this many bytes with zeros.
    const LOOKED_AT: usize = 512;
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31);
    match content.get(..LOOKED_AT) {
        _ if content.starts_with(b"PK\x03\x04") => "application/zip",
        _ if content.starts_with(b"%PDF-") => "application/pdf",
        Some(begin) if !begin.iter().any(is_binary) => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The files of an archive in its order, without the first part of their paths.
pub(super) fn unpack(
    content: &[u8],
    profile: Profile,
    allowance: &Allowance,
) -> Result<Vec<SourceFile>, Broken> {
    check_header(content)?;
    let fault = RefCell::default();
    let decoder = MultiGzDecoder::new(content);
    let stream = Stream { decoder, length: content.len(), allowance, fault: &fault };
    let mut archive = Archive::new(stream);
    let broken = |error: &io::Error| broken(error, &fault);
    let mut files = Vec::new();
    let mut left = MAX_CHART_SIZE;
    for entry in archive.entries().map_err(|error| broken(&error))? {
        let mut entry = entry.map_err(|error| broken(&error))?;
        if is_folder(&entry) || entry.header().entry_type().is_pax_global_extensions() {
            continue;
        }
        let path = path_in_chart(&entry.path_bytes())?;
        check_size(&entry, left, profile)?;
        let content = read(&mut entry).map_err(|error| broken(&error))?;
        left = left.saturating_sub(entry_size(&entry));
        if left == 0 {
            return Err(too_large(profile));
        }
        let mut file = SourceFile { path, content };
        file.strip_mark();
        files.push(file);
    }
    if files.is_empty() { Err(Broken::new("no files in chart archive")) } else { Ok(files) }
}

/// What Go checks before it reads anything.
fn check_header(content: &[u8]) -> Result<(), Broken> {
    match content.len() {
        0 => Err(Broken::new("EOF")),
        1..10 => Err(unexpected_end()),
        _ if is_gzip(content) => Ok(()),
        _ => Err(Broken::new(NO_HEADER)),
    }
}

fn unexpected_end() -> Broken {
    Broken::new("unexpected EOF")
}

/// Go asks the mode as well, and takes an old regular file for a folder if its name ends so.
fn is_folder<R: Read>(entry: &Entry<'_, R>) -> bool {
    let header = entry.header();
    let kind = header.entry_type();
    kind.is_dir()
        || header.mode().is_ok_and(|mode| mode & 0o170_000 == 0o040_000)
        || (kind.as_byte() == 0 && entry.path_bytes().ends_with(b"/"))
}

/// The length of a file's content. Links and devices have none, whatever their header says.
fn entry_size<R: Read>(entry: &Entry<'_, R>) -> u64 {
    match entry.header().entry_type() {
        EntryType::Link
        | EntryType::Symlink
        | EntryType::Char
        | EntryType::Block
        | EntryType::Fifo => 0,
        _ => entry.size(),
    }
}

fn check_size<R: Read>(entry: &Entry<'_, R>, left: u64, profile: Profile) -> Result<(), Broken> {
    let size = entry_size(entry);
    if size > left {
        return Err(too_large(profile));
    }
    if size > MAX_FILE_SIZE && profile == Profile::Helm3 {
        let name = shown(&entry.path_bytes());
        return Err(Broken::new(format!(
            "decompressed chart file {name} is larger than the maximum file size {MAX_FILE_SIZE}"
        )));
    }
    Ok(())
}

fn too_large(profile: Profile) -> Broken {
    let size = match profile {
        Profile::Helm4 => "size",
        Profile::Helm3 => "file size",
    };
    Broken::new(format!("decompressed chart is larger than the maximum {size} {MAX_CHART_SIZE}"))
}

/// The content of a file.
fn read<R: Read>(entry: &mut Entry<'_, R>) -> io::Result<Vec<u8>> {
    let size = entry_size(entry);
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let read = entry.take(size).read_to_end(&mut content)?;
    if read as u64 != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(content)
}

/// The path of an entry below the folder that holds the chart, if it is one that Helm takes.
fn path_in_chart(name: &[u8]) -> Result<String, Broken> {
    let text = String::from_utf8_lossy(name);
    // Windows packs with `\`.
    let delimiter = if text.contains('\\') { '\\' } else { '/' };
    let (first, rest) = text.split_once(delimiter).unwrap_or((&text, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(Broken::new("chart illegally contains absolute paths"));
    }
    let path = String::from_utf8_lossy(&clean(rest.as_bytes())).into_owned();
    if path == "." {
        let name = shown(name);
        let message =
            format!("chart illegally contains content outside the base directory: {name}");
        return Err(Broken::new(message));
    }
    if path.starts_with("..") {
        return Err(Broken::new("chart illegally references parent directory"));
    }
    if let [drive, b':', b'/', ..] = path.as_bytes()
        && drive.is_ascii_alphabetic()
    {
        return Err(Broken::new("chart contains illegally named files"));
    }
    if first == "Chart.yaml" {
        return Err(Broken::new("chart yaml not in base directory"));
    }
    Ok(path)
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(&quote(name)).into_owned()
}

/// Go's text for an error of the archive reader, or for what the stream below it failed with.
fn broken(error: &io::Error, fault: &RefCell<Option<String>>) -> Broken {
    if let Some(message) = fault.take() {
        return Broken::new(message);
    }
    let text = error.to_string();
    let is_short = ["entire block", "unexpected EOF", "read extension"];
    if error.kind() == io::ErrorKind::UnexpectedEof
        || is_short.iter().any(|part| text.contains(part))
    {
        return unexpected_end();
    }
    Broken::new("archive/tar: invalid tar header")
}

/// Unpacked bytes, no more than are allowed. It remembers why it failed: the archive reader above
/// wraps errors in its own.
struct Stream<'a> {
    decoder: MultiGzDecoder<&'a [u8]>,
    /// Of the packed bytes.
    length: usize,
    allowance: &'a Allowance,
    fault: &'a RefCell<Option<String>>,
}

impl Stream<'_> {
    fn fail(&self, message: String) -> io::Error {
        self.fault.replace(Some(message));
        io::ErrorKind::InvalidData.into()
    }

    fn describe(&self, error: &io::Error) -> String {
        let text = error.to_string();
        if error.kind() == io::ErrorKind::UnexpectedEof {
            "unexpected EOF".to_owned()
        } else if text.contains("header") {
            NO_HEADER.to_owned()
        } else if text.contains("checksum") {
            "gzip: invalid checksum".to_owned()
        } else {
            let offset = self.length.saturating_sub(self.decoder.get_ref().len());
            format!("flate: corrupt input before offset {offset}")
        }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.decoder.read(buffer) {
            Ok(read) => read,
            Err(error) => return Err(self.fail(self.describe(&error))),
        };
        let left = self.allowance.0.get();
        match left.checked_sub(read as u64) {
            Some(rest) => {
                self.allowance.0.set(rest);
                Ok(read)
            }
            None => Err(self.fail(format!(
                "the chart and the archives in it unpack to more than {MAX_UNPACKED} bytes"
            ))),
        }
    }
}

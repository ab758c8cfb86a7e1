//! The file system: the only user of `std::fs`. Every error names the path.
//!
//! Reads folders into values ([`Folder`]) and writes files so that each is either old or new. It
//! must not know what the files mean.

#![expect(clippy::disallowed_methods, reason = "this is the module the rule sends everyone to")]

use crate::config::tree::{Entry, Folder};
use crate::error::Diagnostic;
use std::fs;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How the name of a file ends that a write has not finished; a later run removes it.
pub const UNFINISHED: &str = ".molave-tmp";

/// Whether a write survives a loss of power, or only a kill of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// For what a person wrote: on the disk before it takes the old file's place.
    Power,
    /// For what can be generated again: left to the system, which is an order of magnitude faster.
    Process,
}

/// How links are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Links that stay within the project are what they lead to; others cannot be read.
    Within,
    /// Every link is something that cannot be read, so that nothing behind it is ever touched.
    Never,
}

/// Reads a file. An error names it as `path`.
pub fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    fs::read(path).map_err(|error| failed("read", path, &error))
}

/// Reads a file, if it is there.
pub fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>, Diagnostic> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Reads a file whose path is relative to `folder`, or standard input for `-`. The error is the
/// system's, for a caller that words it as another program does.
pub fn read_or_stdin(folder: &Path, path: &str) -> io::Result<Vec<u8>> {
    if path != "-" {
        return fs::read(folder.join(path));
    }
    let mut content = Vec::new();
    let read = io::Read::read_to_end(&mut io::stdin().lock(), &mut content);
    read.map(|_| content)
}

/// Whether a folder stands at the path.
pub fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// The path without links and dots, from the root. An error names it as `path`.
pub fn canonical(path: &Path) -> Result<PathBuf, Diagnostic> {
    fs::canonicalize(path).map_err(|error| failed("open", path, &error))
}

/// Reads a folder of the project and everything below it; an absent one is empty. What cannot be
/// read is in the value as such, so that the reader of the value decides whether it matters.
pub fn read_folder(root: &Path, relative: &str, links: Links) -> Result<Folder, Diagnostic> {
    let path = root.join(relative);
    let canonical_root = fs::canonicalize(root).map_err(|error| failed("open", root, &error))?;
    match fs::canonicalize(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Folder::default()),
        Err(error) => Err(failed("open", &path, &error)),
        Ok(canonical) => {
            let mut walk = Walk { root: canonical_root, links, above: vec![canonical] };
            walk.folder(&path).map_err(|error| failed("read", &path, &error))
        }
    }
}

/// A walk through folders, which knows the folders it is in so that no link leads it in a circle.
struct Walk {
    root: PathBuf,
    links: Links,
    above: Vec<PathBuf>,
}

impl Walk {
    fn folder(&mut self, path: &Path) -> io::Result<Folder> {
        let mut folder = Folder::default();
        for item in fs::read_dir(path)? {
            let item = item?;
            let (name, entry) = match item.file_name().into_string() {
                Ok(name) => (name, self.entry(&item)),
                Err(name) => (
                    name.to_string_lossy().into_owned(),
                    Entry::Unreadable("has a name that is not UTF-8".to_owned()),
                ),
            };
            folder.entries.insert(name, entry);
        }
        Ok(folder)
    }

    fn entry(&mut self, item: &fs::DirEntry) -> Entry {
        let path = item.path();
        let entry = match item.file_type() {
            Ok(kind) if kind.is_dir() => self.sub_folder(&path, None),
            Ok(kind) if kind.is_file() => fs::read(&path).map(Entry::File),
            Ok(kind) if kind.is_symlink() => self.link(&path),
            Ok(_) => Ok(Entry::Unreadable("is neither a file nor a folder".to_owned())),
            Err(error) => Err(error),
        };
        entry.unwrap_or_else(|error| {
            Entry::Unreadable(format!("cannot be read: {}", reason(&error)))
        })
    }

    fn sub_folder(&mut self, path: &Path, target: Option<PathBuf>) -> io::Result<Entry> {
        let inside = self.above.last().zip(path.file_name()).map(|(above, name)| above.join(name));
        self.above.extend(target.or(inside));
        let folder = self.folder(path);
        drop(self.above.pop());
        folder.map(Entry::Folder)
    }

    fn link(&mut self, path: &Path) -> io::Result<Entry> {
        if self.links == Links::Never {
            return Ok(Entry::Unreadable("is a link".to_owned()));
        }
        let target = fs::canonicalize(path)?;
        if !target.starts_with(&self.root) {
            return Ok(Entry::Unreadable("is a link out of the project".to_owned()));
        }
        if self.above.contains(&target) {
            return Ok(Entry::Unreadable("is a link to a folder that holds it".to_owned()));
        }
        if fs::metadata(&target)?.is_dir() {
            return self.sub_folder(path, Some(target));
        }
        fs::read(&target).map(Entry::File)
    }
}

/// Puts `content` at `path` so that a reader, or a kill at any moment, finds the old file or the
/// new one: written beside it, then renamed over it. Makes the folders on the way.
pub fn write(path: &Path, content: &[u8], durability: Durability) -> Result<(), Diagnostic> {
    let beside = unfinished(path);
    write_beside(&beside, content, durability)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|error| failed("write", path, &error))
}

fn write_beside(beside: &Path, content: &[u8], durability: Durability) -> io::Result<()> {
    let mut file = match fs::File::create(beside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            beside.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::File::create(beside)?
        }
        opened => opened?,
    };
    file.write_all(content)?;
    if durability == Durability::Power { file.sync_all() } else { Ok(()) }
}

/// The name has the process's number in it, so that two runs never write into one file.
fn unfinished(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}{UNFINISHED}", std::process::id()))
}

/// Removes a file or a link. One that is gone already is fine.
pub fn remove_file(path: &Path) -> Result<(), Diagnostic> {
    gone(fs::remove_file(path)).map_err(|error| failed("remove", path, &error))
}

/// Removes a folder if nothing is in it.
pub fn remove_empty_folder(path: &Path) -> Result<(), Diagnostic> {
    match gone(fs::remove_dir(path)) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => other.map_err(|error| failed("remove", path, &error)),
    }
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Diagnostic {
    let shown = path.strip_prefix(".").unwrap_or(path).display();
    Diagnostic::error(format!("cannot {verb} `{shown}`: {}", reason(error)))
}

/// The system's reason in words, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

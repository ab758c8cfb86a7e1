//! The file system: the only user of `std::fs`. Every error names the path.
//!
//! Reads folders into values ([`Folder`]) and writes files so that each is either old or new. It
//! must not know what the files mean.

#![expect(clippy::disallowed_methods, reason = "this is the module the rule sends everyone to")]

use crate::config::tree::{Entry, Folder};
use crate::error::Diagnostic;
use crate::parallel;
use std::fs;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

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
    /// Links that stay within the project, or the Git repository that it is in, are what they lead
    /// to; others cannot be read.
    Within,
    /// Every link is something that cannot be read, so that nothing behind it is ever touched.
    Never,
}

/// The largest file that is read into memory: what Helm lets a whole chart hold. No file that people
/// write comes near.
const LARGEST_FILE: u64 = 100 * 1024 * 1024;

/// Reads a file of a size that people write. An error names it as `path`.
pub fn read_limited(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let content = read_up_to_limit(path).map_err(|error| failed("read", path, &error))?;
    content.ok_or_else(|| Diagnostic::error(format!("`{}` {TOO_LARGE}", path.display())))
}

const TOO_LARGE: &str = "is larger than 100 MiB";

/// The content of a file, unless it is too large.
fn read_up_to_limit(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = fs::File::open(path)?;
    let expected = file.metadata()?.len().min(LARGEST_FILE);
    let mut content = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    let read = io::Read::take(file, LARGEST_FILE + 1);
    let length = io::copy(&mut { read }, &mut content)?;
    Ok((length <= LARGEST_FILE).then_some(content))
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

/// The root of the Git repository that a path is in.
pub fn repository(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.join(".git").exists())
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
        Ok(canonical) if !canonical.is_dir() => {
            Err(failed("read", &path, &io::Error::from(io::ErrorKind::NotADirectory)))
        }
        Ok(_) => {
            let bounds = repository(&canonical_root).unwrap_or(&canonical_root);
            walk(bounds, &path, links).map_err(|error| failed("read", &path, &error.into()))
        }
    }
}

/// Everything below a folder. Its links lead nowhere out of `bounds`, and in no circle.
fn walk(bounds: &Path, path: &Path, links: Links) -> walkdir::Result<Folder> {
    if links == Links::Within {
        // Only one walk from the root notices a link to a folder on the way to it.
        return walk_to(usize::MAX, bounds, path, links);
    }
    // `walk_to` opens each folder that it goes no further into, which takes as long as to read it.
    let mut folder = match only_folders(path) {
        Some(folder) => folder,
        None => walk_to(1, bounds, path, links)?,
    };
    let folders = folder.entries.iter().filter(|(_, entry)| matches!(entry, Entry::Folder(_)));
    let names: Vec<String> = folders.map(|(name, _)| name.clone()).collect();
    let walk_below = |name: &String| walk_to(usize::MAX, bounds, &path.join(name), links);
    let below = parallel::map(&names, walk_below, |_| {});
    for (name, below) in names.into_iter().zip(below) {
        let entry = below.map_or_else(|error| not_walked(&error), Entry::Folder);
        folder.entries.insert(name, entry);
    }
    Ok(folder)
}

/// The folders in a folder, all of them empty; nothing if there is anything else in it.
fn only_folders(path: &Path) -> Option<Folder> {
    let entries = fs::read_dir(path).ok()?.map(|entry| {
        let entry = entry.ok()?;
        let is_folder = entry.file_type().ok()?.is_dir();
        let name = entry.file_name().into_string().ok().filter(|_| is_folder)?;
        Some((name, Entry::Folder(Folder::default())))
    });
    Some(Folder { entries: entries.collect::<Option<_>>()? })
}

/// What is at most so many steps below a folder; folders that are as deep are empty.
fn walk_to(depth: usize, bounds: &Path, path: &Path, links: Links) -> walkdir::Result<Folder> {
    let mut tree = Tree { open: vec![(String::new(), Folder::default())] };
    let follows = links == Links::Within;
    let mut items =
        WalkDir::new(path).min_depth(1).max_depth(depth).follow_links(follows).into_iter();
    while let Some(item) = items.next() {
        let (depth, path) = match &item {
            Ok(item) => (item.depth(), item.path()),
            Err(error) => (error.depth(), error.path().unwrap_or(path)),
        };
        if depth == 0 {
            return item.map(|_| Folder::default());
        }
        let name = path.file_name().unwrap_or_default();
        let (shown, is_text) = (name.to_string_lossy().into_owned(), name.to_str().is_some());
        let kind = item.as_ref().map(walkdir::DirEntry::file_type);
        let entry = match &item {
            _ if !is_text => Some(unreadable("has a name that is not UTF-8")),
            Err(error) => Some(not_walked(error)),
            Ok(item) => entry(bounds, item, links),
        };
        let is_folder = kind.is_ok_and(|kind| kind.is_dir());
        if is_folder && entry.is_some() {
            items.skip_current_dir();
        }
        match entry {
            Some(entry) => tree.put(depth, shown, entry),
            None => tree.open(depth, shown),
        }
    }
    Ok(tree.close())
}

/// What stands under a name; nothing if it is a folder to walk through.
fn entry(bounds: &Path, item: &walkdir::DirEntry, links: Links) -> Option<Entry> {
    if item.path_is_symlink() {
        match fs::canonicalize(item.path()) {
            _ if links == Links::Never => return Some(unreadable("is a link")),
            Ok(target) if target.starts_with(bounds) => {}
            Ok(_) => return Some(unreadable("is a link out of the project")),
            Err(error) => return Some(not_read(&error)),
        }
    }
    match item.file_type() {
        kind if kind.is_dir() => None,
        kind if kind.is_file() => Some(match read_up_to_limit(item.path()) {
            Ok(Some(content)) => Entry::File(content),
            Ok(None) => unreadable(TOO_LARGE),
            Err(error) => not_read(&error),
        }),
        _ => Some(unreadable("is neither a file nor a folder")),
    }
}

fn not_walked(error: &walkdir::Error) -> Entry {
    match (error.loop_ancestor(), error.io_error()) {
        (Some(_), _) => unreadable("is a link to a folder that holds it"),
        (None, Some(error)) => not_read(error),
        (None, None) => unreadable("cannot be read"),
    }
}

fn not_read(error: &io::Error) -> Entry {
    unreadable(&format!("cannot be read: {}", reason(error)))
}

fn unreadable(reason: &str) -> Entry {
    Entry::Unreadable(reason.to_owned())
}

/// A tree in the making: the folders on the way from the root to where the walk is.
struct Tree {
    open: Vec<(String, Folder)>,
}

impl Tree {
    /// Begins a folder, so many steps below the root.
    fn open(&mut self, depth: usize, name: String) {
        self.close_below(depth);
        self.open.push((name, Folder::default()));
    }

    fn put(&mut self, depth: usize, name: String, entry: Entry) {
        self.close_below(depth);
        if let Some((_, folder)) = self.open.last_mut() {
            folder.entries.insert(name, entry);
        }
    }

    fn close(mut self) -> Folder {
        self.close_below(1);
        self.open.pop().map(|(_, folder)| folder).unwrap_or_default()
    }

    /// Ends every folder that is no parent of what stands so many steps below the root.
    fn close_below(&mut self, depth: usize) {
        while self.open.len() > depth.max(1)
            && let Some((name, folder)) = self.open.pop()
            && let Some((_, parent)) = self.open.last_mut()
        {
            parent.entries.insert(name, Entry::Folder(folder));
        }
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

#[cfg(test)]
mod tests {
    use super::{Links, read_folder};
    use crate::config::tree::{Entry, Folder};
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    /// Every entry below a folder by its path: the content of a file, or why it is not read.
    fn listed(folder: &Folder, prefix: &str) -> Vec<String> {
        let shown = |(name, entry): (&String, &Entry)| match entry {
            Entry::File(content) => {
                vec![format!("{prefix}{name}: {}", String::from_utf8_lossy(content))]
            }
            Entry::Unreadable(reason) => vec![format!("{prefix}{name} {reason}")],
            Entry::Folder(inner) if inner.entries.is_empty() => vec![format!("{prefix}{name}/")],
            Entry::Folder(inner) => listed(inner, &format!("{prefix}{name}/")),
        };
        folder.entries.iter().flat_map(shown).collect()
    }

    fn make(root: &Path) {
        for folder in ["charts/web/templates/deep", "charts/empty", "shared", "charts/last"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in
            ["charts/a", "charts/web/b", "charts/web/templates/deep/c", "charts/z", "shared/s"]
        {
            fs::write(root.join(file), file).unwrap();
        }
        symlink("../../shared", root.join("charts/web/shared")).unwrap();
        symlink("../a", root.join("charts/web/link")).unwrap();
        symlink("..", root.join("charts/web/templates/circle")).unwrap();
        symlink("nowhere", root.join("charts/web/broken")).unwrap();
        symlink("/etc", root.join("charts/etc")).unwrap();
    }

    #[test]
    fn links_lead_within_the_project_and_in_no_circle() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path());
        let read = read_folder(folder.path(), "charts", Links::Within).unwrap();
        assert_eq!(
            listed(&read, ""),
            [
                "a: charts/a",
                "empty/",
                "etc is a link out of the project",
                "last/",
                "web/b: charts/web/b",
                "web/broken cannot be read: no such file or directory",
                "web/link: charts/a",
                "web/shared/s: shared/s",
                "web/templates/circle is a link to a folder that holds it",
                "web/templates/deep/c: charts/web/templates/deep/c",
                "z: charts/z",
            ]
        );
    }

    #[test]
    fn where_links_are_not_followed_they_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path());
        let read = read_folder(folder.path(), "charts/web", Links::Never).unwrap();
        assert_eq!(
            listed(&read, ""),
            [
                "b: charts/web/b",
                "broken is a link",
                "link is a link",
                "shared is a link",
                "templates/circle is a link",
                "templates/deep/c: charts/web/templates/deep/c",
            ]
        );
    }

    #[test]
    fn a_folder_of_folders_reads_as_it_does_with_anything_else_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path());
        let environment = folder.path().join("_gen");
        fs::create_dir(&environment).unwrap();
        fs::rename(folder.path().join("charts/web"), environment.join("web")).unwrap();
        fs::create_dir(environment.join("empty")).unwrap();
        let read = || listed(&read_folder(folder.path(), "_gen", Links::Never).unwrap(), "");
        let folders = read();
        assert_eq!(folders[0..2], ["empty/", "web/b: charts/web/b"]);
        fs::write(environment.join("file"), "").unwrap();
        symlink("web", environment.join("link")).unwrap();
        let mixed = read();
        assert_eq!(mixed[1..3], ["file: ", "link is a link"]);
        let others = |line: &String| !line.starts_with("file") && !line.starts_with("link ");
        assert_eq!(mixed.into_iter().filter(others).collect::<Vec<_>>(), folders);
    }

    #[test]
    fn links_lead_within_the_repository_that_the_project_is_in() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("shop/charts")).unwrap();
        fs::create_dir_all(folder.path().join("shared/web")).unwrap();
        fs::write(folder.path().join("shared/web/b"), "b").unwrap();
        symlink("../../shared/web", folder.path().join("shop/charts/web")).unwrap();
        symlink("/etc", folder.path().join("shop/charts/etc")).unwrap();
        let project = folder.path().join("shop");
        let read = || listed(&read_folder(&project, "charts", Links::Within).unwrap(), "");
        let out = ["etc is a link out of the project", "web is a link out of the project"];
        assert_eq!(read(), out);
        fs::create_dir(folder.path().join(".git")).unwrap();
        assert_eq!(read(), ["etc is a link out of the project", "web/b: b"]);
    }

    #[test]
    fn a_file_that_would_fill_the_memory_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = fs::File::create(folder.path().join("large")).unwrap();
        file.set_len(super::LARGEST_FILE + 1).unwrap();
        let read = read_folder(folder.path(), "", Links::Within).unwrap();
        assert_eq!(listed(&read, ""), ["large is larger than 100 MiB"]);
        let error = super::read_limited(&folder.path().join("large")).unwrap_err();
        assert!(error.message.ends_with("large` is larger than 100 MiB"), "{}", error.message);
    }

    #[test]
    fn a_folder_that_is_not_there_is_empty_and_a_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let read = |path| read_folder(folder.path(), path, Links::Within);
        assert!(read("absent").unwrap().entries.is_empty());
        assert!(read("file").unwrap_err().message.ends_with("not a directory"));
    }
}

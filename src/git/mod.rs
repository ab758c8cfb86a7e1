//! The Git repository that holds a project: the only user of `gix`. No other program is started,
//! and nothing is written.
//!
//! Reads nothing but the repository's own configuration, neither the user's nor the environment,
//! so that a commit means the same on every machine. What Git itself refuses to do in a repository
//! of another owner is to run programs that its configuration names; none is run here, so CI may
//! check out as whoever it likes. It must not know what the files mean.

use crate::config::tree::{Entry, Folder};
use crate::error::Diagnostic;
use crate::fs;
use gix::bstr::ByteSlice as _;
use gix::discover::upwards;
use gix::objs::tree::EntryKind;
use gix::sec::Trust;
use gix::sec::trust::Mapping;
use std::fmt::Display;
use std::path::Path;

/// How deep folders may nest, which is more than a file system takes.
const MAX_DEPTH: usize = 1000;

/// A repository, seen from a folder in its work tree.
pub struct Repository {
    inner: gix::Repository,
    /// Where the folder is in the work tree, with `/` after each name; empty for its root.
    prefix: String,
}

/// Whether one commit is in the history of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ancestry {
    /// It is, or is the same.
    Ancestor,
    /// It is not.
    NotAncestor,
    /// Too little of the history is here to tell, and why.
    Unknown(String),
}

/// The commit that is checked out where `folder` is, in hexadecimal; nothing outside of Git and
/// before the first commit. Fails if there is a repository that cannot be read, which is not the
/// same as none.
pub fn head(folder: &Path) -> Result<Option<String>, Diagnostic> {
    Repository::discover(folder)?.map_or(Ok(None), |repository| repository.head())
}

/// Whether the commit `synced` is `recorded` or comes after it; why not, otherwise. In doubt it
/// does not.
pub fn follows(folder: &Path, synced: &str, recorded: &str) -> Result<(), String> {
    let repository = match Repository::discover(folder) {
        Ok(Some(repository)) => repository,
        Ok(None) => return Err("this folder is in no Git repository".to_owned()),
        Err(problem) => return Err(problem.message),
    };
    match repository.ancestry(recorded, synced) {
        Ancestry::Ancestor => Ok(()),
        Ancestry::NotAncestor => Err("it is not in its history".to_owned()),
        Ancestry::Unknown(reason) => Err(reason),
    }
}

/// Whether the repository that holds a folder has no more than the last commits; not outside of Git.
pub fn is_shallow(folder: &Path) -> Result<bool, Diagnostic> {
    let repository = Repository::discover(folder)?;
    Ok(repository.is_some_and(|repository| repository.is_shallow()))
}

impl Repository {
    /// The repository that holds a folder; nothing if none does. Fails if the repository cannot be
    /// read.
    pub fn discover(folder: &Path) -> Result<Option<Self>, Diagnostic> {
        let folder = fs::canonical(folder)?;
        let options = upwards::Options {
            trust: upwards::TrustPolicy::Assume(Trust::Full),
            ..upwards::Options::default()
        };
        let isolated = gix::open::Options::isolated;
        let opening = Mapping { full: isolated(), reduced: isolated() };
        let inner = match gix::ThreadSafeRepository::discover_opts(&folder, options, opening) {
            Ok(found) => found.to_thread_local(),
            Err(error) if error.downcast_any_ref::<upwards::Error>().is_some() => return Ok(None),
            Err(error) => return Err(unusable(&folder, error)),
        };
        let Some(root) = inner.workdir() else {
            return Err(unusable(&folder, "it has no work tree"));
        };
        let root = fs::canonical(root)?;
        let Some(prefix) = prefix(&root, &folder) else {
            return Err(unusable(&folder, "the folder is not in its work tree"));
        };
        Ok(Some(Self { inner, prefix }))
    }

    /// The folder at `path`, seen from the folder the repository was found from, as it was at a
    /// revision: anything `git rev-parse` would take. Nothing if there was no such folder then. Fails
    /// if the revision is not known here.
    pub fn folder(&self, revision: &str, path: &str) -> Result<Option<Folder>, Diagnostic> {
        let Some((kind, object)) = self.entry(revision, path)? else { return Ok(None) };
        if kind != EntryKind::Tree {
            let message = format!("`{path}` is no folder as of `{revision}`");
            return Err(Diagnostic::error(message));
        }
        let tree = object.peel_to_tree().map_err(|error| unreadable(revision, path, error))?;
        read(&tree, 0).map(Some).map_err(|error| unreadable(revision, path, error))
    }

    /// The content of the file at `path` as it was at a revision; nothing if there was no such file.
    pub fn file(&self, revision: &str, path: &str) -> Result<Option<Vec<u8>>, Diagnostic> {
        let found = self.entry(revision, path)?;
        let is_file = |kind| matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable);
        Ok(found.filter(|(kind, _)| is_file(*kind)).map(|(_, object)| object.detach().data))
    }

    /// The commit that is checked out, in hexadecimal; nothing before the first commit.
    pub fn head(&self) -> Result<Option<String>, Diagnostic> {
        let head = self.inner.head().map_err(|error| broken_head(&error))?;
        if head.is_unborn() {
            return Ok(None);
        }
        let id = self.inner.head_id().map_err(|error| broken_head(&error))?;
        Ok(Some(id.to_string()))
    }

    /// The commit that a revision names, in hexadecimal. Fails if it is not known here.
    pub fn commit(&self, revision: &str) -> Result<String, Diagnostic> {
        self.object(revision)?
            .peel_to_commit()
            .map(|commit| commit.id.to_string())
            .map_err(|error| self.unknown(revision, &error))
    }

    /// Whether the commit `recorded` is in the history of the commit `of`, both in hexadecimal.
    pub fn ancestry(&self, recorded: &str, of: &str) -> Ancestry {
        let (older, newer) = match (self.known_commit(recorded), self.known_commit(of)) {
            (Ok(older), Ok(newer)) => (older, newer),
            (Err(reason), _) | (_, Err(reason)) => return Ancestry::Unknown(reason),
        };
        match self.inner.merge_base(older, newer) {
            Ok(Some(base)) if base.detach() == older => Ancestry::Ancestor,
            Ok(_) if self.is_shallow() => Ancestry::Unknown(
                "this is a shallow clone, whose history ends too early to tell (`git fetch --unshallow`, \
                 or `fetch-depth: 0` for the checkout in CI)"
                    .to_owned(),
            ),
            Ok(_) => Ancestry::NotAncestor,
            Err(error) => Ancestry::Unknown(format!("the history cannot be read: {error}")),
        }
    }

    /// The commit that what is checked out is a change of, in hexadecimal: where it left the main
    /// line (`origin/HEAD`), and on the main line itself the commit before. Nothing where too little
    /// of the history is here to tell.
    pub fn base(&self) -> Option<String> {
        if self.is_shallow() {
            return None;
        }
        let head = self.inner.head_commit().ok()?;
        let parents: Vec<gix::ObjectId> = head.parent_ids().map(gix::Id::detach).collect();
        let (before, merged) = parents.split_first()?;
        let branched = |main| self.branch_point(main, head.id, *before, merged);
        let base = self.main_line().and_then(branched).unwrap_or(*before);
        let base = self.inner.find_commit(base).ok()?;
        Some(base.id.to_string())
    }

    /// Where the branch of a commit left the main line; nothing if it is on the main line. Nothing
    /// either if it merges something into the commit `before`, which is what CI checks out for a pull
    /// request, whatever its target is; unless that something is the main line itself, with which a
    /// branch was brought up to date.
    fn branch_point(
        &self,
        main: gix::ObjectId,
        commit: gix::ObjectId,
        before: gix::ObjectId,
        merged: &[gix::ObjectId],
    ) -> Option<gix::ObjectId> {
        let common = |one| self.inner.merge_base(one, main).ok().flatten().map(gix::Id::detach);
        let is_on_main = |one: gix::ObjectId| common(one) == Some(one);
        let is_updated = || !is_on_main(before) && merged.iter().any(|one| is_on_main(*one));
        if !merged.is_empty() && !is_updated() {
            return None;
        }
        common(commit).filter(|base| *base != commit)
    }

    /// The end of the main line as far as it was fetched.
    fn main_line(&self) -> Option<gix::ObjectId> {
        let mut main = self.inner.try_find_reference("refs/remotes/origin/HEAD").ok()??;
        main.peel_to_commit().ok().map(|commit| commit.id)
    }

    fn known_commit(&self, id: &str) -> Result<gix::ObjectId, String> {
        let parsed = gix::ObjectId::from_hex(id.as_bytes())
            .map_err(|_| format!("`{id}` is no id of a commit"))?;
        match self.inner.find_commit(parsed) {
            Ok(_) => Ok(parsed),
            Err(_) if self.is_shallow() => {
                Err(format!("the commit `{id}` is not in this shallow clone"))
            }
            Err(_) => Err(format!("the commit `{id}` is not in this repository")),
        }
    }

    /// In doubt it is, which promises less.
    fn is_shallow(&self) -> bool {
        self.inner.is_shallow().unwrap_or(true)
    }

    fn object(&self, revision: &str) -> Result<gix::Object<'_>, Diagnostic> {
        self.inner
            .rev_parse_single(revision)
            .and_then(|id| id.object())
            .map_err(|error| self.unknown(revision, &error))
    }

    fn entry(
        &self,
        revision: &str,
        path: &str,
    ) -> Result<Option<(EntryKind, gix::Object<'_>)>, Diagnostic> {
        let object = self.object(revision)?;
        let tree = object.peel_to_tree().map_err(|error| self.unknown(revision, &error))?;
        let path = format!("{}{path}", self.prefix);
        let found = tree.lookup_entry(path.split('/'));
        let failed = |error: gix::Error| unreadable(revision, &path, error);
        let Some(entry) = found.map_err(failed)? else { return Ok(None) };
        if entry.mode().is_commit() {
            return Err(unreadable(revision, &path, "it is in a submodule"));
        }
        let object = entry.object().map_err(failed)?;
        Ok(Some((entry.mode().kind(), object)))
    }

    fn unknown(&self, revision: &str, error: &gix::Error) -> Diagnostic {
        let problem = Diagnostic::error(format!("the revision `{revision}` is not known here"));
        let problem = if error.is_not_found() { problem } else { problem.because(lower(error)) };
        if self.is_shallow() {
            return problem.because("this is a shallow clone").hint(
                "fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` for the checkout in CI",
            );
        }
        if matches!(self.head(), Ok(None)) {
            return problem.because("there is no commit yet");
        }
        problem.hint(match revision.split_once('/') {
            Some(("origin", branch)) => format!("fetch it: `git fetch origin {branch}`"),
            Some(_) | None => "fetch it: `git fetch --tags origin`".to_owned(),
        })
    }
}

/// Where `folder` is below `root`; nothing if it is not, or if a name is no UTF-8.
fn prefix(root: &Path, folder: &Path) -> Option<String> {
    let names = folder.strip_prefix(root).ok()?.iter();
    names.map(|name| name.to_str().map(|name| format!("{name}/"))).collect()
}

fn read(tree: &gix::Tree<'_>, depth: usize) -> Result<Folder, gix::Error> {
    let mut folder = Folder::default();
    for item in tree.iter() {
        let item = item?;
        let (name, entry) = match item.filename().to_str() {
            Ok(name) => (name.to_owned(), entry(&item, depth)),
            Err(_) => (
                item.filename().to_str_lossy().into_owned(),
                Entry::Unreadable("has a name that is not UTF-8".to_owned()),
            ),
        };
        drop(folder.entries.insert(name, entry));
    }
    Ok(folder)
}

/// An entry as a value. What cannot be read is told as [`crate::fs`] tells it.
fn entry(item: &gix::object::tree::EntryRef<'_, '_>, depth: usize) -> Entry {
    let read = match item.kind() {
        EntryKind::Link => return Entry::Unreadable("is a link".to_owned()),
        EntryKind::Commit => return Entry::Unreadable("is a submodule".to_owned()),
        EntryKind::Tree if depth >= MAX_DEPTH => {
            return Entry::Unreadable("is nested too deep".to_owned());
        }
        EntryKind::Tree => item
            .object()
            .and_then(gix::Object::peel_to_tree)
            .and_then(|tree| read(&tree, depth + 1))
            .map(Entry::Folder),
        EntryKind::Blob | EntryKind::BlobExecutable => {
            item.object().map(|object| Entry::File(object.detach().data))
        }
    };
    read.unwrap_or_else(|error| Entry::Unreadable(format!("cannot be read: {}", lower(&error))))
}

fn unusable(folder: &Path, reason: impl Display) -> Diagnostic {
    Diagnostic::error(format!("cannot use the Git repository of `{}`", folder.display()))
        .because(lower(&reason))
}

fn unreadable(revision: &str, path: &str, reason: impl Display) -> Diagnostic {
    Diagnostic::error(format!("cannot read `{path}` as of `{revision}`")).because(lower(&reason))
}

fn broken_head(error: &gix::Error) -> Diagnostic {
    Diagnostic::error("cannot tell which commit is checked out").because(lower(error))
}

/// The first line of a reason, without a capital.
fn lower(reason: &impl Display) -> String {
    let text = reason.to_string();
    let mut letters = text.lines().next().unwrap_or_default().chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;

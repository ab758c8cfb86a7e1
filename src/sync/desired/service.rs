//! The folder of one service: which files hold its manifests, and what its lock says.
//!
//! | in the folder of the environment | is |
//! |---|---|
//! | a hidden name, such as `.gitkeep` | passed over |
//! | a folder with a `molave.lock` | a service; its manifests are in `resources.yaml` and nowhere else |
//! | any other folder | a service; its manifests are in every YAML or JSON file below it |
//! | a folder with nothing in it but hidden names | no service: Git would not keep it either |
//! | anything else | a problem |
//!
//! It must not know what the other services are.

use super::told;
use crate::config::names;
use crate::config::tree::{Entry, Folder, is_hidden};
use crate::error::{Diagnostic, Place};
use crate::generate::lock;
use crate::generate::plan::MANIFESTS;
use go_yaml::Node;
use manifest::Draft;
use std::sync::{Mutex, PoisonError};

/// The folder of a service.
#[derive(Clone)]
pub(super) struct ServiceFolder<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// What is in it.
    pub(super) folder: &'a Folder,
    path: String,
}

/// The service as far as it can be read by itself.
pub(super) struct Parsed {
    /// Its name.
    pub(super) name: String,
    /// Whether `generate` wrote it, which knew every scope.
    pub(super) is_locked: bool,
    /// What its lock says.
    pub(super) settings: Settings,
    /// What is wrong.
    pub(super) problems: Vec<Diagnostic>,
    /// Its drafts, until a thread takes them.
    drafts: Mutex<Vec<Draft>>,
}

/// What a sync needs of a lock.
#[derive(Default)]
pub(super) struct Settings {
    /// The namespace of objects that name none.
    pub(super) namespace: Option<String>,
    /// The services that must be there before this one.
    pub(super) depends_on: Vec<String>,
    /// How long to wait, as written.
    pub(super) wait_timeout: Option<String>,
}

impl Parsed {
    /// The drafts, which are gone from here afterwards.
    pub(super) fn take_drafts(&self) -> Vec<Draft> {
        std::mem::take(&mut *self.drafts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at each draft.
    pub(super) fn each_draft(&self, look: impl FnMut(&Draft)) {
        self.drafts.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(look);
    }
}

/// The folders of the services below `path`, and what stands beside them without being one.
pub(super) fn folders<'a>(
    folder: &'a Folder,
    path: &str,
) -> (Vec<ServiceFolder<'a>>, Vec<Diagnostic>) {
    let mut folders = Vec::new();
    let mut problems = Vec::new();
    for (name, entry) in folder.entries.iter().filter(|(name, _)| !is_hidden(name)) {
        let path = format!("{path}/{name}");
        match entry {
            Entry::Folder(folder) => match names::check_label(name) {
                Ok(()) => folders.push(ServiceFolder { name, folder, path }),
                Err(reason) => {
                    let message = format!("`{name}` cannot be the name of a service: it {reason}");
                    problems.push(Diagnostic::error(message).at(Place::file(path)));
                }
            },
            Entry::File(_) => problems.push(stray(&path)),
            Entry::Unreadable(reason) => problems.push(unreadable(path, reason)),
        }
    }
    (folders, problems)
}

/// What the lock of a service says, as far as it has one that can be read.
pub(super) fn lock(folder: &Folder) -> Option<Settings> {
    go_yaml::parse(folder.file(lock::FILE)?).ok()?.get("settings").map(settings)
}

/// Reads a service; nothing if there is nothing in its folder.
pub(super) fn parse(service: &ServiceFolder<'_>) -> Option<Parsed> {
    let ServiceFolder { name, folder, path } = service;
    if folder.entries.keys().all(|name| is_hidden(name)) {
        return None;
    }
    let mut reader = Reader::default();
    let lock = folder.file(lock::FILE);
    let settings = if let Some(text) = lock {
        reader.locked(folder, path);
        reader.settings(&format!("{path}/{}", lock::FILE), text)
    } else {
        reader.plain(folder, path);
        if reader.files == 0 && reader.problems.is_empty() {
            reader.problems.push(without_manifests(path));
        }
        Settings::default()
    };
    Some(Parsed {
        name: (*name).to_owned(),
        is_locked: lock.is_some(),
        settings,
        problems: reader.problems,
        drafts: Mutex::new(reader.drafts),
    })
}

/// What was read of a service so far.
#[derive(Default)]
struct Reader {
    drafts: Vec<Draft>,
    problems: Vec<Diagnostic>,
    files: usize,
}

impl Reader {
    /// The manifests beside a lock. Anything else there would be passed over without a word, and is
    /// therefore a problem.
    fn locked(&mut self, folder: &Folder, path: &str) {
        for (name, entry) in folder.entries.iter().filter(|(name, _)| !is_hidden(name)) {
            let path = format!("{path}/{name}");
            match entry {
                Entry::File(text) if name == MANIFESTS => self.manifests(text, &path),
                Entry::File(_) if name == lock::FILE => {}
                Entry::File(_) | Entry::Folder(_) => self.problems.push(unexpected(path)),
                Entry::Unreadable(reason) => self.problems.push(unreadable(path, reason)),
            }
        }
        if !folder.entries.contains_key(MANIFESTS) {
            let message = format!("`{path}` has a `{}`, but no `{MANIFESTS}`", lock::FILE);
            let problem = Diagnostic::error(message).at(Place::file(path));
            self.problems.push(problem.hint("run `molave generate`"));
        }
    }

    /// The manifests of a folder that `generate` did not write.
    fn plain(&mut self, folder: &Folder, path: &str) {
        for (name, entry) in folder.entries.iter().filter(|(name, _)| !is_hidden(name)) {
            let path = format!("{path}/{name}");
            match entry {
                Entry::File(text) if is_manifest(name) => self.manifests(text, &path),
                Entry::File(_) => {}
                Entry::Folder(inner) => self.plain(inner, &path),
                Entry::Unreadable(reason) => self.problems.push(unreadable(path, reason)),
            }
        }
    }

    fn manifests(&mut self, text: &[u8], path: &str) {
        self.files += 1;
        match manifest::parse(text, path) {
            Ok(mut drafts) => self.drafts.append(&mut drafts),
            Err(problem) => self.problems.push(told(problem)),
        }
    }

    fn settings(&mut self, path: &str, text: &[u8]) -> Settings {
        match go_yaml::parse(text) {
            Ok(lock) => lock.get("settings").map(settings).unwrap_or_default(),
            Err(error) => {
                let place = Place { file: path.to_owned(), line: error.line, column: None };
                let problem = Diagnostic::error(error.message).at(place);
                self.problems.push(problem.hint("run `molave generate`"));
                Settings::default()
            }
        }
    }
}

fn settings(settings: &Node) -> Settings {
    let text = |node: Option<&Node>| node.and_then(Node::as_str).map(str::to_owned);
    let names = settings.get("dependsOn").and_then(Node::as_list).unwrap_or_default();
    Settings {
        namespace: text(settings.get("namespace")),
        depends_on: names.iter().filter_map(|name| text(Some(name))).collect(),
        wait_timeout: text(settings.get("wait").and_then(|wait| wait.get("timeout"))),
    }
}

fn is_manifest(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

fn stray(path: &str) -> Diagnostic {
    Diagnostic::error(format!("`{path}` belongs to no service"))
        .at(Place::file(path))
        .hint("move it into the folder of a service, or remove it")
}

fn unexpected(path: String) -> Diagnostic {
    Diagnostic::error(format!("`{path}` is not what `molave generate` writes"))
        .at(Place::file(path))
        .hint("run `molave generate`, which removes it; let a chart write what it holds")
}

fn unreadable(path: String, reason: &str) -> Diagnostic {
    Diagnostic::error(format!("`{path}` {reason}")).at(Place::file(path))
}

fn without_manifests(path: &str) -> Diagnostic {
    Diagnostic::error(format!("no file in `{path}` holds manifests")).at(Place::file(path)).hint(
        "manifests end in `.yaml`, `.yml` or `.json`; remove the folder if the service is gone",
    )
}

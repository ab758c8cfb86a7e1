//! A folder as a value: what [`crate::fs`] read, for pure code to look at.

use std::collections::BTreeMap;

/// The content of a folder by name, in byte order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The entries.
    pub entries: BTreeMap<String, Entry>,
}

/// What stands under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file and its content.
    File(Vec<u8>),
    /// A folder.
    Folder(Folder),
    /// Something that is not read, and why: `is a link out of the project`.
    Unreadable(String),
}

impl Folder {
    /// The content of the file at a path below this folder, with `/` between the names.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        match self.entry(path)? {
            Entry::File(content) => Some(content),
            Entry::Folder(_) | Entry::Unreadable(_) => None,
        }
    }

    /// The folder at a path below this one.
    pub fn folder(&self, path: &str) -> Option<&Self> {
        match self.entry(path)? {
            Entry::Folder(folder) => Some(folder),
            Entry::File(_) | Entry::Unreadable(_) => None,
        }
    }

    /// What stands at a path below this folder.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        match path.split_once('/') {
            None => self.entries.get(path),
            Some((name, rest)) => match self.entries.get(name)? {
                Entry::Folder(folder) => folder.entry(rest),
                Entry::File(_) | Entry::Unreadable(_) => None,
            },
        }
    }

    /// Puts a file at a path below this folder, making the folders on the way.
    pub fn insert_file(&mut self, path: &str, content: Vec<u8>) {
        match path.split_once('/') {
            None => drop(self.entries.insert(path.to_owned(), Entry::File(content))),
            Some((name, rest)) => {
                let mut folder = match self.entries.remove(name) {
                    Some(Entry::Folder(folder)) => folder,
                    Some(Entry::File(_) | Entry::Unreadable(_)) | None => Self::default(),
                };
                folder.insert_file(rest, content);
                drop(self.entries.insert(name.to_owned(), Entry::Folder(folder)));
            }
        }
    }

    /// Every file below this folder with its path, in byte order of the names.
    pub fn files(&self) -> Vec<(String, &[u8])> {
        let mut found = Vec::new();
        self.collect_files("", &mut found);
        found
    }

    /// The first entry below this folder that is not read, with its path, and why.
    pub fn unreadable(&self) -> Option<(String, &str)> {
        self.entries.iter().find_map(|(name, entry)| match entry {
            Entry::File(_) => None,
            Entry::Folder(inner) => {
                let (path, reason) = inner.unreadable()?;
                Some((format!("{name}/{path}"), reason))
            }
            Entry::Unreadable(reason) => Some((name.clone(), reason.as_str())),
        })
    }

    /// The names of the folders in this one that are not hidden.
    pub fn folder_names(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|(name, entry)| matches!(entry, Entry::Folder(_)) && !is_hidden(name))
            .map(|(name, _)| name.as_str())
    }

    fn collect_files<'a>(&'a self, prefix: &str, found: &mut Vec<(String, &'a [u8])>) {
        for (name, entry) in &self.entries {
            match entry {
                Entry::File(content) => found.push((format!("{prefix}{name}"), content)),
                Entry::Folder(folder) => folder.collect_files(&format!("{prefix}{name}/"), found),
                Entry::Unreadable(_) => {}
            }
        }
    }
}

/// Whether a name is left alone among settings: `.gitkeep`, `.DS_Store`, an editor's swap file.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

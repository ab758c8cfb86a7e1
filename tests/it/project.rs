//! A project in a temporary folder, and the program to run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program.
pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_molave")
}

/// A project that is gone when the test ends.
pub(crate) struct Project(TempDir);

impl Project {
    /// A project of the given folders, each laid over the ones before.
    pub(crate) fn new(layers: &[PathBuf]) -> Self {
        let project = Self(TempDir::new().expect("a temporary folder"));
        for layer in layers {
            copy(layer, project.path());
        }
        project
    }

    /// The small project that all cases share.
    pub(crate) fn base() -> Self {
        Self::new(&[root().join("tests/cases/_base")])
    }

    /// The example that this repository holds.
    pub(crate) fn example() -> Self {
        let project = Self::new(&[]);
        for folder in ["charts", "services", "_gen"] {
            copy(&root().join(folder), &project.path().join(folder));
        }
        let settings = std::fs::read_to_string(root().join("molave.yaml")).expect("the settings");
        project.write("molave.yaml", &settings);
        project
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the program in it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.path()).output().expect("the program runs")
    }

    /// Writes a file, making its folders.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
}

/// Every file below a folder with its content, in order; links are not followed.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(folder, "", &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<(String, String)>) {
    let Ok(items) = std::fs::read_dir(folder) else { return };
    for item in items.map(|item| item.expect("an entry")) {
        let path = format!("{prefix}{}", item.file_name().to_string_lossy());
        if item.file_type().expect("a type").is_dir() {
            collect(&item.path(), &format!("{path}/"), found);
        } else {
            let content = std::fs::read(item.path()).unwrap_or_default();
            found.push((path, String::from_utf8_lossy(&content).into_owned()));
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for (path, content) in files(from) {
        let target = to.join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        std::fs::write(target, content).expect("written");
    }
}

/// A folder with what its links lead to, as `cp -rL` copies it.
pub(crate) fn copy_with_links(from: &Path, to: &Path) {
    for item in std::fs::read_dir(from).expect("a folder") {
        let path = item.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            std::fs::create_dir_all(&target).expect("made");
            copy_with_links(&path, &target);
        } else {
            std::fs::copy(&path, target).expect("copied");
        }
    }
}

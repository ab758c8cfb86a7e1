//! The charts under test and their values files.

use std::fs;
use std::path::{Path, PathBuf};

/// The release that every case is rendered as.
pub(crate) const RELEASE: &str = "web";

/// Its namespace.
pub(crate) const NAMESPACE: &str = "shop";

/// A chart and where its cases are.
pub(crate) struct Subject {
    pub(crate) chart: PathBuf,
    cases: PathBuf,
}

/// One values file.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// Every chart that must equal Helm's rendering byte for byte.
pub(crate) fn subjects() -> Vec<Subject> {
    vec![service(), scaffold()]
}

/// Our chart for services.
pub(crate) fn service() -> Subject {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Subject { chart: root.join("charts/service"), cases: root.join("tests/charts/service") }
}

/// The chart that `helm create` writes.
pub(crate) fn scaffold() -> Subject {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts/scaffold");
    Subject { chart: cases.join("chart"), cases }
}

impl Subject {
    /// Its values files in order of name.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let cases = in_folder(&self.cases);
        assert!(!cases.is_empty(), "no cases in {}", self.cases.display());
        cases
    }

    /// Values files that must be refused.
    pub(crate) fn refused(&self) -> Vec<Case> {
        in_folder(&self.cases.join("refused"))
    }

    /// The files of the chart, with paths relative to it.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.chart, "", &mut files);
        files.sort();
        files
    }
}

fn in_folder(folder: &Path) -> Vec<Case> {
    let files = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut cases: Vec<Case> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| Case { name: path.file_stem().unwrap().display().to_string(), path })
        .collect();
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    cases
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().display());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            files.push((name, fs::read(&path).unwrap()));
        }
    }
}

//! The charts under test and their values files.

use serde_json::Value;
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
    let mut subjects = ours();
    subjects.push(scaffold());
    subjects
}

/// Our own charts: every folder of `charts`.
pub(crate) fn ours() -> Vec<Subject> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut charts: Vec<PathBuf> =
        fs::read_dir(root.join("charts")).unwrap().map(|entry| entry.unwrap().path()).collect();
    charts.sort();
    let cases = |chart: &Path| root.join("tests/charts").join(chart.file_name().unwrap());
    charts.into_iter().map(|chart| Subject { cases: cases(&chart), chart }).collect()
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

    /// The name of its folder.
    pub(crate) fn name(&self) -> String {
        self.chart.file_name().unwrap().to_string_lossy().into_owned()
    }

    /// Its schema.
    pub(crate) fn schema(&self) -> Value {
        serde_json::from_slice(&fs::read(self.chart.join("values.schema.json")).unwrap()).unwrap()
    }

    /// Its default values.
    pub(crate) fn defaults(&self) -> Value {
        plain(&fs::read(self.chart.join("values.yaml")).unwrap())
    }

    /// The files of the chart, with paths relative to it.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.chart, "", &mut files);
        files.sort();
        files
    }
}

/// Values as data; an empty file holds none.
pub(crate) fn plain(text: &[u8]) -> Value {
    let value: Value = serde_yaml::from_slice(text).unwrap();
    if value.is_null() { Value::Object(serde_json::Map::new()) } else { value }
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

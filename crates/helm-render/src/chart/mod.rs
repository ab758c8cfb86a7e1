//! A chart in memory: its metadata, templates, default values, schema and vendored sub-charts.
//!
//! Owns the loading of a chart from the files of a folder or from an archive, with Helm's checks and
//! texts. It must not know how values are merged or templates rendered.

mod archive;
mod decode;
mod ignore;
mod load;
pub mod lock;
mod metadata;
pub mod package;
mod validate;
pub(crate) mod version;

use crate::profile::Profile;
use crate::values::frozen::Frozen;
use crate::values::{Schema, ValuesError};
use gotemplate::Text;
pub use metadata::{Dependency, Maintainer, Metadata};

/// A file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path relative to the chart's folder, with `/` separators.
    pub path: String,
    /// The content, without a byte order mark once the chart is loaded.
    pub content: Vec<u8>,
}

impl SourceFile {
    /// Takes the byte order mark away that some editors put at the front.
    fn strip_mark(&mut self) {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        if self.content.starts_with(BYTE_ORDER_MARK) {
            self.content.drain(..BYTE_ORDER_MARK.len());
        }
    }
}

/// A loaded chart. Immutable and shareable between threads: one chart is rendered many times.
#[derive(Debug)]
pub struct Chart {
    /// `Chart.yaml`.
    pub metadata: Metadata,
    /// The files under `templates/`, partials and notes included.
    pub templates: Vec<SourceFile>,
    /// What templates reach as `.Files`.
    pub files: Vec<SourceFile>,
    /// `values.yaml`: a map, of all its documents merged.
    pub values: go_yaml::Node,
    /// The same, ready to be used by many renders.
    defaults: Defaults,
    /// Why only Helm 3 refuses the chart.
    helm3_problem: Option<String>,
    /// The compiled `values.schema.json`.
    pub schema: Option<Schema>,
    /// The files under `crds/` that hold manifests (`.yaml`, `.yml`, `.json`).
    pub definitions: Vec<SourceFile>,
    /// The sub-charts vendored under `charts/`.
    pub dependencies: Vec<Self>,
    /// What Helm would say on standard error while loading.
    pub warnings: Vec<String>,
    /// What is packed as it was written.
    sources: Sources,
}

/// Files that are read for what they mean, as they were written.
#[derive(Debug, Default)]
struct Sources {
    values: Option<Vec<u8>>,
    schema: Option<Vec<u8>>,
    lock: Option<Vec<u8>>,
}

/// Why a chart could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The file, relative to the chart's folder.
    pub path: String,
    /// The 1-based line, where one is known.
    pub line: Option<u32>,
    /// Helm's text.
    pub message: String,
    /// Why an archive is broken, where Helm keeps that to itself.
    pub reason: Option<String>,
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for LoadError {}

/// The top level of default values, in order of keys.
type Table = Vec<(Text, Frozen)>;

/// Default values per profile.
#[derive(Debug)]
struct Defaults {
    /// All documents merged.
    helm4: Result<Table, ValuesError>,
    /// The first document, where there are more.
    helm3: Option<Result<Table, ValuesError>>,
}

impl Chart {
    /// [`Chart::load_as`] Helm 4 does.
    pub fn load(folder_name: &str, files: Vec<SourceFile>) -> Result<Self, LoadError> {
        Self::load_as(Profile::Helm4, folder_name, files)
    }

    /// Loads a chart from all files of its folder, given in any order. Applies `.helmignore`,
    /// strips byte order marks, unpacks the archives under `charts/` and checks Helm's limits and
    /// metadata rules. `folder_name` stands in the message when there is no chart in it.
    pub fn load_as(
        profile: Profile,
        folder_name: &str,
        files: Vec<SourceFile>,
    ) -> Result<Self, LoadError> {
        if !files.iter().any(|file| file.path == "Chart.yaml") {
            let message = format!("Chart.yaml file is missing in `{folder_name}`");
            let path = "Chart.yaml".to_owned();
            return Err(LoadError { path, line: None, message, reason: None });
        }
        load::load_folder(files, profile)
    }

    /// Loads a packed chart (`.tgz`), to which no `.helmignore` applies. `file_name` stands in the
    /// message when it is none.
    pub fn load_archive(
        profile: Profile,
        file_name: &str,
        content: &[u8],
    ) -> Result<Self, LoadError> {
        load::load_archive(file_name, content, profile)
    }

    /// The lock file of its dependencies, if it has one: `Chart.lock`, or in charts of version 1
    /// `requirements.lock`.
    pub fn lock(&self) -> Result<Option<lock::Lock>, LoadError> {
        let path = self.lock_path();
        let old = || self.files.iter().find(|file| file.path == path).map(|file| &file.content);
        let text = self.sources.lock.as_ref().or_else(old);
        text.map(|text| lock::Lock::read(path, text)).transpose()
    }

    /// The name of that file.
    pub fn lock_path(&self) -> &'static str {
        if self.metadata.api_version == "v1" { "requirements.lock" } else { "Chart.lock" }
    }

    /// The default values as `profile` reads them.
    pub(crate) fn defaults(&self, profile: Profile) -> Result<&[(Text, Frozen)], ValuesError> {
        let chosen = match profile {
            Profile::Helm3 => self.defaults.helm3.as_ref().unwrap_or(&self.defaults.helm4),
            Profile::Helm4 => &self.defaults.helm4,
        };
        chosen.as_deref().map_err(|error| ValuesError {
            line: error.line,
            message: format!("cannot load values.yaml: {}", error.message),
        })
    }

    /// Fails if Helm 3 refuses a chart that Helm 4 takes.
    pub(crate) fn check_for_helm3(&self) -> Result<(), ValuesError> {
        self.helm3_problem.clone().map_or(Ok(()), |message| Err(ValuesError::from(message)))
    }
}

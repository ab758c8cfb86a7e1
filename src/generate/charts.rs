//! The charts that releases use: each loaded, parsed and hashed once, then shared by all threads.

use crate::config::decode::Problems;
use crate::config::tree::{Entry, Folder};
use crate::config::{Project, Release};
use crate::dependencies::{self, Stale};
use crate::error::{Diagnostic, Place};
use gotemplate::functions::sprig::semver::Version;
use helm_render::chart::{Chart, LoadError, SourceFile};
use helm_render::{Compiled, Profile, RenderError};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A chart in use.
pub struct LoadedChart {
    /// Its folder in the project, for instance `charts/service`.
    pub folder: String,
    /// It, with its templates parsed.
    pub compiled: Compiled,
    /// A digest of all its files: `sha256:…`.
    pub digest: String,
    /// Copies of other charts in it, or in those, that are not what they were taken from.
    stale: Vec<Diagnostic>,
}

impl LoadedChart {
    /// What Helm says about the chart itself.
    pub fn warnings(&self) -> impl Iterator<Item = Diagnostic> {
        let texts = self.compiled.chart().warnings.iter();
        let told = texts.map(|text| Diagnostic::warning(text).at(Place::file(&self.folder)));
        told.chain(self.stale.iter().cloned())
    }

    /// What the chart calls a file of the project, the reverse of [`Self::project_path`].
    pub fn template_path(&self, path: &str) -> String {
        let rest = path.strip_prefix(&self.folder).unwrap_or(path);
        format!("{}{rest}", self.compiled.chart().metadata.name)
    }

    /// The path in the project of what the chart calls `service/templates/x.yaml`.
    pub fn project_path(&self, path: &str) -> String {
        let rest = path.split_once('/').map_or(path, |(_, rest)| rest);
        format!("{}/{rest}", self.folder)
    }
}

/// The charts by name. One that cannot be used is `None`, and was told of.
pub type Charts = BTreeMap<String, Option<LoadedChart>>;

/// Loads every chart that a release names for sure. `folder` is the project's folder of charts.
pub fn load(
    folder: &Folder,
    project: &Project,
    releases: &[Release<'_>],
    problems: &Problems,
) -> Charts {
    let mut charts = Charts::new();
    for release in releases.iter().filter(|release| !release.doubts.chart) {
        let name = &release.chart.value;
        if charts.contains_key(name) {
            continue;
        }
        match find(folder, name) {
            None => problems.add(missing(folder, project, release)),
            Some(found) => {
                let mut chart = load_one(&project.charts, &found, project.profile)
                    .map_err(|problem| problems.add(problem))
                    .ok();
                if let Some(chart) = &mut chart {
                    chart.stale = stale(folder, &project.charts, chart);
                }
                drop(charts.insert(name.clone(), chart));
            }
        }
    }
    charts
}

/// What a chart holds of others in the folder of charts and differs from them. A chart elsewhere is
/// not looked at: `generate` reads nothing but the project.
fn stale(folder: &Folder, charts: &str, chart: &LoadedChart) -> Vec<Diagnostic> {
    let mut find = |path: &str| {
        let inner = path.strip_prefix(charts).and_then(|rest| rest.strip_prefix('/'));
        let files = inner.and_then(|inner| folder.folder(inner)).map(source_files);
        let loaded = files.and_then(|files| Chart::load(path, files).ok());
        // Why there is none does not matter here.
        loaded.map(Arc::new).ok_or_else(|| Diagnostic::error("not found"))
    };
    let stale = dependencies::stale(&chart.folder, chart.compiled.chart(), &mut find);
    stale.iter().map(Stale::warning).collect()
}

/// A chart of the project, as it lies in its folder of charts.
pub enum Found<'a> {
    /// A folder of that name.
    Folder(&'a str, &'a Folder),
    /// A packed chart, and all that the name fits.
    Archive(&'a str, &'a [u8], Vec<&'a str>),
}

/// Finds a chart: the folder `<name>`, else the archive `<name>.tgz`, else `<name>-<version>.tgz` as
/// `helm package` and `helm pull` write it.
pub fn find<'a>(charts: &'a Folder, name: &'a str) -> Option<Found<'a>> {
    if let Some(folder) = charts.folder(name) {
        return Some(Found::Folder(name, folder));
    }
    let packed: Vec<_> = charts
        .entries
        .iter()
        .filter_map(|(file, entry)| match entry {
            Entry::File(content) => Some((file.as_str(), content.as_slice())),
            Entry::Folder(_) | Entry::Unreadable(_) => None,
        })
        .filter(|(file, _)| is_archive_of(file, name))
        .collect();
    let exact = packed.iter().find(|(file, _)| file.strip_suffix(ARCHIVE) == Some(name));
    let (file, content) = exact.or(packed.first())?;
    let names = packed.iter().filter(|_| exact.is_none()).map(|(file, _)| *file);
    Some(Found::Archive(file, content, names.collect()))
}

const ARCHIVE: &str = ".tgz";

fn is_archive_of(file: &str, name: &str) -> bool {
    let rest = file.strip_suffix(ARCHIVE).and_then(|stem| stem.strip_prefix(name));
    let is_version =
        |rest: &str| rest.strip_prefix('-').is_some_and(|text| Version::parse(text).is_ok());
    rest.is_some_and(|rest| rest.is_empty() || is_version(rest))
}

fn missing(folder: &Folder, project: &Project, release: &Release<'_>) -> Diagnostic {
    let name = &release.chart.value;
    let path = format!("{}/{name}", project.charts);
    let message = match folder.entry(name) {
        Some(Entry::Unreadable(reason)) => format!("the chart `{path}` {reason}"),
        Some(Entry::File(_)) => format!("the chart `{path}` is neither a folder nor a `.tgz`"),
        Some(Entry::Folder(_)) | None => {
            format!("there is no chart `{name}` in `{}`", project.charts)
        }
    };
    let names: Vec<&str> = folder.folder_names().collect();
    let problem = Diagnostic::error(message)
        .at(release.chart.place.clone())
        .hint(format!("put one into `{path}`, or name another with `molave: {{chart: …}}`"))
        .suggest_or_list(name, names.into_iter());
    if release.chart.place.column.is_some() {
        return problem;
    }
    problem.because(format!("`{name}` is the chart of services that name none"))
}

/// Loads a chart of the folder `charts`.
pub fn load_one(
    charts: &str,
    found: &Found<'_>,
    profile: Profile,
) -> Result<LoadedChart, Diagnostic> {
    let (path, chart, digest) = match found {
        Found::Folder(name, folder) => {
            let path = format!("{charts}/{name}");
            let (chart, digest) = load_folder(&path, name, folder, profile)?;
            (path, chart, digest)
        }
        Found::Archive(file, content, names) => {
            refuse_choice(charts, names)?;
            let path = format!("{charts}/{file}");
            let source = SourceFile { path: (*file).to_owned(), content: content.to_vec() };
            let digest = digest(&[source]);
            (path, Chart::load_archive(profile, file, content), digest)
        }
    };
    let chart = chart.map_err(|error| not_loaded(&path, &error))?;
    let remedy = dependencies::remedy(&path, &chart);
    let compiled = Compiled::new(chart, profile).map_err(|error| {
        let problem = not_compiled(&path, &error);
        if error.lacks_dependencies() { problem.hint(remedy) } else { problem }
    })?;
    Ok(LoadedChart { folder: path, compiled, digest, stale: Vec::new() })
}

/// The files of a chart's folder, as the renderer takes them.
pub fn source_files(folder: &Folder) -> Vec<SourceFile> {
    let files = folder.files().into_iter();
    files.map(|(path, content)| SourceFile { path, content: content.to_vec() }).collect()
}

fn load_folder(
    path: &str,
    name: &str,
    folder: &Folder,
    profile: Profile,
) -> Result<(Result<Chart, LoadError>, String), Diagnostic> {
    // A link out of the project or a file without permission would silently change the chart.
    if let Some((inner, reason)) = folder.unreadable() {
        let path = format!("{path}/{inner}");
        return Err(Diagnostic::error(format!("`{path}` {reason}")).at(Place::file(path)));
    }
    let files = source_files(folder);
    let digest = digest(&files);
    Ok((Chart::load_as(profile, name, files), digest))
}

/// Which of several versions is meant is for people to say.
fn refuse_choice(charts: &str, names: &[&str]) -> Result<(), Diagnostic> {
    let [first, _, ..] = names else { return Ok(()) };
    let shown: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("several archives fit one chart: {}", shown.join(", "));
    let wanted = first.strip_suffix(ARCHIVE).unwrap_or(first);
    Err(Diagnostic::error(message)
        .at(Place::file(charts))
        .hint(format!("name the one to use with its version: `molave: {{chart: {wanted}}}`")))
}

fn not_loaded(path: &str, error: &LoadError) -> Diagnostic {
    let file =
        if error.path.is_empty() { path.to_owned() } else { format!("{path}/{}", error.path) };
    let place = Place { file, line: error.line, column: None };
    let reason = error.reason.as_ref().unwrap_or(&error.message);
    Diagnostic::error(format!("cannot load the chart `{path}`: {reason}")).at(place)
}

fn not_compiled(path: &str, error: &RenderError) -> Diagnostic {
    let file = error.template.as_deref().map_or_else(
        || path.to_owned(),
        |template| {
            format!("{path}/{}", template.split_once('/').map_or(template, |(_, rest)| rest))
        },
    );
    let place = Place { file, line: error.line, column: error.column };
    Diagnostic::error(format!("cannot use the chart `{path}`: {}", error.reason)).at(place)
}

/// A digest of names and contents, each with its length before it so that none can run into the
/// next.
fn digest(files: &[SourceFile]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    format!("sha256:{}", manifest::hexadecimal(&hash.finalize()))
}

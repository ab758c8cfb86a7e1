//! The charts that releases use: each loaded, parsed and hashed once, then shared by all threads.

use crate::config::decode::Problems;
use crate::config::tree::{Entry, Folder};
use crate::config::{Project, Release};
use crate::error::{Diagnostic, Place};
use helm_render::chart::{Chart, SourceFile};
use helm_render::{Compiled, Profile, RenderError};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A chart in use.
pub struct LoadedChart {
    /// Its folder in the project, for instance `charts/service`.
    pub folder: String,
    /// It, with its templates parsed.
    pub compiled: Compiled,
    /// A digest of all its files: `sha256:…`.
    pub digest: String,
}

impl LoadedChart {
    /// What Helm says about the chart itself.
    pub fn warnings(&self) -> impl Iterator<Item = Diagnostic> {
        let texts = self.compiled.chart().warnings.iter();
        texts.map(|text| Diagnostic::warning(text).at(Place::file(&self.folder)))
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
        match folder.folder(name) {
            None => problems.add(missing(folder, project, release)),
            Some(_) if charts.contains_key(name) => {}
            Some(files) => {
                let path = format!("{}/{name}", project.charts);
                let chart = load_one(&path, files, project.profile)
                    .map_err(|problem| problems.add(problem))
                    .ok();
                drop(charts.insert(name.clone(), chart));
            }
        }
    }
    charts
}

fn missing(folder: &Folder, project: &Project, release: &Release<'_>) -> Diagnostic {
    let name = &release.chart.value;
    let path = format!("{}/{name}", project.charts);
    let message = match folder.entry(name) {
        Some(Entry::Unreadable(reason)) => format!("the chart `{path}` {reason}"),
        Some(Entry::File(_)) => format!("the chart `{path}` is a file where a folder is expected"),
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

/// Loads the chart in a folder that stands at `path`.
pub fn load_one(path: &str, folder: &Folder, profile: Profile) -> Result<LoadedChart, Diagnostic> {
    refuse_unreadable(path, folder)?;
    let files: Vec<SourceFile> = folder
        .files()
        .into_iter()
        .map(|(path, content)| SourceFile { path, content: content.to_vec() })
        .collect();
    let digest = digest(&files);
    let name = path.rsplit('/').next().unwrap_or(path);
    let chart = Chart::load(name, files).map_err(|error| {
        let file =
            if error.path.is_empty() { path.to_owned() } else { format!("{path}/{}", error.path) };
        let place = Place { file, line: error.line, column: None };
        Diagnostic::error(format!("cannot load the chart `{path}`: {}", error.message)).at(place)
    })?;
    let compiled = Compiled::new(chart, profile).map_err(|error| not_compiled(path, &error))?;
    Ok(LoadedChart { folder: path.to_owned(), compiled, digest })
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

/// A link out of the project or a file without permission would silently change what the chart is.
fn refuse_unreadable(path: &str, folder: &Folder) -> Result<(), Diagnostic> {
    for (name, entry) in &folder.entries {
        let path = format!("{path}/{name}");
        match entry {
            Entry::File(_) => {}
            Entry::Folder(inner) => refuse_unreadable(&path, inner)?,
            Entry::Unreadable(reason) => {
                return Err(Diagnostic::error(format!("`{path}` {reason}")).at(Place::file(path)));
            }
        }
    }
    Ok(())
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

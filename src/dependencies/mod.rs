//! The charts that a chart depends on: which of them are in its `charts/` folder, which should be,
//! and whether they still are what lies in the folders they were taken from.
//!
//! Decides on charts in memory, as Helm does. It must not know how charts are read or written, and
//! nothing here asks the network: only `file://` dependencies are taken from where they are.

mod build;
mod list;

pub use build::{Mode, Plan, build};
pub use list::{Row, list, undeclared};

use crate::config::tree::{Entry, Folder};
use crate::error::{Diagnostic, Place};
use gotemplate::functions::sprig::paths::clean;
use gotemplate::functions::sprig::semver::satisfies;
use helm_render::chart::{Chart, Dependency, LoadError, SourceFile};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A chart with dependencies.
pub struct Subject<'a> {
    /// The path of its folder, as the user would type it.
    pub path: &'a str,
    /// It, with what is vendored in it.
    pub chart: &'a Chart,
    /// Its files.
    pub files: &'a Folder,
}

/// Loads the chart of a folder by its path.
pub type Find<'a> = dyn FnMut(&str) -> Result<Arc<Chart>, Diagnostic> + 'a;

/// Where a dependency comes from.
#[derive(Debug, PartialEq, Eq)]
enum Origin {
    /// It lies in `charts/`, and nowhere else.
    Vendored,
    /// A folder, by its path.
    Folder(String),
    /// Somewhere that needs the network or the settings of Helm.
    Elsewhere,
}

/// Where a chart at `path` gets the dependency from.
fn origin(path: &str, dependency: &Dependency) -> Origin {
    let Some(rest) = dependency.repository.strip_prefix("file://") else {
        let is_empty = dependency.repository.is_empty();
        return if is_empty { Origin::Vendored } else { Origin::Elsewhere };
    };
    let joined = if rest.starts_with('/') { rest.to_owned() } else { format!("{path}/{rest}") };
    Origin::Folder(String::from_utf8_lossy(&clean(joined.as_bytes())).into_owned())
}

/// A copy in `charts/` that is no longer what its folder holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Stale {
    /// The path of the chart that holds the copy.
    pub holder: String,
    /// The path of the folder that it was taken from.
    pub origin: String,
    /// The versions of the copy and of the folder.
    pub versions: (String, String),
}

impl Stale {
    /// It as something to tell people.
    pub fn warning(&self) -> Diagnostic {
        let Self { holder, origin, versions: (old, new) } = self;
        let message = if old == new {
            format!("`{holder}` holds a copy of `{origin}` that differs from it")
        } else {
            format!("`{holder}` holds version {old} of `{origin}`, which is now {new}")
        };
        let command = if old == new { "build" } else { "update" };
        Diagnostic::warning(message)
            .at(Place::file(format!("{holder}/Chart.yaml")))
            .hint(format!("`molave deps {command} {holder}` takes it anew"))
    }
}

/// The copies that a chart holds of other folders' charts, and those that these hold in turn, which
/// differ from the folders. What `find` does not find is not compared.
pub fn stale(path: &str, chart: &Chart, find: &mut Find<'_>) -> Vec<Stale> {
    let mut found = Vec::new();
    collect_stale(path, chart, find, &mut BTreeSet::new(), &mut found);
    found
}

fn collect_stale(
    path: &str,
    chart: &Chart,
    find: &mut Find<'_>,
    seen: &mut BTreeSet<String>,
    found: &mut Vec<Stale>,
) {
    if !seen.insert(path.to_owned()) {
        return;
    }
    let mut origins = BTreeSet::new();
    for dependency in &chart.metadata.dependencies {
        let Origin::Folder(origin) = origin(path, dependency) else { continue };
        if !origins.insert(origin.clone()) {
            continue;
        }
        let Ok(source) = find(&origin) else { continue };
        let mut copies = copies(chart, &dependency.name);
        let wanted = contents(&source);
        if let Some(copy) = copies.next()
            && contents(copy) != wanted
            && !copies.any(|copy| contents(copy) == wanted)
        {
            let versions = (copy.metadata.version.clone(), source.metadata.version.clone());
            found.push(Stale { holder: path.to_owned(), origin: origin.clone(), versions });
        }
        collect_stale(&origin, &source, find, seen, found);
    }
}

/// The vendored charts of a name.
fn copies<'a>(chart: &'a Chart, name: &str) -> impl Iterator<Item = &'a Chart> {
    chart.dependencies.iter().filter(move |copy| copy.metadata.name == name)
}

/// What two charts are compared by: what would be packed, in order of paths.
fn contents(chart: &Chart) -> Result<Vec<SourceFile>, LoadError> {
    let mut files = chart.package()?;
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// The packed charts in `charts/`, with their bytes.
fn archives(files: &Folder) -> impl Iterator<Item = (&str, &[u8])> {
    let entries = files.folder("charts").into_iter().flat_map(|charts| &charts.entries);
    entries
        .filter_map(|(name, entry)| match entry {
            Entry::File(content) => Some((name.as_str(), content.as_slice())),
            Entry::Folder(_) | Entry::Unreadable(_) => None,
        })
        .filter(|(name, _)| is_archive(name))
}

fn is_archive(name: &str) -> bool {
    name.strip_suffix(".tgz").is_some() && !name.starts_with(['_', '.'])
}

/// Whether a version is in a range. A range that is none holds nothing.
fn is_in_range(range: &str, version: &str) -> bool {
    satisfies(range, version).unwrap_or(false)
}

/// The declared dependencies that a chart does not hold.
fn missing(chart: &Chart) -> impl Iterator<Item = &Dependency> {
    let dependencies = chart.metadata.dependencies.iter();
    dependencies.filter(|dependency| copies(chart, &dependency.name).next().is_none())
}

/// What puts the missing dependencies of a chart into its `charts/`: ours, if all of them come from
/// folders.
pub fn remedy(path: &str, chart: &Chart) -> String {
    let is_ours =
        missing(chart).all(|dependency| matches!(origin(path, dependency), Origin::Folder(_)));
    let program = if is_ours { "molave deps" } else { "helm dependency" };
    format!("`{program} build {path}` puts them there")
}

/// Where a dependency is declared.
fn declared(path: &str, chart: &Chart, index: usize) -> Place {
    let list = chart.metadata.raw.as_deref().and_then(|raw| raw.get("dependencies"));
    let node = list.and_then(go_yaml::Node::as_list).and_then(|items| items.get(index));
    match node {
        Some(node) => Place::line(format!("{path}/Chart.yaml"), node.position.line),
        None => Place::file(path),
    }
}

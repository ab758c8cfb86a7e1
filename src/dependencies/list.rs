//! What a chart depends on, and whether it is there.

use super::{Find, Origin, Subject, archives, contents, copies, is_in_range, origin};
use helm_render::Profile;
use helm_render::chart::{Chart, Dependency};

/// A declared dependency.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The range of its versions.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// In Helm's words, and `stale` for a copy that its folder is ahead of.
    pub status: &'static str,
}

/// The declared dependencies, in order.
pub fn list(subject: &Subject<'_>, find: &mut Find<'_>) -> Vec<Row> {
    let row = |dependency: &Dependency| Row {
        name: dependency.name.clone(),
        version: dependency.version.clone(),
        repository: dependency.repository.clone(),
        status: status(subject, dependency, find),
    };
    subject.chart.metadata.dependencies.iter().map(row).collect()
}

fn status(subject: &Subject<'_>, dependency: &Dependency, find: &mut Find<'_>) -> &'static str {
    let all: Vec<&Chart> = copies(subject.chart, &dependency.name).collect();
    let fitting = |copy: &&&Chart| {
        let version = &copy.metadata.version;
        *version == dependency.version || is_in_range(&dependency.version, version)
    };
    let copies: Vec<&Chart> = all.iter().filter(fitting).copied().collect();
    let [copy] = copies.as_slice() else {
        return match (all.is_empty(), copies.is_empty()) {
            (true, _) => "missing",
            (false, true) => "wrong version",
            (false, false) => "too many matches",
        };
    };
    if let Origin::Folder(folder) = origin(subject.path, dependency)
        && find(&folder).is_ok_and(|source| contents(&source) != contents(copy))
    {
        return "stale";
    }
    let is_packed = archives(subject.files).any(|(file, bytes)| {
        let chart = Chart::load_archive(Profile::Helm4, file, bytes);
        chart.is_ok_and(|chart| chart.metadata.name == dependency.name)
    });
    if is_packed { "ok" } else { "unpacked" }
}

/// The charts in `charts/` that no one declared. They are rendered all the same.
pub fn undeclared<'a>(subject: &Subject<'a>) -> Vec<&'a str> {
    let metadata = &subject.chart.metadata;
    let is_declared =
        |name: &str| metadata.dependencies.iter().any(|dependency| dependency.name == name);
    let names = subject.chart.dependencies.iter().map(|copy| copy.metadata.name.as_str());
    names.filter(|name| !is_declared(name)).collect()
}

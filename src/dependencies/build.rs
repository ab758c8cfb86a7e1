//! What is put into a chart's `charts/` folder, and the lock file that says so.

use super::{
    Find, Origin, Subject, archives, contents, copies, declared, is_in_range, missing, origin,
};
use crate::config::tree::Entry;
use crate::error::{Diagnostic, Place};
use gotemplate::functions::sprig::semver::Constraint;
use helm_render::Profile;
use helm_render::chart::lock::{Lock, digest};
use helm_render::chart::package::pack;
use helm_render::chart::{Chart, Dependency, LoadError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which versions are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Those of the lock file, if there is one.
    Build,
    /// Those that the charts have now.
    Update,
}

/// What is to be done, with paths relative to the chart's folder.
#[derive(Debug, Default)]
pub struct Plan {
    /// The archives to write, each with its bytes and the folder that it was made from.
    pub writes: Vec<(String, Vec<u8>, String)>,
    /// How many archives are there already.
    pub unchanged: usize,
    /// Archives of other versions, which must go.
    pub removals: Vec<String>,
    /// The lock file to write: its path, and its content but the time.
    pub lock: Option<(&'static str, Lock)>,
}

/// Decides what `charts/` should hold. Finds every problem at once.
pub fn build(
    subject: &Subject<'_>,
    mode: Mode,
    find: &mut Find<'_>,
) -> Result<Plan, Vec<Diagnostic>> {
    let Subject { path, chart, .. } = *subject;
    let old = chart.lock().map_err(|error| vec![not_read(path, &error)])?;
    let followed = old.as_ref().filter(|_| mode == Mode::Build);
    if let Some(lock) = followed {
        check_sync(subject, lock).map_err(|problem| vec![problem])?;
    }
    let mut problems = Vec::new();
    let mut taken = Vec::new();
    for (index, dependency) in chart.metadata.dependencies.iter().enumerate() {
        let locked = followed.and_then(|lock| lock.dependencies.get(index));
        let known = old.as_ref().into_iter().flat_map(|lock| &lock.dependencies);
        let request = Request { subject, dependency, locked };
        match request.take(known, find) {
            Ok(one) => taken.push(one),
            Err(problem) => {
                let place = problem.place.clone().unwrap_or_else(|| declared(path, chart, index));
                problems.push(problem.at(place));
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut plan = archives_plan(subject, &taken).map_err(|problem| vec![problem])?;
    let locked: Vec<Dependency> = taken.into_iter().map(|one| one.locked).collect();
    let digest = digest(&chart.metadata.dependencies, &locked);
    if old.is_none_or(|old| old.digest != digest) {
        let lock = Lock { generated: String::new(), digest, dependencies: locked };
        plan.lock = Some((chart.lock_path(), lock));
    }
    Ok(plan)
}

/// Fails if the lock file was made from other declarations.
fn check_sync(subject: &Subject<'_>, lock: &Lock) -> Result<(), Diagnostic> {
    let Subject { path, chart, .. } = *subject;
    let declared = &chart.metadata.dependencies;
    // An alias is in the digest as the address that Helm's settings have for it.
    if declared.iter().any(|dependency| is_alias(&dependency.repository)) {
        return Ok(());
    }
    if lock.dependencies.len() == declared.len()
        && digest(declared, &lock.dependencies) == lock.digest
    {
        return Ok(());
    }
    let file = chart.lock_path();
    let other = if file == "Chart.lock" { "Chart.yaml" } else { "requirements.yaml" };
    let message = format!("`{file}` was made from other dependencies than those in `{other}`");
    Err(Diagnostic::error(message)
        .at(Place::file(format!("{path}/{file}")))
        .hint(format!("`molave deps update {path}` makes it anew")))
}

fn is_alias(repository: &str) -> bool {
    repository.starts_with('@') || repository.starts_with("alias:")
}

/// A dependency and what was taken for it.
struct Taken {
    locked: Dependency,
    /// The chart that goes into `charts/`, and its folder.
    source: Option<(Arc<Chart>, String)>,
}

/// A dependency to find a chart for.
struct Request<'a> {
    subject: &'a Subject<'a>,
    dependency: &'a Dependency,
    /// What the lock file says of it, if that is followed.
    locked: Option<&'a Dependency>,
}

impl Request<'_> {
    /// The chart, if there is one that fits. `known` is what was taken once.
    fn take<'k>(
        &self,
        known: impl Iterator<Item = &'k Dependency>,
        find: &mut Find<'_>,
    ) -> Result<Taken, Diagnostic> {
        let range = &self.dependency.version;
        if let Err(reason) = Constraint::parse(range) {
            let name = &self.dependency.name;
            let message = format!("`{range}`, the version of `{name}`, is no range: {reason}");
            return Err(Diagnostic::error(message));
        }
        match origin(self.subject.path, self.dependency) {
            Origin::Vendored => self.take_vendored(),
            Origin::Folder(folder) => self.take_folder(folder, find),
            Origin::Elsewhere => self.take_elsewhere(known),
        }
    }

    /// What is locked: a version, and for what lies in `charts/` its range, as in Helm.
    fn lock(&self, version: &str) -> Dependency {
        Dependency {
            name: self.dependency.name.clone(),
            repository: self.dependency.repository.clone(),
            version: version.to_owned(),
            ..Dependency::default()
        }
    }

    fn take_vendored(&self) -> Result<Taken, Diagnostic> {
        let Dependency { name, version, .. } = self.dependency;
        let fits = |copy: &Chart| is_in_range(version, &copy.metadata.version);
        if copies(self.subject.chart, name).any(fits) {
            return Ok(Taken { locked: self.lock(version), source: None });
        }
        let path = self.subject.path;
        let message = format!(
            "`{name}` names no repository, and `{path}/charts` has no `{name}` in `{version}`"
        );
        Err(Diagnostic::error(message).hint(format!(
            "put it into `{path}/charts/{name}`, or say where it comes from: `repository: file://…`"
        )))
    }

    fn take_folder(&self, folder: String, find: &mut Find<'_>) -> Result<Taken, Diagnostic> {
        let source = find(&folder)?;
        self.check_name(&source, &folder)?;
        self.check_version(&source, &folder)?;
        check_whole(&source, &folder, find)?;
        self.check_unpacked()?;
        let locked = self.lock(&source.metadata.version);
        Ok(Taken { locked, source: Some((source, folder)) })
    }

    fn check_name(&self, source: &Chart, folder: &str) -> Result<(), Diagnostic> {
        let (name, wanted) = (&source.metadata.name, &self.dependency.name);
        if name == wanted {
            return Ok(());
        }
        let message = format!("`{folder}` is the chart `{name}`, not `{wanted}`");
        Err(Diagnostic::error(message).hint(format!("`name: {name}`, with `alias: {wanted}`")))
    }

    fn check_version(&self, source: &Chart, folder: &str) -> Result<(), Diagnostic> {
        let version = &source.metadata.version;
        let range = &self.dependency.version;
        let path = self.subject.path;
        if !is_in_range(range, version) {
            let message = format!("`{folder}` is version {version}, which is not in `{range}`");
            let hint = format!("change the range here, or `version` in `{folder}/Chart.yaml`");
            return Err(Diagnostic::error(message).hint(hint));
        }
        match self.locked {
            Some(locked) if !is_in_range(&locked.version, version) => {
                let file = self.subject.chart.lock_path();
                let locked = &locked.version;
                let message = format!("`{folder}` is version {version}, and `{file}` has {locked}");
                let hint = format!("`molave deps update {path}` takes the version that is there");
                Err(Diagnostic::error(message).hint(hint))
            }
            _ => Ok(()),
        }
    }

    /// Of an archive and a folder of one name Helm takes either.
    fn check_unpacked(&self) -> Result<(), Diagnostic> {
        let inner = format!("charts/{}", self.dependency.name);
        match self.subject.files.entry(&inner) {
            Some(Entry::Folder(_) | Entry::Unreadable(_)) => {
                let path = format!("{}/{inner}", self.subject.path);
                let message = format!("`{path}` is in the way: Helm would take it, or the archive");
                Err(Diagnostic::error(message).hint(format!("`git rm -r {path}`")))
            }
            Some(Entry::File(_)) | None => Ok(()),
        }
    }

    /// A chart from elsewhere stays as it is, if it is the one that was locked.
    fn take_elsewhere<'k>(
        &self,
        known: impl Iterator<Item = &'k Dependency>,
    ) -> Result<Taken, Diagnostic> {
        let Dependency { name, repository, version, .. } = self.dependency;
        let is_vendored = |locked: &&Dependency| {
            copies(self.subject.chart, name).any(|copy| copy.metadata.version == locked.version)
        };
        let is_same = |locked: &&Dependency| {
            locked.name == *name
                && locked.repository == *repository
                && is_in_range(version, &locked.version)
        };
        let mut known = known.filter(|locked| !is_alias(repository) && is_same(locked));
        let locked = self.locked.or_else(|| known.next()).filter(is_vendored);
        if let Some(locked) = locked.filter(|_| !is_alias(repository)) {
            return Ok(Taken { locked: self.lock(&locked.version), source: None });
        }
        let path = self.subject.path;
        let message = format!(
            "`{name}` comes from `{repository}`, and Molave takes charts from `file://` alone"
        );
        Err(Diagnostic::error(message).hint(format!(
            "`helm dependency build {path}` gets all of them; commit what it puts into `{path}/charts`"
        )))
    }
}

/// What the chart holds of others must be whole, and of today: it is packed as it is.
fn check_whole(source: &Chart, folder: &str, find: &mut Find<'_>) -> Result<(), Diagnostic> {
    if let Some(inner) = missing(source).next() {
        let message =
            format!("`{folder}` depends on `{}`, which is not in `{folder}/charts`", inner.name);
        let hint = super::remedy(folder, source);
        return Err(Diagnostic::error(message).hint(hint));
    }
    let mut stale = super::stale(folder, source, find);
    stale.sort_by(|left, right| left.holder.cmp(&right.holder));
    match stale.first() {
        Some(copy) => Err(Diagnostic { severity: crate::error::Severity::Error, ..copy.warning() }),
        None => Ok(()),
    }
}

/// Which archives are written, and which go.
fn archives_plan(subject: &Subject<'_>, taken: &[Taken]) -> Result<Plan, Diagnostic> {
    let mut plan = Plan::default();
    let mut there: BTreeMap<&str, Chart> = BTreeMap::new();
    for (file, bytes) in archives(subject.files) {
        if let Ok(chart) = Chart::load_archive(Profile::Helm4, file, bytes) {
            drop(there.insert(file, chart));
        }
    }
    let mut wanted = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (source, folder) in taken.iter().filter_map(|one| one.source.as_ref()) {
        let name = &source.metadata.name;
        names.insert(name.as_str());
        let file = format!("{name}-{}.tgz", source.metadata.version);
        if !wanted.insert(file.clone()) {
            continue;
        }
        let files = source.package().map_err(|error| not_read(folder, &error))?;
        if there.get(file.as_str()).is_some_and(|old| contents(old) == contents(source)) {
            plan.unchanged += 1;
            continue;
        }
        let bytes = pack(name, &files).map_err(|error| {
            Diagnostic::error(format!("cannot pack `{folder}`: {}", crate::fs::reason(&error)))
        })?;
        plan.writes.push((format!("charts/{file}"), bytes, folder.clone()));
    }
    let is_old = |file: &str, chart: &Chart| {
        names.contains(chart.metadata.name.as_str()) && !wanted.contains(file)
    };
    let old = there.iter().filter(|(file, chart)| is_old(file, chart));
    plan.removals = old.map(|(file, _)| format!("charts/{file}")).collect();
    Ok(plan)
}

/// A file of a chart that cannot be read.
fn not_read(path: &str, error: &LoadError) -> Diagnostic {
    let place = Place { file: format!("{path}/{}", error.path), line: error.line, column: None };
    Diagnostic::error(error.message.clone()).at(place)
}

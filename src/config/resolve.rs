//! From files to releases: for each selected service in each selected environment, its settings and
//! values with everything inherited.

use super::decode::{Placed, Problems};
use super::layers::{self, Collision, Values};
use super::names;
use super::project::{self, Environment, Project};
use super::service::{Choice, ServiceSettings};
use super::sources::{App, AppEnvironment, Loaded, Selection, SettingsFile, Sources, VersionFile};
use crate::error::{Diagnostic, Place};
use std::collections::BTreeMap;

/// A service in an environment, ready to render.
#[derive(Clone, Debug)]
pub struct Release<'a> {
    /// The environment.
    pub environment: &'a str,
    /// The service.
    pub app: &'a str,
    /// The chart's folder, and what chose it.
    pub chart: Placed<String>,
    /// The name of the release.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// The version and the file that holds it.
    pub version: Option<&'a VersionFile>,
    /// What was said under `molave:`.
    pub settings: ServiceSettings,
    /// The merged values.
    pub values: Values<'a>,
    /// Its own settings file, the one that is always there.
    pub config: &'a str,
    /// The files it is made from: those with values in order of inheritance, and its version file.
    pub sources: Vec<&'a str>,
    /// What is not known of it because a file that it is made from has problems.
    pub doubts: Doubts,
}

/// What is not known of a release. Whatever has a doubt is checked as far as the doubts allow, so
/// that one run finds as much as it can, but it is never rendered: what came of that would be
/// follow-ups of a problem that was told already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Whether anything at all is in doubt.
    pub any: bool,
    /// Whether the chart may be another.
    pub chart: bool,
    /// Whether values are missing.
    pub values: bool,
    /// Paths of keys to single values in doubt.
    pub paths: Vec<Vec<String>>,
}

impl Release<'_> {
    /// Its own settings file, to point at when nothing nearer is known.
    pub fn place(&self) -> Place {
        Place::line(self.config, 1)
    }

    /// Whether the chart's `crds/` are part of it.
    pub fn includes_definitions(&self) -> bool {
        self.settings.crds.as_ref().is_none_or(|choice| choice.value == Choice::Keep)
    }
}

/// Resolves every selected service. One with a problem anywhere in its inheritance, which was told,
/// has [`Doubts`].
pub fn resolve<'a>(
    project: &'a Project,
    sources: &'a Sources,
    selection: &Selection,
    problems: &Problems,
) -> Vec<Release<'a>> {
    let mut releases = Vec::new();
    for (name, environment) in selected_environments(project, selection) {
        for (app_name, app) in sources.apps.iter().filter(|(app, _)| selection.has_app(app)) {
            if let Some(inner) = app.environments.get(name) {
                let member = Member { project, name, environment, app_name, app, inner };
                releases.push(member.resolve(&sources.shared, problems));
            }
        }
        check_dependencies(name, sources, &releases, problems);
    }
    releases
}

fn selected_environments<'a>(
    project: &'a Project,
    selection: &Selection,
) -> impl Iterator<Item = (&'a str, &'a Environment)> {
    let selected = project.environments.iter().filter(|(name, _)| selection.has_environment(name));
    selected.map(|(name, environment)| (name.as_str(), environment))
}

/// One service in one environment, with what it inherits from.
struct Member<'a> {
    project: &'a Project,
    name: &'a str,
    environment: &'a Environment,
    app_name: &'a str,
    app: &'a App,
    inner: &'a AppEnvironment,
}

impl<'a> Member<'a> {
    fn resolve(&self, shared: &'a Loaded<SettingsFile>, problems: &Problems) -> Release<'a> {
        let before = problems.count();
        let version = self.version();
        let configs = [shared, &self.app.config, &self.inner.config];
        let files = configs.map(Loaded::present);
        let settings = self.settings(files, problems);
        let mut collisions = Vec::new();
        let values = self.values(files, version, &mut collisions);
        let name = self.release_name(&settings, problems);
        let mut doubts = self.doubts(configs, version, &settings);
        for collision in collisions {
            problems.add(collision.problem);
            doubts.paths.push(collision.path);
        }
        doubts.any |= problems.count() > before;
        let namespace = settings.namespace.as_ref().map(|namespace| namespace.value.clone());
        Release {
            environment: self.name,
            app: self.app_name,
            chart: settings.chart.clone().unwrap_or_else(|| self.project.default_chart.clone()),
            name,
            namespace: namespace.unwrap_or_else(|| self.environment.namespace.clone()),
            version,
            settings,
            values,
            config: files.last().copied().flatten().map_or(project::FILE, |file| &file.path),
            sources: self.sources(files, version),
            doubts,
        }
    }

    /// What cannot be relied on, as far as files tell it before they are merged.
    fn doubts(
        &self,
        configs: [&'a Loaded<SettingsFile>; 3],
        version: Option<&'a VersionFile>,
        settings: &ServiceSettings,
    ) -> Doubts {
        let broken: Vec<bool> = configs
            .into_iter()
            .filter_map(|config| match config {
                Loaded::Broken { may_name_chart } => Some(*may_name_chart),
                Loaded::Absent | Loaded::Present(_) => None,
            })
            .collect();
        let project = self.project;
        let is_default = settings.chart.is_none();
        let has_problems =
            configs.into_iter().filter_map(Loaded::present).any(|file| file.has_problems);
        let wrong_version = version.is_some_and(|file| file.has_problems);
        let paths = project.version_paths.iter().filter(|_| wrong_version);
        Doubts {
            any: has_problems
                || wrong_version
                || !broken.is_empty()
                || self.environment.are_values_doubtful
                || project.are_defaults_doubtful,
            chart: settings.is_chart_doubtful
                || broken.contains(&true)
                || (project.are_defaults_doubtful && is_default),
            values: !broken.is_empty() || self.environment.are_values_doubtful,
            paths: paths.map(|path| path.value.split('.').map(str::to_owned).collect()).collect(),
        }
    }

    fn sources(
        &self,
        files: [Option<&'a SettingsFile>; 3],
        version: Option<&'a VersionFile>,
    ) -> Vec<&'a str> {
        let paths = files.map(|file| file.map(|file| Some(file.path.as_str())));
        let in_project = Some(project::FILE).filter(|_| !self.environment.values.is_empty());
        let version = version.map(|file| file.path.as_str());
        in_order(paths, in_project).flatten().chain(version).collect()
    }

    fn settings(
        &self,
        files: [Option<&'a SettingsFile>; 3],
        problems: &Problems,
    ) -> ServiceSettings {
        let in_project = ServiceSettings::read(project::FILE, &self.environment.values, problems);
        in_order(files.map(|file| file.map(|file| &file.settings)), &in_project)
            .fold(ServiceSettings::default(), |settings, later| settings.under(later))
    }

    fn values(
        &self,
        files: [Option<&'a SettingsFile>; 3],
        version: Option<&'a VersionFile>,
        collisions: &mut Vec<Collision>,
    ) -> Values<'a> {
        let mut values = Values::new();
        let files = files.map(|file| file.map(|file| (file.path.as_str(), &file.values)));
        for (path, mapping) in in_order(files, (project::FILE, &self.environment.values)) {
            layers::put_over(&mut values, path, mapping, collisions);
        }
        let Some(VersionFile { path: file, version, .. }) = version else { return values };
        let paths = self.project.version_paths.iter();
        for path in paths.filter(|_| !self.project.are_defaults_doubtful) {
            layers::put_version(&mut values, &path.value, file, version, collisions);
        }
        values
    }

    /// The nearest version file.
    fn version(&self) -> Option<&'a VersionFile> {
        self.inner.version.present().or_else(|| self.app.version.present())
    }

    fn release_name(&self, settings: &ServiceSettings, problems: &Problems) -> String {
        let Some(release) = &settings.release else {
            let is_label = names::check_label(self.app_name).is_ok();
            if let (Err(problem), true) = (names::check_release(self.app_name), is_label) {
                let message =
                    format!("the service `{}` as name of a release {problem}", self.app_name);
                let place = self.inner.config.present().map(|file| Place::file(&file.path));
                let problem =
                    Diagnostic::error(message).hint("give it another: `molave: {release: …}`");
                problems.add(Diagnostic { place, ..problem });
            }
            return self.app_name.to_owned();
        };
        release.value.clone()
    }
}

/// Layers in the order in which later wins: shared, environment, service, service in environment.
fn in_order<T>(files: [Option<T>; 3], in_project: T) -> impl Iterator<Item = T> {
    let [shared, app, inner] = files;
    [shared, Some(in_project), app, inner].into_iter().flatten()
}

/// Tells of every `dependsOn` that names no service of the environment, and of circles.
fn check_dependencies(
    environment: &str,
    sources: &Sources,
    releases: &[Release<'_>],
    problems: &Problems,
) {
    let members = sources.apps.iter().filter(|(_, app)| app.environments.contains_key(environment));
    let known: Vec<&str> = members.map(|(name, _)| name.as_str()).collect();
    let here = releases.iter().filter(|release| release.environment == environment);
    let mut wanted: BTreeMap<&str, &[Placed<String>]> = BTreeMap::new();
    for release in here {
        let names = release.settings.depends_on.as_deref().unwrap_or_default();
        for name in names.iter().filter(|name| !known.contains(&name.value.as_str())) {
            let message = format!(
                "`{}` depends on `{}`, which is no service of `{environment}`",
                release.app, name.value
            );
            let problem = Diagnostic::error(message).at(name.place.clone());
            problems.add(problem.suggest(&name.value, known.iter().copied()));
        }
        let _ = wanted.insert(release.app, names);
    }
    for (app, names) in &wanted {
        for name in names.iter().filter(|name| reaches(&wanted, &name.value, app)) {
            let message =
                format!("`{app}` depends on `{}`, which in turn depends on `{app}`", name.value);
            problems.add(Diagnostic::error(message).at(name.place.clone()));
        }
    }
}

/// Whether one service depends on another, directly or through others. Every service reaches itself.
fn reaches(wanted: &BTreeMap<&str, &[Placed<String>]>, from: &str, to: &str) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(app) = open.pop() {
        if app == to {
            return true;
        }
        if !seen.contains(&app) {
            seen.push(app);
            open.extend(
                wanted.get(app).into_iter().copied().flatten().map(|name| name.value.as_str()),
            );
        }
    }
    false
}

//! The files under `services/`: which there are, whether they belong there, and what each says.
//!
//! Only what is selected is read, but every service and environment is listed, because names are
//! checked against all. Hidden names (`.gitkeep`, `.DS_Store`) are left alone everywhere.

use super::decode::{Problems, read_map};
use super::names;
use super::project::Project;
use super::service::{KEY, ServiceSettings};
use super::tree::{Entry, Folder, is_hidden};
use crate::error::{Diagnostic, Place};
use go_yaml::Mapping;
use std::collections::BTreeMap;

/// The name of a settings file.
pub const CONFIG: &str = "config.yaml";
/// The name of a version file.
pub const VERSION: &str = "version";

/// Which services a run is about. Empty lists select all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The environments.
    pub environments: Vec<String>,
    /// The services.
    pub apps: Vec<String>,
}

/// What is under `services/`.
#[derive(Debug, Default)]
pub struct Sources {
    /// `services/config.yaml`.
    pub shared: Loaded<SettingsFile>,
    /// The services by name.
    pub apps: BTreeMap<String, App>,
}

/// One service.
#[derive(Debug, Default)]
pub struct App {
    /// `services/<app>/config.yaml`.
    pub config: Loaded<SettingsFile>,
    /// `services/<app>/version`.
    pub version: Loaded<VersionFile>,
    /// The environments it takes part in: those it has a folder for.
    pub environments: BTreeMap<String, AppEnvironment>,
}

/// One service in one environment.
#[derive(Debug, Default)]
pub struct AppEnvironment {
    /// `services/<app>/<env>/config.yaml`.
    pub config: Loaded<SettingsFile>,
    /// `services/<app>/<env>/version`.
    pub version: Loaded<VersionFile>,
}

/// A file that may be missing, wrong, or not part of the run.
#[derive(Debug, Default)]
pub enum Loaded<T> {
    /// It is not there, or not selected.
    #[default]
    Absent,
    /// It is missing or cannot be read, which was told.
    Broken {
        /// Whether something may stand in it that says which chart is used.
        may_name_chart: bool,
    },
    /// It was read.
    Present(T),
}

impl<T> Loaded<T> {
    /// The content, if it was read.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(content) => Some(content),
            Self::Absent | Self::Broken { .. } => None,
        }
    }
}

/// A `config.yaml`.
#[derive(Debug)]
pub struct SettingsFile {
    /// Its path in the project.
    pub path: String,
    /// The whole file; the values are all of it but the `molave:` key.
    pub values: Mapping,
    /// Its `molave:` key.
    pub settings: ServiceSettings,
    /// Whether something in it is wrong, which was told.
    pub has_problems: bool,
}

/// A `version` file.
#[derive(Debug)]
pub struct VersionFile {
    /// Its path in the project.
    pub path: String,
    /// The version, or something in its place if it has a problem.
    pub version: String,
    /// Whether it is wrong, which was told.
    pub has_problems: bool,
}

impl VersionFile {
    fn wrong(path: &str) -> Loaded<Self> {
        let version = "0".to_owned();
        Loaded::Present(Self { path: path.to_owned(), version, has_problems: true })
    }
}

impl Selection {
    /// Whether a service is part of the run.
    pub fn has_app(&self, name: &str) -> bool {
        self.apps.is_empty() || self.apps.iter().any(|app| app == name)
    }

    /// Whether an environment is part of the run.
    pub fn has_environment(&self, name: &str) -> bool {
        self.environments.is_empty() || self.environments.iter().any(|selected| selected == name)
    }

    /// Tells of every selected name that does not exist.
    pub fn check(&self, project: &Project, sources: &Sources, problems: &Problems) {
        let environments = project.environments.keys().map(String::as_str);
        check_names("environment", &self.environments, &environments, problems);
        let apps = sources.apps.keys().map(String::as_str);
        check_names("service", &self.apps, &apps, problems);
    }
}

fn check_names<'a>(
    what: &str,
    names: &[String],
    known: &(impl Iterator<Item = &'a str> + Clone),
    problems: &Problems,
) {
    for name in names.iter().filter(|name| !known.clone().any(|known| known == *name)) {
        problems.add(unknown(what, name, known));
    }
}

/// The problem of a name that does not exist.
pub fn unknown<'a>(
    what: &str,
    name: &str,
    known: &(impl Iterator<Item = &'a str> + Clone),
) -> Diagnostic {
    Diagnostic::error(format!("there is no {what} `{name}`")).suggest_or_list(name, known.clone())
}

/// Reads the folder of the services.
pub fn read(
    folder: &Folder,
    project: &Project,
    selection: &Selection,
    problems: &Problems,
) -> Sources {
    let reader = Reader { project, selection, problems };
    let mut sources = Sources::default();
    for (name, entry) in folder.entries.iter().filter(|(name, _)| !is_hidden(name)) {
        let path = format!("{}/{name}", project.services);
        match entry {
            Entry::File(text) if name == CONFIG => sources.shared = reader.settings(&path, text),
            Entry::Folder(inner) => {
                reader.check_app_name(&path, name);
                drop(sources.apps.insert(name.clone(), reader.app(&path, name, inner)));
            }
            Entry::File(_) | Entry::Unreadable(_) => {
                reader.reject(&path, name, entry, &[CONFIG]);
                if name == CONFIG {
                    sources.shared = Loaded::Broken { may_name_chart: true };
                }
            }
        }
    }
    sources
}

/// The problem of a service that takes no part in an environment.
pub fn not_in<'a>(
    app: &str,
    environment: &str,
    known: &(impl Iterator<Item = &'a str> + Clone),
) -> Diagnostic {
    Diagnostic::error(format!("`{app}` takes no part in `{environment}`"))
        .suggest_or_list(environment, known.clone())
}

struct Reader<'a> {
    project: &'a Project,
    selection: &'a Selection,
    problems: &'a Problems,
}

impl Reader<'_> {
    fn app(&self, path: &str, name: &str, folder: &Folder) -> App {
        if !self.selection.has_app(name) {
            let names = folder.folder_names();
            let environments = names.map(|name| (name.to_owned(), AppEnvironment::default()));
            return App { environments: environments.collect(), ..App::default() };
        }
        let mut app = App::default();
        for (name, entry) in folder.entries.iter().filter(|(name, _)| !is_hidden(name)) {
            let path = format!("{path}/{name}");
            match entry {
                Entry::File(text) if name == CONFIG => app.config = self.settings(&path, text),
                Entry::File(text) if name == VERSION => app.version = self.version(&path, text),
                Entry::Folder(inner) if name != CONFIG && name != VERSION => {
                    if self.is_environment(&path, name) {
                        let environment = self.environment(&path, name, inner);
                        drop(app.environments.insert(name.clone(), environment));
                    }
                }
                Entry::File(_) | Entry::Folder(_) | Entry::Unreadable(_) => {
                    self.reject(&path, name, entry, &[CONFIG, VERSION]);
                    if name == VERSION {
                        app.version = VersionFile::wrong(&path);
                    }
                }
            }
        }
        self.require(path, folder, &mut app.config);
        if folder.folder_names().next().is_none() {
            self.problems.add(self.in_no_environment(path, name));
        }
        app
    }

    fn environment(&self, path: &str, name: &str, folder: &Folder) -> AppEnvironment {
        let mut environment = AppEnvironment::default();
        if !self.selection.has_environment(name) {
            return environment;
        }
        for (name, entry) in folder.entries.iter().filter(|(name, _)| !is_hidden(name)) {
            let path = format!("{path}/{name}");
            match entry {
                Entry::File(text) if name == CONFIG => {
                    environment.config = self.settings(&path, text);
                }
                Entry::File(text) if name == VERSION => {
                    environment.version = self.version(&path, text);
                }
                Entry::File(_) | Entry::Folder(_) | Entry::Unreadable(_) => {
                    self.reject(&path, name, entry, &[CONFIG, VERSION]);
                    if name == VERSION {
                        environment.version = VersionFile::wrong(&path);
                    }
                }
            }
        }
        self.require(path, folder, &mut environment.config);
        environment
    }

    fn in_no_environment(&self, path: &str, name: &str) -> Diagnostic {
        let environment = self.project.environments.keys().next().map_or("<env>", String::as_str);
        let file = format!("{path}/{environment}/{CONFIG}");
        Diagnostic::warning(format!("`{name}` has no folder of an environment, so it runs nowhere"))
            .at(Place::file(path))
            .hint(format!("`mkdir {path}/{environment} && touch {file}`"))
    }

    fn check_app_name(&self, path: &str, name: &str) {
        if let Err(problem) = names::check_label(name) {
            let message = format!("the name of the service `{name}` {problem}");
            self.problems.add(Diagnostic::error(message).at(Place::file(path)));
        }
    }

    fn is_environment(&self, path: &str, name: &str) -> bool {
        let known = self.project.environments.keys().map(String::as_str);
        let is_known = known.clone().any(|environment| environment == name);
        if !is_known && !self.project.are_environments_doubtful {
            self.problems.add(unknown("environment", name, &known).at(Place::file(path)));
        }
        is_known
    }

    /// Tells of a required file that is not there.
    fn require(&self, path: &str, folder: &Folder, config: &mut Loaded<SettingsFile>) {
        let is_missing = !folder.entries.contains_key(CONFIG);
        if is_missing {
            let path = format!("{path}/{CONFIG}");
            let problem = Diagnostic::error(format!("`{path}` is missing")).at(Place::file(&path));
            self.problems.add(problem.hint(format!("it may be empty: `touch {path}`")));
        }
        if matches!(config, Loaded::Absent) {
            *config = Loaded::Broken { may_name_chart: !is_missing };
        }
    }

    fn reject(&self, path: &str, name: &str, entry: &Entry, expected: &[&str]) {
        let message = match entry {
            Entry::Unreadable(reason) => format!("`{path}` {reason}"),
            Entry::Folder(_) => format!("`{path}` is a folder where only files are expected"),
            Entry::File(_) => format!("`{path}` is not a settings file"),
        };
        let listed: Vec<String> = expected.iter().map(|name| format!("`{name}`")).collect();
        let problem = Diagnostic::error(message)
            .at(Place::file(path))
            .hint(format!("expected here: {}", listed.join(", ")));
        self.problems.add(problem.suggest(name, expected.iter().copied()));
    }

    fn settings(&self, path: &str, text: &[u8]) -> Loaded<SettingsFile> {
        let before = self.problems.count();
        let Some(values) = read_map(path, text, self.problems) else {
            let may_name_chart = text.windows(KEY.len()).any(|window| window == KEY.as_bytes());
            return Loaded::Broken { may_name_chart };
        };
        Loaded::Present(SettingsFile {
            path: path.to_owned(),
            settings: ServiceSettings::read(path, &values, self.problems),
            values,
            has_problems: self.problems.count() > before,
        })
    }

    fn version(&self, path: &str, text: &[u8]) -> Loaded<VersionFile> {
        match parse_version(text) {
            Ok(version) => {
                let path = path.to_owned();
                Loaded::Present(VersionFile { path, version, has_problems: false })
            }
            Err((problem, line)) => {
                self.problems.add(Diagnostic::error(problem).at(Place::line(path, line)));
                VersionFile::wrong(path)
            }
        }
    }
}

/// The version in a file: its only line, trimmed. The error says what is wrong and in which line.
fn parse_version(text: &[u8]) -> Result<String, (String, u32)> {
    let told = |problem: &str, line: u32| (problem.to_owned(), line);
    let text = std::str::from_utf8(text).map_err(|_| told("the version is not UTF-8", 1))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().zip(1_u32..).filter(|(line, _)| !line.trim().is_empty());
    let (version, line) = lines.next().ok_or_else(|| told("the version is empty", 1))?;
    if let Some((_, second)) = lines.next() {
        return Err(told("a version is one line, and this is another", second));
    }
    let version = version.trim();
    names::check_version(version).map_err(|problem| {
        let shown: String = version.chars().take(40).flat_map(char::escape_debug).collect();
        (format!("`{shown}` is no version: {problem}"), line)
    })?;
    Ok(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn a_version_is_its_text_whatever_it_looks_like() {
        for text in ["1.20", "0123", "null", "1e3"] {
            let file = format!("\u{feff} {text}\r\n\n");
            assert_eq!(parse_version(file.as_bytes()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_version_is_one_legal_line() {
        let check = |text: &[u8], expected: (&str, u32)| {
            let (problem, line) = parse_version(text).expect_err("no version");
            assert!(problem.starts_with(expected.0) && line == expected.1, "{line}: {problem}");
        };
        check(b" \n", ("the version is empty", 1));
        check(b"1\n\n2\n", ("a version is one line, and this is another", 3));
        check(b"\na\tb", ("`a\\tb` is no version: an image tag", 2));
        check(b"\xff", ("the version is not UTF-8", 1));
    }
}

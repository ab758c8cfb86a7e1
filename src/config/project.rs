//! `molave.yaml`: the project file, read strictly.

use super::decode::{Placed, Problems, Section, read_map};
use super::names;
use crate::error::{Diagnostic, Place};
use go_yaml::Mapping;
use helm_render::Profile;
use manifest::Scope;
use plan::guards::Approval;
use std::collections::BTreeMap;

/// The name of the project file.
pub const FILE: &str = "molave.yaml";

/// The version of the format, and of every document Molave writes.
pub const API_VERSION: &str = "molave.dev/v1";

/// The content of the project file, with every default filled in.
#[derive(Clone, Debug)]
pub struct Project {
    /// The project's name: a DNS label.
    pub name: String,
    /// The folder of the charts.
    pub charts: String,
    /// The folder of the services.
    pub services: String,
    /// The folder that `generate` writes.
    pub output: String,
    /// Which Helm is imitated.
    pub profile: Profile,
    /// Kinds whose scope Molave cannot know by itself.
    pub kinds: Vec<DeclaredKind>,
    /// The chart of services that name none.
    pub default_chart: Placed<String>,
    /// Where a service's version lands in its values.
    pub version_paths: Vec<Placed<String>>,
    /// Whether the two above are not known for sure, because something about them is wrong.
    pub are_defaults_doubtful: bool,
    /// The environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// Whether there may be more of them, because something about them is wrong.
    pub are_environments_doubtful: bool,
    /// Whether enough is known to render. Without, only the services' files can be checked.
    pub is_usable: bool,
}

/// A kind with its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredKind {
    /// The API group, empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// Where its objects live.
    pub scope: Scope,
}

/// One environment.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The kubeconfig context, the current one if none.
    pub context: Option<String>,
    /// The UID of the cluster's `kube-system` namespace.
    pub cluster: Option<String>,
    /// The namespace of services that name none.
    pub namespace: String,
    /// Whether missing namespaces are made.
    pub create_namespaces: bool,
    /// The namespace of the recorded state.
    pub state_namespace: String,
    /// The layer of values for every service here.
    pub values: Mapping,
    /// The limits of what a sync may delete.
    pub guards: Guards,
    /// How long a sync waits, as written.
    pub wait_timeout: String,
    /// Whether the values are not known for sure, because something about them is wrong.
    pub are_values_doubtful: bool,
}

/// The limits of what a sync may delete without being told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guards {
    /// The most objects one sync may delete.
    pub max_deletions: u32,
    /// The most of the recorded objects one sync may delete, in percent.
    pub max_deletions_percent: u32,
    /// Whether the last service may go.
    pub allow_empty: bool,
    /// Deletions that were reviewed: `Kind/namespace/name`.
    pub approve: Vec<Placed<String>>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            max_deletions: 20,
            max_deletions_percent: 30,
            allow_empty: false,
            approve: Vec::new(),
        }
    }
}

/// Reads the project file. What is wrong in it goes to `problems`; `None` is a file that holds no
/// map.
pub fn parse(text: &[u8], problems: &Problems) -> Option<Project> {
    let mapping = read_map(FILE, text, problems)?;
    let section = Section::new(FILE, "", &mapping, problems);
    check_api_version(&section);
    let name = required_label(&section);
    let folders = folders(&section);
    let profile = profile(&section);
    let kinds = section.sections("kinds").into_iter().filter_map(kind).collect();
    let before = problems.count();
    let (default_chart, version_paths) = defaults(&section);
    let are_defaults_wrong = problems.count() > before;
    let (environments, are_environments_doubtful) = environments(&section);
    let are_defaults_doubtful = are_defaults_wrong || section.is_doubtful("defaults", true);
    section.finish();
    let (folders, are_folders_usable) = folders;
    let [charts, services, output] = folders;
    let is_usable = are_folders_usable && !environments.is_empty();
    let name = name.unwrap_or_default();
    Some(Project {
        name,
        charts,
        services,
        output,
        profile,
        kinds,
        default_chart,
        version_paths,
        are_defaults_doubtful,
        environments,
        are_environments_doubtful,
        is_usable,
    })
}

fn check_api_version(section: &Section<'_>) {
    if let Some(version) = section.string("apiVersion")
        && version.value != API_VERSION
    {
        section
            .reject("apiVersion", &format!("must be `{API_VERSION}`, the only version there is"));
    }
}

fn required_label(section: &Section<'_>) -> Option<String> {
    let before = section.place("project");
    let name = section.string("project");
    match &name {
        None if before.line.is_none() => missing(section, "project", "shop"),
        None => {}
        Some(name) => checked(section, "project", names::check_label(&name.value)),
    }
    name.map(|name| name.value)
}

fn missing(section: &Section<'_>, key: &str, example: &str) {
    let problem = Diagnostic::error(format!("`{key}` is missing")).at(section.place(key));
    section.problems().add(problem.hint(format!("for instance `{key}: {example}`")));
}

fn checked(section: &Section<'_>, key: &str, result: Result<(), &'static str>) {
    if let Err(problem) = result {
        section.reject(key, problem);
    }
}

/// The folders of charts, services and output, and whether they are usable: none may hold another.
fn folders(section: &Section<'_>) -> ([String; 3], bool) {
    let keys = ["charts", "services", "output"];
    let defaults = ["charts", "services", "_gen"];
    let mut folders = defaults.map(str::to_owned);
    let mut usable = true;
    for (key, folder) in keys.into_iter().zip(&mut folders) {
        let Some(given) = section.string(key) else { continue };
        let text = given.value.trim_end_matches('/').to_owned();
        let result = names::check_folder(&text);
        checked(section, key, result);
        if result.is_ok() {
            *folder = text;
        }
        usable &= result.is_ok();
    }
    let [charts, services, output] = &folders;
    for (left, right, keys) in [
        (charts, services, ["services", "charts"]),
        (charts, output, ["output", "charts"]),
        (services, output, ["output", "services"]),
    ] {
        if overlap(left, right) {
            let message = format!("the folders `{left}` and `{right}` must not overlap");
            let places = keys.map(|key| section.place(key));
            let given = places.into_iter().find(|place| place.line.is_some());
            let place = given.unwrap_or_else(|| Place::line(FILE, 1));
            section.problems().add(Diagnostic::error(message).at(place));
            usable = false;
        }
    }
    (folders, usable)
}

fn overlap(left: &str, right: &str) -> bool {
    let holds = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    holds(left, right) || holds(right, left)
}

fn profile(section: &Section<'_>) -> Profile {
    match section.string("profile").as_ref().map(|name| name.value.as_str()) {
        None | Some("helm4") => Profile::Helm4,
        Some("helm3") => Profile::Helm3,
        Some(_) => {
            section.reject("profile", "must be `helm4` or `helm3`");
            Profile::Helm4
        }
    }
}

fn kind(section: Section<'_>) -> Option<DeclaredKind> {
    let group = section.string("group").map(|group| group.value).unwrap_or_default();
    let kind = section.string("kind");
    let scope = section.string("scope");
    let scope = match scope.as_ref().map(|scope| scope.value.as_str()) {
        Some("Namespaced") => Some(Scope::Namespaced),
        Some("Cluster") => Some(Scope::Cluster),
        Some(_) | None => {
            section.reject("scope", "must be `Namespaced` or `Cluster`");
            None
        }
    };
    if kind.is_none() {
        section.reject("kind", "is missing");
    }
    section.finish();
    Some(DeclaredKind { group, kind: kind?.value, scope: scope? })
}

fn defaults(section: &Section<'_>) -> (Placed<String>, Vec<Placed<String>>) {
    let mut chart = None;
    let mut paths = None;
    if let Some(defaults) = section.section("defaults") {
        chart = defaults.string("chart");
        if let Some(version) = defaults.section("version") {
            paths = version.one_or_more("path");
            for path in paths.iter().flatten() {
                checked(&version, "path", names::check_value_path(&path.value));
            }
            version.finish();
        }
        defaults.finish();
    }
    let placed = |value: &str| Placed { value: value.to_owned(), place: Place::line(FILE, 1) };
    (chart.unwrap_or_else(|| placed("service")), paths.unwrap_or_else(|| vec![placed("image.tag")]))
}

/// The environments, and whether there may be more.
fn environments(section: &Section<'_>) -> (BTreeMap<String, Environment>, bool) {
    let mut environments = BTreeMap::new();
    let absent = section.place("environments").line.is_none();
    let Some(all) = section.section("environments") else {
        if absent {
            missing(section, "environments", "{ production: {} }");
        }
        return (environments, true);
    };
    let before = section.problems().count();
    let members = all.members();
    let is_doubtful = section.problems().count() > before;
    for (name, member) in members {
        checked(&all, &name.value, names::check_label(&name.value));
        let environment = environment(&name.value, member);
        drop(environments.insert(name.value, environment));
    }
    if environments.is_empty() && !is_doubtful {
        let message = "`environments` must name at least one environment";
        let problem = Diagnostic::error(message).at(section.place("environments"));
        section.problems().add(problem.hint("for instance `environments: { production: {} }`"));
    }
    (environments, is_doubtful)
}

fn environment(name: &str, section: Section<'_>) -> Environment {
    let text = |key| section.string(key).map(|text| text.value);
    let namespace = text("namespace");
    if let Some(namespace) = &namespace {
        checked(&section, "namespace", names::check_label(namespace));
    }
    let values = section.mapping("values");
    let mut environment = Environment {
        context: text("context"),
        cluster: text("cluster"),
        namespace: namespace.unwrap_or_else(|| name.to_owned()),
        create_namespaces: section.boolean("createNamespaces").unwrap_or(false),
        state_namespace: state_namespace(&section),
        values: values.cloned().unwrap_or_default(),
        guards: section.section("guards").map(guards).unwrap_or_default(),
        wait_timeout: wait_timeout(&section).map_or_else(|| "10m".to_owned(), |text| text.value),
        are_values_doubtful: false,
    };
    environment.are_values_doubtful = section.is_doubtful("values", values.is_some());
    section.finish();
    environment
}

fn state_namespace(section: &Section<'_>) -> String {
    let mut namespace = "molave-system".to_owned();
    if let Some(state) = section.section("state") {
        if let Some(given) = state.string("namespace") {
            checked(&state, "namespace", names::check_label(&given.value));
            namespace = given.value;
        }
        state.finish();
    }
    namespace
}

fn guards(section: Section<'_>) -> Guards {
    let defaults = Guards::default();
    let approve = section.strings("approve").unwrap_or_default();
    for entry in approve.iter().filter(|entry| Approval::read(&entry.value).is_none()) {
        let message = format!("`{}` does not name an object", entry.value);
        let problem = Diagnostic::error(message).at(entry.place.clone());
        section.problems().add(problem.hint("write `Kind/namespace/name`, or `Kind//name`"));
    }
    let guards = Guards {
        max_deletions: section.number("maxDeletions").unwrap_or(defaults.max_deletions),
        max_deletions_percent: percent(&section).unwrap_or(defaults.max_deletions_percent),
        allow_empty: section.boolean("allowEmpty").unwrap_or(defaults.allow_empty),
        approve,
    };
    section.finish();
    guards
}

fn percent(section: &Section<'_>) -> Option<u32> {
    let percent = section.number("maxDeletionsPercent")?;
    if percent > 100 {
        section.reject("maxDeletionsPercent", "must be between 0 and 100");
    }
    Some(percent)
}

/// Reads `wait: { timeout: … }`, which environments and services share.
pub fn wait_timeout(section: &Section<'_>) -> Option<Placed<String>> {
    let wait = section.section("wait")?;
    let timeout = wait.string("timeout");
    if let Some(timeout) = &timeout {
        checked(&wait, "timeout", names::check_duration(&timeout.value));
    }
    wait.finish();
    timeout
}

#[cfg(test)]
mod tests {
    use super::{Problems, Project, parse};

    fn read(text: &str) -> (Option<Project>, Vec<String>) {
        let problems = Problems::default();
        let project = parse(text.as_bytes(), &problems);
        let told = problems.into_list().into_iter().map(|problem| {
            let place = problem.place.map(|place| place.to_string()).unwrap_or_default();
            format!("{place}: {} {}", problem.message, problem.hint.unwrap_or_default())
        });
        (project, told.map(|text| text.trim_end().to_owned()).collect())
    }

    #[test]
    fn all_but_the_project_and_its_environments_has_a_default() {
        let (project, problems) = read("project: shop\nenvironments:\n  staging:\n");
        let project = project.expect("usable");
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            [&*project.charts, &*project.services, &*project.output],
            ["charts", "services", "_gen"]
        );
        assert_eq!(project.environments["staging"].namespace, "staging");
        assert_eq!(project.environments["staging"].wait_timeout, "10m");
        assert_eq!(project.version_paths[0].value, "image.tag");
    }

    #[test]
    fn every_problem_is_told_with_its_place() {
        let text = "projekt: shop\nservices: ../x\nprofile: helm2\nenvironments:\n  Staging:\n    \
                    namespace: 5\n    guards: { maxDeletion: 1, approve: [a, Namespace/a, //] }\n    wait: { timeout: soon }\n";
        let (_, problems) = read(text);
        assert_eq!(
            problems,
            [
                "molave.yaml: `project` is missing for instance `project: shop`",
                "molave.yaml:2:1: `services` must be a folder below the project's, without `.` and `..`",
                "molave.yaml:3:1: `profile` must be `helm4` or `helm3`",
                "molave.yaml:5:3: `environments.Staging` must be lower-case letters, digits and `-`, with a letter or digit at both ends",
                "molave.yaml:6:16: `environments.Staging.namespace` must be a string, not a number put the value in quotes",
                "molave.yaml:7:41: `a` does not name an object write `Kind/namespace/name`, or `Kind//name`",
                "molave.yaml:7:57: `//` does not name an object write `Kind/namespace/name`, or `Kind//name`",
                "molave.yaml:7:15: unknown key `environments.Staging.guards.maxDeletion` did you mean `maxDeletions`?",
                "molave.yaml:8:13: `environments.Staging.wait.timeout` must be a duration such as `90s`, `10m` or `1h30m`",
                "molave.yaml:1:1: unknown key `projekt` did you mean `project`?",
            ]
        );
    }

    #[test]
    fn folders_must_not_overlap() {
        let (project, problems) = read("project: a\noutput: services/x\nenvironments: {a: {}}\n");
        assert!(!project.expect("a map").is_usable);
        assert_eq!(
            problems,
            ["molave.yaml:2:1: the folders `services` and `services/x` must not overlap"]
        );
    }
}

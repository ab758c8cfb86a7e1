//! `molave template`: what `helm template` prints, without helm.
//!
//! Standard output has Helm's bytes, and errors have Helm's texts.

pub(super) mod chart;
mod dry_run;
mod name;

use crate::cli::template::Arguments;
use crate::clock;
use crate::dependencies;
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::fs::{self, Durability};
use crate::report::Report;
use crate::settings::Settings;
use gotemplate::{Map, MapType, Moment};
use helm_render::output::{PrintOptions, print, print_failed};
use helm_render::values::{self, ValuesError, set};
use helm_render::{
    Compiled, Document, Hook, KubeVersion, Options, Profile, Release, RenderError, Rendering,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Runs the command.
pub(super) fn run(
    arguments: &Arguments,
    settings: &Settings,
    report: &mut Report,
) -> Result<Status, Failure> {
    if let Some((flag, reason)) = arguments.elsewhere.first_refused() {
        let problem = Diagnostic::error(format!("`{flag}` is not offered: {reason}"));
        return Err(problem.into());
    }
    match render(arguments, &settings.directory) {
        Ok(output) => {
            for warning in &output.warnings {
                report.plain_error(warning);
            }
            report.bytes(&output.manifests)?;
            Ok(Status::Done)
        }
        Err(Refusal { message, manifests }) => {
            report.bytes(&manifests)?;
            report.plain_error(&format!("Error: {message}"));
            Ok(Status::Unusable)
        }
    }
}

struct Output {
    manifests: Vec<u8>,
    warnings: Vec<String>,
}

/// Why there is no output.
struct Refusal {
    /// Helm's text.
    message: String,
    /// What `--debug` shows all the same.
    manifests: Vec<u8>,
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self { message, manifests: Vec::new() }
    }
}

/// Renders as the arguments say, in Helm's order, so that the same mistake is told first.
fn render(arguments: &Arguments, directory: &Path) -> Result<Output, Refusal> {
    let profile = Profile::from(arguments.profile);
    let options = options(arguments, profile)?;
    let mut warnings = Vec::new();
    warnings.extend(dry_run::check(arguments.elsewhere.dry_run.as_deref(), profile)?);
    let (name, reference) = name::choose(arguments, &options.moment)?;
    let located = chart::locate(directory, reference)?;
    let values = user_values(arguments, directory, profile)?;
    let chart = chart::load(directory, &located, profile)?;
    warnings.extend(chart.warnings.iter().cloned());
    let remedy = dependencies::remedy(reference, &chart);
    let compiled =
        Compiled::new(chart, profile).map_err(|error| not_usable(arguments, &remedy, error))?;
    name::check(&name, profile)?;
    let release = Release {
        name: name.clone(),
        namespace: arguments.namespace.clone(),
        is_upgrade: arguments.is_upgrade,
        revision: 1,
    };
    let rendering =
        compiled.render(&values, &release, &options).map_err(|error| failed(arguments, error))?;
    warnings.extend(rendering.warnings.iter().cloned());
    let manifests = match &arguments.output_dir {
        Some(folder) => write_files(arguments, &name, folder, directory, &rendering)?,
        None => print(&rendering, &print_options(arguments)).map_err(|error| error.message)?,
    };
    Ok(Output { manifests, warnings })
}

/// A chart that cannot be a release. What `--dependency-update` would do about it is not done.
fn not_usable(arguments: &Arguments, remedy: &str, error: RenderError) -> Refusal {
    if !error.lacks_dependencies() {
        return Refusal::from(error.message);
    }
    if arguments.elsewhere.dependency_update {
        let reason = error.reason;
        return Refusal::from(format!("rendering changes no chart: {reason}\nhint: {remedy}"));
    }
    Refusal::from(format!("{}\nhint: {remedy}", error.message))
}

/// A render that failed, with what Helm shows of it.
fn failed(arguments: &Arguments, error: RenderError) -> Refusal {
    if !arguments.debug {
        return Refusal::from(error.message);
    }
    match print_failed(&error, &print_options(arguments)) {
        Ok(manifests) => Refusal { message: error.message_without_hint().to_owned(), manifests },
        Err(other) => Refusal::from(other.message),
    }
}

fn options(arguments: &Arguments, profile: Profile) -> Result<Options, String> {
    let version = arguments.kube_version.as_deref();
    Ok(Options {
        profile,
        kube_version: version.map(|text| KubeVersion::parse(text, profile)).transpose()?,
        api_versions: arguments.api_versions.clone(),
        skip_schema_validation: arguments.skip_schema_validation,
        moment: moment()?,
        ..Options::default()
    })
}

/// What `now` and random values are made from: as in Helm, they differ from run to run.
fn moment() -> Result<Moment, String> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| format!("no random bytes: {error}"))?;
    Ok(Moment { now: clock::local(), seed, rehearsal: false })
}

fn print_options(arguments: &Arguments) -> PrintOptions {
    PrintOptions {
        profile: arguments.profile.into(),
        include_crds: arguments.include_crds,
        no_hooks: arguments.no_hooks,
        skip_tests: arguments.skip_tests,
        show_only: arguments.show_only.clone(),
    }
}

/// Writes each template's documents into a file of its own, as `--output-dir` asks for. The answer
/// is what Helm prints: the files' names, and the empty line that is left of the manifests.
fn write_files(
    arguments: &Arguments,
    release: &str,
    folder: &str,
    directory: &Path,
    rendering: &Rendering,
) -> Result<Vec<u8>, String> {
    if let Some(template) = arguments.show_only.first() {
        return Err(format!("could not find template {template} in chart"));
    }
    let inner =
        if arguments.release_name { format!("{folder}/{release}") } else { folder.to_owned() };
    let definitions = rendering.definitions.iter().filter(|_| arguments.include_crds);
    let definitions = definitions.map(|file| (folder, file.path.as_str(), file.content.as_bytes()));
    let is_wanted = |hook: &&Document| {
        let is_test = hook.hook.as_ref().is_some_and(Hook::is_test);
        !(arguments.no_hooks || (arguments.skip_tests && is_test))
    };
    let hooks = rendering.hooks.iter().filter(is_wanted);
    let documents = rendering.documents.iter().chain(hooks);
    let documents = documents
        .map(|document| (inner.as_str(), document.path.as_str(), document.content.as_slice()));
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut told = String::new();
    for (folder, path, content) in definitions.chain(documents) {
        let file = format!("{folder}/{path}");
        let _ = writeln!(told, "wrote {file}");
        let text = files.entry(file).or_default();
        text.extend_from_slice(format!("---\n# Source: {path}\n").as_bytes());
        text.extend_from_slice(content);
        text.push(b'\n');
    }
    for (file, text) in files {
        fs::write(&directory.join(file), &text, Durability::Process)
            .map_err(|problem| problem.message)?;
    }
    told.push('\n');
    Ok(told.into_bytes())
}

/// The values of all flags, in Helm's order: files, then JSON, plain, string, file and literal.
fn user_values(arguments: &Arguments, directory: &Path, profile: Profile) -> Result<Map, String> {
    let user = Map::new(MapType::StringInterface);
    let mut read = |path: &str| {
        if chart::is_address(path) {
            return Err(format!("cannot read {path}: rendering never asks the network"));
        }
        fs::read_or_stdin(directory, path)
            .map_err(|error| format!("open {path}: {}", fs::reason(&error)))
    };
    for file in &arguments.values {
        let values = values::read(&read(file)?, profile)
            .map_err(|error| format!("failed to parse {file}: {}", error.message))?;
        values::merge(&user, &values);
    }
    set_all(&arguments.set_json, |text| set::parse_json(text, &user, profile))?;
    set_all(&arguments.set, |text| set::parse(text, &user, profile))?;
    set_all(&arguments.set_string, |text| set::parse_string(text, &user, profile))?;
    set_all(&arguments.set_file, |text| set::parse_file(text, &user, profile, &mut read))?;
    set_all(&arguments.set_literal, |text| set::parse_literal(text, &user, profile))?;
    Ok(user)
}

fn set_all(
    texts: &[String],
    mut set: impl FnMut(&[u8]) -> Result<(), ValuesError>,
) -> Result<(), String> {
    texts.iter().try_for_each(|text| set(text.as_bytes())).map_err(|error| error.message)
}

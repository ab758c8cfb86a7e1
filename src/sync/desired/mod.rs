//! The manifests of an environment as they stand in its folder of the output folder.
//!
//! ```text
//! Folder ── services ──> drafts ── scopes ──> objects ── duplicates ──> Manifests ──> plan::Desired
//! ```
//!
//! Owns which files count, and which problems keep a set of manifests from being used; and that a
//! run with a record reads no more of them than it needs ([`sources`]). Pure over a folder that was
//! read: it must not know whether the folder stood on disk or in Git, nor any cluster.

mod duplicates;
mod scopes;
mod service;
mod sources;

use crate::config::Project;
use crate::config::tree::Folder;
use crate::error::{Diagnostic, Place, Severity, in_order};
use crate::parallel;
use manifest::{Object, Scopes};
use service::{Parsed, ServiceFolder};
pub use sources::Sources;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the files do not say themselves.
pub struct Context<'a> {
    /// The project file.
    pub project: &'a Project,
    /// The environment.
    pub environment: &'a str,
    /// The folder as messages name it: `_gen/staging`.
    pub path: String,
    /// Reads the folder of the charts. It is called only if a kind is not known without it.
    pub charts: Box<dyn Fn() -> Folder + 'a>,
}

impl Context<'_> {
    /// The namespace of objects that name none, where their service has no other.
    fn namespace(&self) -> &str {
        let environment = self.project.environments.get(self.environment);
        environment.map_or(self.environment, |environment| environment.namespace.as_str())
    }
}

/// The manifests of an environment.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    /// The services by name.
    pub services: BTreeMap<String, ServiceManifests>,
}

/// The manifests of one service.
#[derive(Clone, Debug, Default)]
pub struct ServiceManifests {
    /// Its objects, in the order they are made in. `source` and `line` are the place in the file.
    pub objects: Vec<Arc<Object>>,
    /// The services that must be there before it.
    pub depends_on: Vec<String>,
    /// How long to wait for it, as written, if it says so itself.
    pub wait_timeout: Option<String>,
}

impl Manifests {
    /// What a sync wants: every object with its digest. Those of Secrets are taken with `key`, if
    /// there is one.
    pub fn desired(&self, key: Option<&[u8]>) -> plan::Desired {
        let services: Vec<(&String, &ServiceManifests)> = self.services.iter().collect();
        let wanted = parallel::map(&services, |(_, service)| service.wanted(key), |_| {});
        let names = services.into_iter().map(|(name, _)| name.clone());
        plan::Desired { services: names.zip(wanted).collect(), ..plan::Desired::default() }
    }
}

impl ServiceManifests {
    fn wanted(&self, key: Option<&[u8]>) -> plan::Service {
        let wanted = |object: &Arc<Object>| {
            let digest = match key {
                Some(key) if manifest::is_secret(object) => manifest::keyed_digest(object, key),
                Some(_) | None => manifest::digest(object),
            };
            plan::Wanted::new(Arc::clone(object), digest)
        };
        plan::Service {
            objects: self.objects.iter().map(wanted).collect(),
            depends_on: self.depends_on.clone(),
        }
    }
}

/// What is made of a kind of which nobody says whether it lives in namespaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// It is a problem, where `generate` did not decide it already.
    Refused,
    /// The object itself decides, by naming a namespace or not, and that deserves a word.
    Guessed,
}

/// Reads manifests that only serve to be compared with, such as those of an earlier commit: what
/// cannot be read is left out and told of as a warning.
pub fn read_to_compare(folder: &Folder, context: &Context<'_>) -> (Manifests, Vec<Diagnostic>) {
    let (folders, mut problems) = service::folders(folder, &context.path);
    let mut reading = read(&folders, context, Unknown::Guessed);
    problems.append(&mut reading.problems);
    let warning = |problem: Diagnostic| Diagnostic { severity: Severity::Warning, ..problem };
    (reading.manifests, in_order(problems.into_iter().map(warning).collect()))
}

/// What was read.
struct Reading {
    /// Everything that can be read.
    manifests: Manifests,
    /// Where its kinds live.
    scopes: Scopes,
    /// What is wrong with the rest.
    problems: Vec<Diagnostic>,
}

/// Reads services.
fn read(folders: &[ServiceFolder<'_>], context: &Context<'_>, unknown: Unknown) -> Reading {
    let mut problems = Vec::new();
    let parsed: Vec<Parsed> = parallel::map(folders, service::parse, |_| {})
        .into_iter()
        .flatten()
        .map(|mut parsed| {
            problems.append(&mut parsed.problems);
            parsed
        })
        .collect();
    let scopes = scopes::of(&parsed, context, unknown, &mut problems);
    let namespace = context.namespace();
    let resolved = parallel::map(&parsed, |parsed| resolve(parsed, namespace, &scopes), |_| {});
    let mut services = BTreeMap::new();
    for (parsed, (objects, mut found)) in parsed.into_iter().zip(resolved) {
        problems.append(&mut found);
        let Parsed { name, settings, .. } = parsed;
        let service::Settings { depends_on, wait_timeout, .. } = settings;
        drop(services.insert(name, ServiceManifests { objects, depends_on, wait_timeout }));
    }
    problems.extend(duplicates::remove(&mut services, context.environment));
    Reading { manifests: Manifests { services }, scopes, problems }
}

/// The objects of a service, and the problems of those drafts that are none.
fn resolve(
    parsed: &Parsed,
    namespace: &str,
    scopes: &Scopes,
) -> (Vec<Arc<Object>>, Vec<Diagnostic>) {
    let namespace = parsed.settings.namespace.as_deref().unwrap_or(namespace);
    let mut problems = Vec::new();
    let drafts = parsed.take_drafts();
    let mut objects = Vec::with_capacity(drafts.len());
    for draft in drafts {
        match manifest::resolve(draft, namespace, scopes) {
            Ok(object) => objects.push(object),
            Err(problem) => problems.push(told(problem)),
        }
    }
    manifest::sort(&mut objects);
    (objects.into_iter().map(Arc::new).collect(), problems)
}

/// A problem with a manifest as the user is told of it.
fn told(problem: manifest::Problem) -> Diagnostic {
    let place = Place::line(problem.source, problem.line);
    Diagnostic {
        hint: problem.hint.map(String::into),
        ..Diagnostic::error(problem.message).at(place)
    }
}

#[cfg(test)]
mod tests;

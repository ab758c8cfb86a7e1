//! Whether what was rendered has an order. `sync` asks the same of the files, for those that nobody
//! generated; here the templates can be named.

use super::Inputs;
use super::render::Manifests;
use crate::config::Release;
use crate::error::{Diagnostic, Place};
use plan::waves::{Dependencies, Item, Order, Problem};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What keeps the objects of each environment from having an order. An environment of which
/// something is missing, because it was not asked for or cannot be rendered, is passed over.
pub(super) fn problems(
    inputs: &Inputs<'_>,
    manifests: &[(&Release<'_>, Manifests)],
) -> Vec<Diagnostic> {
    let mut environments: BTreeMap<&str, Vec<&(&Release<'_>, Manifests)>> = BTreeMap::new();
    for rendered in manifests {
        environments.entry(rendered.0.environment).or_default().push(rendered);
    }
    let is_whole = |environment: &str, rendered: usize| {
        let apps = inputs.sources.apps.values();
        let members = apps.filter(|app| app.environments.contains_key(environment));
        members.count() == rendered
    };
    let whole = environments.into_iter().filter(|(name, rendered)| is_whole(name, rendered.len()));
    whole.flat_map(|(_, rendered)| of_environment(&rendered)).collect()
}

fn of_environment(rendered: &[&(&Release<'_>, Manifests)]) -> Vec<Diagnostic> {
    let mut dependencies = Dependencies::new();
    let mut items = Vec::new();
    for (release, manifests) in rendered.iter().copied() {
        let names = release.settings.depends_on.iter().flatten();
        let names = names.map(|name| name.value.as_str()).collect();
        dependencies.insert(release.app, names);
        items.extend(manifests.objects.iter().map(|object| Item {
            service: release.app,
            id: &object.id,
            source: &object.source,
            line: 0,
            ties: Cow::Borrowed(&object.ties),
        }));
    }
    let problems = Order::among(&items, &dependencies).err().unwrap_or_default();
    // Circles of services are told where the settings are, and have no file here.
    problems.into_iter().filter(|problem| !problem.source.is_empty()).map(told).collect()
}

/// A problem as the user is told of it.
pub fn told(problem: Problem) -> Diagnostic {
    let Problem { message, source, line, notes, hint } = problem;
    let told = Diagnostic::error(message).hint(hint);
    let told = match (source.as_str(), line) {
        ("", _) => told,
        (_, 0) => told.at(Place::file(source)),
        (_, line) => told.at(Place::line(source, line)),
    };
    notes.into_iter().fold(told, Diagnostic::because)
}

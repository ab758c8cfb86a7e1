//! One object, one owner, within an environment. The twin for rendered objects is in
//! [`crate::generate`]; this one sees files, so that it can tell both lines.

use super::ServiceManifests;
use crate::error::{Diagnostic, Place};
use indexmap::IndexMap;
use manifest::{Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// Takes every object out that another stands for already, and says so.
pub(super) fn remove(
    services: &mut BTreeMap<String, ServiceManifests>,
    environment: &str,
) -> Vec<Diagnostic> {
    let (repeated, problems) = find(services, environment);
    for (service, repeated) in repeated {
        let Some(service) = services.get_mut(&service) else { continue };
        let mut index = 0..;
        service.objects.retain(|_| index.next().is_none_or(|index| !repeated.contains(&index)));
    }
    problems
}

/// The places of objects that others stand for already, by service, and what is said of them.
fn find(
    services: &BTreeMap<String, ServiceManifests>,
    environment: &str,
) -> (BTreeMap<String, BTreeSet<usize>>, Vec<Diagnostic>) {
    let mut first: IndexMap<&ObjectId, (&str, &Object), foldhash::fast::RandomState> =
        IndexMap::default();
    let mut repeated: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, service) in services {
        for (index, object) in service.objects.iter().enumerate() {
            if let Some(earlier) = first.get(&object.id) {
                problems.push(problem(*earlier, name, object, environment));
                repeated.entry(name.clone()).or_default().insert(index);
            } else {
                first.insert(&object.id, (name, object));
            }
        }
    }
    (repeated, problems)
}

fn problem(
    (app, first): (&str, &Object),
    other: &str,
    object: &Object,
    environment: &str,
) -> Diagnostic {
    let id = &object.id;
    let message = if app == other {
        format!("`{id}` stands twice in `{app}`")
    } else {
        format!("`{id}` is in two services of `{environment}`, `{app}` and `{other}`")
    };
    Diagnostic::error(message)
        .at(place(object))
        .because(format!("it stands in `{}` too", place(first)))
        .hint("remove one of them, or give it another name or namespace")
}

fn place(object: &Object) -> Place {
    Place::line(&object.source, object.line)
}

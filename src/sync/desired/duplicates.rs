//! One object, one owner, within an environment. The twin for rendered objects is in
//! [`crate::generate`]; this one sees files, so that it can tell both lines.

use super::ServiceManifests;
use crate::error::{Diagnostic, Place};
use manifest::{Object, ObjectId};
use std::collections::BTreeMap;

/// Takes every object out that another stands for already, and says so.
pub(super) fn remove(
    services: &mut BTreeMap<String, ServiceManifests>,
    environment: &str,
) -> Vec<Diagnostic> {
    let mut first: BTreeMap<ObjectId, (String, Place)> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, service) in services {
        service.objects.retain(|object| {
            if let Some(earlier) = first.get(&object.id) {
                problems.push(problem(earlier, name, object, environment));
                return false;
            }
            drop(first.insert(object.id.clone(), (name.clone(), place(object))));
            true
        });
    }
    problems
}

fn problem(
    (app, first): &(String, Place),
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
        .because(format!("it stands in `{first}` too"))
        .hint("remove one of them, or give it another name or namespace")
}

fn place(object: &Object) -> Place {
    Place::line(&object.source, object.line)
}

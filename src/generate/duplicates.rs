//! One object, one owner: the same object must not come from two services of an environment, nor
//! from two environments of one cluster.
//!
//! Environments are of one cluster if their `cluster` UIDs are equal or, where one has none, if
//! they name the same `context`. Services that the run does not select are represented by what is
//! committed of them in the output folder; what cannot be read there is left to `check`.

use super::render::Manifests;
use crate::config::project::Environment;
use crate::config::{Project, Release};
use crate::error::{Diagnostic, Place};
use manifest::ObjectId;
use std::collections::BTreeMap;

/// An object and where it came from.
#[derive(Clone, Copy)]
pub(super) struct Owned<'a> {
    /// The environment.
    pub(super) environment: &'a str,
    /// The service.
    pub(super) app: &'a str,
    /// The object.
    pub(super) id: &'a ObjectId,
    /// The template or file that wrote it.
    pub(super) source: &'a str,
    /// The line of what the template wrote, if a template did.
    pub(super) line: Option<u32>,
    /// The settings file to point at.
    pub(super) place: &'a str,
}

/// The objects of rendered releases.
pub(super) fn owned<'a>(release: &'a Release<'_>, manifests: &'a Manifests) -> Vec<Owned<'a>> {
    let owned = manifests.objects.iter().map(|object| Owned {
        environment: release.environment,
        app: release.app,
        id: &object.id,
        source: &object.source,
        line: Some(object.line),
        place: release.config,
    });
    owned.collect()
}

/// Every object with more than one owner, told at each owner but the first. `locate` says which
/// template line wrote one.
pub(super) fn find(
    project: &Project,
    owned: &[Owned<'_>],
    mut locate: impl FnMut(&Owned<'_>) -> Option<Place>,
) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&ObjectId, Vec<Owned<'_>>> = BTreeMap::new();
    let mut problems = Vec::new();
    for object in owned {
        let earlier = first.entry(object.id).or_default();
        let other = earlier.iter().find(|other| collide(project, other, object));
        problems.extend(other.map(|other| problem(other, object, &mut locate)));
        earlier.push(*object);
    }
    problems
}

fn collide(project: &Project, left: &Owned<'_>, right: &Owned<'_>) -> bool {
    if left.environment == right.environment {
        return true;
    }
    let environment = |owned: &Owned<'_>| project.environments.get(owned.environment);
    environment(left).zip(environment(right)).is_some_and(|(left, right)| one_cluster(left, right))
}

fn one_cluster(left: &Environment, right: &Environment) -> bool {
    match (&left.cluster, &right.cluster) {
        (Some(left), Some(right)) => left == right,
        _ => left.context.is_some() && left.context == right.context,
    }
}

fn problem(
    first: &Owned<'_>,
    second: &Owned<'_>,
    mut locate: impl FnMut(&Owned<'_>) -> Option<Place>,
) -> Diagnostic {
    let object = second.id;
    let (app, environment) = (second.app, second.environment);
    let message = if first.app == app && first.environment == environment {
        format!("`{app}/{environment}` makes `{object}` twice")
    } else if first.environment == environment {
        format!(
            "`{object}` comes from two services of `{environment}`, `{}` and `{app}`",
            first.app
        )
    } else {
        format!(
            "`{object}` comes from two environments of one cluster, `{}/{}` and `{app}/{environment}`",
            first.app, first.environment
        )
    };
    let hint = if object.kind == "CustomResourceDefinition" {
        "let one service bring it, and say `molave: {crds: skip}` for the others"
    } else {
        "give one of them another name or namespace"
    };
    let mut makes = |owned: &Owned<'_>| {
        let place = locate(owned).unwrap_or_else(|| Place::file(owned.source));
        format!("`{}/{}` makes it in `{place}`", owned.app, owned.environment)
    };
    Diagnostic::error(message)
        .at(Place::line(second.place, 1))
        .because(makes(first))
        .because(makes(second))
        .hint(hint)
}

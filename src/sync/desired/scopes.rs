//! Which kinds of an environment live in namespaces.
//!
//! From what wins least to what wins: the shipped tables, charts' definitions (if they are needed),
//! the environment's own definitions, `kinds:` in the project file. Where none of these knows a kind
//! that `generate` wrote, the manifest itself tells: `generate` knew, and wrote every namespace out.

use super::service::Parsed;
use super::{Context, Unknown};
use crate::error::{Diagnostic, Place};
use crate::generate::definitions;
use manifest::{Draft, Scope, Scopes};
use std::collections::BTreeMap;

/// The group and the kind.
type Kind = (String, String);

/// A kind that nobody knows, where it first appears.
struct Appearance {
    is_locked: bool,
    has_namespace: bool,
    place: Place,
}

/// The scope of every kind in the drafts, as far as it can be known.
pub(super) fn of(
    parsed: &[Parsed],
    context: &Context<'_>,
    unknown: Unknown,
    problems: &mut Vec<Diagnostic>,
) -> Scopes {
    let mut scopes = known(parsed, context, Scopes::built_in());
    let mut missing = missing(parsed, &scopes);
    if missing.values().any(|appearance| !appearance.is_locked) {
        let mut charts = Scopes::built_in();
        definitions::learn_from_charts(&(context.charts)(), &mut charts);
        scopes = known(parsed, context, charts);
        missing.retain(|(group, kind), _| scopes.scope_of(group, kind).is_none());
    }
    for ((group, kind), appearance) in missing {
        let scope = if appearance.has_namespace { Scope::Namespaced } else { Scope::Cluster };
        if appearance.is_locked || unknown == Unknown::Guessed {
            scopes.add(&group, &kind, scope);
        }
        if !appearance.is_locked && unknown == Unknown::Guessed {
            problems.push(guessed(&kind, scope, appearance.place));
        }
    }
    scopes
}

fn known(parsed: &[Parsed], context: &Context<'_>, mut scopes: Scopes) -> Scopes {
    for service in parsed {
        service.each_draft(|draft| {
            if draft.kind == "CustomResourceDefinition" {
                scopes.add_definition(&draft.body);
            }
        });
    }
    for declared in &context.project.kinds {
        scopes.add(&declared.group, &declared.kind, declared.scope);
    }
    scopes
}

/// The kinds that nobody knows. A draft that lacks a group or kind is told of later.
fn missing(parsed: &[Parsed], scopes: &Scopes) -> BTreeMap<Kind, Appearance> {
    let mut missing = BTreeMap::new();
    for service in parsed {
        service.each_draft(|draft| {
            if draft.kind.is_empty() || scopes.scope_of(draft.group(), &draft.kind).is_some() {
                return;
            }
            let kind = (draft.group().to_owned(), draft.kind.clone());
            let appearance = missing.entry(kind).or_insert_with(|| Appearance {
                is_locked: service.is_locked,
                has_namespace: false,
                place: Place::line(&draft.source, draft.line),
            });
            appearance.has_namespace |= has_namespace(draft);
        });
    }
    missing
}

fn has_namespace(draft: &Draft) -> bool {
    draft.body.get("metadata").and_then(|metadata| metadata.get("namespace")).is_some()
}

fn guessed(kind: &str, scope: Scope, place: Place) -> Diagnostic {
    let taken = match scope {
        Scope::Namespaced => "it is taken to, because the object names one",
        Scope::Cluster => "it is taken not to, because the object names none",
    };
    Diagnostic::error(format!("whether `{kind}` lives in namespaces is not known: {taken}"))
        .at(place)
}

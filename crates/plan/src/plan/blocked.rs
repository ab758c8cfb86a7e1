//! Which services are left alone, and why.
//!
//! Owns that a service is done as a whole or not at all as far as a plan can tell (DESIGN.md, rule
//! 12): an object that the server would refuse, or that lacks its kind or namespace, blocks its
//! service, and that one those that depend on it. It must not know what is done about it.

use super::Action;
use super::fate::{Context, Draft, Fate};
use crate::desired::{Desired, NAMESPACES};
use crate::observed::Observed;
use crate::selection::Claim;
use crate::waves::{self, Needs};
use manifest::{Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// The services that are left alone.
#[derive(Default)]
pub(super) struct Blocked<'a> {
    /// What is wrong with objects.
    causes: BTreeMap<&'a ObjectId, String>,
    /// Causes by service.
    services: BTreeMap<&'a str, Vec<String>>,
}

impl Blocked<'_> {
    /// Why each service is left alone.
    pub(super) fn services(&self) -> BTreeMap<String, Vec<String>> {
        let services = self.services.iter();
        services.map(|(service, causes)| ((*service).to_owned(), causes.clone())).collect()
    }

    /// Why an object is left alone, if it is. What needs nothing done in this run is not.
    pub(super) fn reason(&self, draft: &Draft<'_>) -> Option<String> {
        if let Some(cause) = self.causes.get(draft.subject.id) {
            return Some(cause.clone());
        }
        let is_left = matches!(draft.action(), Some(Action::Unchanged | Action::Pending));
        let is_blocked = !is_left && self.services.contains_key(draft.subject.service());
        is_blocked.then(|| "its service is blocked".to_owned())
    }
}

/// Finds what is blocked. What a blocked service would have brought, a kind or a namespace, is
/// missing elsewhere, so this goes on until nothing more is blocked.
pub(super) fn find<'a>(
    context: &Context<'_>,
    desired: &'a Desired,
    drafts: &[Draft<'a>],
    needs: &Needs,
) -> Blocked<'a> {
    let suspects: Vec<Suspect<'a, '_>> =
        drafts.iter().filter_map(|draft| suspect(context, draft)).collect();
    let leftovers: Vec<Leftover<'_, '_>> = drafts.iter().filter_map(leftover).collect();
    if suspects.is_empty() && leftovers.is_empty() {
        return Blocked::default();
    }
    let supplies = Supplies::of(desired, context.observed, drafts);
    let dependants = waves::dependants(desired);
    let ties = ties(drafts, needs);
    let mut stopped: BTreeSet<&str> = BTreeSet::new();
    loop {
        let causes = suspects.iter().filter_map(|suspect| {
            let cause = supplies.cause(&suspect.lack, suspect.claim, &stopped)?;
            Some((suspect.claim, cause))
        });
        let tied = ties.iter().filter(|tie| stopped.contains(tie.on.subject.service()));
        let tied = tied.map(|tie| {
            let cause = format!("it needs `{}`, which is blocked", tie.on.subject.id);
            (tie.claim, cause)
        });
        let causes: Vec<(Claim<'a>, String)> = causes.chain(tied).collect();
        let roots = causes.iter().map(|(claim, _)| claim.service);
        let roots = roots.chain(leftovers.iter().map(|leftover| leftover.service));
        let next = with_dependants(roots, &dependants, context);
        if next == stopped {
            return tell(&causes, &leftovers, &next, desired);
        }
        stopped = next;
    }
}

/// An object that is to be applied and needs another that is, too.
struct Tie<'a, 'b> {
    claim: Claim<'a>,
    on: &'b Draft<'a>,
}

/// What is applied, and needs something of another service that is applied.
fn ties<'a, 'b>(drafts: &'b [Draft<'a>], needs: &Needs) -> Vec<Tie<'a, 'b>> {
    if needs.is_empty() {
        return Vec::new();
    }
    let is_applied =
        |draft: &&Draft<'_>| !matches!(draft.action(), Some(Action::Unchanged | Action::Pending));
    let wanted = drafts.iter().filter(|draft| draft.subject.claim.is_some()).filter(is_applied);
    let applied: BTreeMap<&ObjectId, &Draft<'a>> =
        wanted.map(|draft| (draft.subject.id, draft)).collect();
    let mut ties = Vec::new();
    for draft in applied.values() {
        let Some(claim) = draft.subject.claim else { continue };
        let needs = needs.get(draft.subject.id).into_iter().flatten();
        for on in needs.filter_map(|need| applied.get(&need.on)) {
            if on.subject.service() != claim.service {
                ties.push(Tie { claim, on });
            }
        }
    }
    ties
}

/// A wanted object that may be in the way of its service.
struct Suspect<'a, 'b> {
    claim: Claim<'a>,
    lack: Lack<'b>,
}

/// An object that nobody wants any more, and that may not be deleted.
struct Leftover<'a, 'b> {
    id: &'a ObjectId,
    service: &'a str,
    reason: &'b str,
}

fn leftover<'a, 'b>(draft: &'b Draft<'a>) -> Option<Leftover<'a, 'b>> {
    let entry = draft.subject.entry.filter(|_| draft.subject.claim.is_none())?;
    let Fate::Rejected(reason) = &draft.fate else { return None };
    Some(Leftover { id: draft.subject.id, service: &entry.service, reason })
}

/// What an object lacks.
enum Lack<'a> {
    /// The server would refuse it.
    Rejected(&'a str),
    /// Its kind is not served.
    Kind,
    /// This namespace is not there.
    Namespace(&'a str),
}

fn suspect<'a, 'b>(context: &Context<'_>, draft: &'b Draft<'a>) -> Option<Suspect<'a, 'b>> {
    let claim = draft.subject.claim.filter(|claim| claim.service != NAMESPACES)?;
    let lack = match &draft.fate {
        Fate::Becomes { action: Action::Pending, .. } => return None,
        Fate::Rejected(reason) => Lack::Rejected(reason),
        _ if context.observed.is_unserved_version(&claim.wanted.object) => Lack::Kind,
        _ => {
            let namespace = draft.subject.id.namespace.as_deref()?;
            context.observed.missing_namespace(draft.subject.id)?;
            Lack::Namespace(namespace)
        }
    };
    Some(Suspect { claim, lack })
}

/// The kinds and namespaces that wanted objects bring.
struct Supplies<'a> {
    definitions: Vec<(&'a str, &'a Object)>,
    namespaces: BTreeMap<&'a str, &'a str>,
    /// Services that want a namespace and are not in this run.
    elsewhere: BTreeMap<&'a str, &'a str>,
    /// Namespaces that are on their way out.
    ending: &'a BTreeSet<String>,
}

impl<'a> Supplies<'a> {
    fn of(desired: &'a Desired, observed: &'a Observed, drafts: &[Draft<'a>]) -> Self {
        let brought = drafts
            .iter()
            .filter(|draft| draft.action().is_some_and(|action| action != Action::Pending));
        let brought: Vec<Claim<'a>> = brought.filter_map(|draft| draft.subject.claim).collect();
        let pair = |claim: &Claim<'a>| (claim.service, &*claim.wanted.object);
        let definitions = brought.iter().map(pair).filter(|(_, object)| object.id.is_definition());
        let namespaces = brought.iter().map(pair).filter(|(_, object)| is_namespace(&object.id));
        let elsewhere = desired.services.iter().filter(|(service, _)| *service != NAMESPACES);
        let elsewhere = elsewhere.flat_map(|(service, all)| {
            let objects = all.objects.iter().map(|wanted| &*wanted.object);
            let objects = objects.filter(|object| is_namespace(&object.id));
            objects.map(move |object| (object.id.name.as_str(), service.as_str()))
        });
        Self {
            definitions: definitions.collect(),
            namespaces: namespaces.map(|(by, object)| (object.id.name.as_str(), by)).collect(),
            elsewhere: elsewhere.collect(),
            ending: &observed.ending_namespaces,
        }
    }

    /// Why an object cannot be applied, given the services that are stopped already.
    fn cause(&self, lack: &Lack<'_>, claim: Claim<'_>, stopped: &BTreeSet<&str>) -> Option<String> {
        let object = &claim.wanted.object;
        match lack {
            Lack::Rejected(reason) => Some((*reason).to_owned()),
            Lack::Kind if self.defines(object, stopped) => None,
            Lack::Kind => Some(format!("`{}` is not served by the cluster", kind_of(object))),
            Lack::Namespace(name) => {
                let by = self.namespaces.get(name);
                let is_made = by.is_some_and(|by| !stopped.contains(by));
                (!is_made).then(|| self.missing(name))
            }
        }
    }

    fn missing(&self, namespace: &str) -> String {
        let maker = self.elsewhere.get(namespace);
        let maker = maker
            .map(|by| format!(", and `{by}`, which makes it, is blocked or not part of this run"));
        let maker = maker.unwrap_or_default();
        let is_ending = self.ending.contains(namespace);
        let how = if is_ending { "is being deleted" } else { "does not exist" };
        format!("namespace `{namespace}` {how}{maker}")
    }

    /// Whether a definition of an object's kind comes with this run.
    fn defines(&self, object: &Object, stopped: &BTreeSet<&str>) -> bool {
        let definitions = self.definitions.iter().filter(|(by, _)| !stopped.contains(by));
        definitions.into_iter().any(|(_, definition)| serves(definition, object))
    }
}

/// Whether a definition is of an object's kind and serves its version.
fn serves(definition: &Object, object: &Object) -> bool {
    let (group, kind) = (object.id.group.as_str(), object.id.kind.as_str());
    let is_of_kind = manifest::defined_kind(&definition.body) == Some((group, kind));
    let versions = definition.body.get("spec").and_then(|spec| spec.get("versions")?.as_list());
    let mut versions =
        versions.into_iter().flatten().filter_map(|version| version.get("name")?.as_str());
    is_of_kind && versions.any(|version| version == object.version())
}

/// The services that have a cause of their own, and those that depend on them.
fn with_dependants<'a>(
    roots: impl Iterator<Item = &'a str>,
    dependants: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    context: &Context<'_>,
) -> BTreeSet<&'a str> {
    let mut stopped: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = roots.collect();
    while let Some(service) = open.pop() {
        if stopped.insert(service) {
            let next = dependants.get(service).into_iter().flatten();
            open.extend(next.filter(|service| context.options.selects(service)));
        }
    }
    stopped
}

fn tell<'a>(
    causes: &[(Claim<'a>, String)],
    leftovers: &[Leftover<'a, '_>],
    stopped: &BTreeSet<&'a str>,
    desired: &Desired,
) -> Blocked<'a> {
    let mut blocked = Blocked::default();
    for (claim, cause) in causes {
        let object = &claim.wanted.object;
        let line = format!("`{}`{}: {cause}", object.id, place(object));
        blocked.services.entry(claim.service).or_default().push(line);
        blocked.causes.insert(&object.id, cause.clone());
    }
    for Leftover { id, service, reason } in leftovers {
        let line = format!("`{id}`: {reason}");
        blocked.services.entry(service).or_default().push(line);
        blocked.causes.insert(id, (*reason).to_owned());
    }
    for service in stopped {
        let depends_on = desired.services.get(*service).map(|service| &service.depends_on);
        let depends_on: BTreeSet<&String> = depends_on.into_iter().flatten().collect();
        let on = depends_on.into_iter().filter(|on| stopped.contains(on.as_str()));
        let causes = on.map(|on| format!("`{on}`, on which it depends, is blocked"));
        blocked.services.entry(service).or_default().extend(causes);
    }
    blocked
}

/// Where an object comes from, if that is known: ` (templates/web.yaml:3)`.
fn place(object: &Object) -> String {
    match (object.source.as_str(), object.line) {
        ("", _) => String::new(),
        (source, 0) => format!(" ({source})"),
        (source, line) => format!(" ({source}:{line})"),
    }
}

/// `Widget.example.com/v1`, or `Pod/v1` for the core group.
fn kind_of(object: &Object) -> String {
    let ObjectId { group, kind, .. } = &object.id;
    let dot = if group.is_empty() { "" } else { "." };
    format!("{kind}{dot}{group}/{}", object.version())
}

fn is_namespace(id: &ObjectId) -> bool {
    id.is("", "Namespace")
}

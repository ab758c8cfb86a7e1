//! How two sets of manifests differ, object by object.
//!
//! Identity is group, kind, namespace and name: an object that moves to another version of its
//! group, or to another service, is one change. Pure over manifests that were read; it must not know
//! where they were read, or how a difference looks.

use crate::sync::desired::Manifests;
use manifest::{Object, ObjectId};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is in the old manifests alone.
    Delete,
    /// It is in both, and differs.
    Change,
    /// It is in both and the same, in another service.
    Move,
    /// It is in the new manifests alone.
    Create,
}

/// What becomes of one object, which is in at least one of the two sets.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// What.
    pub action: Action,
    /// Which object.
    pub id: &'a ObjectId,
    /// The service that it belongs to, or belonged to if it is deleted.
    pub service: &'a str,
    /// The service that it comes from, if that is another one.
    pub from_service: Option<&'a str>,
    /// The object as it was.
    pub old: Option<&'a Object>,
    /// The object as it is.
    pub new: Option<&'a Object>,
}

/// The difference: deletions first, then changes and moves, then creations, each by service and
/// then in the order in which objects are made.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet<'a> {
    /// What differs.
    pub changes: Vec<Change<'a>>,
    /// How many objects are the same in both.
    pub unchanged: usize,
}

/// How many objects meet which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// [`Action::Delete`].
    pub delete: usize,
    /// [`Action::Change`].
    pub change: usize,
    /// [`Action::Move`].
    pub moved: usize,
    /// [`Action::Create`].
    pub create: usize,
    /// No action.
    pub unchanged: usize,
}

impl Action {
    /// The word for it: `delete`, `change`, `move`, `create`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Change => "change",
            Self::Move => "move",
            Self::Create => "create",
        }
    }

    /// Changes and moves stand together.
    fn rank(self) -> u8 {
        match self {
            Self::Delete => 0,
            Self::Change | Self::Move => 1,
            Self::Create => 2,
        }
    }
}

impl ChangeSet<'_> {
    /// The numbers.
    pub fn counts(&self) -> Counts {
        let of = |action| self.changes.iter().filter(|change| change.action == action).count();
        Counts {
            delete: of(Action::Delete),
            change: of(Action::Change),
            moved: of(Action::Move),
            create: of(Action::Create),
            unchanged: self.unchanged,
        }
    }
}

/// Every object with its service.
type Owned<'a> = BTreeMap<&'a ObjectId, (&'a str, &'a Object)>;

/// Compares manifests. With `apps`, only the changes of those services count, after moves between
/// services are settled on the whole: what moves in counts, what moves out does not.
pub fn compare<'a>(old: &'a Manifests, new: &'a Manifests, apps: &[String]) -> ChangeSet<'a> {
    let (old, new) = (owned(old), owned(new));
    let is_selected = |service: &str| apps.is_empty() || apps.iter().any(|app| app == service);
    let mut set = ChangeSet::default();
    for (id, (service, object)) in old.iter().filter(|(id, _)| !new.contains_key(*id)) {
        if is_selected(service) {
            set.changes.push(deletion(id, service, object));
        }
    }
    for (id, (service, object)) in new {
        match old.get(id) {
            _ if !is_selected(service) => {}
            None => set.changes.push(creation(id, service, object)),
            Some(before) => match change(id, *before, (service, object)) {
                Some(change) => set.changes.push(change),
                None => set.unchanged += 1,
            },
        }
    }
    set.changes.sort_by(order);
    set
}

fn owned(manifests: &Manifests) -> Owned<'_> {
    let services = manifests.services.iter();
    let objects = services.flat_map(|(name, service)| {
        service.objects.iter().map(move |object| (&object.id, (name.as_str(), &**object)))
    });
    objects.collect()
}

fn deletion<'a>(id: &'a ObjectId, service: &'a str, old: &'a Object) -> Change<'a> {
    let action = Action::Delete;
    Change { action, id, service, from_service: None, old: Some(old), new: None }
}

fn creation<'a>(id: &'a ObjectId, service: &'a str, new: &'a Object) -> Change<'a> {
    let action = Action::Create;
    Change { action, id, service, from_service: None, old: None, new: Some(new) }
}

/// What became of an object that is in both; nothing if it is the same. Two objects are the same
/// if a sync would take them for the same.
fn change<'a>(
    id: &'a ObjectId,
    (from, old): (&'a str, &'a Object),
    (service, new): (&'a str, &'a Object),
) -> Option<Change<'a>> {
    let is_same = manifest::digest(old) == manifest::digest(new);
    let action = match (is_same, from == service) {
        (true, true) => return None,
        (true, false) => Action::Move,
        (false, _) => Action::Change,
    };
    let from_service = Some(from).filter(|from| *from != service);
    Some(Change { action, id, service, from_service, old: Some(old), new: Some(new) })
}

fn order(left: &Change<'_>, right: &Change<'_>) -> Ordering {
    (left.action.rank(), left.service)
        .cmp(&(right.action.rank(), right.service))
        .then_with(|| manifest::compare(left.id, right.id))
}

#[cfg(test)]
mod tests {
    use super::{ChangeSet, Counts, compare};
    use crate::sync::desired::{Manifests, ServiceManifests};
    use manifest::{Object, Scopes};

    /// Objects as `service version Kind name value`, one a line.
    fn manifests(lines: &str) -> Manifests {
        let mut manifests = Manifests::default();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.splitn(5, ' ').collect();
            let service: &mut ServiceManifests =
                manifests.services.entry(words[0].to_owned()).or_default();
            service.objects.push(object(&words).into());
        }
        manifests
    }

    fn object(words: &[&str]) -> Object {
        let [_, version, kind, name, value] = words else { panic!("{words:?}") };
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {value}\n"
        );
        let draft = manifest::parse(text.as_bytes(), "").expect("YAML").remove(0);
        manifest::resolve(draft, "ns", &Scopes::built_in()).expect("an object")
    }

    fn shown(set: &ChangeSet<'_>) -> Vec<String> {
        let show = |change: &super::Change<'_>| {
            let from = change.from_service.map(|from| format!(" from {from}")).unwrap_or_default();
            format!("{} {} {}{from}", change.action.word(), change.service, change.id)
        };
        set.changes.iter().map(show).collect()
    }

    fn check(old: &str, new: &str, apps: &[&str], expected: &[&str]) {
        let apps: Vec<String> = apps.iter().map(|app| (*app).to_owned()).collect();
        assert_eq!(shown(&compare(&manifests(old), &manifests(new), &apps)), expected);
    }

    #[test]
    fn deletions_come_first_then_changes_then_creations_each_by_service() {
        check(
            "b v1 Service gone 1
             a apps/v1 Deployment gone 1
             a v1 Service gone-too 1
             a v1 Service same 1
             z v1 Service changed 1
             a v1 Service changed-too 1",
            "a v1 Service same 1
             z v1 Service changed 2
             a v1 Service changed-too 2
             b apps/v1 Deployment new 1
             b v1 Service new 1
             a v1 Service new-too 1",
            &[],
            &[
                "delete a Service/ns/gone-too",
                "delete a Deployment.apps/ns/gone",
                "delete b Service/ns/gone",
                "change a Service/ns/changed-too",
                "change z Service/ns/changed",
                "create a Service/ns/new-too",
                "create b Service/ns/new",
                "create b Deployment.apps/ns/new",
            ],
        );
    }

    #[test]
    fn another_version_of_the_same_group_is_a_change() {
        check(
            "a autoscaling/v1 HorizontalPodAutoscaler x 1",
            "a autoscaling/v2 HorizontalPodAutoscaler x 1",
            &[],
            &["change a HorizontalPodAutoscaler.autoscaling/ns/x"],
        );
    }

    #[test]
    fn a_move_between_services_is_one_change() {
        check("a v1 Service x 1", "b v1 Service x 1", &[], &["move b Service/ns/x from a"]);
        check("a v1 Service x 1", "b v1 Service x 2", &[], &["change b Service/ns/x from a"]);
    }

    #[test]
    fn a_selection_never_turns_a_move_into_a_deletion() {
        let (old, new) = ("a v1 Service x 1\na v1 Service gone 1", "b v1 Service x 1");
        check(old, new, &["a"], &["delete a Service/ns/gone"]);
        check(old, new, &["b"], &["move b Service/ns/x from a"]);
        check(old, new, &["c"], &[]);
    }

    #[test]
    fn how_a_manifest_is_written_makes_no_difference() {
        check("a v1 Service x {a: 1, b: 2.0}", "a v1 Service x {a: 0x1, b: 2}", &[], &[]);
        check(
            "a v1 Service x {a: 1}",
            "a v1 Service x {a: \"1\"}",
            &[],
            &["change a Service/ns/x"],
        );
    }

    #[test]
    fn every_object_is_counted_once() {
        let old = manifests("a v1 Service a 1\na v1 Service b 1\na v1 Service c 1");
        let new =
            manifests("a v1 Service a 1\na v1 Service b 2\nb v1 Service c 1\nb v1 Service d 1");
        let expected = Counts { delete: 0, change: 1, moved: 1, create: 1, unchanged: 1 };
        assert_eq!(compare(&old, &new, &[]).counts(), expected);
        let expected = Counts { delete: 1, change: 1, moved: 1, create: 0, unchanged: 1 };
        assert_eq!(compare(&new, &old, &[]).counts(), expected);
    }
}

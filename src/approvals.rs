//! Which committed approvals (`guards.approve`) have done their work.
//!
//! An approval is committed with the change that needs it. From the next change on it is a standing
//! permission that nobody reviews any more. Pure over two versions of a project file and of an
//! environment's manifests; it must not know where they were read, nor any cluster.

use crate::config::decode::Placed;
use crate::difference::{Action, Change, ChangeSet};
use plan::guards::Approval;

/// The approvals of today that an earlier version of the environment had as well, perhaps in other
/// words. The others came with the change.
pub fn standing<'a>(
    before: &[Placed<String>],
    now: &'a [Placed<String>],
) -> Vec<&'a Placed<String>> {
    let was_there = |approval: &str| before.iter().any(|earlier| is_same(&earlier.value, approval));
    now.iter().filter(|approval| was_there(&approval.value)).collect()
}

/// Those of the standing approvals that nothing in the change since that version needs.
pub fn stale<'a>(
    standing: Vec<&'a Placed<String>>,
    change: &ChangeSet<'_>,
) -> Vec<&'a Placed<String>> {
    let is_needed = |approval: &str| change.changes.iter().any(|one| needs(one, approval));
    standing.into_iter().filter(|approval| !is_needed(&approval.value)).collect()
}

/// Whether two approvals are for one object as far as their texts tell.
fn is_same(left: &str, right: &str) -> bool {
    let (left, right) = (Approval::read(left), Approval::read(right));
    left.zip(right).is_some_and(|(left, right)| left.is_same(&right))
}

/// Whether what becomes of an object may take an approval. One that moves to another service is
/// neither deleted nor replaced.
fn needs(change: &Change<'_>, approval: &str) -> bool {
    let approval = Approval::read(approval).filter(|_| change.action != Action::Move);
    approval.is_some_and(|approval| approval.is_for(change.id) || takes_along(change, &approval))
}

/// Whether the object is a namespace, or the definition of a kind, that what is approved would go
/// along with. That is in no manifest if others made it.
fn takes_along(holder: &Change<'_>, approval: &Approval<'_>) -> bool {
    let Approval { kind, namespace, .. } = *approval;
    let mut bodies = [holder.old, holder.new].into_iter().flatten().map(|object| &object.body);
    (holder.id.is("", "Namespace") && namespace == holder.id.name)
        || (holder.id.is_definition()
            && bodies.any(|body| manifest::defined_kind(body).is_some_and(|(_, it)| it == kind)))
}

#[cfg(test)]
mod tests {
    use super::{stale, standing};
    use crate::config::decode::Placed;
    use crate::difference::compare;
    use crate::error::Place;
    use crate::sync::desired::{Manifests, ServiceManifests};
    use manifest::Scopes;

    fn approvals(texts: &[&str]) -> Vec<Placed<String>> {
        let placed = |(text, line): (&&str, u32)| Placed {
            value: (*text).to_owned(),
            place: Place::line("molave.yaml", line),
        };
        texts.iter().zip(1..).map(placed).collect()
    }

    /// Objects as `service: manifest`, one a line.
    fn manifests(lines: &[&str]) -> Manifests {
        let mut manifests = Manifests::default();
        for line in lines {
            let (service, text) = line.split_once(": ").expect("a service");
            let draft = manifest::parse(text.as_bytes(), "").expect("YAML").remove(0);
            let object = manifest::resolve(draft, "shop", &Scopes::built_in()).expect("an object");
            let service: &mut ServiceManifests =
                manifests.services.entry(service.to_owned()).or_default();
            service.objects.push(object.into());
        }
        manifests
    }

    /// What was approved and stood in the manifests, and what is now; the lines of what is stale.
    fn check(before: (&[&str], &[&str]), now: (&[&str], &[&str]), expected: &[u32]) {
        let (old, new) = (manifests(before.1), manifests(now.1));
        let (earlier, approved) = (approvals(before.0), approvals(now.0));
        let found = stale(standing(&earlier, &approved), &compare(&old, &new, &[]));
        let lines: Vec<u32> = found.iter().filter_map(|approval| approval.place.line).collect();
        assert_eq!(lines, expected, "{before:?} -> {now:?}");
    }

    const DB: &str = "db: {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: 1}";
    const CHANGED: &str =
        "db: {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: 2}";
    const MOVED: &str =
        "data: {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: 1}";
    const SPACE: &str = "db: {apiVersion: v1, kind: Namespace, metadata: {name: old}}";
    const DEFINITION: &str = "db: {apiVersion: apiextensions.k8s.io/v1, \
                              kind: CustomResourceDefinition, metadata: {name: widgets.x.io}, \
                              spec: {group: x.io, names: {kind: Widget}}}";

    #[test]
    fn an_approval_is_stale_from_the_next_change_on() {
        let db: &[&str] = &["StatefulSet/shop/db"];
        let no: &[&str] = &[];
        for (before, now, expected) in [
            // It came with the change.
            ((no, &[DB] as &[&str]), (db, no), no_lines()),
            ((no, no), (db, no), no_lines()),
            ((no, &[DB]), (db, &[DB]), no_lines()),
            // It was there, and this is the change.
            ((db, &[DB]), (db, no), no_lines()),
            ((db, &[DB]), (db, &[CHANGED]), no_lines()),
            ((db, no), (db, &[DB]), no_lines()),
            // It was there, and the change was an earlier one, or never came.
            ((db, no), (db, no), &[1]),
            ((db, &[DB]), (db, &[DB]), &[1]),
            ((db, &[DB]), (db, &[MOVED]), &[1]),
            // It is gone.
            ((db, no), (no, no), no_lines()),
        ] {
            check(before, now, expected);
        }
    }

    fn no_lines() -> &'static [u32] {
        &[]
    }

    #[test]
    fn each_approval_is_looked_at_by_itself() {
        let before: &[&str] = &["StatefulSet/shop/a", "StatefulSet/shop/db", "StatefulSet/shop/c"];
        let now: &[&str] = &["StatefulSet/shop/c", "StatefulSet/shop/new", "StatefulSet/shop/db"];
        check((before, &[DB]), (now, &[]), &[1]);
        check((before, &[]), (now, &[]), &[1, 3]);
    }

    #[test]
    fn an_approval_in_other_words_is_the_same() {
        let (short, shown): (&[&str], &[&str]) =
            (&["StatefulSet/shop/db"], &["StatefulSet.apps/shop/db"]);
        for (before, now) in [(short, shown), (shown, short), (shown, shown)] {
            check((before, &[]), (now, &[]), &[1]);
            check((before, &[DB]), (now, &[]), &[]);
        }
        check((&["Namespace/old"], &[]), (&["Namespace//old"], &[]), &[1]);
        for other in [
            "StatefulSet.x.io/shop/db",
            "StatefulSet.apps/other/db",
            "StatefulSet.apps/shop/da",
            "Deployment.apps/shop/db",
        ] {
            check((&[other], &[]), (shown, &[]), &[]);
        }
    }

    #[test]
    fn what_goes_along_with_its_holder_is_approved_as_long_as_that_is_to_go() {
        let theirs: &[&str] = &["ConfigMap/old/theirs", "ConfigMap/shop/theirs"];
        check((theirs, &[SPACE]), (theirs, &[]), &[2]);
        check((theirs, &[SPACE]), (theirs, &[SPACE]), &[1, 2]);
        let theirs: &[&str] = &["Widget.x.io/shop/theirs", "Widget//theirs", "Gadget//theirs"];
        check((theirs, &[DEFINITION]), (theirs, &[]), &[3]);
        check((theirs, &[]), (theirs, &[]), &[1, 2, 3]);
    }
}

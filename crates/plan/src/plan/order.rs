//! The order of changes.
//!
//! Owns that a plan stands in the order of stages and, within one, of identities. It must not know
//! what is done with an object.

use super::Change;
use crate::waves::Stage;
use manifest::ObjectId;
use std::collections::BTreeMap;

/// Sorts by stage, then as [`manifest::compare`] has it. Quick if the changes of each kind stand in
/// the order of their identities already.
pub(super) fn sort(changes: &mut Vec<Change>) {
    let places = places(changes);
    let mut groups: BTreeMap<(Stage, usize), Vec<Change>> = BTreeMap::new();
    for (place, change) in places.into_iter().zip(changes.drain(..)) {
        groups.entry((change.stage, place)).or_default().push(change);
    }
    for mut group in groups.into_values() {
        group.sort_by(|Change { id: left, .. }, Change { id: right, .. }| {
            (&left.namespace, &left.name).cmp(&(&right.namespace, &right.name))
        });
        changes.append(&mut group);
    }
}

/// The place of each change's kind among those that occur. [`manifest::compare`] looks a kind up in
/// lists each time, which is too slow to sort 100,000 objects by.
fn places(changes: &[Change]) -> Vec<usize> {
    let mut kinds: BTreeMap<(&str, &str), &ObjectId> = BTreeMap::new();
    for Change { id, .. } in changes {
        kinds.entry((&id.group, &id.kind)).or_insert(id);
    }
    let mut kinds: Vec<&ObjectId> = kinds.into_values().collect();
    kinds.sort_by(|left, right| manifest::compare(left, right));
    let kinds = kinds.iter().map(|id| (id.group.as_str(), id.kind.as_str()));
    let places: BTreeMap<(&str, &str), usize> = kinds.zip(0..).collect();
    let place = |id: &ObjectId| places.get(&(id.group.as_str(), id.kind.as_str())).copied();
    changes.iter().map(|change| place(&change.id).unwrap_or_default()).collect()
}

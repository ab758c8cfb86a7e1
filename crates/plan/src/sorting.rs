//! Sorting many objects by identity.
//!
//! Owns a shortcut: within a kind and a namespace, names mostly stand in order already, because
//! services do. That saves nearly all comparisons of 100,000 identities, whose texts lie all over
//! the memory. It must not know what is sorted.

use manifest::ObjectId;
use std::collections::BTreeMap;

/// Everything in the order of identities, as [`Ord`] has it. What is equal keeps its order.
pub(crate) fn by_identity<T>(items: Vec<T>, id: impl Fn(&T) -> &ObjectId) -> Vec<T> {
    let (places, count) = places(&items, &id);
    let mut groups: Vec<Vec<T>> = Vec::new();
    groups.resize_with(count, Vec::new);
    let mut sorted = Vec::with_capacity(items.len());
    for (item, place) in items.into_iter().zip(places) {
        if let Some(group) = groups.get_mut(place) {
            group.push(item);
        }
    }
    for mut group in groups {
        group.sort_by(|left, right| id(left).name.cmp(&id(right).name));
        sorted.append(&mut group);
    }
    sorted
}

/// What comes before the name.
type Place<'a> = (&'a str, &'a str, Option<&'a str>);

/// For each item how many kinds and namespaces come before its own, and how many there are.
fn places<T>(items: &[T], id: impl Fn(&T) -> &ObjectId) -> (Vec<usize>, usize) {
    let place = |item| -> Place<'_> {
        let ObjectId { group, kind, namespace, .. } = id(item);
        (group, kind, namespace.as_deref())
    };
    let mut places: BTreeMap<Place<'_>, usize> =
        items.iter().map(|item| (place(item), 0)).collect();
    for (number, known) in places.values_mut().enumerate() {
        *known = number;
    }
    let place = |item| places.get(&place(item)).copied().unwrap_or_default();
    (items.iter().map(place).collect(), places.len())
}

#[cfg(test)]
mod tests {
    use super::by_identity;
    use crate::plan::tests::id;
    use manifest::ObjectId;

    #[test]
    fn the_order_is_that_of_identities_and_keeps_what_is_equal() {
        let names = [
            "Service/b/z",
            "Service/b/a",
            "Namespace/z",
            "Deployment.apps/a/a",
            "Service/a/z",
            "Service/b/z",
            "Widget/x",
            "Deployment.extensions/a/a",
            "Service/b/a",
            "Namespace/a",
        ];
        let numbered: Vec<(ObjectId, usize)> = names.iter().map(|name| id(name)).zip(0..).collect();
        let mut expected = numbered.clone();
        expected.sort();
        assert_eq!(by_identity(numbered, |(id, _)| id), expected);
        assert!(by_identity(Vec::new(), |id: &ObjectId| id).is_empty());
    }
}

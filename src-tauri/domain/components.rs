//! Which things belong together because they share a name, directly or through others.

use std::collections::HashMap;
use std::hash::Hash;

/// Groups of things, each given by its names: indices ascending, groups by their first. A thing without a name is a
/// group of its own. The order of things changes nothing but the indices.
///
/// ```
/// use leadtrail::domain::components::components;
/// assert_eq!(components(&[vec!["a"], vec!["b"], vec!["a", "c"], vec!["c"]]), [vec![0, 2, 3], vec![1]]);
/// ```
pub fn components<K: Eq + Hash>(things: &[Vec<K>]) -> Vec<Vec<usize>> {
    // Each thing points to one that came before it in its group; roots, the first of theirs, to themselves.
    let mut before: Vec<usize> = (0..things.len()).collect();
    let mut first_with: HashMap<&K, usize> = HashMap::new();
    for (index, names) in things.iter().enumerate() {
        for name in names {
            let other = *first_with.entry(name).or_insert(index);
            let (a, b) = (root(&mut before, index), root(&mut before, other));
            if let Some(later) = before.get_mut(a.max(b)) {
                *later = a.min(b);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut group_of: HashMap<usize, usize> = HashMap::new();
    for index in 0..things.len() {
        let group = *group_of.entry(root(&mut before, index)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

/// The first of a thing's group; the way to it is cut short.
fn root(before: &mut [usize], mut index: usize) -> usize {
    while let Some(next) = before.get(index).copied().filter(|next| *next != index) {
        let over = before.get(next).copied().unwrap_or(next);
        if let Some(slot) = before.get_mut(index) {
            *slot = over;
        }
        index = next;
    }
    index
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_later_one_joins_what_stood_apart() {
        assert_eq!(components::<u8>(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(components::<u8>(&[vec![], vec![]]), [[0], [1]]);
        assert_eq!(components(&[vec![1], vec![2], vec![3, 3]]), [[0], [1], [2]]);
        assert_eq!(components(&[vec![1], vec![2], vec![3], vec![3, 2]]), [vec![0], vec![1, 2, 3]]);
        assert_eq!(components(&[vec![3], vec![2], vec![1], vec![1, 2], vec![2, 3]]), [[0, 1, 2, 3, 4]]);
    }

    /// What "belong together" means, walked the slow way.
    fn walked(things: &[Vec<u8>]) -> Vec<Vec<usize>> {
        let mut groups = Vec::new();
        let mut seen = vec![false; things.len()];
        for start in 0..things.len() {
            let (mut group, mut next) = (Vec::new(), vec![start]);
            while let Some(index) = next.pop() {
                if std::mem::replace(&mut seen[index], true) {
                    continue;
                }
                group.push(index);
                next.extend((0..things.len()).filter(|o| things[*o].iter().any(|name| things[index].contains(name))));
            }
            group.sort_unstable();
            groups.push(group);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }

    proptest! {
        #[test]
        fn groups_are_what_can_be_reached(
            things in proptest::collection::vec(proptest::collection::vec(0u8..24, 0..4), 0..24),
        ) {
            prop_assert_eq!(components(&things), walked(&things));
        }

        #[test]
        fn the_order_of_things_does_not_matter(
            (things, order) in proptest::collection::vec(proptest::collection::vec(0u8..24, 0..4), 0..24)
                .prop_flat_map(|things| {
                    let order: Vec<usize> = (0..things.len()).collect();
                    (Just(things), Just(order).prop_shuffle())
                }),
        ) {
            let other: Vec<Vec<u8>> = order.iter().map(|index| things[*index].clone()).collect();
            let mut back: Vec<Vec<usize>> = components(&other)
                .into_iter()
                .map(|group| {
                    let mut group: Vec<usize> = group.into_iter().map(|index| order[index]).collect();
                    group.sort_unstable();
                    group
                })
                .collect();
            back.sort();
            prop_assert_eq!(back, components(&things));
        }
    }
}

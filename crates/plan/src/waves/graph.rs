//! What must come before what, and which stage that lifts each to. It must not know why.

use super::Stage;
use std::collections::{BTreeMap, BTreeSet};

/// A graph whose first nodes are objects; the others are junctions, which stand for many ties.
pub(super) struct Graph<'a> {
    objects: usize,
    junctions: Vec<Junction<'a>>,
    /// The nodes that come after each node.
    after: Vec<Vec<usize>>,
    /// How many nodes come before each node.
    before: Vec<usize>,
}

/// A place where many ties meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Junction<'a> {
    /// Before everything of a service.
    Begin(&'a str),
    /// After everything of a service.
    End(&'a str),
    /// Between a wave of a service and all before it.
    Turn(&'a str, i64),
}

/// Objects that each need the next, the last one the first, and what lies in between.
pub(super) type Circle<'a> = Vec<(usize, Vec<Junction<'a>>)>;

impl<'a> Graph<'a> {
    /// A graph of so many objects.
    pub(super) fn of(objects: usize) -> Self {
        let (after, before) = (vec![Vec::new(); objects], vec![0; objects]);
        Self { objects, junctions: Vec::new(), after, before }
    }

    /// A new junction.
    pub(super) fn join(&mut self, junction: Junction<'a>) -> usize {
        self.junctions.push(junction);
        self.after.push(Vec::new());
        self.before.push(0);
        self.after.len().saturating_sub(1)
    }

    /// One node comes before another.
    pub(super) fn add(&mut self, before: usize, after: usize) {
        if let (Some(list), Some(count)) = (self.after.get_mut(before), self.before.get_mut(after))
        {
            list.push(after);
            *count += 1;
        }
    }

    /// The stage of each object: the natural one, or a later one if what comes before it demands
    /// that. Fails with a circle.
    pub(super) fn lift(&self, natural: &[Stage]) -> Result<Vec<Stage>, Circle<'a>> {
        let mut stages = natural.to_vec();
        let mut least: Vec<Option<Stage>> = vec![None; self.after.len()];
        let mut open = self.before.clone();
        let mut ready: Vec<usize> =
            (0..open.len()).filter(|node| open.get(*node) == Some(&0)).collect();
        let mut done = 0;
        while let Some(node) = ready.pop() {
            done += 1;
            let least_here = least.get(node).copied().flatten();
            let next = match stages.get_mut(node) {
                Some(stage) => {
                    *stage = least_here.map_or(*stage, |least| least.max(*stage));
                    Some(stage.next())
                }
                None => least_here,
            };
            for after in self.after.get(node).into_iter().flatten() {
                if let Some(least) = least.get_mut(*after) {
                    *least = (*least).max(next);
                }
                if let Some(count) = open.get_mut(*after) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(*after);
                    }
                }
            }
        }
        if done == open.len() { Ok(stages) } else { Err(self.circle(&open)) }
    }

    /// A circle among the nodes of which something before them is still open, from its first object
    /// on.
    fn circle(&self, open: &[usize]) -> Circle<'a> {
        let is_open = |node: usize| open.get(node).is_some_and(|count| *count > 0);
        let mut before: BTreeMap<usize, usize> = BTreeMap::new();
        for node in (0..open.len()).filter(|node| is_open(*node)) {
            for after in self.after.get(node).into_iter().flatten().filter(|node| is_open(**node)) {
                before.entry(*after).or_insert(node);
            }
        }
        let (mut path, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next = before.keys().next().copied();
        while let Some(node) = next.filter(|node| seen.insert(*node)) {
            path.push(node);
            next = before.get(&node).copied();
        }
        let start = path.iter().position(|node| Some(*node) == next).unwrap_or_default();
        let mut nodes = path.split_off(start);
        let objects = nodes.iter().enumerate().filter(|(_, node)| **node < self.objects);
        let first = objects.min_by_key(|(_, node)| **node).map_or(0, |(place, _)| place);
        nodes.rotate_left(first);
        let mut circle: Circle<'a> = Vec::new();
        for node in nodes {
            let junction = node.checked_sub(self.objects).and_then(|at| self.junctions.get(at));
            match (junction, circle.last_mut()) {
                (None, _) => circle.push((node, Vec::new())),
                (Some(junction), Some((_, between))) => between.push(*junction),
                (Some(_), None) => {}
            }
        }
        circle
    }
}

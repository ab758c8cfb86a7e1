//! Schedules by chance, each from a number of its own.

use crate::fault::{Fault, Injection, Which};
use crate::history::History;
use crate::schedule::{Faulted, Schedule};

/// Numbers that look random: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).expect("small")).expect("small")
    }
}

/// The schedule of a seed. `requests` are the names of those that an undisturbed run on each tree
/// of the history makes.
pub(crate) fn schedule(
    history: (usize, &History),
    requests: &[Vec<String>],
    seed: u64,
) -> Schedule {
    let mut chance = Chance(seed);
    let (place, history) = history;
    let first = chance.below(history.steps.len());
    let mut runs: Vec<Faulted> = (0..first).map(|step| Faulted { step, faults: vec![] }).collect();
    let mut faults = 1 + chance.below(3);
    let mut step = first;
    while faults > 0 {
        let here = 1 + chance.below(faults);
        faults -= here;
        let faults = (0..here).map(|_| injection(&requests[step], &mut chance)).collect();
        runs.push(Faulted { step, faults });
        step = match chance.below(4) {
            0 => step,
            1 => chance.below(history.steps.len()),
            _ => (step + 1).min(history.steps.len() - 1),
        };
    }
    // The clean run is on the tree of the last one, or goes on from there.
    if chance.below(2) == 0 {
        runs.push(Faulted { step, faults: vec![] });
    }
    let last = runs.last().map_or(0, |run| run.step);
    Schedule {
        name: format!("random:{}:{seed}", history.name),
        history: place,
        runs,
        last,
        concurrency: [1, 8][chance.below(2)],
        checks_the_past: false,
    }
}

fn injection(requests: &[String], chance: &mut Chance) -> Injection {
    let place = chance.below(requests.len() + 3);
    let which = match requests.get(place) {
        Some(name) if chance.below(2) == 0 => Which::Named(name.clone()),
        _ => Which::At(place),
    };
    Injection { which, fault: Fault::ALL[chance.below(Fault::ALL.len())] }
}

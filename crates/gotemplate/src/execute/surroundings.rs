//! What a render may learn of the world: the time, and chance.
//!
//! Owns the moment that every such function is told, and who asked. The moment is data that the host
//! hands over, so that the crate reads no clock and the same moment gives the same output. It must
//! not know which functions ask.

use indexmap::IndexMap;
use jiff::Zoned;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sha2::{Digest as _, Sha256};
use std::cell::RefCell;

/// The time and a source of chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What `now` is, in the zone that Go calls `Local`.
    pub now: Zoned,
    /// What all random bytes are derived from.
    pub seed: [u8; 32],
    /// Whether what is made by chance is never used: long keys are then made short, which is quick.
    pub rehearsal: bool,
}

impl Default for Moment {
    /// The epoch in UTC and no chance at all: the same for every render.
    fn default() -> Self {
        let now = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        Self { now, seed: [0; 32], rehearsal: false }
    }
}

/// A call whose answer depends on the moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asker {
    /// The function.
    pub function: &'static str,
    /// The file it is called in; `gotpl` for the text given to `tpl`.
    pub file: String,
    /// The 1-based line.
    pub line: u32,
    /// The 0-based byte column.
    pub column: u32,
}

/// Which calls are told another moment than the rest, to see whether their answers matter.
#[derive(Clone, Debug, Default)]
pub enum Others {
    /// None.
    #[default]
    None,
    /// Every call.
    All(Moment),
    /// The calls of one place.
    One(Asker, Moment),
}

/// The moments that one render is told, and who asked for them.
#[derive(Debug, Default)]
pub struct Surroundings {
    moment: Moment,
    others: Others,
    askers: RefCell<IndexMap<Asker, u64>>,
}

impl Surroundings {
    /// Surroundings where every call is told `moment`, but for `others`.
    pub fn new(moment: Moment, others: Others) -> Self {
        Self { moment, others, askers: RefCell::default() }
    }

    /// Who asked for the time or for chance, in the order in which they first did.
    pub fn askers(&self) -> Vec<Asker> {
        self.askers.borrow().keys().cloned().collect()
    }

    /// What `now` is for `asker`.
    pub(super) fn now(&self, asker: Asker) -> Zoned {
        let now = self.moment_of(&asker).now.clone();
        self.count(asker);
        now
    }

    /// The zone that Go calls `Local`; that alone makes no answer depend on the moment.
    pub(super) fn zone(&self) -> &jiff::tz::TimeZone {
        self.moment.now.time_zone()
    }

    /// Whether nobody will use what is made.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.moment.rehearsal
    }

    /// A generator of its own for each call, so that one call's draws never change another's.
    pub(super) fn generator(&self, asker: Asker) -> ChaCha20Rng {
        let mut hash = Sha256::new();
        hash.update(self.moment_of(&asker).seed);
        hash.update(asker.line.to_be_bytes());
        hash.update(asker.column.to_be_bytes());
        hash.update(asker.file.as_bytes());
        hash.update(self.count(asker).to_be_bytes());
        ChaCha20Rng::from_seed(hash.finalize().into())
    }

    /// Notes that `asker` asked something that only the host could have answered.
    pub(super) fn note(&self, asker: Asker) {
        self.count(asker);
    }

    fn moment_of(&self, asker: &Asker) -> &Moment {
        match &self.others {
            Others::All(other) => other,
            Others::One(one, other) if one == asker => other,
            Others::One(..) | Others::None => &self.moment,
        }
    }

    /// Notes that `asker` asked, and says how often it did before.
    fn count(&self, asker: Asker) -> u64 {
        let mut askers = self.askers.borrow_mut();
        let count = askers.entry(asker).or_default();
        *count += 1;
        *count - 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Asker, Moment, Others, Surroundings};
    use rand_core::Rng as _;

    fn asker(line: u32) -> Asker {
        Asker { function: "randAlpha", file: "a.yaml".to_owned(), line, column: 3 }
    }

    fn draw(surroundings: &Surroundings, line: u32) -> u64 {
        surroundings.generator(asker(line)).next_u64()
    }

    #[test]
    fn one_moment_gives_the_same_draws_and_each_call_its_own() {
        let (one, two) = (Surroundings::default(), Surroundings::default());
        let draws = [draw(&one, 1), draw(&one, 2), draw(&one, 1)];
        assert_eq!([draw(&two, 1), draw(&two, 2), draw(&two, 1)], draws);
        assert!(draws[0] != draws[1] && draws[0] != draws[2] && draws[1] != draws[2]);
    }

    #[test]
    fn only_the_named_call_is_told_the_other_moment() {
        let other = Moment { seed: [1; 32], ..Moment::default() };
        let plain = Surroundings::default();
        let varied = Surroundings::new(Moment::default(), Others::One(asker(2), other.clone()));
        assert_eq!(draw(&varied, 1), draw(&plain, 1));
        assert_ne!(draw(&varied, 2), draw(&plain, 2));
        let all = Surroundings::new(Moment::default(), Others::All(other));
        assert_ne!(draw(&all, 1), draw(&Surroundings::default(), 1));
    }

    #[test]
    fn who_asked_is_listed_once_each() {
        let surroundings = Surroundings::default();
        for line in [7, 2, 7] {
            let _draw = draw(&surroundings, line);
        }
        assert_eq!(surroundings.askers(), [asker(7), asker(2)]);
    }
}

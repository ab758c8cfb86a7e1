//! How often and how long a request is repeated. It must not know what is asked, nor wait itself.

use std::time::Duration;
use tokio::time::Instant;

/// The longest wait that we choose.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What is in the way of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server was too busy to begin (429).
    Throttled,
    /// The server says that it stored nothing, and why that may pass.
    NotStored,
    /// The server or the way to it is broken.
    Broken,
}

impl Trouble {
    /// How long it is borne with, from the first try on.
    fn budget(self) -> Duration {
        Duration::from_secs(match self {
            Self::Throttled => 60,
            Self::NotStored => 10,
            Self::Broken => 15,
        })
    }

    /// How many tries there are.
    fn tries(self) -> u32 {
        match self {
            Self::Throttled | Self::NotStored => u32::MAX,
            Self::Broken => 5,
        }
    }
}

/// What is left of our patience with one request.
pub(super) struct Patience {
    first_wait: Duration,
    started: Instant,
    throttled: u32,
    others: u32,
}

impl Patience {
    /// All patience, from now on. `first_wait` is the wait before the second try; each
    /// further one is twice as long.
    pub(super) fn new(first_wait: Duration) -> Self {
        Self { first_wait, started: Instant::now(), throttled: 0, others: 0 }
    }

    /// How long to wait before the next try; nothing if there is none. `asked` is what the server
    /// asks for.
    pub(super) fn next(&mut self, trouble: Trouble, asked: Option<Duration>) -> Option<Duration> {
        let count = match trouble {
            Trouble::Throttled => &mut self.throttled,
            Trouble::NotStored | Trouble::Broken => &mut self.others,
        };
        let wait = asked.unwrap_or_else(|| backed_off(self.first_wait, *count));
        *count += 1;
        let is_in_time = self.started.elapsed() + wait <= trouble.budget();
        (is_in_time && *count < trouble.tries()).then_some(wait)
    }
}

fn backed_off(first: Duration, before: u32) -> Duration {
    // Past six doublings it is the longest wait anyway.
    (first * 2_u32.pow(before.min(6))).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::{Patience, Trouble};
    use crate::cluster::connection::FIRST_WAIT;
    use std::time::Duration;

    fn waits(trouble: Trouble, count: usize) -> Vec<Option<u128>> {
        let mut patience = Patience::new(FIRST_WAIT);
        let next = |_| patience.next(trouble, None).map(|wait| wait.as_millis());
        (0..count).map(next).collect()
    }

    #[test]
    fn waits_double_up_to_ten_seconds() {
        let expected = [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000].map(Some);
        assert_eq!(waits(Trouble::Throttled, 8), expected);
    }

    #[test]
    fn a_broken_way_is_tried_five_times() {
        let expected = [Some(200), Some(400), Some(800), Some(1600), None];
        assert_eq!(waits(Trouble::Broken, 5), expected);
    }

    #[test]
    fn a_wait_beyond_the_budget_ends_the_patience() {
        let mut patience = Patience::new(FIRST_WAIT);
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(patience.next(Trouble::Throttled, seconds(59)), seconds(59));
        assert_eq!(patience.next(Trouble::Throttled, seconds(61)), None);
        assert_eq!(patience.next(Trouble::NotStored, seconds(11)), None);
        assert_eq!(patience.next(Trouble::Broken, seconds(16)), None);
    }
}

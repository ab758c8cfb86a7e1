//! How many requests may be under way at once: a limit that halves when the server says that it is
//! too busy, and grows back with each request that it grants. It must not know what is asked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Requests that were under way together tell of the same overload; they halve the limit once.
const HALVING_INTERVAL: Duration = Duration::from_millis(500);

/// The limit on parallel requests.
#[derive(Debug)]
pub(super) struct Throttle {
    slots: Semaphore,
    limit: usize,
    pace: Mutex<Pace>,
    turns: AtomicU32,
}

#[derive(Debug)]
struct Pace {
    /// How many slots there are, taken or free.
    slots: usize,
    /// How many there should be; the surplus goes when it is given back.
    allowed: usize,
    /// Requests granted since the limit last changed.
    granted: usize,
    halved: Option<Instant>,
}

/// The right to one request, until dropped.
pub(super) struct Slot<'a> {
    throttle: &'a Throttle,
    permit: Option<SemaphorePermit<'a>>,
}

impl Throttle {
    /// A throttle that allows `limit` requests at once; at least one.
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            slots: Semaphore::new(limit),
            limit,
            pace: Mutex::new(Pace { slots: limit, allowed: limit, granted: 0, halved: None }),
            turns: AtomicU32::new(0),
        }
    }

    /// Waits for a turn; turns come in the order in which they were asked for.
    pub(super) async fn turn(&self) -> Slot<'_> {
        // An error means that the semaphore was closed, which nobody does.
        Slot { throttle: self, permit: self.slots.acquire().await.ok() }
    }

    /// The server was too busy: half as many requests from here on.
    pub(super) fn slow_down(&self) {
        let mut pace = self.pace();
        if pace.halved.is_some_and(|then| then.elapsed() < HALVING_INTERVAL) {
            return;
        }
        pace.allowed = (pace.allowed / 2).max(1);
        pace.granted = 0;
        pace.halved = Some(Instant::now());
    }

    /// The server granted a request: once as many were granted as are allowed at once, one more is
    /// allowed, up to the limit.
    pub(super) fn granted(&self) {
        let mut pace = self.pace();
        if pace.allowed == self.limit {
            return;
        }
        pace.granted += 1;
        if pace.granted >= pace.allowed {
            pace.granted = 0;
            pace.allowed += 1;
        }
        if pace.slots < pace.allowed {
            pace.slots += 1;
            self.slots.add_permits(1);
        }
    }

    /// A duration between 75 % and 125 % of `wait`, other at each call, so that requests refused
    /// together do not come back together.
    pub(super) fn spread(&self, wait: Duration) -> Duration {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        // Steps of the golden ratio spread any number of turns evenly.
        let share = turn.wrapping_mul(0x9E37_79B9) >> 16;
        wait.mul_f64(0.75 + f64::from(share) / f64::from(1 << 17))
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut pace = self.throttle.pace();
        if pace.slots > pace.allowed {
            pace.slots -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HALVING_INTERVAL, Throttle};
    use std::time::Duration;

    fn free(throttle: &Throttle) -> usize {
        throttle.slots.available_permits()
    }

    #[tokio::test]
    async fn a_busy_server_halves_the_limit_once_for_requests_under_way_together() {
        let throttle = Throttle::new(8);
        let slots = [throttle.turn().await, throttle.turn().await, throttle.turn().await];
        throttle.slow_down();
        throttle.slow_down();
        drop(slots);
        assert_eq!(free(&throttle), 5, "a slot goes as it is given back");
        drop(throttle.turn().await);
        assert_eq!(free(&throttle), 4);
        drop(throttle.turn().await);
        assert_eq!(free(&throttle), 4);
    }

    #[tokio::test]
    async fn the_limit_grows_back_with_granted_requests_and_not_beyond() {
        let throttle = Throttle::new(4);
        throttle.slow_down();
        for _ in 0..4 {
            drop(throttle.turn().await);
        }
        assert_eq!(free(&throttle), 2);
        for _ in 0..100 {
            drop(throttle.turn().await);
            throttle.granted();
        }
        assert_eq!(free(&throttle), 4);
    }

    #[tokio::test]
    async fn one_request_at_a_time_is_always_allowed() {
        let throttle = Throttle::new(0);
        for _ in 0..3 {
            throttle.slow_down();
            std::thread::sleep(HALVING_INTERVAL / 8);
            drop(throttle.turn().await);
        }
        assert_eq!(free(&throttle), 1);
    }

    #[test]
    fn waits_are_spread_around_what_was_asked_for() {
        let throttle = Throttle::new(1);
        let wait = Duration::from_secs(1);
        let spread: Vec<Duration> = (0..100).map(|_| throttle.spread(wait)).collect();
        assert!(spread.iter().all(|wait| (750..=1250).contains(&wait.as_millis())));
        let early = spread.iter().filter(|wait| wait.as_millis() < 1000).count();
        assert!((40..=60).contains(&early), "{early}");
    }
}

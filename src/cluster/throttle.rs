//! How many requests may be under way at once: fewer when the server says that it is too busy, or
//! answers ever more slowly, and more again by trial. It must not know what is asked.
//!
//! ```text
//! refused: half as many ─> steady: none refused for a while ─> probe: 1, 2, 4, … more ─> limit
//!                             ^── probe refused: as before it, and longer until the next ──┘
//! ```

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Requests that were under way together tell of the same overload; they count once.
const SAME_OVERLOAD: Duration = Duration::from_millis(200);

/// How long none may be refused until more are tried, at first.
const FIRST_CALM: Duration = Duration::from_millis(500);

/// How long at most.
const LONGEST_CALM: Duration = Duration::from_secs(30);

/// Answers slower than this, and than [`SLOWER`] times the quickest, tell of an overload too.
const SLOW: Duration = Duration::from_secs(2);
const SLOWER: u32 = 8;

/// Slow answers alone never leave less than this: webhooks may be slow by nature.
const LEAST_WHEN_SLOW: usize = 4;

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
    /// How many the server is known to bear; less than `allowed` during a probe.
    known: usize,
    /// How many more the next probe allows.
    step: usize,
    /// How long none may be refused until the next probe.
    calm: Duration,
    /// The most that were under way at once since `allowed` last changed.
    used: usize,
    /// When `allowed` last changed.
    changed: Option<Instant>,
    /// When it last fell.
    fell: Option<Instant>,
    /// The quickest answer.
    quickest: Duration,
    /// How long answers take lately.
    lately: Duration,
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
        let pace = Pace {
            slots: limit,
            allowed: limit,
            known: limit,
            step: 1,
            calm: FIRST_CALM,
            used: 0,
            changed: None,
            fell: None,
            quickest: Duration::MAX,
            lately: Duration::ZERO,
        };
        Self {
            slots: Semaphore::new(limit),
            limit,
            pace: Mutex::new(pace),
            turns: AtomicU32::new(0),
        }
    }

    /// Waits for a turn; turns come in the order in which they were asked for.
    pub(super) async fn turn(&self) -> Slot<'_> {
        // An error means that the semaphore was closed, which nobody does.
        Slot { throttle: self, permit: self.slots.acquire().await.ok() }
    }

    /// The server was too busy for a request.
    pub(super) fn slow_down(&self) {
        let now = Instant::now();
        self.pace().refused(now);
    }

    /// The server granted a request after this time.
    pub(super) fn granted(&self, took: Duration) {
        let now = Instant::now();
        let free = self.slots.available_permits();
        let mut pace = self.pace();
        pace.used = pace.used.max(pace.slots.saturating_sub(free));
        pace.measure(took, now);
        pace.probe(self.limit, now);
        let more = pace.allowed.saturating_sub(pace.slots);
        pace.slots += more;
        self.slots.add_permits(more);
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

impl Pace {
    fn refused(&mut self, now: Instant) {
        if self.fell.is_some_and(|fell| now - fell < SAME_OVERLOAD) {
            return;
        }
        if self.allowed > self.known {
            self.calm = (self.calm * 2).min(LONGEST_CALM);
            self.fall(self.known, now);
        } else {
            self.calm = FIRST_CALM;
            self.fall(self.allowed / 2, now);
        }
    }

    fn fall(&mut self, to: usize, now: Instant) {
        self.allowed = to.max(1);
        self.known = self.allowed;
        (self.step, self.used) = (1, 0);
        (self.changed, self.fell) = (Some(now), Some(now));
    }

    /// Allows more if what is allowed now is made use of, and has proved good for a while.
    fn probe(&mut self, limit: usize, now: Instant) {
        let is_calm = self.changed.is_none_or(|changed| now - changed >= self.calm);
        if self.allowed >= limit || !is_calm || self.used < self.allowed {
            return;
        }
        if self.allowed > self.known {
            self.calm = FIRST_CALM;
        }
        self.known = self.allowed;
        self.allowed = self.allowed.saturating_add(self.step).min(limit);
        (self.step, self.used) = (self.step.saturating_mul(2), 0);
        self.changed = Some(now);
    }

    /// Learns how long an answer took, and allows a quarter less if they have become slow.
    fn measure(&mut self, took: Duration, now: Instant) {
        self.quickest = self.quickest.min(took);
        self.lately = (self.lately * 7 + took) / 8;
        let bearable = SLOW.max(self.quickest.saturating_mul(SLOWER));
        let is_new = self.fell.is_none_or(|fell| now - fell >= SLOW);
        if self.lately > bearable && is_new && self.allowed > LEAST_WHEN_SLOW {
            self.calm = FIRST_CALM;
            self.fall((self.allowed - self.allowed / 4).max(LEAST_WHEN_SLOW), now);
        }
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
    use super::{FIRST_CALM, LEAST_WHEN_SLOW, SAME_OVERLOAD, SLOW, Throttle};
    use futures_util::future::join_all;
    use std::cell::Cell;
    use std::time::Duration;
    use tokio::time::{Instant, advance, sleep};

    const QUICK: Duration = Duration::from_millis(10);

    fn free(throttle: &Throttle) -> usize {
        throttle.slots.available_permits()
    }

    /// As many requests at once as may be, all granted.
    async fn grant_all(throttle: &Throttle) {
        let slots = join_all((0..free(throttle)).map(|_| throttle.turn())).await;
        throttle.granted(QUICK);
        drop(slots);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_made_use_of_does_not_grow() {
        let throttle = Throttle::new(8);
        throttle.slow_down();
        drop(join_all((0..8).map(|_| throttle.turn())).await);
        for _ in 0..20 {
            advance(FIRST_CALM).await;
            let slots = join_all((0..3).map(|_| throttle.turn())).await;
            throttle.granted(QUICK);
            drop(slots);
        }
        assert_eq!(free(&throttle), 4);
        grant_all(&throttle).await;
        assert_eq!(free(&throttle), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_server_halves_the_limit_once_for_requests_under_way_together() {
        let throttle = Throttle::new(8);
        let slots = [throttle.turn().await, throttle.turn().await, throttle.turn().await];
        throttle.slow_down();
        throttle.slow_down();
        drop(slots);
        assert_eq!(free(&throttle), 5, "a slot goes as it is given back");
        drop(throttle.turn().await);
        assert_eq!(free(&throttle), 4);
        advance(SAME_OVERLOAD).await;
        throttle.slow_down();
        drop([throttle.turn().await, throttle.turn().await]);
        assert_eq!(free(&throttle), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_grows_back_once_it_is_calm_and_not_beyond() {
        let throttle = Throttle::new(16);
        for _ in 0..4 {
            throttle.slow_down();
            advance(SAME_OVERLOAD).await;
        }
        let slots = join_all((0..16).map(|_| throttle.turn())).await;
        drop(slots);
        let mut seen = Vec::new();
        for _ in 0..6 {
            grant_all(&throttle).await;
            grant_all(&throttle).await;
            seen.push(free(&throttle));
            advance(FIRST_CALM).await;
        }
        assert_eq!(seen, [1, 2, 4, 8, 16, 16]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_refused_is_taken_back_and_the_next_comes_later() {
        let throttle = Throttle::new(8);
        throttle.slow_down();
        drop(join_all((0..8).map(|_| throttle.turn())).await);
        for calm in [1, 2, 4] {
            advance((FIRST_CALM * calm).saturating_sub(QUICK)).await;
            grant_all(&throttle).await;
            assert_eq!(free(&throttle), 4, "not yet: {calm}");
            advance(QUICK).await;
            grant_all(&throttle).await;
            assert_eq!(free(&throttle), 5, "{calm}");
            throttle.slow_down();
            drop(throttle.turn().await);
            assert_eq!(free(&throttle), 4, "{calm}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn slow_answers_leave_a_few_requests_at_once() {
        let throttle = Throttle::new(32);
        throttle.granted(QUICK);
        for _ in 0..20 {
            advance(SLOW).await;
            for _ in 0..8 {
                throttle.granted(SLOW * 2);
            }
        }
        assert!(throttle.pace().known <= LEAST_WHEN_SLOW + 3, "{:?}", throttle.pace());
        assert!(throttle.pace().allowed >= LEAST_WHEN_SLOW);
        let even = Throttle::new(32);
        for _ in 0..200 {
            even.granted(SLOW / 2);
        }
        assert_eq!(even.pace().allowed, 32, "slow by nature");
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_at_a_time_is_always_allowed() {
        let throttle = Throttle::new(0);
        for _ in 0..3 {
            throttle.slow_down();
            advance(SAME_OVERLOAD).await;
            drop(throttle.turn().await);
        }
        assert_eq!(free(&throttle), 1);
    }

    /// A server that bears `bears` requests at once, each 20 ms, and refuses others. Gives the share
    /// of refusals after two seconds, and of what the server could have done.
    async fn against_a_server_that_bears(bears: usize) -> (f64, f64) {
        const WORK: Duration = Duration::from_millis(20);
        let (throttle, under_way) = (Throttle::new(32), Cell::new(0));
        let (refused, done) = (Cell::new(0), Cell::new(0));
        let began = Instant::now();
        let count = |cell: &Cell<u32>| {
            let is_settled = began.elapsed() > Duration::from_secs(2);
            cell.set(cell.get() + u32::from(is_settled));
        };
        let worker = async || {
            while began.elapsed() < Duration::from_secs(22) {
                let slot = throttle.turn().await;
                if under_way.get() >= bears {
                    count(&refused);
                    throttle.slow_down();
                    drop(slot);
                    sleep(Duration::from_millis(200)).await;
                    continue;
                }
                under_way.set(under_way.get() + 1);
                sleep(WORK).await;
                under_way.set(under_way.get() - 1);
                count(&done);
                throttle.granted(WORK);
                drop(slot);
            }
        };
        join_all((0..64).map(|_| worker())).await;
        let (refused, done) = (f64::from(refused.get()), f64::from(done.get()));
        let possible = 20.0 / WORK.as_secs_f64() * f64::from(u32::try_from(bears).unwrap());
        (refused / (refused + done), done / possible)
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_bears_few_requests_is_used_and_seldom_refuses() {
        for bears in [1, 2, 3, 5, 8, 11, 13, 24, 31] {
            let (refused, used) = against_a_server_that_bears(bears).await;
            assert!(refused < 0.05, "{bears}: {refused} refused");
            assert!(used >= 0.8, "{bears}: {used} used");
        }
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

//! How many requests may be under way at once: fewer when the server says that it is too busy, or
//! answers ever more slowly, and more again by trial. It must not know what is asked.
//!
//! - A request that is refused takes its slot along: the server bears those that are under way
//!   beside it, and what waits in line must not be refused too, one after the other. The last slot
//!   is kept until the request may be made again, and then given back.
//! - When none was refused for a while and all slots are in use, 1, 2, 4, … more are tried. If that
//!   is refused, it takes four times as long until the next trial: every refusal costs some request
//!   the time that the server asks it to wait.
//! - When answers have become slow, the limit falls by a quarter.
//! - What is urgent goes before what waits in line, and beyond the limit if no slot gets free soon.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Refusals of requests that were under way together tell of the same overload.
const SAME_OVERLOAD: Duration = Duration::from_millis(200);

/// How long none may be refused until more are tried, at first.
const FIRST_CALM: Duration = Duration::from_millis(500);

/// How many times as long after a trial was refused, and how long at most.
const LONGER: u32 = 4;
const LONGEST_CALM: Duration = Duration::from_secs(30);

/// Answers slower than this, and than [`SLOWER`] times the quickest, tell of an overload too.
const SLOW: Duration = Duration::from_secs(2);
const SLOWER: u32 = 8;

/// How long an urgent request waits for a slot at most.
const SOON: Duration = Duration::from_millis(250);

/// Slow answers alone never leave less than this: webhooks may be slow by nature.
const LEAST_WHEN_SLOW: usize = 4;

/// The limit on parallel requests.
#[derive(Debug)]
pub(super) struct Throttle {
    slots: Semaphore,
    /// Whose turn is next: only one waits for a slot, and what is urgent right behind it.
    line: tokio::sync::Mutex<()>,
    /// The throttle of the requests that these are more urgent than.
    common: Option<Arc<Self>>,
    limit: usize,
    pace: Mutex<Pace>,
    turns: AtomicU32,
}

#[derive(Debug)]
struct Pace {
    /// How many slots there are, free or taken.
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
    /// When it began to fall, for the last overload.
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
    /// The slot among the requests that this one is more urgent than.
    common: Option<Box<Self>>,
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
            line: tokio::sync::Mutex::default(),
            common: None,
            limit,
            pace: Mutex::new(pace),
            turns: AtomicU32::new(0),
        }
    }

    /// A throttle for `limit` requests at once that are more urgent than those of `common`.
    pub(super) fn urgent(limit: usize, common: Arc<Self>) -> Self {
        Self { common: Some(common), ..Self::new(limit) }
    }

    /// Waits for a turn; turns come in the order in which they were asked for.
    pub(super) async fn turn(&self) -> Slot<'_> {
        let next = self.line.lock().await;
        let mut slot = self.slot().await;
        drop(next);
        if let Some(common) = &self.common {
            let common = tokio::time::timeout(SOON, common.slot()).await;
            slot.common = common.ok().map(Box::new);
        }
        slot
    }

    async fn slot(&self) -> Slot<'_> {
        // An error means that the semaphore was closed, which nobody does.
        let permit = self.slots.acquire().await.ok();
        Slot { throttle: self, permit, common: None }
    }

    /// A duration between 100 % and 125 % of `wait`, other at each call, so that requests refused
    /// together do not come back together.
    pub(super) fn spread(&self, wait: Duration) -> Duration {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed);
        // Steps of the golden ratio spread any number of turns evenly.
        let share = turn.wrapping_mul(0x9E37_79B9) >> 16;
        wait.mul_f64(1.0 + f64::from(share) / f64::from(1 << 18))
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// The server was too busy for the request. To be kept until it is made again.
    pub(super) fn refused(&mut self) {
        let now = Instant::now();
        let mut pace = self.throttle.pace();
        pace.refused(now);
        if pace.slots > pace.allowed {
            pace.slots -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
        drop(pace);
        if let Some(common) = &mut self.common {
            common.refused();
        }
    }

    /// The server granted the request after this time.
    pub(super) fn granted(&self, took: Duration) {
        let now = Instant::now();
        let free = self.throttle.slots.available_permits();
        let mut pace = self.throttle.pace();
        pace.used = pace.used.max(pace.slots.saturating_sub(free));
        pace.measure(took, now);
        pace.probe(self.throttle.limit, now);
        let more = pace.allowed.saturating_sub(pace.slots);
        pace.slots += more;
        self.throttle.slots.add_permits(more);
        drop(pace);
        if let Some(common) = &self.common {
            common.granted(took);
        }
    }
}

impl Pace {
    fn refused(&mut self, now: Instant) {
        if self.fell.is_none_or(|fell| now - fell >= SAME_OVERLOAD) {
            let was_probe = self.allowed > self.known;
            self.calm = if was_probe { (self.calm * LONGER).min(LONGEST_CALM) } else { FIRST_CALM };
            self.fell = Some(now);
        }
        let others = self.slots.saturating_sub(1);
        self.fall(others.min(self.allowed), now);
    }

    fn fall(&mut self, to: usize, now: Instant) {
        self.allowed = to.max(1);
        self.known = self.allowed;
        (self.step, self.used) = (1, 0);
        self.changed = Some(now);
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
            self.fell = Some(now);
            self.fall((self.allowed - self.allowed / 4).max(LEAST_WHEN_SLOW), now);
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        let mut pace = self.throttle.pace();
        if pace.slots > pace.allowed {
            pace.slots -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_CALM, LEAST_WHEN_SLOW, LONGER, SLOW, SOON, Slot, Throttle};
    use futures_util::future::join_all;
    use futures_util::{FutureExt as _, StreamExt as _, stream};
    use std::cell::{Cell, RefCell};
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::time::{Instant, advance, sleep};

    const QUICK: Duration = Duration::from_millis(10);

    fn free(throttle: &Throttle) -> usize {
        throttle.slots.available_permits()
    }

    async fn take(throttle: &Throttle, count: usize) -> Vec<Slot<'_>> {
        join_all((0..count).map(|_| throttle.turn())).await
    }

    /// As many requests at once as may be, all granted.
    async fn grant_all(throttle: &Throttle) {
        let slots = take(throttle, free(throttle)).await;
        slots[0].granted(QUICK);
    }

    /// As many requests at once as may be, so many of them refused.
    async fn refuse(throttle: &Throttle, count: usize) {
        let mut slots = take(throttle, free(throttle)).await;
        slots.iter_mut().take(count).for_each(Slot::refused);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_made_use_of_does_not_grow() {
        let throttle = Throttle::new(8);
        refuse(&throttle, 4).await;
        for _ in 0..20 {
            advance(FIRST_CALM).await;
            take(&throttle, 3).await[0].granted(QUICK);
        }
        assert_eq!(free(&throttle), 4);
        grant_all(&throttle).await;
        assert_eq!(free(&throttle), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn refused_requests_take_their_slots_along() {
        let throttle = Throttle::new(8);
        let mut slots = take(&throttle, 8).await;
        slots.iter_mut().take(3).for_each(Slot::refused);
        assert!(throttle.turn().now_or_never().is_none());
        let waiting: Vec<Slot<'_>> = slots.drain(..3).collect();
        drop(slots);
        assert_eq!(free(&throttle), 5);
        drop(waiting);
        assert_eq!(free(&throttle), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_slot_is_kept_while_its_request_waits() {
        let throttle = Throttle::new(2);
        let mut slots = take(&throttle, 2).await;
        slots.iter_mut().for_each(Slot::refused);
        assert!(throttle.turn().now_or_never().is_none());
        drop(slots);
        assert_eq!(free(&throttle), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_grows_back_once_it_is_calm_and_not_beyond() {
        let throttle = Throttle::new(16);
        refuse(&throttle, 16).await;
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
        refuse(&throttle, 4).await;
        for calm in [1, LONGER, LONGER * LONGER] {
            advance((FIRST_CALM * calm).saturating_sub(QUICK)).await;
            grant_all(&throttle).await;
            assert_eq!(free(&throttle), 4, "not yet: {calm}");
            advance(QUICK).await;
            grant_all(&throttle).await;
            assert_eq!(free(&throttle), 5, "{calm}");
            refuse(&throttle, 1).await;
            assert_eq!(free(&throttle), 4, "{calm}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn slow_answers_leave_a_few_requests_at_once() {
        let throttle = Throttle::new(32);
        throttle.turn().await.granted(QUICK);
        for _ in 0..20 {
            advance(SLOW).await;
            for _ in 0..8 {
                throttle.turn().await.granted(SLOW * 2);
            }
        }
        assert!(throttle.pace().known <= LEAST_WHEN_SLOW + 3, "{:?}", throttle.pace());
        assert!(throttle.pace().allowed >= LEAST_WHEN_SLOW);
        let even = Throttle::new(32);
        for _ in 0..200 {
            even.turn().await.granted(SLOW / 2);
        }
        assert_eq!(even.pace().allowed, 32, "slow by nature");
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_at_a_time_is_always_allowed() {
        let throttle = Throttle::new(0);
        for _ in 0..3 {
            refuse(&throttle, 1).await;
            assert_eq!(free(&throttle), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_urgent_goes_before_what_waits_in_line() {
        let common = Arc::new(Throttle::new(1));
        let urgent = Throttle::urgent(4, Arc::clone(&common));
        let order = RefCell::new(Vec::new());
        let pass = async |throttle: &Throttle, name| {
            let slot = throttle.turn().await;
            order.borrow_mut().push(name);
            sleep(QUICK).await;
            drop(slot);
        };
        let line = join_all([1, 2, 3, 4].map(|name| pass(&common, name)));
        tokio::join!(line, pass(&urgent, 0));
        assert_eq!(order.into_inner(), [1, 2, 0, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_urgent_takes_a_slot_of_the_others_or_goes_beyond_them_soon() {
        let common = Arc::new(Throttle::new(2));
        let urgent = Throttle::urgent(4, Arc::clone(&common));
        let first = urgent.turn().await;
        assert_eq!(free(&common), 1);
        let _second = urgent.turn().await;
        let began = Instant::now();
        let third = urgent.turn().await;
        assert!((SOON..SOON + QUICK).contains(&began.elapsed()), "{:?}", began.elapsed());
        drop((first, third));
        assert_eq!((free(&common), free(&urgent)), (1, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_of_what_is_urgent_tells_of_the_others_too() {
        let common = Arc::new(Throttle::new(8));
        let urgent = Throttle::urgent(4, Arc::clone(&common));
        urgent.turn().await.refused();
        assert_eq!((free(&common), free(&urgent)), (7, 3));
    }

    /// A server that bears `bears` requests at once, each 20 ms, and refuses others for a second.
    struct Server {
        bears: usize,
        under_way: Cell<usize>,
        began: Instant,
        refused: Cell<u32>,
        done: Cell<u32>,
    }

    const WORK: Duration = Duration::from_millis(20);

    impl Server {
        fn new(bears: usize) -> Self {
            let (under_way, refused, done) = Default::default();
            Self { bears, under_way, began: Instant::now(), refused, done }
        }

        /// A request, until it is granted.
        async fn ask(&self, throttle: &Throttle) {
            loop {
                let mut slot = throttle.turn().await;
                if self.under_way.get() >= self.bears {
                    self.count(&self.refused);
                    slot.refused();
                    sleep(throttle.spread(Duration::from_secs(1))).await;
                    continue;
                }
                self.under_way.set(self.under_way.get() + 1);
                sleep(WORK).await;
                self.under_way.set(self.under_way.get() - 1);
                self.count(&self.done);
                return slot.granted(WORK);
            }
        }

        /// Counts what comes after two seconds.
        fn count(&self, cell: &Cell<u32>) {
            let is_settled = self.began.elapsed() > Duration::from_secs(2);
            cell.set(cell.get() + u32::from(is_settled));
        }

        /// A run: stages of so many objects, and every second nothing begins until the lease is seen.
        /// Gives the share of refusals after two seconds, and of what the server could have done.
        async fn run(&self, stage: usize) -> (f64, f64) {
            let throttle = Arc::new(Throttle::new(32));
            let urgent = Throttle::urgent(4, Arc::clone(&throttle));
            let seen = tokio::sync::Mutex::new(None);
            let apply = async |_| {
                let mut seen = seen.lock().await;
                if seen.is_none_or(|seen: Instant| seen.elapsed() > Duration::from_secs(1)) {
                    self.ask(&urgent).await;
                    *seen = Some(Instant::now());
                }
                drop(seen);
                self.ask(&throttle).await;
            };
            while self.began.elapsed() < Duration::from_secs(20) {
                stream::iter(0..stage).map(apply).buffer_unordered(64).collect::<Vec<()>>().await;
            }
            let (refused, done) = (f64::from(self.refused.get()), f64::from(self.done.get()));
            let seconds = self.began.elapsed().as_secs_f64() - 2.0;
            let possible =
                seconds / WORK.as_secs_f64() * f64::from(u32::try_from(self.bears).unwrap());
            (refused / (refused + done), done / possible)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_bears_few_requests_is_used_and_seldom_refuses() {
        for (bears, stage) in [
            (1, 50),
            (2, 100),
            (3, 200),
            (5, 300),
            (8, 300),
            (11, 500),
            (13, 500),
            (24, 1000),
            (31, 1000),
        ] {
            let (refused, used) = Server::new(bears).run(stage).await;
            assert!(refused < 0.05, "{bears}: {refused} refused");
            assert!(used >= 0.85, "{bears}: {used} used");
        }
    }

    #[test]
    fn waits_are_spread_beyond_what_was_asked_for() {
        let throttle = Throttle::new(1);
        let wait = Duration::from_secs(1);
        let spread: Vec<Duration> = (0..100).map(|_| throttle.spread(wait)).collect();
        assert!(spread.iter().all(|wait| (1000..=1250).contains(&wait.as_millis())));
        let early = spread.iter().filter(|wait| wait.as_millis() < 1125).count();
        assert!((40..=60).contains(&early), "{early}");
    }
}

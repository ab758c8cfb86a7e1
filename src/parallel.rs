//! Work on more than one core: the same on many items, with the answers in the items' order, or two
//! things at once. It must not know what for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How often the caller is told how far the work is.
const TICK: Duration = Duration::from_millis(100);

/// Does `work` on each item, and now and then calls `tick` on this thread with the number of items
/// taken up.
///
/// Each thread has the stack that rendering needs. If no thread can be started, this one does the
/// work.
pub fn map<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    tick: impl FnMut(usize),
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores.min(items.len()) < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let share = || -> Vec<(usize, R)> {
        std::iter::from_fn(|| take(items, &next)).map(|(index, item)| (index, work(item))).collect()
    };
    let share = &share;
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let start = |_: &usize| {
            let sender = sender.clone();
            let builder = thread::Builder::new().stack_size(helm_render::STACK_SIZE);
            // The receiver outlives every sender, so sending cannot fail.
            let run = move || drop(sender.send(share()));
            builder.spawn_scoped(scope, run).is_ok()
        };
        let started = (0..cores.min(items.len())).filter(start).count();
        if started == 0 {
            return in_order(items.len(), share());
        }
        drop(sender);
        in_order(items.len(), gather(&receiver, &next, items.len(), tick))
    })
}

/// Does two things at once. If no thread can be started, this one does both.
pub fn both<L: Send, R>(left: impl Fn() -> L + Sync, right: impl FnOnce() -> R) -> (L, R) {
    let left = &left;
    thread::scope(|scope| {
        let started = thread::Builder::new().spawn_scoped(scope, left);
        let right = right();
        let done = started.ok().and_then(|thread| thread.join().ok());
        (done.unwrap_or_else(left), right)
    })
}

/// Frees what is large beside what comes next. Where that is the end of the process, it need not
/// wait for it.
pub fn discard(large: impl Send + 'static) {
    drop(thread::Builder::new().spawn(move || drop(large)));
}

/// The shares of all threads, as they come in.
fn gather<R>(
    receiver: &mpsc::Receiver<Vec<(usize, R)>>,
    next: &AtomicUsize,
    total: usize,
    mut tick: impl FnMut(usize),
) -> Vec<(usize, R)> {
    let mut answers = Vec::with_capacity(total);
    loop {
        match receiver.recv_timeout(TICK) {
            Ok(share) => answers.extend(share),
            Err(RecvTimeoutError::Timeout) => tick(next.load(Ordering::Relaxed).min(total)),
            Err(RecvTimeoutError::Disconnected) => return answers,
        }
    }
}

fn in_order<R>(total: usize, shares: Vec<(usize, R)>) -> Vec<R> {
    let mut answers: Vec<Option<R>> = (0..total).map(|_| None).collect();
    for (index, answer) in shares {
        if let Some(place) = answers.get_mut(index) {
            *place = Some(answer);
        }
    }
    answers.into_iter().flatten().collect()
}

fn take<'a, T>(items: &'a [T], next: &AtomicUsize) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}

#[cfg(test)]
mod tests {
    use super::{both, map};

    #[test]
    fn two_things_are_both_done() {
        assert_eq!(both(|| 1, || "two"), (1, "two"));
    }

    #[test]
    fn answers_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..1000).collect();
        let doubled = map(&items, |item| item * 2, |_| {});
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
    }
}

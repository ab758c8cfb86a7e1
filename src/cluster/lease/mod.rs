//! The lock: one Lease an environment, so that two runs never change it at once.
//!
//! A holder renews its record; a waiter that sees the same record unchanged for
//! [`DURATION`] by its own monotonic clock takes over. `leaseTransitions` is the fencing number.

mod record;
mod renewal;
mod standing;

use super::connection::Cluster;
use super::error::{ApiError, Class};
use crate::clock;
use record::Record;
pub(super) use record::resource;
use renewal::{Held, Shared};
pub use standing::Standing;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch::Receiver;
use tokio::task::JoinHandle;

/// How long an unchanged record is honoured.
pub(super) const DURATION: Duration = Duration::from_secs(30);
/// How often a holder renews.
pub(super) const RENEWAL: Duration = Duration::from_secs(10);
/// How often a waiter looks.
const POLL: Duration = Duration::from_secs(1);
/// How often a write may find that someone was faster.
const RACES: u32 = 10;
/// How long letting go may take.
const RELEASE: Duration = Duration::from_secs(5);

/// Who holds a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The id of the run.
    pub run: String,
    /// Who started it.
    pub actor: Option<String>,
    /// Where its log is.
    pub url: Option<String>,
    /// The commit it syncs.
    pub commit: Option<String>,
    /// Since when, RFC 3339. Set when a lease is taken, whatever it was before.
    pub since: String,
}

/// Why there is no lease.
#[derive(Clone, Debug)]
pub enum LeaseError {
    /// Someone else holds it, and did not let go within the time.
    Held(Holder),
    /// We were told to stop while waiting.
    Stopped,
    /// The server did not let us.
    Api(ApiError),
}

impl From<ApiError> for LeaseError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

/// A lease that is held, renewed in the background until released or dropped.
pub struct Lease {
    /// The fencing number: one more than the holder's before.
    pub fencing: u64,
    held: Held,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// The durations of a lease; others only in tests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) duration: Duration,
    pub(super) renewal: Duration,
    pub(super) poll: Duration,
}

impl Pace {
    const USUAL: Self = Self { duration: DURATION, renewal: RENEWAL, poll: POLL };
}

impl Lease {
    /// Takes the lease `name` in `namespace`, waiting for up to `patience`. `waiting` is told of the
    /// holder once. `stop` ends the wait. Fails with [`Class::NamespaceMissing`] if there is no such
    /// namespace.
    pub async fn acquire(
        cluster: &Cluster,
        namespace: &str,
        name: &str,
        holder: Holder,
        patience: Duration,
        stop: Receiver<bool>,
        waiting: impl FnMut(&Holder),
    ) -> Result<Self, LeaseError> {
        let claim = Claim::new(cluster, namespace, name, holder, Pace::USUAL);
        claim.wait(patience, stop, waiting).await
    }

    /// Takes the lease at once, whoever holds it: for when someone knows that the holder is dead. One
    /// that lives loses it, and writes nothing from then on.
    pub async fn take_over(
        cluster: &Cluster,
        namespace: &str,
        name: &str,
        holder: Holder,
        stop: Receiver<bool>,
    ) -> Result<Self, LeaseError> {
        let claim = Claim::new(cluster, namespace, name, holder, Pace::USUAL);
        Claim { honours_others: false, ..claim }.wait(Duration::ZERO, stop, |_| {}).await
    }

    /// Whether it was lost: someone took over, or it could not be renewed in time. Nothing may be
    /// written then. Once lost, it stays so.
    pub fn is_lost(&self) -> bool {
        self.shared.is_lost(self.held.pace.duration)
    }

    /// Whether it is held, by what the server said a second ago at most. To be asked before each
    /// change: a process that was stopped for a while, or whose lease was taken over by someone who
    /// believed it dead, does not know that otherwise.
    pub async fn holds(&self) -> bool {
        !self.is_lost() && self.held.is_confirmed(&self.shared).await
    }

    /// Lets go, so that the next run need not wait. Takes 5 s at most; a failure only makes the next
    /// run wait.
    pub async fn release(self) {
        self.task.abort();
        // The task may be amid a write, which the record's version then tells.
        let _ = tokio::time::timeout(RELEASE, self.held.release(&self.shared)).await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What one wants to hold.
struct Claim {
    cluster: Cluster,
    namespace: String,
    name: String,
    holder: Holder,
    pace: Pace,
    /// Whether a record of someone else is honoured until it expires.
    honours_others: bool,
}

/// What one look at the record gave.
enum Look {
    Taken(Box<Lease>),
    Other(Record),
    /// Someone was faster; look again.
    Again,
}

impl Claim {
    fn new(cluster: &Cluster, namespace: &str, name: &str, holder: Holder, pace: Pace) -> Self {
        Self {
            cluster: cluster.apart(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            holder,
            pace,
            honours_others: true,
        }
    }

    async fn wait(
        self,
        patience: Duration,
        mut stop: Receiver<bool>,
        mut waiting: impl FnMut(&Holder),
    ) -> Result<Lease, LeaseError> {
        let started = Instant::now();
        // The record's version, and since when we have seen it unchanged.
        let mut seen: Option<(String, Instant)> = None;
        let mut was_told = false;
        let mut races = 0;
        loop {
            if *stop.borrow() {
                return Err(LeaseError::Stopped);
            }
            let unchanged =
                seen.as_ref().filter(|(_, since)| since.elapsed() >= self.pace.duration);
            let expired = unchanged.map(|(version, _)| version.clone());
            let record = match self.look(expired.as_deref()).await? {
                Look::Taken(lease) => return Ok(*lease),
                Look::Again if races < RACES => {
                    races += 1;
                    continue;
                }
                Look::Again => {
                    let message = format!("the lease `{}` changes all the time", self.name);
                    return Err(ApiError::new(Class::Busy, message).into());
                }
                Look::Other(record) => record,
            };
            if seen.as_ref().is_none_or(|(version, _)| *version != record.resource_version) {
                seen = Some((record.resource_version.clone(), Instant::now()));
            }
            let left = patience.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(LeaseError::Held(record.holder));
            }
            if !was_told {
                was_told = true;
                waiting(&record.holder);
            }
            pause(self.pace.poll.min(left), &mut stop).await;
        }
    }

    /// Looks at the record once, and takes it if it is free, ours, or `expired`: the version that was
    /// seen unchanged for too long.
    async fn look(&self, expired: Option<&str>) -> Result<Look, ApiError> {
        let live = self.cluster.get(&resource(), Some(&self.namespace), &self.name).await?;
        let Some(record) = live.as_ref().map(Record::read) else {
            return self.take(None).await;
        };
        // Ours: the answer to our own write was lost.
        let is_ours = record.holder.run == self.holder.run;
        let is_expired = expired == Some(record.resource_version.as_str());
        if record.is_free() || is_ours || is_expired || !self.honours_others {
            return self.take(Some(&record)).await;
        }
        Ok(Look::Other(record))
    }

    /// Writes our name into the record, over what was seen.
    async fn take(&self, over: Option<&Record>) -> Result<Look, ApiError> {
        let sent = Instant::now();
        let held = Held {
            cluster: self.cluster.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            holder: self.holder.clone(),
            transitions: over.map_or(1, |record| record.next_transitions(&self.holder)),
            acquired: clock::now_micro(),
            pace: self.pace,
        };
        let seen = over.map(|record| (record.uid.as_str(), record.resource_version.as_str()));
        match held.write(&held.holder, seen).await {
            Ok(record) => Ok(Look::Taken(Box::new(held.keep(&record, sent)))),
            Err(error) => match error.class {
                Class::Exists | Class::Conflict | Class::Absent | Class::Ambiguous => {
                    Ok(Look::Again)
                }
                _ => Err(error),
            },
        }
    }
}

async fn pause(poll: Duration, stop: &mut Receiver<bool>) {
    let stopped = async {
        if stop.wait_for(|stop| *stop).await.is_err() {
            // Nobody is left who could say so.
            std::future::pending::<()>().await;
        }
    };
    let _ = tokio::time::timeout(poll, stopped).await;
}

#[cfg(test)]
mod tests;

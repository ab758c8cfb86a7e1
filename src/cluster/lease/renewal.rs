//! Keeping a lease that was taken. It must not know how it was taken.

use super::record::{Record, Wanted, resource};
use super::{Holder, Lease, Pace};
use crate::cluster::connection::Cluster;
use crate::cluster::error::{ApiError, Class};
use plan::Live;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is relied upon that says that the lease is ours.
const FRESH: Duration = Duration::from_secs(1);

/// What the background task and the lease share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Held by whoever asks the server whether the lease is ours, for all who want to know.
    asking: tokio::sync::Mutex<()>,
}

struct State {
    uid: String,
    resource_version: String,
    /// When the last renewal that was granted was sent: what others see begins later.
    renewed: Instant,
    /// When the last request was sent whose answer said that the lease is ours.
    confirmed: Instant,
    is_lost: bool,
}

impl Shared {
    /// Whether the lease was lost, or is now for want of a renewal.
    pub(super) fn is_lost(&self, duration: Duration) -> bool {
        let mut state = self.state();
        state.is_lost |= state.renewed.elapsed() >= duration;
        state.is_lost
    }

    fn lose(&self) {
        self.state().is_lost = true;
    }

    /// Notes what the server has now, and when it was asked.
    fn renewed(&self, record: &Record, sent: Instant) {
        let mut state = self.state();
        state.uid.clone_from(&record.uid);
        state.resource_version.clone_from(&record.resource_version);
        state.renewed = sent;
        state.confirmed = sent;
    }

    fn confirmed(&self, sent: Instant) {
        self.state().confirmed = sent;
    }

    fn is_confirmed(&self) -> bool {
        self.state().confirmed.elapsed() < FRESH
    }

    fn version(&self) -> (String, String) {
        let state = self.state();
        (state.uid.clone(), state.resource_version.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record that bears our name.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) cluster: Cluster,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) holder: Holder,
    pub(super) transitions: u64,
    pub(super) acquired: String,
    pub(super) pace: Pace,
}

/// How a renewal ended.
enum Renewal {
    Done,
    /// To be tried again soon.
    Failed,
    Lost,
}

impl Held {
    /// Starts the renewal of a record that was written just now, by a request sent at `sent`.
    pub(super) fn keep(self, record: &Record, sent: Instant) -> Lease {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                uid: record.uid.clone(),
                resource_version: record.resource_version.clone(),
                renewed: sent,
                confirmed: sent,
                is_lost: false,
            }),
            asking: tokio::sync::Mutex::default(),
        });
        let task = tokio::spawn(renew(self.clone(), Arc::clone(&shared)));
        Lease { fencing: self.transitions, held: self, shared, task }
    }

    /// Writes the record over what was seen, or makes it.
    pub(super) async fn write(
        &self,
        holder: &Holder,
        over: Option<(&str, &str)>,
    ) -> Result<Record, ApiError> {
        let wanted = Wanted {
            namespace: &self.namespace,
            name: &self.name,
            holder,
            transitions: self.transitions,
            acquired: &self.acquired,
            duration: self.pace.duration.as_secs(),
        };
        let body = wanted.body(over);
        let live = match over {
            None => self.cluster.create(&resource(), &body, false).await?,
            Some(_) => self.cluster.replace(&resource(), &body).await?,
        };
        Ok(Record::read(&live))
    }

    async fn renew_once(&self, shared: &Shared) -> Renewal {
        let sent = Instant::now();
        let (uid, version) = shared.version();
        match self.write(&self.holder, Some((&uid, &version))).await {
            Ok(record) => {
                shared.renewed(&record, sent);
                Renewal::Done
            }
            Err(error) if matches!(error.class, Class::Conflict | Class::Absent) => {
                self.look_again(shared).await
            }
            Err(_) => Renewal::Failed,
        }
    }

    /// The record is not as we left it: by our own write whose answer was lost, or by someone else.
    async fn look_again(&self, shared: &Shared) -> Renewal {
        let live = self.cluster.get(&resource(), Some(&self.namespace), &self.name).await;
        let Ok(live) = live else { return Renewal::Failed };
        match live.as_ref().map(Record::read) {
            Some(record) if self.is_mine(&record) => {
                // When that write was made is not known, so the time of renewal stays.
                let mut state = shared.state();
                state.resource_version.clone_from(&record.resource_version);
                Renewal::Failed
            }
            _ => Renewal::Lost,
        }
    }

    /// Whether the lease is ours by an answer of the last second; the server is asked if there is
    /// none. If it cannot be asked, nobody knows, and that is as good as lost.
    pub(super) async fn is_confirmed(&self, shared: &Shared) -> bool {
        let _asking = shared.asking.lock().await;
        if shared.is_confirmed() {
            return true;
        }
        let sent = Instant::now();
        let live = self.cluster.get(&resource(), Some(&self.namespace), &self.name).await;
        let Ok(live) = live else { return false };
        let is_mine = live.as_ref().map(Record::read).is_some_and(|record| self.is_mine(&record));
        if is_mine {
            shared.confirmed(sent);
        } else {
            shared.lose();
        }
        is_mine
    }

    fn is_mine(&self, record: &Record) -> bool {
        record.holder.run == self.holder.run && record.transitions == self.transitions
    }

    /// Takes our name out of the record, if it is still in there.
    pub(super) async fn release(&self, shared: &Shared) {
        let (uid, version) = shared.version();
        let nobody = Holder::default();
        let released = self.write(&nobody, Some((&uid, &version))).await;
        if released.is_ok() {
            return;
        }
        let live = self.cluster.get(&resource(), Some(&self.namespace), &self.name).await;
        let record = live.ok().flatten().as_ref().map(|live: &Live| Record::read(live));
        if let Some(record) = record.filter(|record| self.is_mine(record)) {
            let seen = (record.uid.as_str(), record.resource_version.as_str());
            // What is left then expires.
            drop(self.write(&nobody, Some(seen)).await);
        }
    }
}

/// Renews until the lease is lost. A renewal that hangs is given up in time for another.
async fn renew(held: Held, shared: Arc<Shared>) {
    let Pace { duration, renewal, poll } = held.pace;
    let mut wait = renewal;
    loop {
        tokio::time::sleep(wait).await;
        let renewed = tokio::time::timeout(renewal, held.renew_once(&shared)).await;
        wait = match renewed.unwrap_or(Renewal::Failed) {
            Renewal::Done => renewal,
            Renewal::Failed => poll,
            Renewal::Lost => {
                shared.lose();
                return;
            }
        };
        if shared.is_lost(duration) {
            return;
        }
    }
}

//! A change of the record outside of a sync: under the lease, beginning and ending as a run does. It
//! must not know what is changed.

use super::event::Event;
use super::request::Request;
use super::situation::{self, Situation, cannot, store};
use super::{lock, record};
use crate::clock;
use crate::cluster::{Cluster, Lease, StateStore};
use crate::error::Failure;
use crate::signals::Stop;
use plan::{Inventory, Ledger, Run, RunPhase};

/// The record of an environment, held.
pub(super) struct Custody {
    /// The record as it will be written next.
    pub(super) inventory: Inventory,
    /// The situation as it was once the lease was held.
    pub(super) situation: Situation,
    pub(super) store: StateStore,
    lease: Lease,
    version: Option<String>,
}

impl Custody {
    /// Takes the lease and reads the record again. The namespace of the state must be there.
    pub(super) async fn take(
        cluster: &Cluster,
        request: &Request<'_>,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let mut silent = |_: Event<'_>| {};
        let lease = lock::hold(cluster, request, stop, &mut silent).await?;
        let situation = match situation::read(cluster, request).await {
            Ok(situation) => situation,
            Err(failure) => {
                lease.release().await;
                return Err(failure);
            }
        };
        let version = situation.version.clone();
        let before = situation.inventory.clone();
        let inventory = begun(before, request, &situation.cluster, lease.fencing);
        Ok(Self { inventory, situation, store: store(cluster, request), lease, version })
    }

    /// Whether the lease is held: to be asked before each change.
    pub(super) async fn holds(&self) -> bool {
        self.lease.holds().await
    }

    /// Fails if the lease is not held any more.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        if self.holds().await { Ok(()) } else { Err(Failure::Work(vec![lock::lost()])) }
    }

    /// Writes the record, unless the lease was lost.
    pub(super) async fn write(&mut self) -> Result<(), Failure> {
        self.check().await?;
        self.inventory.generation = self.inventory.generation.saturating_add(1);
        let written = record::write(&self.store, &self.inventory, self.version.as_deref()).await;
        let version = written.map_err(|error| cannot(&error, "write the record"))?;
        self.version = Some(version);
        Ok(())
    }

    /// Writes the record as that of a run that has ended.
    pub(super) async fn conclude(&mut self, phase: RunPhase) -> Result<(), Failure> {
        self.inventory.run.phase = phase;
        self.inventory.run.ended = Some(clock::now());
        self.write().await
    }

    /// Lets go of the lease.
    pub(super) async fn release(self) {
        self.lease.release().await;
    }
}

/// The record with a new run at its head. What is deployed stays deployed: the commit is that of the
/// run before.
fn begun(
    before: Option<Inventory>,
    request: &Request<'_>,
    cluster: &str,
    fencing: u64,
) -> Inventory {
    let before = before.unwrap_or_else(|| Inventory {
        project: request.project.to_owned(),
        environment: request.environment.to_owned(),
        cluster: cluster.to_owned(),
        ..Inventory::default()
    });
    let run = Run {
        id: request.run.id.clone(),
        fencing,
        commit: before.run.commit.clone(),
        actor: request.run.actor.clone(),
        url: request.run.url.clone(),
        started: request.run.started.clone(),
        ..Run::default()
    };
    Ledger::begin(before, run).inventory().clone()
}

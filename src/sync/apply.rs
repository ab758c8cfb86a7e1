//! Applies one object, and finds out whether that came to pass.
//!
//! A known object's apply carries its UID, so it can land on no other. An object that should be
//! made is ours only if the answer says that it was made (201). An answer that was lost is settled
//! by looking (DESIGN.md, Applying). It must not know what the record says afterwards.

use super::execution::LOST;
use super::hand;
use super::observe::set_uid;
use super::prune::{Pruning, Removal, still_there};
use crate::cluster::{ApiError, Applied, Apply, Class, Cluster, Lease, Resource};
use crate::signals::Stop;
use manifest::ObjectId;
use plan::marks::{HANDOVER_MANAGER, MANAGER};
use plan::ownership::transfer;
use plan::{Live, adoption, ownership};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// How often an object that must go is looked at.
const POLL: Duration = Duration::from_millis(250);

/// How often an apply whose answer was lost is tried again; the UID makes that safe.
const TRIES: u32 = 3;

/// Why an object that the plan saw is left alone.
const MEANWHILE: &str =
    "it was deleted or replaced since the plan was made; the next run looks again";

/// An object to apply.
pub(super) struct Task {
    pub(super) id: ObjectId,
    pub(super) service: String,
    pub(super) resource: Resource,
    /// The object with its marks.
    pub(super) body: Value,
    /// The attempt in those marks, if it is made.
    pub(super) attempt: String,
    pub(super) target: Target,
    /// How many replicas it is made with, although it says nothing of them.
    pub(super) begins_with: Option<i64>,
    /// Until when an object that is being deleted is waited for.
    pub(super) patience: Duration,
    /// Whether fields are taken from others.
    pub(super) force: bool,
    /// How long a refusal of the content may come from a definition that this run has just changed.
    pub(super) lag: Duration,
}

/// What is there to apply to.
pub(super) enum Target {
    /// Nothing, or something that is on its way out.
    Nothing { is_going: bool },
    /// An object that has to go first.
    Old(Box<Removal>),
    /// The object of this UID, of others. The fields of those who kept it are made ours first.
    Theirs { uid: String },
    /// The object of this UID. A number of replicas is handed over first.
    Object { uid: String, replicas: Option<i64> },
}

/// What came of an apply.
pub(super) enum Applying {
    /// It was applied.
    Applied(Applied),
    /// It should have been made, and was there: it is someone else's.
    Raced(Live),
    /// The server refused; nothing was stored.
    Refused(String),
    /// Nobody knows.
    Uncertain(String),
    /// It was to be replaced: the old one is gone, and the server refused to make the new one.
    NotMadeAgain(String),
    /// It was to be replaced: the old one is on its way, and still there.
    StillThere(String),
}

impl Task {
    /// Applies the object.
    pub(super) async fn run(mut self, cluster: &Cluster, stop: &Stop, lease: &Lease) -> Applying {
        if !lease.holds().await {
            return Applying::Refused(LOST.to_owned());
        }
        if let Target::Old(old) = self.target {
            self.target = Target::Nothing { is_going: true };
            let removed = old.run(cluster, stop, lease).await;
            return self.replace(removed, cluster, stop, lease).await;
        }
        match &self.target {
            Target::Nothing { is_going: false } => match self.begins_with {
                Some(replicas) => self.make_with(replicas, cluster, lease).await,
                None => self.make(cluster, lease).await,
            },
            Target::Old(_) | Target::Nothing { is_going: true } => {
                self.make_again(cluster, stop, lease).await
            }
            Target::Theirs { uid } => {
                let uid = uid.clone();
                self.take_over(cluster, lease, &uid).await
            }
            Target::Object { uid, replicas } => {
                let (uid, replicas) = (uid.clone(), *replicas);
                self.change(cluster, lease, &uid, replicas).await
            }
        }
    }

    fn how(&self) -> Apply<'static> {
        Apply { manager: MANAGER, force: self.force, dry_run: false }
    }

    /// Applies. A server takes a moment until it judges by a definition that was changed, and says
    /// nowhere when it does; what it refuses is not stored.
    async fn apply(&self, cluster: &Cluster, lease: &Lease) -> Result<Applied, ApiError> {
        let deadline = Instant::now() + self.lag;
        loop {
            let result = cluster.apply(&self.resource, &self.body, self.how()).await;
            let may_lag = result.as_ref().is_err_and(|error| error.class == Class::Invalid);
            if !may_lag || Instant::now() >= deadline || !lease.holds().await {
                return result;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn make(&self, cluster: &Cluster, lease: &Lease) -> Applying {
        match self.apply(cluster, lease).await {
            Ok(applied) if applied.created => Applying::Applied(applied),
            Ok(applied) => Applying::Raced(applied.live),
            Err(error) if error.class == Class::Ambiguous => self.settle(cluster, error).await,
            Err(error) => Applying::Refused(error.message),
        }
    }

    /// Makes the object with so many replicas, and hands the number over at once. If that fails it
    /// has been made nonetheless, and the next run hands over what we alone own.
    async fn make_with(&mut self, replicas: i64, cluster: &Cluster, lease: &Lease) -> Applying {
        if let Some(Value::Object(spec)) = self.body.get_mut("spec") {
            spec.insert("replicas".to_owned(), json!(replicas));
        }
        let made = match self.make(cluster, lease).await {
            Applying::Applied(made) => made,
            other => return other,
        };
        match self.change(cluster, lease, made.live.uid(), Some(replicas)).await {
            Applying::Refused(reason) => Applying::Uncertain(reason),
            other => other,
        }
    }

    /// Makes the new object once the old one is gone.
    async fn replace(
        &self,
        removed: Pruning,
        cluster: &Cluster,
        stop: &Stop,
        lease: &Lease,
    ) -> Applying {
        match removed {
            Pruning::Gone if stop.is_set() => {
                Applying::NotMadeAgain("the run was told to stop".to_owned())
            }
            Pruning::Gone if !lease.holds().await => Applying::NotMadeAgain(LOST.to_owned()),
            Pruning::Gone => match self.make(cluster, lease).await {
                Applying::Refused(reason) => Applying::NotMadeAgain(reason),
                other => other,
            },
            Pruning::NotOurs(reason) => Applying::Refused(format!("what stands there {reason}")),
            Pruning::StillThere(held) => Applying::StillThere(still_there(&held)),
            Pruning::Failed(reason) => Applying::Uncertain(reason),
        }
    }

    /// Looks whether an apply whose answer was lost made the object. If nothing is there, it may
    /// still be on its way, so nobody knows.
    async fn settle(&self, cluster: &Cluster, error: ApiError) -> Applying {
        let Ok(Some(live)) = self.get(cluster).await else {
            return Applying::Uncertain(error.message);
        };
        if ownership::is_made_by(&live, &self.attempt) {
            let warnings = Vec::new();
            return Applying::Applied(Applied { created: true, live, warnings });
        }
        Applying::Raced(live)
    }

    /// Makes the fields of those who kept the object ours, so that what we leave out of them goes,
    /// and applies. If it ends in between, the object has not got our marks, and is taken over again.
    async fn take_over(&mut self, cluster: &Cluster, lease: &Lease, uid: &str) -> Applying {
        let from = adoption::predecessors();
        let is_it = |live: &Live| live.uid() == uid && !live.is_terminating();
        let change = |live: &Live| {
            let may_be_taken = is_it(live) && !lease.is_lost();
            may_be_taken.then(|| transfer::taking_over(live, &from)).flatten()
        };
        match hand::work(cluster, &self.resource, &self.id, change).await {
            Ok(Some(live)) if is_it(&live) => {
                if !lease.holds().await {
                    return Applying::Uncertain(LOST.to_owned());
                }
                let replicas = ownership::replicas_to_hand_over(&live, &self.body);
                self.change(cluster, lease, uid, replicas).await
            }
            Ok(_) => Applying::Refused(MEANWHILE.to_owned()),
            Err(error) => refused_or_uncertain(error),
        }
    }

    async fn change(
        &mut self,
        cluster: &Cluster,
        lease: &Lease,
        uid: &str,
        replicas: Option<i64>,
    ) -> Applying {
        if let Some(replicas) = replicas
            && let Err(error) = self.hand_over(cluster, uid, replicas).await
        {
            return refused_or_uncertain(error);
        }
        if replicas.is_some() {
            self.leave_replicas();
        }
        set_uid(&mut self.body, uid);
        if !lease.holds().await {
            return Applying::Uncertain(LOST.to_owned());
        }
        let mut result = self.apply(cluster, lease).await;
        for _ in 1..TRIES {
            if !is_ambiguous(&result) || !lease.holds().await {
                break;
            }
            result = self.apply(cluster, lease).await;
        }
        match result {
            // A new object needs an intent of its own, which only the next run can write.
            Ok(applied) if applied.live.is_terminating() => Applying::Refused(
                "it is being deleted since the plan was made; the next run makes it again"
                    .to_owned(),
            ),
            Ok(applied) => Applying::Applied(applied),
            Err(error) if error.class == Class::Conflict => Applying::Refused(MEANWHILE.to_owned()),
            Err(error) => refused_or_uncertain(error),
        }
    }

    /// Gives the number of replicas to a manager of its own. Dropping a field that we alone own
    /// would reset it to 1 (`reference/api.md`).
    async fn hand_over(
        &self,
        cluster: &Cluster,
        uid: &str,
        replicas: i64,
    ) -> Result<Applied, ApiError> {
        let body = json!({
            "apiVersion": self.resource.api_version(),
            "kind": self.id.kind,
            "metadata": { "name": self.id.name, "namespace": self.id.namespace, "uid": uid },
            "spec": { "replicas": replicas },
        });
        let how = Apply { manager: HANDOVER_MANAGER, force: true, dry_run: false };
        cluster.apply(&self.resource, &body, how).await
    }

    /// `replicas: null` would reset the number although another manager holds it; saying nothing
    /// leaves it.
    fn leave_replicas(&mut self) {
        if let Some(Value::Object(spec)) = self.body.get_mut("spec") {
            drop(spec.remove("replicas"));
        }
    }

    /// Waits until the object that is on its way out has gone, and makes a new one.
    async fn make_again(&self, cluster: &Cluster, stop: &Stop, lease: &Lease) -> Applying {
        let deadline = Instant::now() + self.patience;
        loop {
            match self.get(cluster).await {
                Ok(None) => break,
                Ok(Some(live)) if Instant::now() > deadline => return held(&live),
                Ok(Some(_)) => {}
                Err(error) => return Applying::Refused(error.message),
            }
            if !stop.sleep(POLL).await {
                return Applying::Refused("the run was told to stop".to_owned());
            }
        }
        if !lease.holds().await {
            return Applying::Refused(LOST.to_owned());
        }
        self.make(cluster, lease).await
    }

    async fn get(&self, cluster: &Cluster) -> Result<Option<Live>, ApiError> {
        cluster.get(&self.resource, self.id.namespace.as_deref(), &self.id.name).await
    }
}

fn is_ambiguous(result: &Result<Applied, ApiError>) -> bool {
    result.as_ref().is_err_and(|error| error.class == Class::Ambiguous)
}

fn refused_or_uncertain(error: ApiError) -> Applying {
    if error.class == Class::Ambiguous {
        Applying::Uncertain(error.message)
    } else {
        Applying::Refused(error.message)
    }
}

fn held(live: &Live) -> Applying {
    let finalizers = live.finalizers().join("`, `");
    Applying::Refused(format!("the old one is still being deleted, held by `{finalizers}`"))
}

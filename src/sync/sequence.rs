//! The order of a run (DESIGN.md, Sequence). Each step is a function; this is the only place that
//! knows which comes after which.

use super::event::Event;
use super::execution::Execution;
use super::observe::Observer;
use super::outcome::Outcome;
use super::request::Request;
use super::rights::{self, Lacking};
use super::situation::{self, Situation, cannot, looked, store, unreachable};
use super::touch::Untouched;
use super::{contents, lock, mistakes, ready, record, refuse, touch, unrecorded};
use crate::clock;
use crate::cluster::{ApiError, Class, Cluster, Discovery, Lease, StateStore};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::parallel;
use crate::signals::Stop;
use plan::waves::Order;
use plan::{Inventory, Ledger, Observed, Plan, Run, RunPhase, Selection, survey};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who listens and who is asked during a run.
pub struct Voices<'a> {
    /// Is told what happens.
    pub told: &'a mut dyn FnMut(Event<'_>),
    /// Is asked whether to go on with a plan.
    pub confirm: &'a mut dyn FnMut(&Plan) -> bool,
}

/// Runs a sync from the first read to the last write.
pub async fn sync(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    voices: &mut Voices<'_>,
) -> Result<Outcome, Failure> {
    let situation = looked(stop, situation::read_changed(cluster, request)).await?;
    let mut outcome = Outcome::begin(request, &situation.cluster);
    if outcome.refused(situation.refusals(request)) {
        return Ok(outcome);
    }
    let order = mistakes::check(request, &situation)?;
    Box::pin(Sequence { cluster, request, stop, voices, order }.run(situation, outcome)).await
}

/// What every step needs.
struct Sequence<'a, 'v> {
    cluster: &'a Cluster,
    request: &'a Request<'a>,
    stop: &'a Stop,
    voices: &'a mut Voices<'v>,
    /// The order of what should be there.
    order: Order,
}

/// A plan and what it was made of.
struct Planned {
    observed: Observed,
    discovery: Discovery,
    plan: Plan,
    /// What we lack a right to.
    lacking: Lacking,
}

/// A run whose intent is written.
struct Begun {
    ledger: Ledger,
    /// The resource version of the record.
    version: String,
    untouched: Vec<Untouched>,
}

/// What the steps under the lease need besides.
struct Locked<'a> {
    store: &'a StateStore,
    lease: &'a Lease,
}

impl Sequence<'_, '_> {
    async fn run(
        mut self,
        mut situation: Situation,
        mut outcome: Outcome,
    ) -> Result<Outcome, Failure> {
        if let Some(plan) = self.nothing_to_do(&situation) {
            parallel::discard(situation);
            (self.voices.told)(Event::Planned(&plan));
            outcome.plan = plan;
            return self.wait_if_asked(outcome).await;
        }
        // In what may be the wrong cluster, not even a lease is taken.
        if self.request.flags.dry_run || unrecorded::first(self.request, &situation).is_some() {
            let shown = self.show(&mut situation, outcome).await;
            parallel::discard(situation);
            return shown;
        }
        let makes_key = needs_key(&situation);
        let checked = rights::check_record(self.cluster, self.request, makes_key);
        looked(self.stop, checked).await?;
        let store = store(self.cluster, self.request);
        let made = store.ensure_namespace().await;
        made.map_err(|error| cannot(&error, "make the state's namespace"))?;
        let lease = lock::acquire(self.cluster, self.request, self.stop, self.voices.told).await;
        match lease {
            Ok(lease) => Box::pin(self.with_lease(&store, lease, situation, outcome)).await,
            Err(error) => lock::not_acquired(self.request, outcome, error, self.stop),
        }
    }

    /// The plan, if nothing has to be asked to make it and nothing has to be done or recorded.
    fn nothing_to_do(&self, situation: &Situation) -> Option<Plan> {
        if !is_settled(situation) {
            return None;
        }
        let selection = &select(self.request, situation);
        let has_nothing = situation.inventory.is_none() && situation.desired.is_empty();
        if !survey(selection).is_empty() && !has_nothing {
            return None;
        }
        let plan = self.make_plan(selection, &Observed::default());
        plan.is_nothing().then_some(plan)
    }

    fn make_plan(&self, selection: &Selection<'_>, observed: &Observed) -> Plan {
        plan::plan(&self.request.identity(), selection, &self.order, observed)
    }

    /// Shows the plan of a run that goes no further.
    async fn show(
        &mut self,
        situation: &mut Situation,
        mut outcome: Outcome,
    ) -> Result<Outcome, Failure> {
        let planned = self.prepare(situation).await?;
        (self.voices.told)(Event::Planned(&planned.plan));
        let refusals = self.refusals(situation, &planned).await?;
        outcome.problems.extend(rights::missing(self.request, &planned.lacking));
        outcome.planned(planned.plan, &planned.observed, self.request);
        outcome.refused(refusals);
        Ok(outcome)
    }

    /// Asks the cluster and makes the plan. Writes nothing. If the cluster lacks what a service needs
    /// that was not read, everything is read, and asked again.
    async fn prepare(&mut self, situation: &mut Situation) -> Result<Planned, Failure> {
        let stop = self.stop;
        let planned = looked(stop, self.observe_and_plan(situation)).await?;
        if !situation.is_hindered(&planned.observed) {
            return Ok(planned);
        }
        situation.read_whole(self.request)?;
        self.order = mistakes::check(self.request, situation)?;
        looked(stop, self.observe_and_plan(situation)).await
    }

    async fn observe_and_plan(&mut self, situation: &Situation) -> Result<Planned, Failure> {
        let selection = &select(self.request, situation);
        let (request, inventory) = (self.request, situation.inventory.as_ref());
        let discovery = self.discover().await?;
        let questions = survey(selection);
        (self.voices.told)(Event::Observing(questions.len()));
        let key = situation.key.as_deref();
        let observer =
            Observer::new(self.cluster, &discovery, request, inventory, &situation.desired, key);
        let total = questions.len();
        let progress = |done| (self.voices.told)(Event::Observed { done, total });
        let observed = observer.ask(&questions, progress).await;
        let mut observed = observed.map_err(|error| unreachable(&error, "the objects"))?;
        let mut plan = self.make_plan(selection, &observed);
        let lacking = rights::of_plan(self.cluster, &discovery, &situation.desired, &plan).await;
        if !lacking.objects.is_empty() {
            observed.lacking.clone_from(&lacking.objects);
            plan = self.make_plan(selection, &observed);
        }
        let contents = contents::of_plan(self.cluster, &discovery, &plan).await;
        plan.contents =
            contents.map_err(|error| unreachable(&error, "what is to be deleted along"))?;
        Ok(Planned { observed, discovery, plan, lacking })
    }

    async fn discover(&self) -> Result<Discovery, Failure> {
        situation::discover(self.cluster).await
    }

    /// What refuses the plan before anything is written.
    async fn refusals(
        &self,
        situation: &Situation,
        planned: &Planned,
    ) -> Result<Vec<plan::guards::Refusal>, Failure> {
        let mut refusals = refuse::before_writes(self.request, situation, &planned.plan);
        let unrecorded =
            unrecorded::refusal(self.cluster, self.request, situation, &planned.discovery);
        refusals.extend(looked(self.stop, unrecorded).await?);
        Ok(refusals)
    }

    /// The part of a run that holds the lease, and letting go of it.
    async fn with_lease(
        mut self,
        store: &StateStore,
        lease: Lease,
        before: Situation,
        outcome: Outcome,
    ) -> Result<Outcome, Failure> {
        let stop = self.stop;
        let locked = &Locked { store, lease: &lease };
        let mut outcome = Box::pin(self.locked(locked, before, outcome)).await;
        if let Ok(outcome) = &mut outcome
            && lease.is_lost()
        {
            outcome.status = outcome.status.and(Status::Failed);
            outcome.problems.push(lock::lost());
        }
        // Whoever cannot let go in time leaves a lease that expires.
        stop.in_time(lease.release()).await;
        outcome
    }

    /// Reads the situation under the lease, with a key if one is needed. What was left unread before
    /// may have to be read now, which changes the order.
    async fn read_again(
        &mut self,
        store: &StateStore,
        before: Situation,
    ) -> Result<Situation, Failure> {
        let unread = before.desired.untouched.clone();
        let read = situation::read_again(self.cluster, self.request, before);
        let mut situation = looked(self.stop, read).await?;
        ensure_key(store, self.request, &mut situation).await?;
        if situation.desired.untouched != unread {
            self.order = mistakes::check(self.request, &situation)?;
        }
        Ok(situation)
    }

    async fn locked(
        &mut self,
        locked: &Locked<'_>,
        before: Situation,
        mut outcome: Outcome,
    ) -> Result<Outcome, Failure> {
        let mut situation = self.read_again(locked.store, before).await?;
        let planned = self.prepare(&mut situation).await?;
        let mut refusals = situation.refusals(self.request);
        refusals.extend(self.refusals(&situation, &planned).await?);
        (self.voices.told)(Event::Planned(&planned.plan));
        outcome.problems.extend(rights::missing(self.request, &planned.lacking));
        outcome.planned(planned.plan.clone(), &planned.observed, self.request);
        if outcome.refused(refusals) {
            return Ok(outcome);
        }
        if let Some(status) = self.stop.status() {
            outcome.status = status;
            return Ok(outcome);
        }
        let is_nothing = planned.plan.is_nothing();
        if is_nothing && is_settled(&situation) {
            return self.wait_if_asked(outcome).await;
        }
        if !is_nothing && !(self.voices.confirm)(&planned.plan) {
            outcome.status = self.stop.status().unwrap_or(Status::Interrupted);
            return Ok(outcome);
        }
        // A process that was stopped for long wakes up without its lease.
        if locked.lease.is_lost() {
            return Ok(outcome);
        }
        self.execute(locked, &situation, planned, outcome).await
    }

    /// Writes the intent, carries out the plan, and writes the result.
    async fn execute(
        &mut self,
        locked: &Locked<'_>,
        situation: &Situation,
        planned: Planned,
        mut outcome: Outcome,
    ) -> Result<Outcome, Failure> {
        let before = situation.inventory.clone().unwrap_or_else(|| self.empty(situation));
        let begun = self.begin(locked, situation, &planned, &before).await?;
        let mut execution = Execution {
            cluster: self.cluster,
            request: self.request,
            stop: self.stop,
            lease: locked.lease,
            plan: &planned.plan,
            desired: &situation.desired,
            observed: &planned.observed,
            before: &before,
            key: situation.key.as_deref(),
            applyset: self.request.identity().applyset,
            discovery: Arc::new(planned.discovery),
            ledger: begun.ledger,
            results: BTreeMap::new(),
            halted: BTreeMap::new(),
            not_ready: BTreeMap::new(),
            redefined: BTreeSet::new(),
        };
        execution.leave_untouched(begun.untouched, self.voices.told);
        execution.run(self.voices.told).await;
        let Execution { mut ledger, results, not_ready, .. } = execution;
        outcome.results = results;
        outcome.not_ready.extend(not_ready);
        outcome.conclude(self.stop);
        if !locked.lease.is_lost() {
            ledger.end(outcome.phase(), outcome.counts(), &clock::now());
            let finished = finish(locked.store, self.request, ledger.inventory(), &begun.version);
            let finished = self.stop.in_time(finished).await;
            if let Err(error) = finished.unwrap_or_else(|| Err(too_late())) {
                outcome.status = outcome.status.and(Status::Failed);
                outcome.problems.push(not_stored(&error));
            }
        }
        Ok(outcome)
    }

    /// Fends off what an earlier run may still have on its way, and writes the intent.
    async fn begin(
        &self,
        locked: &Locked<'_>,
        situation: &Situation,
        planned: &Planned,
        before: &Inventory,
    ) -> Result<Begun, Failure> {
        let run = run(self.request, before, locked.lease);
        let mut ledger = Ledger::begin(before.clone(), run);
        ledger.intend(&situation.desired, &planned.plan);
        ledger.keep(situation.fingerprints(self.request));
        let untouched = touch::touch(
            self.cluster,
            self.request,
            before,
            &situation.desired,
            &planned.observed,
            &planned.discovery,
        );
        let untouched = untouched.await;
        for object in &untouched {
            ledger.untouched(&object.id);
        }
        let over = situation.version.as_deref();
        let version = self.stop.in_time(record::write(locked.store, ledger.inventory(), over));
        let version = version.await.unwrap_or_else(|| Err(too_late()));
        let version = version.map_err(|error| cannot(&error, "write the intent"))?;
        Ok(Begun { ledger, version, untouched })
    }

    /// The record of an environment in which nothing was made yet.
    fn empty(&self, situation: &Situation) -> Inventory {
        Inventory {
            project: self.request.project.to_owned(),
            environment: self.request.environment.to_owned(),
            cluster: situation.cluster.clone(),
            ..Inventory::default()
        }
    }

    /// With `--wait`, everything that is there must be ready, changed by this run or by one before.
    async fn wait_if_asked(&mut self, mut outcome: Outcome) -> Result<Outcome, Failure> {
        let request = self.request;
        if !request.flags.wait || request.flags.dry_run {
            return Ok(outcome);
        }
        let discovery = looked(self.stop, self.discover()).await?;
        let targets = ready::targets(request, &outcome.plan, |_| true);
        let applyset = request.identity().applyset;
        let told = &mut *self.voices.told;
        let waited =
            ready::wait_for(self.cluster, &discovery, &applyset, targets, self.stop, told).await;
        outcome.not_ready = waited.map_err(|error| unreachable(&error, "the objects"))?.missed;
        outcome.conclude(self.stop);
        Ok(outcome)
    }
}

/// What a run is about.
fn select<'a>(request: &'a Request<'_>, situation: &'a Situation) -> Selection<'a> {
    Selection::of(&situation.desired, situation.inventory.as_ref(), &request.options)
}

/// Whether the record says that everything is done, if there is one. After a run that failed, one
/// that finds nothing left to do records that.
fn is_settled(situation: &Situation) -> bool {
    let inventory = situation.inventory.as_ref();
    inventory.is_none_or(|inventory| inventory.run.phase == RunPhase::Succeeded)
}

/// Digests of Secrets need a key; without Secrets none is made.
async fn ensure_key(
    store: &StateStore,
    request: &Request<'_>,
    situation: &mut Situation,
) -> Result<(), Failure> {
    if needs_key(situation) {
        let key = store.ensure_key().await.map_err(|error| cannot(&error, "make the key"))?;
        situation.key = Some(key);
        situation.read_whole(request)?;
    }
    Ok(())
}

fn needs_key(situation: &Situation) -> bool {
    let objects = situation.desired.services.values().flat_map(|service| &service.objects);
    situation.key.is_none() && objects.map(|wanted| &*wanted.object).any(manifest::is_secret)
}

/// Writes the result; after everything was destroyed, nothing is left to record.
async fn finish(
    store: &StateStore,
    request: &Request<'_>,
    inventory: &Inventory,
    over: &str,
) -> Result<(), ApiError> {
    let is_over = request.options.destroy && inventory.entries.is_empty();
    if is_over {
        return store.remove().await;
    }
    record::write(store, inventory, Some(over)).await.map(drop)
}

fn too_late() -> ApiError {
    let message = "the server did not answer before the run had to end".to_owned();
    ApiError { class: Class::Ambiguous, message }
}

fn not_stored(error: &ApiError) -> Diagnostic {
    Diagnostic::error("cannot write the result of the run into the state")
        .because(error.message.clone())
        .hint("run it again: the intent is recorded, so nothing is lost")
}

/// A drift-only run deploys nothing, so the commit that is deployed stays the recorded one: a
/// deploy of an older commit that still waits must not be refused for it.
fn run(request: &Request<'_>, before: &Inventory, lease: &Lease) -> Run {
    let deployed = if request.options.drift_only { &before.run.commit } else { &request.commit };
    Run {
        id: request.run.id.clone(),
        fencing: lease.fencing,
        commit: deployed.clone(),
        actor: request.run.actor.clone(),
        url: request.run.url.clone(),
        started: request.run.started.clone(),
        ..Run::default()
    }
}

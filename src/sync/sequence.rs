//! The order of a run (DESIGN.md, Sequence). Each step is a function; this is the only place that
//! knows which comes after which.

use super::event::Event;
use super::execution::Execution;
use super::observe::Observer;
use super::outcome::{ObjectResult, Outcome};
use super::request::Request;
use super::situation::{self, Situation, looked, store, unreachable};
use super::{ready, record, refuse, unrecorded};
use crate::clock;
use crate::cluster::{ApiError, Class, Cluster, Discovery, Holder, Lease, LeaseError, StateStore};
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::signals::Stop;
use plan::desired::NAMESPACES;
use plan::guards::Refusal;
use plan::waves;
use plan::{Action, Inventory, Ledger, Observed, Plan, Run, RunPhase, survey};
use std::collections::BTreeSet;

/// Who listens and who is asked during a run.
pub struct Voices<'a> {
    /// Is told what happens.
    pub told: &'a mut dyn FnMut(Event<'_>),
    /// Is asked whether to go on with a plan.
    pub confirm: &'a mut dyn FnMut(&Plan) -> bool,
}

/// A plan and what it was made of.
struct Planned {
    observed: Observed,
    discovery: Discovery,
    plan: Plan,
}

/// Runs a sync from the first read to the last write.
pub async fn sync(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    voices: &mut Voices<'_>,
) -> Result<Outcome, Failure> {
    let situation = looked(stop, situation::read(cluster, request)).await?;
    let mut outcome = begin(request, &situation);
    if refused(&mut outcome, situation.refusals(request)) {
        return Ok(outcome);
    }
    no_folder(request)?;
    unknown_services(request, &situation)?;
    no_circle(&situation)?;
    if let Some(plan) = nothing_to_do(request, &situation) {
        outcome.plan = plan;
        (voices.told)(Event::Planned(&outcome.plan));
        return wait_if_asked(cluster, request, stop, voices, outcome).await;
    }
    // In what may be the wrong cluster, not even a lease is taken.
    if request.flags.dry_run || unrecorded::first(request, &situation).is_some() {
        return looked(stop, show(cluster, request, &situation, outcome, voices)).await;
    }
    let store = store(cluster, request);
    store.ensure_namespace().await.map_err(|error| cannot(&error, "make the state's namespace"))?;
    let lease = match acquire(cluster, request, stop, voices).await {
        Ok(lease) => lease,
        Err(ended) => return not_acquired(outcome, ended, stop),
    };
    let mut outcome = locked(cluster, request, stop, voices, &store, &lease, outcome).await;
    if let Ok(outcome) = &mut outcome
        && lease.is_lost()
    {
        outcome.status = outcome.status.and(Status::Failed);
        outcome.problems.push(lost());
    }
    // Whoever cannot let go in time leaves a lease that expires.
    stop.in_time(lease.release()).await;
    outcome
}

fn begin(request: &Request<'_>, situation: &Situation) -> Outcome {
    Outcome {
        run: request.run.clone(),
        cluster: situation.cluster.clone(),
        commit: request.commit.clone(),
        plan: Plan::default(),
        results: std::collections::BTreeMap::new(),
        refusals: Vec::new(),
        problems: Vec::new(),
        not_ready: std::collections::BTreeMap::new(),
        status: Status::Done,
    }
}

/// Puts refusals into the outcome. Whether there are any.
fn refused(outcome: &mut Outcome, refusals: Vec<Refusal>) -> bool {
    let any = !refusals.is_empty();
    outcome.refusals.extend(refusals);
    if any {
        outcome.status = outcome.status.and(Status::Refused);
    }
    any
}

/// There is no folder of manifests, and nothing is recorded either.
fn no_folder(request: &Request<'_>) -> Result<(), Failure> {
    if request.manifests.is_some() || request.options.destroy {
        return Ok(());
    }
    let problem = Diagnostic::error(format!("there is no `{}`", request.folder));
    Err(problem.hint("run `molave generate`").into())
}

/// A service that is named must be in Git or in the record.
fn unknown_services(request: &Request<'_>, situation: &Situation) -> Result<(), Failure> {
    let services = situation.desired.services.keys().map(String::as_str);
    let entries = situation.inventory.iter().flat_map(|inventory| inventory.entries.values());
    let recorded = entries.map(|entry| entry.service.as_str());
    let known: BTreeSet<&str> =
        services.chain(recorded).filter(|service| *service != NAMESPACES).collect();
    let apps = request.options.apps.iter().filter(|app| !known.contains(app.as_str()));
    let problem = |app: &String| {
        let problem = Diagnostic::error(format!("there is no service `{app}`"));
        problem.suggest_or_list(app, known.iter().copied())
    };
    let problems: Vec<Diagnostic> = apps.map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

/// Services that depend on each other in a circle have no order. `generate` says so as well, but
/// nobody has to call it.
fn no_circle(situation: &Situation) -> Result<(), Failure> {
    let Err(circle) = waves::levels(&situation.desired) else { return Ok(()) };
    let names = circle.join("` needs `");
    let first = circle.first().cloned().unwrap_or_default();
    let message = format!("services depend on each other in a circle: `{names}` needs `{first}`");
    Err(Diagnostic::error(message).hint("take one of them out of `dependsOn`").into())
}

/// The plan, if nothing has to be asked to make it and nothing has to be done.
fn nothing_to_do(request: &Request<'_>, situation: &Situation) -> Option<Plan> {
    let inventory = situation.inventory.as_ref();
    let has_nothing = inventory.is_none() && situation.desired.is_empty();
    let questions = survey(&situation.desired, inventory, &request.options);
    if !questions.is_empty() && !has_nothing {
        return None;
    }
    let plan = make_plan(request, situation, &Observed::default());
    plan.is_nothing().then_some(plan)
}

fn make_plan(request: &Request<'_>, situation: &Situation, observed: &Observed) -> Plan {
    plan::plan(
        &request.identity(),
        &situation.desired,
        situation.inventory.as_ref(),
        observed,
        &request.options,
    )
}

/// Asks the cluster and makes the plan. Writes nothing.
async fn prepare(
    cluster: &Cluster,
    request: &Request<'_>,
    situation: &Situation,
    voices: &mut Voices<'_>,
) -> Result<Planned, Failure> {
    let inventory = situation.inventory.as_ref();
    let discovery = cluster.discover().await;
    let discovery = discovery.map_err(|error| unreachable(&error, "what the cluster serves"))?;
    let questions = survey(&situation.desired, inventory, &request.options);
    (voices.told)(Event::Observing(questions.len()));
    let observer = Observer::new(cluster, &discovery, request, inventory, &situation.desired);
    let progress = |done| (voices.told)(Event::Observed(done));
    let observed = observer.ask(&questions, progress).await;
    let observed = observed.map_err(|error| unreachable(&error, "the objects"))?;
    let plan = make_plan(request, situation, &observed);
    Ok(Planned { observed, discovery, plan })
}

/// Shows the plan of a dry run.
async fn show(
    cluster: &Cluster,
    request: &Request<'_>,
    situation: &Situation,
    mut outcome: Outcome,
    voices: &mut Voices<'_>,
) -> Result<Outcome, Failure> {
    let planned = prepare(cluster, request, situation, voices).await?;
    (voices.told)(Event::Planned(&planned.plan));
    let mut refusals = refuse::before_writes(request, situation, &planned.plan);
    refusals.extend(unrecorded::refusal(cluster, request, situation, &planned.discovery).await?);
    outcome.plan = planned.plan;
    refused(&mut outcome, refusals);
    blocked(&mut outcome, request, &planned.observed);
    Ok(outcome)
}

/// A blocked service is work that failed.
fn blocked(outcome: &mut Outcome, request: &Request<'_>, observed: &Observed) {
    if outcome.plan.blocked.is_empty() {
        return;
    }
    outcome.status = outcome.status.and(Status::Failed);
    let missing = missing_namespaces(&outcome.plan, observed);
    if !missing.is_empty() && !request.options.create_namespaces {
        outcome.problems.push(no_namespaces(request, &missing));
    }
}

/// The namespaces that are not there and that this run does not make.
fn missing_namespaces(plan: &Plan, observed: &Observed) -> Vec<String> {
    let makes = |name: &str| {
        plan.changes.iter().any(|change| {
            let id = &change.id;
            let is_namespace = id.group.is_empty() && id.kind == "Namespace" && id.name == name;
            is_namespace && change.action == Action::Create
        })
    };
    observed.missing_namespaces.iter().filter(|name| !makes(name)).cloned().collect()
}

fn no_namespaces(request: &Request<'_>, missing: &[String]) -> Diagnostic {
    let environment = request.environment;
    Diagnostic::warning(format!("nothing makes the namespace `{}`", missing.join("`, `"))).hint(format!(
        "make it, or let each run do so with `createNamespaces: true` in `environments.{environment}` of `molave.yaml`"
    ))
}

async fn acquire(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    voices: &mut Voices<'_>,
) -> Result<Lease, LeaseError> {
    let holder = Holder {
        run: request.run.id.clone(),
        actor: request.run.actor.clone(),
        url: request.run.url.clone(),
        commit: request.commit.clone(),
        since: request.run.started.clone(),
    };
    Lease::acquire(
        cluster,
        &request.settings.state_namespace,
        &request.state_name(),
        holder,
        request.flags.lock_timeout,
        stop.flag(),
        |holder| (voices.told)(Event::Waiting(holder)),
    )
    .await
}

fn not_acquired(mut outcome: Outcome, error: LeaseError, stop: &Stop) -> Result<Outcome, Failure> {
    match error {
        LeaseError::Held(holder) => {
            outcome.problems.push(held(&holder));
            outcome.status = Status::Held;
            Ok(outcome)
        }
        LeaseError::Stopped => {
            outcome.status = stop.status().unwrap_or(Status::Interrupted);
            Ok(outcome)
        }
        LeaseError::Api(error) => Err(cannot(&error, "take the lease")),
    }
}

fn held(holder: &Holder) -> Diagnostic {
    let by = holder.actor.as_deref().unwrap_or("someone");
    let message = format!("`{by}` is syncing this environment since {}", holder.since);
    let problem = Diagnostic::error(message).because(format!("run `{}`", holder.run));
    let problem = match &holder.url {
        Some(url) => problem.because(format!("its log: {url}")),
        None => problem,
    };
    problem.hint(
        "wait for it, or longer with `--lock-timeout 30m`; a run that died lets go after 30 s",
    )
}

fn lost() -> Diagnostic {
    Diagnostic::error("the lease was lost to another run; nothing was written after that")
        .hint("run it again: what this run left open is settled then")
}

fn cannot(error: &ApiError, what: &str) -> Failure {
    let problem = Diagnostic::error(format!("cannot {what}")).because(error.message.clone());
    if error.class == Class::Unreachable { problem.into() } else { Failure::Work(vec![problem]) }
}

/// The part of a run that holds the lease.
async fn locked(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    voices: &mut Voices<'_>,
    store: &StateStore,
    lease: &Lease,
    mut outcome: Outcome,
) -> Result<Outcome, Failure> {
    let mut situation = looked(stop, situation::read(cluster, request)).await?;
    ensure_key(store, request, &mut situation).await?;
    let planned = looked(stop, prepare(cluster, request, &situation, voices)).await?;
    let mut refusals = situation.refusals(request);
    refusals.extend(refuse::before_writes(request, &situation, &planned.plan));
    let unrecorded = unrecorded::refusal(cluster, request, &situation, &planned.discovery);
    refusals.extend(looked(stop, unrecorded).await?);
    (voices.told)(Event::Planned(&planned.plan));
    outcome.plan = planned.plan.clone();
    blocked(&mut outcome, request, &planned.observed);
    if refused(&mut outcome, refusals) {
        return Ok(outcome);
    }
    if let Some(status) = stop.status() {
        outcome.status = status;
        return Ok(outcome);
    }
    if planned.plan.is_nothing() {
        return wait_if_asked(cluster, request, stop, voices, outcome).await;
    }
    if !(voices.confirm)(&planned.plan) {
        outcome.status = stop.status().unwrap_or(Status::Interrupted);
        return Ok(outcome);
    }
    execute(cluster, request, stop, voices, store, lease, &situation, planned, outcome).await
}

/// Digests of Secrets need a key; without Secrets none is made.
async fn ensure_key(
    store: &StateStore,
    request: &Request<'_>,
    situation: &mut Situation,
) -> Result<(), Failure> {
    let objects = situation.desired.services.values().flat_map(|service| &service.objects);
    let has_secrets = objects.map(|wanted| &wanted.object).any(manifest::is_secret);
    if situation.key.is_none() && has_secrets {
        let key = store.ensure_key().await.map_err(|error| cannot(&error, "make the key"))?;
        situation.desired = situation::desired(request, Some(&key));
        situation.key = Some(key);
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "what a run has gathered by then, used once")]
async fn execute(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    voices: &mut Voices<'_>,
    store: &StateStore,
    lease: &Lease,
    situation: &Situation,
    planned: Planned,
    mut outcome: Outcome,
) -> Result<Outcome, Failure> {
    let before = situation.inventory.clone().unwrap_or_else(|| Inventory {
        project: request.project.to_owned(),
        environment: request.environment.to_owned(),
        cluster: situation.cluster.clone(),
        ..Inventory::default()
    });
    let mut ledger = Ledger::begin(before.clone(), run(request, &before, lease));
    ledger.intend(&situation.desired, &planned.plan);
    let over = situation.stored.as_ref().map(|stored| stored.resource_version.as_str());
    let version = record::write(store, ledger.inventory(), over).await;
    let version = version.map_err(|error| cannot(&error, "write the intent"))?;
    let mut execution = Execution {
        cluster,
        request,
        stop,
        lease,
        plan: &planned.plan,
        desired: &situation.desired,
        observed: &planned.observed,
        before: &before,
        key: situation.key.as_deref(),
        applyset: request.identity().applyset,
        discovery: planned.discovery,
        ledger,
        results: std::collections::BTreeMap::new(),
        halted: std::collections::BTreeMap::new(),
        not_ready: std::collections::BTreeMap::new(),
    };
    execution.apply(voices.told).await;
    if request.flags.wait && !execution.must_end() {
        execution.wait(voices.told).await;
    }
    execution.prune(voices.told).await;
    let Execution { mut ledger, results, not_ready, .. } = execution;
    outcome.results = results;
    outcome.not_ready.extend(not_ready);
    conclude(&mut outcome, stop);
    if !lease.is_lost() {
        ledger.end(phase(outcome.status), outcome.counts(), &clock::now());
        let finished = stop.in_time(finish(store, request, &mut ledger, &version)).await;
        if let Err(error) = finished.unwrap_or_else(|| Err(too_late())) {
            outcome.status = outcome.status.and(Status::Failed);
            outcome.problems.push(not_stored(&error));
        }
    }
    Ok(outcome)
}

/// Writes the result; after everything was destroyed, nothing is left to record.
async fn finish(
    store: &StateStore,
    request: &Request<'_>,
    ledger: &mut Ledger,
    over: &str,
) -> Result<(), ApiError> {
    let is_over = request.options.destroy && ledger.inventory().entries.is_empty();
    if is_over {
        return store.remove().await;
    }
    record::write(store, ledger.inventory(), Some(over)).await.map(drop)
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

/// How the run ended, from what came of its objects.
fn conclude(outcome: &mut Outcome, stop: &Stop) {
    let has_failed = |result: &ObjectResult| {
        matches!(result, ObjectResult::Failed(_) | ObjectResult::Uncertain(_))
    };
    let is_there = |result: &ObjectResult| matches!(result, ObjectResult::StillThere(_));
    if outcome.results.values().any(has_failed) {
        outcome.status = outcome.status.and(Status::Failed);
    }
    if outcome.results.values().any(is_there) || !outcome.not_ready.is_empty() {
        outcome.status = outcome.status.and(Status::NotReady);
    }
    if let Some(status) = stop.status() {
        outcome.status = outcome.status.and(status);
    }
}

fn phase(status: Status) -> RunPhase {
    match status {
        Status::Done => RunPhase::Succeeded,
        Status::Interrupted | Status::Terminated => RunPhase::Interrupted,
        _ => RunPhase::Failed,
    }
}

/// With `--wait`, everything that is there must be ready, changed by this run or by one before.
async fn wait_if_asked(
    cluster: &Cluster,
    request: &Request<'_>,
    stop: &Stop,
    voices: &mut Voices<'_>,
    mut outcome: Outcome,
) -> Result<Outcome, Failure> {
    if !request.flags.wait || request.flags.dry_run {
        return Ok(outcome);
    }
    let discovery = cluster.discover().await;
    let discovery = discovery.map_err(|error| unreachable(&error, "what the cluster serves"))?;
    let targets = ready::targets(request, &outcome.plan, |_| true);
    let applyset = request.identity().applyset;
    let waited = ready::wait_for(cluster, &discovery, &applyset, targets, stop, voices.told).await;
    outcome.not_ready = waited.map_err(|error| unreachable(&error, "the objects"))?.missed;
    conclude(&mut outcome, stop);
    Ok(outcome)
}

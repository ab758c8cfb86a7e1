//! The stages of a run, one after the other, as the schedule of the plan has them: what is applied
//! at the same time, and what is looked at beside it because something waits for it.
//!
//! It must not know why anything waits, nor what an answer means to the record.

use super::apply::{Applying, Task};
use super::event::Event;
use super::execution::Execution;
use super::outcome::ObjectResult;
use crate::cluster::ApiError;
use crate::wait::{self, Watch};
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use manifest::ObjectId;
use plan::schedule::{Due, Facts, Schedule};
use plan::waves::Stage;
use plan::{Change, Live, Phase, Wanted};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How many objects are under way at once; the cluster's own limit comes on top.
const PARALLEL: usize = 64;

/// What was seen of the objects that others wait for.
type Look = Result<BTreeMap<ObjectId, Live>, ApiError>;

/// What is under way.
struct Work<'a> {
    schedule: Schedule<'a>,
    /// The stage that began last.
    stage: Option<Stage>,
    /// What has begun and is not sent yet.
    queue: VecDeque<(&'a Change, Task)>,
    running: FuturesUnordered<LocalBoxFuture<'a, (&'a Change, Applying)>>,
    /// What runs.
    sent: BTreeMap<&'a ObjectId, &'a Change>,
    watch: Watch,
    looking: Option<LocalBoxFuture<'a, Look>>,
    /// What was looked at last.
    looked: BTreeSet<ObjectId>,
    /// Whether something that others wait for was looked at since anything began.
    has_news: bool,
    /// Definitions that were applied since it was last waited for them.
    defined: Vec<&'a Change>,
}

/// What happened first.
enum Step<'a> {
    Applied(&'a Change, Applying),
    Looked(Look),
    Exhausted,
}

impl<'e> Execution<'e> {
    /// Applies everything that the plan applies.
    pub(super) async fn apply(&mut self, told: &mut dyn FnMut(Event<'_>)) {
        let (desired, before) = (self.desired, self.before);
        let wanted = desired.by_id();
        let is_open = |change: &Change| {
            before.entries.get(&change.id).is_some_and(|entry| entry.phase != Phase::Done)
        };
        let mut work = Work {
            schedule: Schedule::of(desired, self.plan, wait::is_awaited, &is_open),
            stage: None,
            queue: VecDeque::new(),
            running: FuturesUnordered::new(),
            sent: BTreeMap::new(),
            watch: Watch::default(),
            looking: None,
            looked: BTreeSet::new(),
            has_news: false,
            defined: Vec::new(),
        };
        loop {
            self.begin(&mut work, &wanted, told).await;
            self.send(&mut work);
            self.look(&mut work);
            if work.running.is_empty() && (work.looking.is_none() || self.must_end()) {
                break;
            }
            match self.next(&mut work).await {
                Step::Applied(change, applying) => {
                    work.sent.remove(&change.id);
                    self.learn(change, applying, told);
                    work.defined.extend(Some(change).filter(|change| change.id.is_definition()));
                }
                Step::Looked(look) => self.learn_look(&mut work, look, told),
                Step::Exhausted => break,
            }
        }
        for change in work.sent.into_values() {
            let reason = "the run was told to stop before the answer came".to_owned();
            self.learn(change, Applying::Uncertain(reason), told);
        }
        self.leave_the_rest(told);
    }

    /// Begins whatever may begin: the next stage once the last one has ended, and what was waited
    /// for in between.
    async fn begin(
        &mut self,
        work: &mut Work<'e>,
        wanted: &BTreeMap<&ObjectId, (&str, &Wanted)>,
        told: &mut dyn FnMut(Event<'_>),
    ) {
        while !self.must_end() {
            let is_idle = work.queue.is_empty() && work.running.is_empty();
            if !is_idle && !std::mem::take(&mut work.has_news) {
                break;
            }
            if is_idle {
                self.wait_for_definitions(&std::mem::take(&mut work.defined)).await;
            }
            let limit = work.stage.filter(|_| !is_idle);
            let due = self.due(work, limit);
            for id in due.awaited.iter().filter(|id| !work.watch.knows(id)).collect::<Vec<_>>() {
                work.watch.add(self.target(id));
            }
            work.stage = due.stage.or(work.stage);
            for change in &due.begun {
                match self.task(change, wanted) {
                    Ok(task) => work.queue.push_back((change, task)),
                    Err(reason) => self.fail(change, ObjectResult::Failed(reason), told),
                }
            }
            for (service, reason) in &due.stopped {
                self.halt(service, reason);
            }
            let has_begun = due.stage.is_some() && is_idle && work.queue.is_empty();
            if due.stopped.is_empty() && !has_begun {
                break;
            }
        }
    }

    fn due(&self, work: &mut Work<'e>, limit: Option<Stage>) -> Due<'e> {
        let is_done = |id: &ObjectId| self.results.get(id).map(ObjectResult::is_done);
        let waited = &work.watch.waited;
        let facts = Facts {
            is_done: &is_done,
            reached: &waited.reached,
            missed: &waited.missed,
            halted: &self.halted,
        };
        work.schedule.due(limit, facts)
    }

    /// Sends what has begun, as much as may be under way. What belongs to a halted service is left.
    fn send(&self, work: &mut Work<'e>) {
        let (cluster, stop, lease) = (self.cluster, self.stop, self.lease);
        while work.running.len() < PARALLEL {
            let Some((change, task)) = work.queue.pop_front() else { break };
            if self.must_end() || self.halted.contains_key(&task.service) {
                continue;
            }
            work.sent.insert(&change.id, change);
            work.running
                .push(Box::pin(async move { (change, task.run(cluster, stop, lease).await) }));
        }
    }

    /// Looks at what is waited for: at what is new at once, and again some time after each look.
    fn look(&self, work: &mut Work<'e>) {
        if work.looking.is_some() || work.watch.is_over() {
            return;
        }
        let (cluster, stop, discovery) = (self.cluster, self.stop, Arc::clone(&self.discovery));
        let (applyset, ids) = (self.applyset.clone(), work.watch.ids());
        let is_new = !ids.is_subset(&work.looked);
        work.looked.clone_from(&ids);
        work.looking = Some(Box::pin(async move {
            if !is_new {
                stop.sleep(wait::POLL).await;
            }
            wait::look(cluster, &discovery, &applyset, ids).await
        }));
    }

    async fn next(&self, work: &mut Work<'e>) -> Step<'e> {
        let Work { running, looking, .. } = work;
        let look = async {
            match looking {
                Some(looking) => looking.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some((change, applying)) = running.next() => Step::Applied(change, applying),
            look = look => Step::Looked(look),
            () = self.stop.exhausted() => Step::Exhausted,
        }
    }

    fn learn_look(&mut self, work: &mut Work<'e>, look: Look, told: &mut dyn FnMut(Event<'_>)) {
        (work.looking, work.has_news) = (None, true);
        let before: BTreeSet<ObjectId> = work.watch.ids();
        work.watch.learn(look.ok().as_ref(), &mut |id, readiness| {
            told(Event::Readiness { id, readiness });
        });
        let waited = &work.watch.waited;
        for id in before.iter().filter(|id| waited.reached.contains(*id)) {
            self.ledger.completed(id);
        }
        let missed = before.into_iter().filter_map(|id| {
            let reason = waited.missed.get(&id)?.clone();
            Some((id, reason))
        });
        for (id, reason) in missed.collect::<Vec<_>>() {
            let change = self.plan.changes.iter().find(|change| change.id == id);
            if let Some(change) = change {
                self.halt(&change.service, &format!("`{id}` is not ready"));
            }
            self.not_ready.insert(id, reason);
        }
    }
}

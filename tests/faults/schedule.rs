//! A schedule: some runs of a history with faults, one run without, and what must hold then.

use crate::api::Api;
use crate::check;
use crate::fault::{Fault, Injection, Which};
use crate::history::{History, Step};
use crate::layer::{Layer, Trace};
use crate::site::{ENVIRONMENT, Live, Site};
use molave::cluster::Cluster;
use molave::error::Failure;
use molave::exit::Status;
use molave::signals::Stop;
use molave::sync::desired::Sources;
use molave::sync::{Event, Flags, Outcome, Request, RunInfo, Voices};
use plan::Options;
use std::fmt::Write as _;
use std::time::Duration;

/// The time-out of a run that meets faults.
const IMPATIENT: Duration = Duration::from_millis(500);

/// The time-out of any other run: the machine may be busy with other schedules.
const PATIENT: Duration = Duration::from_secs(30);

/// How long a run waits for what it deletes.
const ABSENCE: Duration = Duration::from_secs(30);

/// How long a run does not ask again whether it holds its lease, and a little more.
const RELIED_UPON: Duration = Duration::from_millis(1200);

/// The number of a run beside another one.
const OTHER: usize = 99;

/// Runs one after the other, each on a tree of the history with faults of its own, and then one
/// that meets no fault.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// How it is called again.
    pub(crate) name: String,
    /// The history, by its place.
    pub(crate) history: usize,
    pub(crate) runs: Vec<Faulted>,
    /// The tree of the clean run.
    pub(crate) last: usize,
    /// How many requests a run may have under way.
    pub(crate) concurrency: usize,
    /// Whether runs without faults are checked too, which are the same in many schedules.
    pub(crate) checks_the_past: bool,
}

/// A run with its faults; none at all for one of the past.
#[derive(Clone, Debug)]
pub(crate) struct Faulted {
    /// The place of its tree in the history.
    pub(crate) step: usize,
    pub(crate) faults: Vec<Injection>,
}

/// What a schedule came to.
#[derive(Default)]
pub(crate) struct Report {
    /// What did not hold.
    pub(crate) failure: Option<String>,
    /// What happened, for people.
    pub(crate) story: String,
    /// How many faults befell a request.
    pub(crate) befallen: usize,
    /// The mutating requests of each of its runs.
    pub(crate) requests: Vec<Vec<String>>,
}

/// A run that has ended.
pub(crate) struct Ran {
    /// Nothing if it was killed.
    pub(crate) outcome: Option<Result<Outcome, Failure>>,
    pub(crate) trace: Trace,
    layer: Layer,
}

impl Schedule {
    /// A fault of one request of a run on the tree `step`, after undisturbed runs on those before.
    pub(crate) fn single(
        history: (usize, &History),
        step: usize,
        name: &str,
        fault: Fault,
    ) -> Self {
        let (place, history) = history;
        let past = (0..step).map(|step| Faulted { step, faults: Vec::new() });
        let injection = Injection { which: Which::Named(name.to_owned()), fault };
        Self {
            name: format!("{}:{}:{name}:{fault}", history.name, history.steps[step].name),
            history: place,
            runs: past.chain([Faulted { step, faults: vec![injection] }]).collect(),
            // What comes late must not undo that something is wanted again.
            last: match fault {
                Fault::Late | Fault::Pause => step.saturating_sub(1),
                _ => step,
            },
            concurrency: 8,
            checks_the_past: false,
        }
    }

    /// A delete that comes late, after the next run was killed as soon as it had written its intent.
    pub(crate) fn late_twice(history: (usize, &History), step: usize, name: &str) -> Self {
        let once = Self::single(history, step, name, Fault::Late);
        let which = Which::Named("PUT-configmaps/state#1".to_owned());
        let next =
            Faulted { step: once.last, faults: vec![Injection { which, fault: Fault::KillAfter }] };
        let runs = once.runs.into_iter().chain([next]).collect();
        Self { name: format!("{}-twice", once.name), runs, ..once }
    }

    /// What it is counted as: the fault, or chance.
    pub(crate) fn kind(&self) -> String {
        match self.name.split_once(':') {
            Some(("random", _)) => "random".to_owned(),
            _ => self.name.rsplit(':').next().unwrap_or_default().to_owned(),
        }
    }

    pub(crate) async fn run(&self, api: &Api, stop: &Stop, history: &History) -> Report {
        let site = Site::new(api, history).await;
        let mut report = Report::default();
        let result = self.play(&site, stop, history, &mut report).await;
        report.failure = result.err();
        site.abandon().await;
        report
    }

    async fn play(
        &self,
        site: &Site,
        stop: &Stop,
        history: &History,
        report: &mut Report,
    ) -> Result<(), String> {
        let mut is_free = true;
        let mut layers = Vec::new();
        for (number, run) in self.runs.iter().enumerate() {
            let is_past = run.faults.is_empty() && !self.checks_the_past;
            let before = if is_past { Live::new() } else { site.live().await };
            let how = How { run: number, faults: &run.faults, take_over: !is_free, ..self.how() };
            let other = self.beside(site, history, stop);
            let (ran, other) = how.run_beside(site, history, run.step, stop, other).await;
            report.befallen += run.faults.len() - ran.trace.unused;
            tell(report, &history.steps[run.step], &ran);
            report.requests.push(ran.trace.requests.clone());
            layers.push(ran.layer.clone());
            // One that has nothing to do leaves the lease as it is.
            is_free = ran.is_done() && ran.lets_go() && (is_free || ran.has_written());
            if run.faults.is_empty() && !ran.is_done() {
                return Err("a run without faults did not end well".to_owned());
            }
            if is_past {
                continue;
            }
            if let Some((other, amid)) = other {
                tell(report, &history.steps[self.last], &other);
                // One that has nothing to do takes no lease over.
                if !other.is_done() || ran.is_done() == other.has_written() {
                    return Err("not the one that holds the lease ended well".to_owned());
                }
                is_free = true;
                if other.has_written() {
                    check::done(site, history, self.last, &amid, true).await?;
                }
            } else if ran.is_done() {
                let must_be_free = ran.has_written() && ran.lets_go();
                check::done(site, history, run.step, &before, must_be_free).await?;
            } else {
                check::open(site, history, run.step, &before).await?;
            }
        }
        let before = site.live().await;
        let how = How { run: self.runs.len(), take_over: !is_free, ..self.how() };
        let ran = how.run(site, history, self.last, stop).await;
        tell(report, &history.steps[self.last], &ran);
        if !ran.is_done() {
            return Err("the clean run did not end well".to_owned());
        }
        let mut late = Vec::new();
        for layer in &layers {
            late.append(&mut layer.release().await);
        }
        for answer in &late {
            writeln!(report.story, "  late → {answer}").expect("a string");
        }
        if !late.is_empty() && !ran.has_written() {
            // Whoever has nothing to do fences nobody off: the next one settles what came late.
            let how = How { run: self.runs.len() + 2, ..how };
            let ran = how.run(site, history, self.last, stop).await;
            tell(report, &history.steps[self.last], &ran);
        }
        check::done(site, history, self.last, &before, ran.has_written()).await?;
        let again =
            How { run: self.runs.len() + 1, ..how }.run(site, history, self.last, stop).await;
        tell(report, &history.steps[self.last], &again);
        // Whoever destroys looks at what was kept, and takes the lease for that.
        let is_quiet =
            !again.has_written() || (history.steps[self.last].destroys && again.has_only_looked());
        if again.is_done() && is_quiet {
            return Ok(());
        }
        Err("after the clean run there was still something to do".to_owned())
    }

    /// The run of somebody who says that the one under way is dead.
    async fn beside(&self, site: &Site, history: &History, stop: &Stop) -> (Ran, Live) {
        let before = site.live().await;
        let how = How { run: OTHER, take_over: true, ..self.how() };
        let ran = how.run(site, history, self.last, stop).await;
        // For a second a run relies on what it was told of its lease.
        tokio::time::sleep(RELIED_UPON).await;
        (ran, before)
    }

    fn how(&self) -> How<'static> {
        How { run: 0, faults: &[], take_over: false, concurrency: self.concurrency }
    }
}

/// How a run is made.
pub(crate) struct How<'a> {
    pub(crate) run: usize,
    pub(crate) faults: &'a [Injection],
    pub(crate) take_over: bool,
    pub(crate) concurrency: usize,
}

impl How<'_> {
    /// Runs a sync, or as much of it as the faults allow.
    pub(crate) async fn run(
        &self,
        site: &Site,
        history: &History,
        step: usize,
        stop: &Stop,
    ) -> Ran {
        self.run_beside(site, history, step, stop, async {}).await.0
    }

    /// The same. If a fault makes it stand still, `other` takes place meanwhile.
    async fn run_beside<T>(
        &self,
        site: &Site,
        history: &History,
        step: usize,
        stop: &Stop,
        other: impl Future<Output = T>,
    ) -> (Ran, Option<T>) {
        let layer = Layer::new(&site.api.client, site.names(), self.faults);
        let timeout = if self.faults.is_empty() { PATIENT } else { IMPATIENT };
        let cluster = Cluster::from_service(layer.clone(), timeout, self.concurrency);
        let sources = site.sources(step);
        let request = self.request(site, history, step, &sources);
        let mut told = |_: Event<'_>| {};
        let mut confirm = |_: &plan::Plan| true;
        let mut voices = Voices { told: &mut told, confirm: &mut confirm };
        let mut others = None;
        let outcome = {
            let mut sync = Box::pin(molave::sync::sync(&cluster, &request, stop, &mut voices));
            tokio::select! {
                biased;
                () = layer.killed() => None,
                () = layer.paused() => {
                    layer.settled().await;
                    others = Some(other.await);
                    layer.resume();
                    Some(sync.as_mut().await)
                }
                outcome = sync.as_mut() => Some(outcome),
            }
        };
        drop(cluster);
        layer.settled().await;
        (Ran { outcome, trace: layer.trace(), layer }, others)
    }

    fn request<'r>(
        &self,
        site: &'r Site,
        history: &History,
        step: usize,
        sources: &'r Sources<'r>,
    ) -> Request<'r> {
        Request {
            project: &site.name,
            environment: ENVIRONMENT,
            settings: &site.environment,
            manifests: Some(sources),
            folder: "_gen/test".to_owned(),
            commit: None,
            ancestry: &|_| Ok(()),
            options: Options {
                create_namespaces: site.environment.create_namespaces,
                destroy: history.steps[step].destroys,
                ..Options::default()
            },
            flags: Flags {
                first: true,
                take_over: self.take_over,
                timeout: Some(ABSENCE),
                lock_timeout: ABSENCE,
                ..Flags::default()
            },
            run: RunInfo { id: format!("run-{}-{}", site.name, self.run), ..RunInfo::default() },
        }
    }
}

impl Ran {
    /// Whether it says that everything is done.
    pub(crate) fn is_done(&self) -> bool {
        matches!(&self.outcome, Some(Ok(outcome)) if outcome.status == Status::Done)
    }

    /// Whether it changed anything, were it only the lease.
    pub(crate) fn has_written(&self) -> bool {
        !self.trace.requests.is_empty()
    }

    /// Whether it can let go of its lease: it tries twice, and then leaves the lease to expire.
    fn lets_go(&self) -> bool {
        self.trace.lease_faults < 2
    }

    /// Whether it wrote nothing but the lease.
    fn has_only_looked(&self) -> bool {
        self.trace.requests.iter().all(|name| name.contains("-leases/"))
    }

    fn ending(&self) -> String {
        match &self.outcome {
            None => "killed".to_owned(),
            Some(Err(failure)) => format!("{failure:?}"),
            Some(Ok(outcome)) => {
                let mut text = format!("{:?}", outcome.status);
                for (id, result) in &outcome.results {
                    write!(text, "\n    {id}: {result:?}").expect("a string");
                }
                for refusal in &outcome.refusals {
                    write!(text, "\n    refused: {}", refusal.message).expect("a string");
                }
                for problem in &outcome.problems {
                    write!(text, "\n    {problem:?}").expect("a string");
                }
                text
            }
        }
    }
}

fn tell(report: &mut Report, step: &Step, ran: &Ran) {
    writeln!(report.story, "  run on `{}`: {}", step.name, ran.ending()).expect("a string");
    for line in &ran.trace.lines {
        writeln!(report.story, "      {line}").expect("a string");
    }
}

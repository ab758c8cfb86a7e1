//! The real program under `kill -9`, at moments spread over the length of a run, most of them
//! between its intent and its result; then one run more, and everything must be right.

use crate::api::Api;
use crate::check;
use crate::history::{self, History, Step};
use crate::schedule::{Faulted, How};
use crate::site::{ENVIRONMENT, Site};
use molave::signals::Stop;
use plan::RunPhase;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How often the length of a run is measured before the first kill.
const MEASUREMENTS: usize = 9;

/// After how many kills it is measured again: a server is slow at first, then quick, and slow again.
const RENEWAL: usize = 6;

/// How many measurements count: the latest.
const LATEST: usize = 5;

/// Of how many kills one comes outside the time between intent and result.
const OUTSIDE: usize = 6;

/// How far along its part of a run each kill is beyond the one before: spreads any number evenly.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// How often it is looked whether the intent is written.
const POLL: Duration = Duration::from_millis(5);

/// How long a run is: until it writes its intent, and from then on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length {
    intent: Duration,
    work: Duration,
}

impl Length {
    fn whole(self) -> Duration {
        self.intent + self.work
    }
}

/// How long undisturbed runs were, in the order in which they ended.
pub(crate) struct Lengths(Mutex<Vec<Length>>);

impl Lengths {
    /// What was measured before the first kill.
    pub(crate) fn new(lengths: Vec<Length>) -> Self {
        Self(Mutex::new(lengths))
    }

    /// Those in the middle of the latest.
    pub(crate) fn median(&self) -> Length {
        let lengths = self.0.lock().expect("no panic");
        let latest = &lengths[lengths.len().saturating_sub(LATEST)..];
        let middle = |part: fn(&Length) -> Duration| {
            let mut parts: Vec<Duration> = latest.iter().map(part).collect();
            parts.sort();
            parts[parts.len() / 2]
        };
        Length { intent: middle(|length| length.intent), work: middle(|length| length.work) }
    }

    fn add(&self, length: Length) {
        self.0.lock().expect("no panic").push(length);
    }
}

/// Where in a run a kill fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    BeforeIntent,
    AtWork,
    AfterResult,
}

/// A kill: when, where in the run that was, and what did not hold afterwards.
pub(crate) struct Kill {
    /// In tenths of the length of a run.
    pub(crate) tenth: u128,
    pub(crate) moment: Moment,
    pub(crate) failure: Option<String>,
}

/// A run is measured several times, with as many others beside it as there will be at the kills.
pub(crate) fn measurements() -> Vec<usize> {
    (0..MEASUREMENTS).collect()
}

/// Lets a run come to its end, and looks when it writes its intent.
pub(crate) async fn measured(api: &Api, stop: &Stop, kubeconfig: &Path) -> Length {
    let (site, history) = prepared(api, stop).await;
    let folder = project(&site, &history.steps[1]);
    let before = generation(&site).await;
    let begun = Instant::now();
    let mut run = start(folder.path(), kubeconfig, &[]);
    while generation(&site).await == before {
        assert!(begun.elapsed() < Duration::from_mins(1), "no intent");
        tokio::time::sleep(POLL).await;
    }
    let intent = begun.elapsed();
    let status = ended(&mut run).await;
    assert!(status == Some(0), "an undisturbed run ended with {status:?}");
    let work = begun.elapsed().saturating_sub(intent);
    site.abandon().await;
    Length { intent, work }
}

/// Kills the `number`th run, and lets another one make it right.
pub(crate) async fn killed(
    api: &Api,
    stop: &Stop,
    kubeconfig: &Path,
    lengths: &Lengths,
    number: usize,
) -> Kill {
    if number % RENEWAL == RENEWAL - 1 {
        lengths.add(measured(api, stop, kubeconfig).await);
    }
    let length = lengths.median();
    let (site, history) = prepared(api, stop).await;
    let folder = project(&site, &history.steps[1]);
    let before = (site.live().await, generation(&site).await);
    let mut run = start(folder.path(), kubeconfig, &[]);
    let begun = Instant::now();
    wait(&site, before.1, length, number).await;
    let wait = begun.elapsed();
    run.kill().expect("killed");
    run.wait().expect("ended");
    let tenth = wait.as_micros() * 10 / length.whole().as_micros().max(1);
    let moment = match site.inventory().await {
        Some(inventory) if inventory.generation == before.1 => Moment::BeforeIntent,
        Some(inventory) if inventory.run.phase == RunPhase::Started => Moment::AtWork,
        _ => Moment::AfterResult,
    };
    let result = async {
        check::open(&site, &history, 1, &before.0).await?;
        let amid = site.live().await;
        let mut clean = start(folder.path(), kubeconfig, &["--take-over"]);
        match ended(&mut clean).await {
            Some(0) => check::done(&site, &history, 1, &amid, false).await,
            code => Err(format!("the run after it ended with {code:?}")),
        }
    };
    let failure = result.await.err();
    let failure = failure.map(|what| format!("killed after {wait:?} of {length:?}: {what}"));
    site.abandon().await;
    Kill { tenth, moment, failure }
}

/// Waits until the `number`th run is to be killed: one in some at a time before the intent, the
/// others at a time after it was seen, because no two runs are equally quick.
async fn wait(site: &Site, before: u64, length: Length, number: usize) {
    let small = f64::from(u32::try_from(number).expect("small"));
    let share = (small * GOLDEN).fract();
    if number.is_multiple_of(OUTSIDE) {
        return tokio::time::sleep(length.intent.mul_f64(share)).await;
    }
    let begun = Instant::now();
    while generation(site).await == before && begun.elapsed() < length.whole() * 2 {
        tokio::time::sleep(POLL).await;
    }
    tokio::time::sleep(length.work.mul_f64(share)).await;
}

async fn prepared(api: &Api, stop: &Stop) -> (Site, History) {
    let history = history::broad();
    let site = Site::new(api, &history).await;
    let first = Faulted { step: 0, faults: Vec::new() };
    let how = How { run: 0, faults: &first.faults, take_over: false, concurrency: 8 };
    let ran = how.run(&site, &history, first.step, stop).await;
    assert!(ran.is_done(), "the run before did not end well");
    (site, history)
}

async fn generation(site: &Site) -> u64 {
    site.inventory().await.map_or(0, |inventory| inventory.generation)
}

/// The project of a site as a folder.
fn project(site: &Site, step: &Step) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let name = &site.name;
    let mut text = format!("project: {name}\nenvironments:\n  {ENVIRONMENT}:\n");
    writeln!(text, "    namespace: {name}\n    state: {{namespace: {name}}}").expect("a string");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("molave.yaml", &text);
    for (service, manifests) in &step.services {
        write(&format!("_gen/{ENVIRONMENT}/{service}/manifests.yaml"), manifests);
    }
    folder
}

fn start(folder: &Path, kubeconfig: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_molave"));
    command.current_dir(folder).env("KUBECONFIG", kubeconfig).stdin(Stdio::null());
    command.args(["sync", ENVIRONMENT, "--yes", "--first", "--max-deletions", "30"]).args(more);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("molave runs")
}

/// The exit code, once it ends.
async fn ended(run: &mut Child) -> Option<i32> {
    loop {
        if let Some(status) = run.try_wait().expect("a child") {
            return status.code();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How many kills fell into each tenth of a run, or later because that run was slower than those
/// measured, and how many into each part of it.
pub(crate) fn histogram(kills: &[Kill]) -> String {
    let mut text = String::from("tenth of a run  kills\n");
    for tenth in 0..=10 {
        let count = kills.iter().filter(|kill| kill.tenth.min(10) == tenth).count();
        let name = if tenth < 10 { tenth.to_string() } else { "later".to_owned() };
        writeln!(text, "{name:>15} {count:5} {}", "*".repeat(count)).expect("a string");
    }
    let parts = [
        (Moment::BeforeIntent, "before the intent"),
        (Moment::AtWork, "between intent and result"),
        (Moment::AfterResult, "after the result"),
    ];
    for (moment, name) in parts {
        let count = kills.iter().filter(|kill| kill.moment == moment).count();
        writeln!(text, "{name}: {count}").expect("a string");
    }
    text
}

//! A sync cannot lose an object, and cannot delete a wrong one: whatever befalls a request of it.
//!
//! Histories of an environment are synced to the real API server through a layer that makes one
//! request go wrong, in each way that is known, and each request in turn; after one more run, which
//! meets no fault, everything must be right. `scripts/faults` runs it; see there for the arguments.
//! Without arguments a few schedules are run, to show that the whole would.
//!
//! - `fault`, `layer`: what goes wrong, and where; `history`: what is synced
//! - `schedule`, `random`: which runs meet which faults; `site`: where; `check`: what must hold
//! - `kills`: the program itself, killed from outside
//! - `plane`: the control plane; `api`: the server without Molave

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests look at the file system themselves, and end where something is not as it must be"
)]

mod api;
mod check;
mod fault;
mod history;
mod kills;
mod layer;
#[path = "../cluster/plane.rs"]
#[expect(dead_code, reason = "shared with the cluster tests, which ask more of it")]
mod plane;
mod random;
mod schedule;
mod site;

use api::Api;
use fault::Fault;
use history::History;
use molave::signals::Stop;
use plane::Plane;
use schedule::{Report, Schedule};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many schedules are under way at once, if nothing is said.
const JOBS: usize = 12;

/// How many programs run at once at most that are to be killed: with more, no two are equally quick.
const KILL_JOBS: usize = 3;

/// How long a schedule may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is asked for.
struct Wishes {
    /// Every history, not only the main one.
    all: bool,
    /// Every pair of a request and a fault.
    pairs: bool,
    /// How many random schedules.
    random: usize,
    seed: u64,
    /// How often the program is killed from outside, instead.
    kills: usize,
    jobs: usize,
    /// Only schedules whose names hold one of these.
    filters: Vec<String>,
    /// Tell what happened in each.
    is_verbose: bool,
}

fn main() -> ExitCode {
    let wishes = wishes(std::env::args().skip(1));
    let Some(plane) = Plane::shared_or_skip() else { return ExitCode::SUCCESS };
    if wishes.kills > 0 {
        return killed(plane, &wishes);
    }
    let begun = Instant::now();
    let histories = history::all();
    let chosen = if wishes.all { histories.len() } else { 1 };
    let requests = on_each(plane, wishes.jobs, &histories[..chosen], async |api, stop, history| {
        recorded(api, stop, history).await
    });
    let schedules = schedules(&wishes, &histories, &requests);
    println!("{} schedules, {} at once", schedules.len(), wishes.jobs);
    let survived = AtomicUsize::new(0);
    let reports = on_each(plane, wishes.jobs, &schedules, async |api, stop, schedule| {
        let report = played(api, stop, &histories[schedule.history], schedule).await;
        if wishes.is_verbose || report.failure.is_some() {
            println!("{}", told(schedule, &report));
        }
        survived.fetch_add(usize::from(report.failure.is_none()), Ordering::Relaxed);
        (schedule.kind(), report.failure.is_none(), report.befallen)
    });
    summary(&reports, begun.elapsed());
    if survived.into_inner() == schedules.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn wishes(arguments: impl Iterator<Item = String>) -> Wishes {
    let mut wishes = Wishes {
        all: false,
        pairs: false,
        random: 0,
        seed: 1,
        kills: 0,
        jobs: JOBS,
        filters: Vec::new(),
        is_verbose: false,
    };
    let mut arguments = arguments.peekable();
    let is_bare = arguments.peek().is_none();
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments.next().and_then(|value| value.parse::<u64>().ok());
            value.unwrap_or_else(|| panic!("`{argument}` needs a number"))
        };
        match argument.as_str() {
            "--all" => wishes.all = true,
            "--pairs" => wishes.pairs = true,
            "--random" => wishes.random = usize::try_from(number()).expect("a count"),
            "--kills" => wishes.kills = usize::try_from(number()).expect("a count"),
            "--seed" => wishes.seed = number(),
            "--jobs" => wishes.jobs = usize::try_from(number()).expect("a count").max(1),
            "--verbose" => wishes.is_verbose = true,
            "--replay" => {
                let name = arguments.next().expect("`--replay` needs the name of a schedule");
                (wishes.all, wishes.is_verbose) = (true, true);
                wishes.pairs = !name.starts_with("random:");
                wishes.filters.push(name);
            }
            // What `cargo test` passes on to every test.
            other if other.starts_with('-') => {}
            filter => wishes.filters.push(filter.to_owned()),
        }
    }
    if is_bare {
        let few = [":update:PATCH-deployments", ":delete:DELETE-services"];
        wishes.filters = few.map(str::to_owned).to_vec();
        wishes.pairs = true;
    }
    wishes
}

/// Kills the program from outside, and fails unless every run after a kill made everything right,
/// and three kills of five fell between intent and result.
fn killed(plane: &Plane, wishes: &Wishes) -> ExitCode {
    let begun = Instant::now();
    let kubeconfig = plane.kubeconfig();
    let jobs = wishes.jobs.min(KILL_JOBS);
    let lengths = on_each(plane, jobs, &kills::measurements(), async |api, stop, _| {
        kills::measured(api, stop, kubeconfig).await
    });
    let lengths = kills::Lengths::new(lengths);
    println!("a run takes {:?} at first", lengths.median());
    let count = wishes.kills;
    let numbers: Vec<usize> = (0..count).collect();
    let kills = on_each(plane, jobs, &numbers, async |api, stop, number| {
        kills::killed(api, stop, kubeconfig, &lengths, *number).await
    });
    println!("a run takes {:?} at last", lengths.median());
    let failures: Vec<&String> = kills.iter().filter_map(|kill| kill.failure.as_ref()).collect();
    for failure in &failures {
        println!("{failure}");
    }
    print!("{}", kills::histogram(&kills));
    let (alive, seconds) = (count - failures.len(), begun.elapsed().as_secs());
    println!("kill -9: run / survived: {count} / {alive} ({seconds} s)");
    let at_work = kills.iter().filter(|kill| kill.moment == kills::Moment::AtWork).count();
    if at_work * 5 < count * 3 {
        println!("only {at_work} kills of {count} fell between intent and result");
        return ExitCode::FAILURE;
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Does something with each item, some at once, each thread with a connection of its own.
fn on_each<T: Sync, R: Send>(
    plane: &Plane,
    jobs: usize,
    items: &[T],
    work: impl AsyncFn(&Api, &Stop, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    let worker = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let api = Api::connect(plane.kubeconfig()).await;
            let stop = Stop::listen().expect("signals");
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(place) else { break };
                let result = work(&api, &stop, item).await;
                results.lock().expect("no panic").insert(place, result);
            }
        });
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            std::thread::Builder::new()
                .stack_size(16 << 20)
                .spawn_scoped(scope, worker)
                .expect("a thread");
        }
    });
    results.into_inner().expect("no panic").into_values().collect()
}

/// The mutating requests that a run on each tree of a history makes when nothing goes wrong.
async fn recorded(api: &Api, stop: &Stop, history: &History) -> Vec<Vec<String>> {
    let runs = (0..history.steps.len()).map(|step| schedule::Faulted { step, faults: vec![] });
    let all = Schedule {
        name: history.name.to_owned(),
        history: 0,
        runs: runs.collect(),
        last: history.steps.len() - 1,
        concurrency: 8,
        checks_the_past: true,
    };
    let report = all.run(api, stop, history).await;
    assert!(report.failure.is_none(), "without a fault: {}", told(&all, &report));
    report.requests
}

fn schedules(
    wishes: &Wishes,
    histories: &[History],
    requests: &[Vec<Vec<String>>],
) -> Vec<Schedule> {
    let mut schedules = Vec::new();
    for ((place, history), requests) in histories.iter().enumerate().zip(requests) {
        for (step, requests) in requests.iter().enumerate().filter(|_| wishes.pairs) {
            for name in requests {
                let single = |fault| Schedule::single((place, history), step, name, fault);
                schedules.extend(Fault::ALL.into_iter().map(single));
                // An apply that comes late may be carried out, as was promised; nothing else may.
                if !name.starts_with("PATCH") {
                    schedules.push(single(Fault::Late));
                }
                // Around a request for the lease itself, either may be the first.
                if !name.starts_with("PATCH") && !name.contains("-leases/") {
                    schedules.push(single(Fault::Pause));
                }
                if name.starts_with("DELETE") {
                    schedules.push(Schedule::late_twice((place, history), step, name));
                }
            }
        }
    }
    let is_chosen = |schedule: &Schedule| {
        wishes.filters.is_empty()
            || wishes.filters.iter().any(|filter| schedule.name.contains(filter.as_str()))
    };
    schedules.retain(is_chosen);
    for number in 0..u64::try_from(wishes.random).expect("a count") {
        let place = usize::try_from(number).expect("a count") % requests.len();
        let history = (place, &histories[place]);
        schedules.push(random::schedule(history, &requests[place], wishes.seed + number));
    }
    schedules.extend(wishes.filters.iter().filter_map(|name| replayed(name, histories, requests)));
    schedules
}

/// The random schedule of this name.
fn replayed(name: &str, histories: &[History], requests: &[Vec<Vec<String>>]) -> Option<Schedule> {
    let (history, seed) = name.strip_prefix("random:")?.split_once(':')?;
    let place = histories.iter().position(|known| known.name == history)?;
    Some(random::schedule((place, &histories[place]), &requests[place], seed.parse().ok()?))
}

async fn played(api: &Api, stop: &Stop, history: &History, schedule: &Schedule) -> Report {
    let report = tokio::time::timeout(PATIENCE, schedule.run(api, stop, history)).await;
    report.unwrap_or_else(|_| Report {
        failure: Some(format!("not over within {PATIENCE:?}")),
        ..Report::default()
    })
}

fn told(schedule: &Schedule, report: &Report) -> String {
    let failure = report.failure.as_deref().unwrap_or("survived");
    let name = &schedule.name;
    format!("{name}\n  {failure}\n{}  again: scripts/faults --replay '{name}'\n", report.story)
}

/// `run / survived`, for each kind of fault and in all.
fn summary(reports: &[(String, bool, usize)], took: Duration) {
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (kind, survived, _) in reports {
        let (run, alive) = kinds.entry(kind).or_default();
        *run += 1;
        *alive += usize::from(*survived);
    }
    for (kind, (run, alive)) in &kinds {
        println!("{kind:16} {run:5} / {alive}");
    }
    let alive = reports.iter().filter(|(_, survived, _)| *survived).count();
    let befallen: usize = reports.iter().map(|(_, _, befallen)| befallen).sum();
    let seconds = took.as_secs();
    println!("run / survived: {} / {alive} ({befallen} faults, {seconds} s)", reports.len());
}

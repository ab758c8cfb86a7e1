//! Renders many releases in one process, for comparison with Helm's engine on the same jobs.
//!
//! `cargo bench --bench render -- [--load-each] JOBS [CHART]`: a job is a line of `release`, `namespace`, `version` (put at
//! `image.tag` unless empty), an output file that is ignored here, values files separated by commas,
//! and a chart, separated by tabs. Without a chart in the line it is CHART, loaded once. With one it
//! is loaded for each run of jobs that name it, or, with `--load-each`, for each job. Prints the
//! seconds from the first chart to the last manifest, the bytes rendered, the jobs that failed, and
//! the most memory that was in use, in MB.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement that fails may end")]

use gotemplate::{Map, MapType};
use helm_render::chart::Chart;
use helm_render::output::{PrintOptions, print};
use helm_render::values::{self, set};
use helm_render::{Compiled, Options, Profile, Release};
use molave::fs::{self, Links};
use molave::generate::charts::source_files;
use molave::parallel;
use std::path::Path;
use std::time::Instant;

/// As in the tool itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PROFILE: Profile = Profile::Helm4;

fn main() {
    let mut arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let loads_each = arguments.first().is_some_and(|first| first == "--load-each");
    drop(arguments.drain(..usize::from(loads_each)));
    let Some(jobs) = arguments.first() else {
        println!("render [--load-each] JOBS [CHART]");
        return;
    };
    let jobs = read_text(jobs);
    let jobs: Vec<Job<'_>> = jobs.lines().map(|line| line.split('\t').collect()).collect();
    let started = Instant::now();
    let shared = arguments.get(1).map(|folder| load(folder).expect("a chart"));
    let runs: Vec<&[Job<'_>]> = jobs
        .chunk_by(|one, next| !loads_each && one.get(5).is_some() && one.get(5) == next.get(5))
        .collect();
    let sizes = parallel::map(&runs, |run| render_run(run, shared.as_ref()), |_| {});
    let seconds = started.elapsed().as_secs_f64();
    let sizes: Vec<Option<usize>> = sizes.into_iter().flatten().collect();
    let bytes: usize = sizes.iter().flatten().sum();
    let failed = sizes.iter().filter(|size| size.is_none()).count();
    println!("{seconds:.3} {bytes} {failed} {}", peak_memory());
}

/// The fields of a line.
type Job<'a> = Vec<&'a str>;

/// The sizes of the manifests of jobs with one chart.
fn render_run(run: &[Job<'_>], shared: Option<&Compiled>) -> Vec<Option<usize>> {
    let own = run.first().and_then(|job| job.get(5)).map(|folder| load(folder));
    let chart = own.as_ref().map_or(shared, Option::as_ref);
    run.iter().map(|job| render(job, chart?)).collect()
}

/// The size of the manifests; none if Helm would fail.
fn render(job: &[&str], chart: &Compiled) -> Option<usize> {
    let [release, namespace, version, _, files] = job.get(..5)? else { return None };
    let user = Map::new(MapType::StringInterface);
    for file in files.split(',').filter(|file| !file.is_empty()) {
        values::merge(&user, &values::read(read_text(file).as_bytes(), PROFILE).ok()?);
    }
    if !version.is_empty() {
        set::parse_string(format!("image.tag={version}").as_bytes(), &user, PROFILE).ok()?;
    }
    let release = Release {
        name: (*release).to_owned(),
        namespace: (*namespace).to_owned(),
        ..Release::default()
    };
    let rendering = chart.render(&user, &release, &Options::default()).ok()?;
    print(&rendering, &PrintOptions::default()).ok().map(|text| text.len())
}

fn load(folder: &str) -> Option<Compiled> {
    let content = fs::read_folder(Path::new(folder), "", Links::Within).ok()?;
    Compiled::new(Chart::load(folder, source_files(&content)).ok()?, PROFILE).ok()
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads its own input")]
fn read_text(file: &str) -> String {
    std::fs::read_to_string(file).expect("a readable file")
}

/// The high-water mark of this process in MB, where the system tells.
#[expect(clippy::disallowed_methods, reason = "a measurement asks the system")]
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}

//! Every committed seed goes through its target again, and none takes long. What a fuzzer finds
//! becomes a seed.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use fuzz_targets::targets::{TARGETS, with_stack};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The slowest seed takes a fraction of this in a build that is not optimised.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn every_seed_passes_in_time() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(seeds.len() >= 5, "{name} has only {} seeds", seeds.len());
        for seed in seeds {
            let input = std::fs::read(&seed).expect("a seed");
            let started = Instant::now();
            let outcome = std::panic::catch_unwind(|| with_stack(target, &input));
            assert!(outcome.is_ok(), "{name} panics on {}", seed.display());
            let taken = started.elapsed();
            assert!(taken < PATIENCE, "{name} takes {taken:?} for {}", seed.display());
        }
    }
}

fn seeds(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| {
        panic!("{}: {error}", folder.display());
    });
    let mut seeds: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    seeds.sort();
    seeds
}

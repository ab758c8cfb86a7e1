//! How the record of an environment looks.

use super::count;
use plan::{Inventory, Run};
use std::fmt::Write as _;

/// How many runs are shown.
const RUNS: usize = 5;

/// The record as a table: the last runs, then the objects by service.
pub fn table(inventory: &Inventory) -> String {
    let mut text = format!(
        "{}/{} in cluster {}: {}, written {}\n",
        inventory.project,
        inventory.environment,
        inventory.cluster,
        count(inventory.entries.len(), "object"),
        count(usize::try_from(inventory.generation).unwrap_or(usize::MAX), "time"),
    );
    for run in std::iter::once(&inventory.run).chain(&inventory.history).take(RUNS) {
        add_run(&mut text, run);
    }
    let mut rows: Vec<_> = inventory.entries.iter().collect();
    rows.sort_by(|(left, a), (right, b)| (&a.service, left).cmp(&(&b.service, right)));
    let width = rows.iter().map(|(id, _)| id.to_string().len()).max().unwrap_or_default();
    let mut service = None;
    for (id, entry) in rows {
        if service != Some(&entry.service) {
            let _ = writeln!(text, "{}", entry.service);
            service = Some(&entry.service);
        }
        let id = id.to_string();
        let (version, phase) = (&entry.version, entry.phase.word());
        let line = format!("  {id:width$}  {version:<8} {phase}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn add_run(text: &mut String, run: &Run) {
    let actor = run.actor.as_deref().unwrap_or("unknown");
    let commit = run.commit.as_deref().map(|commit| commit.get(..12).unwrap_or(commit));
    let commit = commit.unwrap_or("no commit");
    let counts = &run.counts;
    let _ = writeln!(
        text,
        "run {} at {} by {actor}, {commit}: {}, {} created, {} updated, {} deleted, {} failed",
        run.id,
        run.started,
        run.phase.word(),
        counts.created,
        counts.updated,
        counts.deleted,
        counts.failed
    );
}

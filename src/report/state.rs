//! How the record of an environment looks.

use super::{BAD, DOUBTFUL, QUIET, count};
use crate::cluster::Standing;
use crate::sync::forget::{Effect, Forgetting};
use plan::{Inventory, Moving, Run};
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
    match &inventory.moving {
        Some(Moving::To(place)) => drop(writeln!(text, "being moved to {place}")),
        Some(Moving::From(place)) => drop(writeln!(text, "being moved here from {place}")),
        None => {}
    }
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

/// What is to be forgotten, and what that does.
pub fn forgetting(title: &str, objects: &[Forgetting]) -> String {
    let mut text = format!("{title}: {} to forget\n", count(objects.len(), "object"));
    for Forgetting { id, service, effect, is_wanted } in objects {
        let effect = match effect {
            Effect::Unmarked => "stays, without our mark",
            Effect::Gone => "is gone already",
            Effect::NotOurs => "is not ours, and is left alone",
            Effect::Unserved => "its kind is not served: nobody can look",
            Effect::Untouched => "is left alone, with our mark on it",
        };
        let _ = writeln!(text, "  {id}  {QUIET}{service}: {effect}{QUIET:#}");
        if *is_wanted {
            let _ = writeln!(
                text,
                "    {DOUBTFUL}Git still has it{DOUBTFUL:#}: the next sync asks for `--adopt`, or makes it if it is gone"
            );
        }
    }
    text
}

/// Who holds a lease, and whether they seem to be alive. `age` is how many seconds ago they said so.
pub fn holding(title: &str, standing: &Standing, age: Option<i64>) -> String {
    let holder = standing.holder();
    let actor = holder.actor.as_deref().unwrap_or("someone");
    let mut text = format!("{title}: held by `{actor}` since {}\n", holder.since);
    let _ = writeln!(text, "  run     {}", holder.run);
    for (what, value) in [("log", &holder.url), ("commit", &holder.commit)] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {what:<6}  {value}");
        }
    }
    let patience = i64::try_from(Standing::PATIENCE.as_secs()).unwrap_or(i64::MAX);
    let seen = match age {
        Some(age) if age < patience => {
            format!("{age} s ago: {BAD}it seems to be alive{BAD:#}")
        }
        Some(age) => format!("{age} s ago: the next run takes over by itself"),
        None => "at a time that cannot be read".to_owned(),
    };
    let _ = writeln!(text, "  renewed {seen}");
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

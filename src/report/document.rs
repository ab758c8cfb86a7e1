//! The report of a run as a JSON document (`apiVersion: molave.dev/v1`, `kind: SyncReport`).
//!
//! Written on success, failure and no-op alike. The types here are the published form
//! (`docs/schemas`); nothing else derives from them.

use super::sync::word;
use crate::clock;
use crate::config::project::API_VERSION;
use crate::error::Diagnostic;
use crate::exit::Status;
use crate::sync::{ObjectResult, Outcome};
use plan::ownership::Difference;
use plan::{Action, Change, Inventory};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncReport<'a> {
    api_version: &'static str,
    kind: &'static str,
    project: &'a str,
    environment: &'a str,
    cluster: &'a str,
    run: RunPart<'a>,
    status: &'static str,
    exit_code: u8,
    counts: Counts,
    objects: Vec<ObjectPart<'a>>,
    refusals: Vec<RefusalPart<'a>>,
    blocked: Vec<BlockedPart<'a>>,
    problems: Vec<String>,
}

/// Who ran, and when it began.
#[derive(Serialize)]
struct Runner<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    started: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunPart<'a> {
    #[serde(flatten)]
    runner: Runner<'a>,
    ended: &'a str,
    dry_run: bool,
}

#[derive(Serialize)]
struct Counts {
    created: u32,
    updated: u32,
    deleted: u32,
    failed: u32,
    drifted: usize,
    unchanged: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectPart<'a> {
    service: &'a str,
    group: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    name: &'a str,
    action: &'static str,
    reason: &'a str,
    /// `done`, `failed`, `uncertain`, `skipped`, `still-there`; none if nothing was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_ready: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<DifferencePart<'a>>,
}

#[derive(Serialize)]
struct DifferencePart<'a> {
    text: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    becomes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<&'a str>,
}

#[derive(Serialize)]
struct RefusalPart<'a> {
    guard: &'a str,
    message: &'a str,
    hint: &'a str,
    objects: Vec<String>,
}

#[derive(Serialize)]
struct BlockedPart<'a> {
    service: &'a str,
    causes: &'a [String],
}

/// Who and what a report is about.
pub struct Heading<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// When the run ended, RFC 3339.
    pub ended: &'a str,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
}

/// The report of a run that came to an outcome.
pub fn sync_report(heading: &Heading<'_>, outcome: &Outcome) -> String {
    let counts = outcome.counts();
    let planned = |action: Action| {
        outcome.plan.changes.iter().filter(|change| change.action == action).count()
    };
    let report = SyncReport {
        api_version: API_VERSION,
        kind: "SyncReport",
        project: heading.project,
        environment: heading.environment,
        cluster: &outcome.cluster,
        run: run(heading, outcome),
        status: status(outcome.status),
        exit_code: outcome.status.code(),
        counts: Counts {
            created: counts.created,
            updated: counts.updated,
            deleted: counts.deleted,
            failed: counts.failed,
            drifted: planned(Action::Drifted),
            unchanged: planned(Action::Unchanged),
        },
        objects: outcome.plan.changes.iter().map(|change| object(change, outcome)).collect(),
        refusals: refusals(outcome),
        blocked: blocked(outcome),
        problems: outcome.problems.iter().map(one_line).collect(),
    };
    written(&report)
}

fn refusals(outcome: &Outcome) -> Vec<RefusalPart<'_>> {
    let refusals = outcome.refusals.iter();
    refusals
        .map(|refusal| RefusalPart {
            guard: refusal.guard,
            message: &refusal.message,
            hint: &refusal.hint,
            objects: refusal.objects.iter().map(ToString::to_string).collect(),
        })
        .collect()
}

fn blocked(outcome: &Outcome) -> Vec<BlockedPart<'_>> {
    let blocked = outcome.plan.blocked.iter();
    blocked.map(|(service, causes)| BlockedPart { service, causes }).collect()
}

fn run<'a>(heading: &Heading<'a>, outcome: &'a Outcome) -> RunPart<'a> {
    RunPart {
        runner: Runner {
            id: &outcome.run.id,
            commit: outcome.commit.as_deref(),
            actor: outcome.run.actor.as_deref(),
            url: outcome.run.url.as_deref(),
            started: &outcome.run.started,
        },
        ended: heading.ended,
        dry_run: heading.dry_run,
    }
}

fn object<'a>(change: &'a Change, outcome: &'a Outcome) -> ObjectPart<'a> {
    let result = outcome.results.get(&change.id);
    let (word_for_result, error) = match result {
        None => (None, None),
        Some(ObjectResult::Done { .. }) => (Some("done"), None),
        Some(ObjectResult::Failed(reason)) => (Some("failed"), Some(reason.as_str())),
        Some(ObjectResult::Uncertain(reason)) => (Some("uncertain"), Some(reason.as_str())),
        Some(ObjectResult::Skipped(reason)) => (Some("skipped"), Some(reason.as_str())),
        Some(ObjectResult::StillThere(reason)) => (Some("still-there"), Some(reason.as_str())),
    };
    let (uid, generation) = match result {
        Some(ObjectResult::Done { uid, generation }) => (uid.as_deref(), *generation),
        _ => (None, None),
    };
    ObjectPart {
        service: &change.service,
        group: &change.id.group,
        kind: &change.id.kind,
        namespace: change.id.namespace.as_deref(),
        name: &change.id.name,
        action: word(change.action),
        reason: &change.reason,
        result: word_for_result,
        error,
        uid,
        generation,
        not_ready: outcome.not_ready.get(&change.id).map(String::as_str),
        differences: change.differences.iter().map(difference).collect(),
    }
}

fn difference(difference: &Difference) -> DifferencePart<'_> {
    let by = difference.by.as_ref();
    DifferencePart {
        text: difference.to_string(),
        field: &difference.field,
        was: difference.was.as_deref(),
        becomes: difference.becomes.as_deref(),
        manager: by.map(|by| by.manager.as_str()),
        time: by.map(|by| by.time.as_str()).filter(|time| !time.is_empty()),
    }
}

/// `molave.yaml:3: cannot read the cluster: connection refused`.
fn one_line(problem: &Diagnostic) -> String {
    let place = problem.place.iter().map(ToString::to_string);
    let causes = problem.causes.iter().cloned();
    let parts = place.chain([problem.message.clone()]).chain(causes);
    parts.collect::<Vec<_>>().join(": ")
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::Failed => "failed",
        Status::Unusable => "unusable",
        Status::Refused => "refused",
        Status::Held => "held",
        Status::NotReady => "not-ready",
        Status::Interrupted => "interrupted",
        Status::Terminated => "terminated",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedReport<'a> {
    api_version: &'static str,
    kind: &'static str,
    /// None if the project file could not be read.
    #[serde(skip_serializing_if = "str::is_empty")]
    project: &'a str,
    environment: &'a str,
    status: &'static str,
    exit_code: u8,
    problems: Vec<String>,
}

/// The report of a run that came to none, for instance because the cluster cannot be reached.
pub fn failed_report(heading: &Heading<'_>, ended: Status, problems: &[Diagnostic]) -> String {
    written(&FailedReport {
        api_version: API_VERSION,
        kind: "SyncReport",
        project: heading.project,
        environment: heading.environment,
        status: status(ended),
        exit_code: ended.code(),
        problems: problems.iter().map(one_line).collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateDocument<'a> {
    api_version: &'static str,
    kind: &'static str,
    project: &'a str,
    environment: &'a str,
    cluster: &'a str,
    generation: u64,
    runs: Vec<StateRun<'a>>,
    objects: Vec<StateObject<'a>>,
}

#[derive(Serialize)]
struct StateRun<'a> {
    #[serde(flatten)]
    runner: Runner<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'a str>,
    phase: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateObject<'a> {
    id: String,
    service: &'a str,
    phase: &'static str,
    version: &'a str,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_until: Option<String>,
}

/// What is recorded, as a document.
pub fn state(inventory: &Inventory) -> String {
    let runs = std::iter::once(&inventory.run).chain(&inventory.history);
    let objects = inventory.entries.iter().map(|(id, entry)| StateObject {
        id: id.to_string(),
        service: &entry.service,
        phase: entry.phase.word(),
        version: &entry.version,
        digest: &entry.digest,
        uid: entry.uid.as_deref(),
        kept_until: entry.kept_until.map(clock::written),
    });
    written(&StateDocument {
        api_version: API_VERSION,
        kind: "State",
        project: &inventory.project,
        environment: &inventory.environment,
        cluster: &inventory.cluster,
        generation: inventory.generation,
        runs: runs.map(state_run).collect(),
        objects: objects.collect(),
    })
}

fn state_run(run: &plan::Run) -> StateRun<'_> {
    StateRun {
        runner: Runner {
            id: &run.id,
            commit: run.commit.as_deref(),
            actor: run.actor.as_deref(),
            url: run.url.as_deref(),
            started: &run.started,
        },
        ended: run.ended.as_deref(),
        phase: run.phase.word(),
    }
}

/// Serialising these types cannot fail: every key is a string.
pub(super) fn written(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

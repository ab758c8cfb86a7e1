//! One release to its manifests: render, read the documents, resolve the objects, write them down.
//!
//! Works on one release and knows no other. Kinds whose scope is not known yet put it off until the
//! definitions that all releases render are known.

use super::task::{Task, render_chart};
use super::trouble::Trouble;
use super::{chance, lock, origin, schema};
use crate::config::Release;
use crate::config::service::Choice;
use helm_render::{Document, Hook, Rendering};
use manifest::{Draft, Object, ObjectId, Problem, Scopes, literal_secret_keys};
use plan::waves::Ties;

/// The manifests of a release.
#[derive(Debug)]
pub(super) struct Manifests {
    /// The content of `resources.yaml`.
    pub(super) text: String,
    /// The content of `molave.lock`.
    pub(super) lock: String,
    /// The objects.
    pub(super) objects: Vec<Made>,
    /// The names of the Secrets that hold literal data.
    pub(super) secrets: Vec<String>,
}

/// An object that was rendered.
#[derive(Debug)]
pub(super) struct Made {
    /// Its identity.
    pub(super) id: ObjectId,
    /// The template that wrote it.
    pub(super) source: String,
    /// The line of what that wrote.
    pub(super) line: u32,
    /// What it says of its place in a run.
    pub(super) ties: Ties,
}

/// What came of a release.
pub(super) enum Outcome {
    /// Its manifests.
    Ready(Manifests),
    /// Its objects, some of a kind whose scope is not known yet.
    Waiting(Vec<Draft>),
    /// Nothing, and why.
    Failed(Vec<Trouble>),
}

/// What a render results in.
pub(super) struct Rendered {
    /// The manifests, or what is in their way.
    pub(super) outcome: Outcome,
    /// What Helm would say on standard error, and what else stops nothing.
    pub(super) warnings: Vec<Trouble>,
    /// The definitions among the objects.
    pub(super) definitions: Vec<Draft>,
}

/// Renders a release.
pub(super) fn render(task: Task<'_>, scopes: &Scopes) -> Rendered {
    let rendering = match render_chart(task, chance::rehearsal()) {
        Ok(rendering) => rendering,
        Err(error) => return failed(schema::explain(task, &error), Vec::new()),
    };
    let warnings = warnings(task, &rendering);
    let changing = chance::unrepeatable(task, &rendering);
    if !changing.is_empty() {
        return failed(changing, warnings);
    }
    match drafts(task, &rendering) {
        Ok(drafts) => Rendered {
            warnings,
            definitions: only_definitions(&drafts),
            outcome: finish_if_known(task, drafts, scopes),
        },
        Err(troubles) => failed(troubles, warnings),
    }
}

fn warnings(task: Task<'_>, rendering: &Rendering) -> Vec<Trouble> {
    let release = task.release;
    let told = rendering.warnings.iter().map(|text| Trouble::of(release, release.place(), text));
    told.chain(chance::unanswered(task, rendering)).chain(never_run(task, rendering)).collect()
}

fn failed(troubles: Vec<Trouble>, warnings: Vec<Trouble>) -> Rendered {
    Rendered { outcome: Outcome::Failed(troubles), warnings, definitions: Vec::new() }
}

fn only_definitions(drafts: &[Draft]) -> Vec<Draft> {
    drafts.iter().filter(|draft| draft.kind == "CustomResourceDefinition").cloned().collect()
}

/// Every object of the release, its definitions and the hooks it keeps included. Lines count from
/// the beginning of what a template writes, or of a file.
fn drafts(task: Task<'_>, rendering: &Rendering) -> Result<Vec<Draft>, Vec<Trouble>> {
    let Task { release, chart, .. } = task;
    let mut problems = Vec::new();
    let mut drafts = Vec::new();
    let mut read = |content: &[u8], path: &str, first_line: u32| {
        let before = first_line.saturating_sub(1);
        match manifest::parse(content, &chart.project_path(path)) {
            Ok(found) => drafts.extend(found.into_iter().map(|draft| lowered(draft, before))),
            Err(problem) => problems.push(Problem { line: problem.line + before, ..problem }),
        }
    };
    if release.includes_definitions() {
        for definition in &rendering.definitions {
            read(&definition.content, &definition.path, 1);
        }
    }
    let hooks = kept_hooks(release, rendering)?;
    for document in rendering.documents.iter().chain(hooks) {
        read(&document.content, &document.path, document.line);
    }
    if problems.is_empty() { Ok(drafts) } else { Err(origin::troubles(task, problems)) }
}

fn lowered(draft: Draft, lines: u32) -> Draft {
    Draft { line: draft.line.saturating_add(lines), ..draft }
}

/// The hooks that become ordinary objects. Tests never do; others need a choice.
fn kept_hooks<'a>(
    release: &Release<'_>,
    rendering: &'a Rendering,
) -> Result<Vec<&'a Document>, Vec<Trouble>> {
    let hooks: Vec<&Document> =
        rendering.hooks.iter().filter(|document| is_of_a_release(document)).collect();
    match release.settings.hooks.as_ref().map(|choice| choice.value) {
        Some(Choice::Keep) => Ok(hooks),
        Some(Choice::Skip) => Ok(Vec::new()),
        None if hooks.is_empty() => Ok(hooks),
        None => Err(vec![undecided(release, &hooks)]),
    }
}

/// Whether a hook has to do with bringing a release up. One that runs when a release is deleted or
/// rolled back, or as a test, would do harm as an ordinary object.
fn is_of_a_release(document: &Document) -> bool {
    document.hook.as_ref().is_some_and(Hook::is_of_a_release)
}

/// The hooks that nothing will ever run, whatever the choice: worth a warning if others are kept.
fn never_run(task: Task<'_>, rendering: &Rendering) -> Option<Trouble> {
    let release = task.release;
    let choice = release.settings.hooks.as_ref()?;
    let is_left_out = |hook: &Hook| !hook.is_of_a_release() && !hook.is_test();
    let hooks =
        rendering.hooks.iter().filter(|document| document.hook.as_ref().is_some_and(is_left_out));
    let names: Vec<String> = hooks.map(|hook| format!("`{}/{}`", hook.kind, hook.name)).collect();
    if names.is_empty() || choice.value != Choice::Keep {
        return None;
    }
    let reason =
        format!("left out, because nothing deletes or rolls back releases: {}", names.join(", "));
    Some(Trouble::of(release, choice.place.clone(), reason))
}

fn undecided(release: &Release<'_>, hooks: &[&Document]) -> Trouble {
    let names: Vec<String> =
        hooks.iter().map(|hook| format!("`{}/{}`", hook.kind, hook.name)).collect();
    let message = format!("the chart has hooks, which nothing runs here: {}", names.join(", "));
    Trouble::of(release, release.chart.place.clone(), message).hint(
        "say `molave: {hooks: keep}` to make them ordinary objects, or `hooks: skip`".to_owned(),
    )
}

/// Finishes the release, unless it has a kind that rendered definitions may yet explain.
fn finish_if_known(task: Task<'_>, drafts: Vec<Draft>, scopes: &Scopes) -> Outcome {
    let known = |draft: &Draft| {
        let group = draft.api_version.split_once('/').map_or("", |(group, _)| group);
        scopes.scope_of(group, &draft.kind).is_some()
    };
    if drafts.iter().all(known) { finish(task, drafts, scopes) } else { Outcome::Waiting(drafts) }
}

/// The objects of a release in the order they are written in, none if it cannot be rendered.
pub(super) fn objects(task: Task<'_>, scopes: &Scopes) -> Vec<Object> {
    let options = helm_render::Options { skip_schema_validation: true, ..chance::rehearsal() };
    let rendering = render_chart(task, options).ok();
    let drafts = rendering.and_then(|rendering| drafts(task, &rendering).ok());
    drafts.and_then(|drafts| resolve(task, drafts, scopes).ok()).unwrap_or_default()
}

fn resolve(
    task: Task<'_>,
    drafts: Vec<Draft>,
    scopes: &Scopes,
) -> Result<Vec<Object>, Vec<Trouble>> {
    let mut objects: Vec<Object> = Vec::with_capacity(drafts.len());
    let mut problems = Vec::new();
    for draft in drafts {
        let before = draft.line.saturating_sub(draft.body.position.line);
        match manifest::resolve(draft, &task.release.namespace, scopes) {
            Ok(object) => objects.push(object),
            Err(problem) => problems.push(Problem { line: problem.line + before, ..problem }),
        }
    }
    if !problems.is_empty() {
        return Err(origin::troubles(task, problems));
    }
    manifest::sort(&mut objects);
    Ok(objects)
}

/// Resolves the objects and writes them down.
pub(super) fn finish(task: Task<'_>, drafts: Vec<Draft>, scopes: &Scopes) -> Outcome {
    let release = task.release;
    let objects = match resolve(task, drafts, scopes) {
        Ok(objects) => objects,
        Err(troubles) => return Outcome::Failed(troubles),
    };
    let lock = match lock::write(task) {
        Ok(lock) => lock,
        Err(reason) => {
            let reason = format!("the lock cannot be written: {reason}");
            return Outcome::Failed(vec![Trouble::of(release, release.place(), reason)]);
        }
    };
    let secrets = objects.iter().filter(|object| !literal_secret_keys(object).is_empty());
    Outcome::Ready(Manifests {
        text: manifest::write(&objects),
        lock,
        secrets: secrets.map(|object| object.id.name.clone()).collect(),
        objects: objects
            .into_iter()
            .map(|object| {
                let ties = Ties::of(&object);
                Made { id: object.id, source: object.source, line: object.line, ties }
            })
            .collect(),
    })
}

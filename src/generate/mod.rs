//! From releases to the files of the output folder.
//!
//! ```text
//! Releases ── charts, render ──> objects ── duplicates ──> wanted files ── plan ──> write
//! ```
//!
//! [`prepare`] reads and decides and changes nothing; [`write::execute`] then acts. Whatever is
//! wrong, anywhere, is known before anything is written.

pub mod annotate;
mod chance;
pub mod charts;
mod committed;
pub(crate) mod definitions;
mod duplicates;
mod failure;
mod hide;
pub mod lock;
mod misspelt;
pub mod order;
mod origin;
pub mod plan;
mod render;
mod schema;
mod task;
mod trouble;
mod values;
pub mod write;

use crate::config::decode::Problems;
use crate::config::resolve::resolve;
use crate::config::tree::Folder;
use crate::config::{Project, Release, Selection, Sources};
use crate::error::{Diagnostic, Place, any_error};
use crate::parallel;
use annotate::Line;
use charts::{Charts, LoadedChart};
use manifest::{Draft, Scopes};
use origin::Origins;
use plan::{KEEP, MANIFESTS, Wanted, WritePlan};
use render::{Manifests, Outcome, Rendered};
use std::collections::{BTreeMap, BTreeSet};
use task::Task;
use trouble::Trouble;

/// What a run looks at.
pub struct Inputs<'a> {
    /// The project file.
    pub project: &'a Project,
    /// The services.
    pub sources: &'a Sources,
    /// Which of them the run is about.
    pub selection: &'a Selection,
    /// The folder of the charts.
    pub charts: &'a Folder,
    /// The output folder as it is.
    pub existing: &'a Folder,
    /// How the run is told of.
    pub telling: Telling,
}

/// How a run is told of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telling {
    /// Whether charts that fail are told of in Helm's words.
    pub helm_errors: bool,
    /// Which manifests are annotated.
    pub annotated: Annotated,
}

/// Which manifests are annotated line by line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Annotated {
    /// None.
    #[default]
    Nothing,
    /// Those that would be written, up to a number that anyone reads.
    Changed,
    /// All.
    All,
}

/// Most files that are annotated because they change.
const MOST_ANNOTATED: usize = 20;

/// What a run would do.
#[derive(Debug)]
pub struct Prepared {
    /// The files to write and remove.
    pub plan: WritePlan,
    /// How many releases (a service in an environment is one) it is about.
    pub releases: usize,
    /// In how many environments.
    pub environments: usize,
    /// What deserves a word but stops nothing.
    pub warnings: Vec<Diagnostic>,
    /// Secrets with literal data.
    pub secrets: Vec<Diagnostic>,
    /// Manifests line by line, by their paths below the output folder.
    pub annotated: Vec<(String, Vec<Line>)>,
}

/// Renders everything selected and compares it with what is there. `problems` holds what was found
/// so far and receives the rest; with any error among them there is no result.
pub fn prepare(
    inputs: &Inputs<'_>,
    problems: Problems,
    tick: impl FnMut(usize, usize),
) -> Result<Prepared, Vec<Diagnostic>> {
    let releases = resolve(inputs.project, inputs.sources, inputs.selection, &problems);
    let charts = charts::load(inputs.charts, inputs.project, &releases, &problems);
    let (tasks, doubtful): (Vec<_>, Vec<_>) =
        tasks(inputs, &releases, &charts).into_iter().partition(|task| !task.release.doubts.any);
    let checked = parallel::map(&doubtful, |task| schema::check(*task), |_| {});
    let mut rendered = render_all(inputs, &tasks, &charts, tick);
    rendered.troubles.extend(checked.into_iter().flatten());
    for problem in trouble::gather(rendered.troubles) {
        problems.add(problem);
    }
    for problem in find_duplicates(inputs, &tasks, &rendered.manifests) {
        problems.add(problem);
    }
    for problem in order::problems(inputs, &rendered.manifests) {
        problems.add(problem);
    }
    let wanted = wanted(inputs, &mut rendered.manifests);
    let problems = problems.into_list();
    if any_error(&problems) {
        return Err(problems);
    }
    let mut plan = plan::compare(inputs.project, inputs.selection, inputs.existing, wanted);
    let mut warnings = problems;
    warnings.extend(rendered.warnings);
    warnings.extend(charts.values().flatten().flat_map(LoadedChart::warnings));
    warnings.append(&mut plan.notices);
    let environments: BTreeSet<&str> = tasks.iter().map(|task| task.release.environment).collect();
    warnings
        .extend(trouble::gather_warnings(tasks.iter().copied().flat_map(misspelt::find).collect()));
    Ok(Prepared {
        annotated: annotated(inputs, &tasks, &plan, &rendered.scopes),
        plan,
        releases: tasks.len(),
        environments: environments.len(),
        warnings,
        secrets: rendered.manifests.iter().filter_map(literal_secrets).collect(),
    })
}

/// The manifests that are asked for, line by line.
fn annotated(
    inputs: &Inputs<'_>,
    tasks: &[Task<'_>],
    plan: &WritePlan,
    scopes: &Scopes,
) -> Vec<(String, Vec<Line>)> {
    let most = match inputs.telling.annotated {
        Annotated::Nothing => return Vec::new(),
        Annotated::Changed => MOST_ANNOTATED,
        Annotated::All => usize::MAX,
    };
    let named = tasks.iter().map(|task| {
        let Release { environment, app, .. } = task.release;
        (format!("{environment}/{app}/{MANIFESTS}"), *task)
    });
    let is_wanted = |(path, _): &(String, Task<'_>)| {
        inputs.telling.annotated == Annotated::All
            || plan.writes.iter().any(|(written, _)| written == path)
    };
    let chosen = named.filter(is_wanted).take(most);
    chosen.map(|(path, task)| (path, annotate::lines(task, scopes))).collect()
}

fn tasks<'a>(
    inputs: &Inputs<'a>,
    releases: &'a [Release<'a>],
    charts: &'a Charts,
) -> Vec<Task<'a>> {
    let task = |release: &'a Release<'a>| {
        if release.doubts.chart {
            return None;
        }
        let chart = charts.get(&release.chart.value)?.as_ref()?;
        let Inputs { project, telling: Telling { helm_errors, .. }, .. } = *inputs;
        Some(Task { project, release, chart, helm_errors })
    };
    releases.iter().filter_map(task).collect()
}

struct AllRendered<'a> {
    manifests: Vec<(&'a Release<'a>, Manifests)>,
    troubles: Vec<Trouble>,
    warnings: Vec<Diagnostic>,
    scopes: Scopes,
}

/// Renders every release; those with kinds of unknown scope are finished once every definition that
/// is rendered anywhere is known.
fn render_all<'a>(
    inputs: &Inputs<'_>,
    tasks: &[Task<'a>],
    charts: &Charts,
    mut tick: impl FnMut(usize, usize),
) -> AllRendered<'a> {
    let mut scopes = known_scopes(inputs, charts);
    let rendered =
        parallel::map(tasks, |task| render::render(*task, &scopes), |done| tick(done, tasks.len()));
    let definitions: Vec<&Draft> = rendered.iter().flat_map(|one| &one.definitions).collect();
    for definition in definitions {
        scopes.add_definition(&definition.body);
    }
    let (mut manifests, mut troubles) = (Vec::new(), Vec::new());
    let mut warnings = Vec::new();
    for (task, Rendered { outcome, warnings: told, .. }) in tasks.iter().zip(rendered) {
        let release = task.release;
        warnings.extend(told);
        let outcome = match outcome {
            Outcome::Waiting(drafts) => render::finish(*task, drafts, &scopes),
            outcome @ (Outcome::Ready(_) | Outcome::Failed(_)) => outcome,
        };
        match outcome {
            Outcome::Ready(ready) => manifests.push((release, ready)),
            Outcome::Failed(found) => troubles.extend(found),
            Outcome::Waiting(_) => {}
        }
    }
    AllRendered { manifests, troubles, warnings: trouble::gather_warnings(warnings), scopes }
}

/// The scopes known before anything is rendered: built in, in the project file, in charts, and in
/// what is committed of services that are not selected.
fn known_scopes(inputs: &Inputs<'_>, charts: &Charts) -> Scopes {
    let mut scopes = Scopes::built_in();
    definitions::learn_from_charts(inputs.charts, &mut scopes);
    for chart in charts.values().flatten() {
        definitions::learn_from_chart(chart.compiled.chart(), &mut scopes);
    }
    for text in
        committed::unselected(inputs).into_iter().filter(|file| committed::has_definition(file))
    {
        definitions::learn(text.content, &mut scopes);
    }
    for kind in &inputs.project.kinds {
        scopes.add(&kind.group, &kind.kind, kind.scope);
    }
    scopes
}

fn find_duplicates(
    inputs: &Inputs<'_>,
    tasks: &[Task<'_>],
    manifests: &[(&Release<'_>, Manifests)],
) -> Vec<Diagnostic> {
    let committed = committed::objects(inputs);
    let mut owned: Vec<duplicates::Owned<'_>> =
        committed.iter().map(committed::CommittedObject::owned).collect();
    for (release, manifests) in manifests {
        owned.extend(duplicates::owned(release, manifests));
    }
    let mut written = Written { tasks, known: BTreeMap::new() };
    duplicates::find(inputs.project, &owned, |owned| written.place(owned))
}

/// The template lines that wrote objects; each release is looked into once.
struct Written<'a, 't> {
    tasks: &'t [Task<'a>],
    known: BTreeMap<usize, Origins<'a>>,
}

impl Written<'_, '_> {
    fn place(&mut self, owned: &duplicates::Owned<'_>) -> Option<Place> {
        let is_owner = |task: &Task<'_>| {
            task.release.app == owned.app && task.release.environment == owned.environment
        };
        let index = self.tasks.iter().position(is_owner)?;
        let task = *self.tasks.get(index)?;
        let origins = self.known.entry(index).or_insert_with(|| Origins::of(task));
        origins.place(&task.chart.template_path(owned.source), owned.line?)
    }
}

/// The files that should be there: two for each service, and one for an environment without any.
fn wanted(inputs: &Inputs<'_>, manifests: &mut [(&Release<'_>, Manifests)]) -> Wanted {
    let mut wanted = Wanted::new();
    for (release, manifests) in manifests {
        let folder = format!("{}/{}", release.environment, release.app);
        let lock = std::mem::take(&mut manifests.lock).into_bytes();
        let text = std::mem::take(&mut manifests.text).into_bytes();
        drop(wanted.insert(format!("{folder}/{}", lock::FILE), lock));
        drop(wanted.insert(format!("{folder}/{MANIFESTS}"), text));
    }
    for name in inputs.project.environments.keys() {
        let mut apps = inputs.sources.apps.values();
        let is_empty = !apps.any(|app| app.environments.contains_key(name));
        if is_empty && inputs.selection.has_environment(name) {
            drop(wanted.insert(format!("{name}/{KEEP}"), Vec::new()));
        }
    }
    wanted
}

fn literal_secrets(entry: &(&Release<'_>, Manifests)) -> Option<Diagnostic> {
    let (release, Manifests { secrets, .. }) = entry;
    let names: Vec<String> = secrets.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "`{}/{}` writes Secret data into Git: {}",
        release.app,
        release.environment,
        names.join(", ")
    );
    let warning = Diagnostic::warning(message).at(release.place());
    let hint = "name a Secret that something else makes, for instance with `existingSecret`";
    (!names.is_empty()).then(|| warning.hint(hint))
}

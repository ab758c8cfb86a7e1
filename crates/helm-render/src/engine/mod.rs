//! Runs a chart's templates: the template set, the objects templates see, Helm's functions.
//!
//! It must not know how the results are split into documents and printed ([`crate::output`]).

mod absent;
pub mod chance;
mod checks;
mod context;
mod encoding;
pub mod error;
mod functions;
mod json;
mod objects;
pub mod source_map;
mod templates;
mod toml;
mod trace;

use crate::chart::Chart;
use crate::output::document::{Definition, Rendering};
use crate::output::{self, Heads};
use crate::profile::Profile;
use crate::release::{KubeVersion, Release};
use crate::values::{Prepared, coalesce};
use absent::without_no_value;
use context::{Context, Shared};
pub(crate) use encoding::to_yaml;
use error::{ErrorKind, RenderError};
use functions::State;
use gotemplate::execute::{Budget, Others, Recorder, Surroundings};
use gotemplate::{Host, Limits, Map, Moment, Set, Text, Value};
use objects::FileTree;
pub(crate) use objects::{dependency, metadata};
use source_map::SourceMap;
use std::collections::BTreeMap;
use std::sync::Arc;
use templates::{Parsed, Source};

/// Limits that no honest chart meets and that end hostile ones within about two seconds and half a
/// gigabyte. A chart of 2 KB of manifests takes 600 steps (Helm's scaffold) to 4,000 (this
/// project's chart for services), 12 KB of output with what lies in between, and a depth of 4:
/// there is room for charts thousands of times as large, hundreds of times as deep.
pub const DEFAULT_LIMITS: Limits =
    Limits { steps: 20_000_000, output: 128 * 1024 * 1024, depth: 3_000 };

/// How to render.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which Helm is imitated.
    pub profile: Profile,
    /// The Kubernetes version to pretend; none is the default of this Helm.
    pub kube_version: Option<KubeVersion>,
    /// What `--api-versions` adds.
    pub api_versions: Vec<String>,
    /// Whether values are not held against `values.schema.json`.
    pub skip_schema_validation: bool,
    /// What the render may use.
    pub limits: Limits,
    /// The time and the chance that templates are given.
    pub moment: Moment,
    /// Which calls are given another, to see whether their answers matter.
    pub others: Others,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            kube_version: None,
            api_versions: Vec::new(),
            skip_schema_validation: false,
            limits: DEFAULT_LIMITS,
            moment: Moment::default(),
            others: Others::None,
        }
    }
}

/// A chart whose templates are parsed once; shared by all threads and renders.
pub struct Compiled {
    chart: Chart,
    files: FileTree,
    parsed: Parsed,
    heads: Heads,
}

/// The names of the functions that templates may call.
pub fn function_names(profile: Profile) -> Vec<&'static str> {
    functions::functions(profile).names().collect()
}

/// What a render is asked for.
struct Given<'a> {
    release: &'a Release,
    kube_version: &'a KubeVersion,
    options: &'a Options,
}

/// The rendered texts by path.
type Texts = BTreeMap<String, Vec<u8>>;

impl Compiled {
    /// Checks that the chart can be rendered as a release. Templates are parsed when they are
    /// first needed: which there are depends on the sub-charts that values enable.
    ///
    /// Fails for library charts and for declared dependencies that are not vendored.
    pub fn new(chart: Chart, profile: Profile) -> Result<Self, RenderError> {
        checks::check_installable(&chart, profile)?;
        checks::check_dependencies(&chart, profile)?;
        let files = FileTree::new(&chart);
        Ok(Self { chart, files, parsed: Parsed::default(), heads: Heads::default() })
    }

    /// The chart.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }

    /// Renders the chart with the user's values: coalesces, validates, executes, splits, sorts.
    ///
    /// Needs a thread with [`crate::STACK_SIZE`] bytes of stack.
    pub fn render(
        &self,
        values: &Map,
        release: &Release,
        options: &Options,
    ) -> Result<Rendering, RenderError> {
        self.render_traced(values, release, options, None)
    }

    /// Renders once more to learn where the output comes from, or what was looked at when it
    /// failed. With the same `options` it is the output that [`Self::render`] gives.
    ///
    /// Needs a thread with [`crate::STACK_SIZE`] bytes of stack.
    pub fn trace(&self, values: &Map, release: &Release, options: &Options) -> SourceMap {
        let mut map = SourceMap::default();
        drop(self.render_traced(values, release, options, Some(&mut map)));
        map
    }

    fn render_traced(
        &self,
        values: &Map,
        release: &Release,
        options: &Options,
        map: Option<&mut SourceMap>,
    ) -> Result<Rendering, RenderError> {
        let mut warnings = checks::deprecation(&self.chart, options.profile);
        warnings.extend(self.chart.warnings.iter().cloned());
        let (prepared, kube_version) = self.prepare(values, options, &mut warnings)?;
        let surroundings = Surroundings::new(options.moment.clone(), options.others.clone());
        let given = Given { release, kube_version: &kube_version, options };
        let texts = self.execute(&prepared, &given, &surroundings, map)?;
        let askers = surroundings.askers();
        Ok(Rendering { askers, ..self.assemble(texts, &prepared, warnings, options.profile)? })
    }

    /// What each template writes, by its path, before anything is split into documents; otherwise as
    /// [`Self::render`].
    pub fn texts(
        &self,
        values: &Map,
        release: &Release,
        options: &Options,
    ) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
        let (prepared, kube_version) = self.prepare(values, options, &mut Vec::new())?;
        let surroundings = Surroundings::new(options.moment.clone(), options.others.clone());
        let given = Given { release, kube_version: &kube_version, options };
        self.execute(&prepared, &given, &surroundings, None)
    }

    /// Coalesces the values and makes every check that comes before the first template.
    fn prepare(
        &self,
        values: &Map,
        options: &Options,
        warnings: &mut Vec<String>,
    ) -> Result<(Prepared<'_>, KubeVersion), RenderError> {
        let prepared = coalesce(&self.chart, values, options.profile, warnings)
            .map_err(|error| RenderError::new(ErrorKind::Values, error.message))?;
        if !options.skip_schema_validation {
            checks::check_schema(&prepared)?;
        }
        let kube_version = options.kube_version.clone().unwrap_or_default();
        checks::check_kube_version(&self.chart, &kube_version, options.profile)?;
        Ok((prepared, kube_version))
    }

    fn execute(
        &self,
        prepared: &Prepared<'_>,
        Given { release, kube_version, options }: &Given<'_>,
        surroundings: &Surroundings,
        mut map: Option<&mut SourceMap>,
    ) -> Result<Texts, RenderError> {
        if let Some(map) = &mut map {
            map.learn(&prepared.values);
        }
        let profile = options.profile;
        let contexts = context::build(
            prepared,
            &Shared {
                profile,
                root: &self.chart,
                files: &self.files,
                release: context::release(release),
                capabilities: objects::capabilities(kube_version, &options.api_versions, profile),
            },
        );
        let sources = templates::collect(&contexts);
        let set = self.parsed.get(&sources, profile)?;
        if let Some(map) = &mut map {
            map.learn_templates(&set);
        }
        let recorder = Recorder::default();
        let host = Host {
            state: &State::default(),
            budget: &Budget::new(options.limits),
            surroundings,
            recorder: map.is_some().then_some(&recorder),
        };
        run_all(&set, (&sources, &contexts), (host, profile), map)
    }

    fn assemble(
        &self,
        mut texts: Texts,
        prepared: &Prepared<'_>,
        mut warnings: Vec<String>,
        profile: Profile,
    ) -> Result<Rendering, RenderError> {
        let notes = texts.get(&format!("{}/templates/NOTES.txt", prepared.name));
        let notes = notes.map(|text| String::from_utf8_lossy(text).into_owned());
        texts.retain(|path, _| !path.ends_with("NOTES.txt"));
        let files = texts.iter().map(|(path, text)| (path.as_str(), text.as_slice()));
        let sorted = output::sort_manifests(files, &self.heads, profile, &mut warnings)
            .map_err(|error| RenderError { partial: Some(Arc::new(output::raw(&texts))), ..error })
            .map_err(RenderError::with_hint)?;
        let mut definitions = Vec::new();
        self.add_definitions(&mut definitions, prepared);
        let (documents, hooks) = (sorted.documents, sorted.hooks);
        Ok(Rendering { definitions, documents, hooks, notes, warnings, askers: Vec::new() })
    }

    fn add_definitions(&self, definitions: &mut Vec<Definition>, prepared: &Prepared<'_>) {
        let files = self.files.find(&self.chart, prepared.chart);
        let path = &prepared.path;
        for file in &prepared.chart.definitions {
            let content = files.and_then(|files| files.content(&file.path)).cloned();
            let content = content.unwrap_or_else(|| Text::from(file.content.as_slice()));
            definitions.push(Definition { path: format!("{path}/{}", file.path), content });
        }
        for child in &prepared.dependencies {
            self.add_definitions(definitions, child);
        }
    }
}

/// Renders every file but the partials, in Helm's order: what one changes in `.Values`, the next
/// sees.
fn run_all(
    set: &Set,
    (sources, contexts): (&[Source<'_>], &[Context<'_>]),
    (host, profile): (Host<'_>, Profile),
    mut map: Option<&mut SourceMap>,
) -> Result<Texts, RenderError> {
    let mut texts = Texts::new();
    for source in sources.iter().filter(|source| !source.is_partial()) {
        let Some(context) = contexts.get(source.context) else { continue };
        let template = context::template(&source.name, context, profile);
        context.dot.insert(Text::from("Template"), template);
        let written = set.execute(&source.name, Value::Map(context.dot.clone()), host);
        if let (Some(map), Some(recorder)) = (&mut map, host.recorder) {
            match &written {
                Ok(_) => map.add(&source.name, recorder),
                Err(_) => map.fail(recorder),
            }
        }
        let written =
            written.map_err(|error| trace::describe_execution(&error, profile).with_hint())?;
        texts.insert(source.name.clone(), without_no_value(written));
    }
    Ok(texts)
}

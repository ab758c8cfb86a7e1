//! A release, its chart and its values handed to the renderer.
//!
//! It must not know what becomes of a rendering, nor how an error is told.

use super::chance;
use super::charts::LoadedChart;
use crate::config::layers::{LayeredValue, Values};
use crate::config::{Project, Release};
use gotemplate::{Map, MapType, Text, Value};
use helm_render::values::from_yaml;
use helm_render::{Options, RenderError, Rendering, SourceMap};

/// One release to render, and with what.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    /// The project file.
    pub(super) project: &'a Project,
    /// The release.
    pub(super) release: &'a Release<'a>,
    /// Its chart.
    pub(super) chart: &'a LoadedChart,
    /// Whether failures are told in Helm's words.
    pub(super) helm_errors: bool,
}

/// Renders the chart with the project's profile; the rest of `options` is the caller's.
pub(super) fn render_chart(task: Task<'_>, options: Options) -> Result<Rendering, RenderError> {
    let options = Options { profile: task.project.profile, ..options };
    task.chart.compiled.render(&to_map(&task.release.values), &named(task), &options)
}

/// Renders the chart once more, to see where its output comes from.
pub(super) fn trace_chart(task: Task<'_>) -> SourceMap {
    let profile = task.project.profile;
    let options = Options { profile, skip_schema_validation: true, ..chance::rehearsal() };
    task.chart.compiled.trace(&to_map(&task.release.values), &named(task), &options)
}

fn named(task: Task<'_>) -> helm_render::Release {
    let Release { name, namespace, .. } = task.release;
    helm_render::Release {
        name: name.clone(),
        namespace: namespace.clone(),
        is_upgrade: false,
        revision: 1,
    }
}

/// The merged values as templates see them.
pub(super) fn to_map(values: &Values<'_>) -> Map {
    let map = Map::new(MapType::StringInterface);
    for (key, layered) in values {
        let value = match &layered.value {
            LayeredValue::Map(inner) => Value::Map(to_map(inner)),
            LayeredValue::Leaf(node) => from_yaml(node),
            LayeredValue::Version(version) => Value::string(*version),
        };
        map.insert(Text::from(*key), value);
    }
    map
}

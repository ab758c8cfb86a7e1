//! A release, its chart and its values handed to the renderer.
//!
//! It must not know what becomes of a rendering, nor how an error is told.

use super::charts::LoadedChart;
use crate::config::layers::{LayeredValue, Values};
use crate::config::{Project, Release};
use gotemplate::{Map, MapType, Text, Value};
use helm_render::values::from_yaml;
use helm_render::{Options, RenderError, Rendering};

/// One release to render, and with what.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    /// The project file.
    pub(super) project: &'a Project,
    /// The release.
    pub(super) release: &'a Release<'a>,
    /// Its chart.
    pub(super) chart: &'a LoadedChart,
}

/// Renders the chart with the project's profile; the rest of `options` is the caller's.
pub(super) fn render_chart(task: Task<'_>, options: Options) -> Result<Rendering, RenderError> {
    let Task { project, release, chart } = task;
    let options = Options { profile: project.profile, ..options };
    let named = helm_render::Release {
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        is_upgrade: false,
        revision: 1,
    };
    chart.compiled.render(&to_map(&release.values), &named, &options)
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

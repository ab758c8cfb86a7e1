//! The objects a template sees as its dot: one map for each chart, shared by all its templates.

use super::objects::{self, FileTree};
use crate::chart::Chart;
use crate::profile::Profile;
use crate::release::Release;
use crate::values::Prepared;
use gotemplate::{Map, MapType, Text, Value};

/// The dot of one chart's templates.
pub(crate) struct Context<'a> {
    /// The chart, with its final name.
    pub(crate) prepared: &'a Prepared<'a>,
    /// `<root>/charts/<sub>`.
    pub(crate) path: String,
    /// `.Values`, `.Chart` and the like.
    pub(crate) dot: Map,
}

/// What all charts of one render share.
pub(crate) struct Shared<'a> {
    pub(crate) profile: Profile,
    pub(crate) root: &'a Chart,
    pub(crate) files: &'a FileTree,
    pub(crate) release: Value,
    pub(crate) capabilities: Value,
}

/// The contexts of a chart and its enabled sub-charts, parents first.
pub(crate) fn build<'a>(root: &'a Prepared<'a>, shared: &Shared<'_>) -> Vec<Context<'a>> {
    let mut contexts = Vec::new();
    let values = root.values.with_type(values_type(shared.profile));
    add(&mut contexts, root, true, &values, shared);
    contexts
}

/// `.Release`
pub(crate) fn release(release: &Release) -> Value {
    map([
        ("Name", Value::from(release.name.as_str())),
        ("Namespace", Value::from(release.namespace.as_str())),
        ("IsUpgrade", Value::Bool(release.is_upgrade)),
        ("IsInstall", Value::Bool(!release.is_upgrade)),
        ("Revision", Value::int(release.revision)),
        ("Service", Value::from("Helm")),
    ])
}

/// `.Template`, which changes from file to file.
pub(crate) fn template(name: &str, context: &Context<'_>, profile: Profile) -> Value {
    let template = Map::new(values_type(profile));
    template.insert(Text::from("Name"), Value::from(name));
    let base = format!("{}/templates", context.path);
    template.insert(Text::from("BasePath"), Value::from(base));
    Value::Map(template)
}

/// The type of `.Values`, `.Template` and the dot itself.
pub(crate) fn values_type(profile: Profile) -> MapType {
    MapType::Named(match profile {
        Profile::Helm4 => "common.Values",
        Profile::Helm3 => "chartutil.Values",
    })
}

fn add<'a>(
    contexts: &mut Vec<Context<'a>>,
    prepared: &'a Prepared<'a>,
    is_root: bool,
    values: &Map,
    shared: &Shared<'_>,
) -> Value {
    let children = Map::default();
    let dot = Map::new(values_type(shared.profile));
    let entries = [
        ("Chart", objects::chart(&prepared.metadata, is_root, shared.profile)),
        ("Files", objects::files(shared.files.find(shared.root, prepared.chart))),
        ("Release", shared.release.clone()),
        ("Capabilities", shared.capabilities.clone()),
        ("Values", Value::Map(values.clone())),
        ("Subcharts", Value::Map(children.clone())),
    ];
    for (key, value) in entries {
        dot.insert(Text::from(key), value);
    }
    contexts.push(Context { prepared, path: prepared.path.clone(), dot: dot.clone() });
    for child in &prepared.dependencies {
        let below = child_values(values, &child.name, shared.profile);
        let context = add(contexts, child, false, &below, shared);
        children.insert(Text::from(child.name.as_str()), context);
    }
    Value::Map(dot.with_type(MapType::StringInterface))
}

/// The very map that stands under the sub-chart's name in the parent's values. Helm reads the name
/// as a path, so a sub-chart with a dot in its name sees no values.
fn child_values(parent: &Map, name: &str, profile: Profile) -> Map {
    let mut table = parent.clone();
    for key in name.split('.') {
        match table.get(key.as_bytes()) {
            Some(Value::Map(inner)) => table = inner,
            _ => return Map::new(values_type(profile)),
        }
    }
    table.with_type(values_type(profile))
}

fn map<const COUNT: usize>(entries: [(&str, Value); COUNT]) -> Value {
    Value::Map(Map::from_entries(
        entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect(),
    ))
}

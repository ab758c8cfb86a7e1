//! What custom resource definitions say about scopes, before anything is rendered.

use crate::config::tree::{Entry, Folder};
use helm_render::chart::Chart;
use manifest::Scopes;

/// Learns the scopes of every kind that a chart of the project defines in its `crds/`, used or not,
/// so that the answer does not depend on which services a run selects. A file that cannot be read
/// is told of where its chart is used.
pub(crate) fn learn_from_charts(charts: &Folder, scopes: &mut Scopes) {
    learn_from_folder(charts, false, scopes);
}

fn learn_from_folder(folder: &Folder, inside: bool, scopes: &mut Scopes) {
    for (name, entry) in &folder.entries {
        match entry {
            Entry::Folder(inner) => learn_from_folder(inner, inside || name == "crds", scopes),
            Entry::File(content) if inside && is_manifest(name) => learn(content, scopes),
            Entry::File(_) | Entry::Unreadable(_) => {}
        }
    }
}

/// Learns from a loaded chart, which knows its packed sub-charts too.
pub(super) fn learn_from_chart(chart: &Chart, scopes: &mut Scopes) {
    chart.definitions.iter().for_each(|file| learn(&file.content, scopes));
    chart.dependencies.iter().for_each(|inner| learn_from_chart(inner, scopes));
}

/// Learns from manifests, of which only the definitions matter.
pub(super) fn learn(manifests: &[u8], scopes: &mut Scopes) {
    for draft in manifest::parse(manifests, "").unwrap_or_default() {
        scopes.add_definition(&draft.body);
    }
}

fn is_manifest(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

//! The lock beside each service's manifests: from what they were made.
//!
//! One file a service, so that two pull requests seldom touch the same. It names no version of
//! Molave, or an upgrade would change every file. `check` never trusts it; later commands read it
//! for the release, its dependencies and how long to wait.

use super::task::Task;
use crate::config::layers::{LayeredValue, Values};
use crate::config::project::API_VERSION;
use crate::config::service::Choice;
use crate::config::{Project, Release};
use go_yaml::{Data, Node};
use helm_render::Profile;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The name of the file.
pub const FILE: &str = "molave.lock";

const HEADER: &str = "# Written by `molave generate`.\n";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Lock<'a> {
    api_version: &'static str,
    chart: ChartLock<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    settings: SettingsLock<'a>,
    sources: &'a [&'a str],
    inputs: String,
}

#[derive(Serialize)]
struct ChartLock<'a> {
    name: &'a str,
    version: &'a str,
    digest: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingsLock<'a> {
    release: &'a str,
    namespace: &'a str,
    profile: &'static str,
    crds: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hooks: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<WaitLock<'a>>,
}

#[derive(Serialize)]
struct WaitLock<'a> {
    timeout: &'a str,
}

/// The content of the lock of a release.
pub(super) fn write(task: Task<'_>) -> Result<String, String> {
    let Task { project, release, chart, .. } = task;
    let metadata = &chart.compiled.chart().metadata;
    let mut lock = Lock {
        api_version: API_VERSION,
        chart: ChartLock {
            name: &release.chart.value,
            version: &metadata.version,
            digest: &chart.digest,
        },
        version: release.version.map(|file| file.version.as_str()),
        settings: settings(project, release),
        sources: &release.sources,
        inputs: String::new(),
    };
    let without_values = text(&lock)?;
    lock.inputs = inputs(&without_values, &release.values);
    Ok(format!("{HEADER}{}", text(&lock)?))
}

fn text(lock: &Lock<'_>) -> Result<String, String> {
    serde_yaml::to_string(lock).map_err(|error| error.to_string())
}

fn settings<'a>(project: &Project, release: &'a Release<'_>) -> SettingsLock<'a> {
    let settings = &release.settings;
    let names = settings.depends_on.as_deref().unwrap_or_default();
    SettingsLock {
        release: &release.name,
        namespace: &release.namespace,
        profile: match project.profile {
            Profile::Helm4 => "helm4",
            Profile::Helm3 => "helm3",
        },
        crds: if release.includes_definitions() { "include" } else { "skip" },
        hooks: settings.hooks.as_ref().map(|choice| match choice.value {
            Choice::Keep => "keep",
            Choice::Skip => "skip",
        }),
        depends_on: names.iter().map(|name| name.value.as_str()).collect(),
        wait: settings.wait_timeout.as_ref().map(|timeout| WaitLock { timeout: &timeout.value }),
    }
}

/// A digest of everything the manifests were made from: the lock itself and the merged values.
fn inputs(lock: &str, values: &Values<'_>) -> String {
    let mut hash = Sha256::new();
    add_text(&mut hash, 's', lock);
    add_values(&mut hash, values);
    format!("sha256:{}", manifest::hexadecimal(&hash.finalize()))
}

/// Every value begins with a letter for its type and, where it has a length, that length.
fn add_values(hash: &mut Sha256, values: &Values<'_>) {
    add_length(hash, 'm', values.len());
    for (key, layered) in values {
        add_text(hash, 'k', key);
        match &layered.value {
            LayeredValue::Map(inner) => add_values(hash, inner),
            LayeredValue::Version(version) => add_text(hash, 's', version),
            LayeredValue::Leaf(node) => add_node(hash, node),
        }
    }
}

fn add_node(hash: &mut Sha256, node: &Node) {
    match &node.data {
        Data::Null => add_length(hash, 'n', 0),
        Data::Bool(value) => add_length(hash, 'b', usize::from(*value)),
        Data::Int(value) => add_text(hash, 'i', &value.to_string()),
        Data::Uint(value) => add_text(hash, 'i', &value.to_string()),
        Data::Float(value) => add_text(hash, 'f', &value.to_string()),
        Data::String(value) => add_text(hash, 's', value),
        Data::List(items) => {
            add_length(hash, 'l', items.len());
            for item in items {
                add_node(hash, item);
            }
        }
        Data::Map(mapping) => {
            let mut entries: Vec<_> = mapping.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            add_length(hash, 'm', entries.len());
            for (key, entry) in entries {
                add_text(hash, 'k', key);
                add_node(hash, &entry.value);
            }
        }
    }
}

fn add_text(hash: &mut Sha256, kind: char, text: &str) {
    add_length(hash, kind, text.len());
    hash.update(text);
}

fn add_length(hash: &mut Sha256, kind: char, length: usize) {
    hash.update([u8::try_from(kind).unwrap_or_default()]);
    hash.update((length as u64).to_be_bytes());
}

//! `Chart.yaml` as data.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The content of `Chart.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// `apiVersion`, `v1` if it is missing.
    pub api_version: String,
    /// `name`
    pub name: String,
    /// `version`
    pub version: String,
    /// `appVersion`
    pub app_version: String,
    /// `kubeVersion`: a range, or empty.
    pub kube_version: String,
    /// `type`: empty, `application` or `library`.
    pub chart_type: String,
    /// `description`
    pub description: String,
    /// `home`
    pub home: String,
    /// `icon`
    pub icon: String,
    /// `condition`
    pub condition: String,
    /// `tags`
    pub tags: String,
    /// `deprecated`
    pub deprecated: bool,
    /// `keywords`
    pub keywords: Vec<String>,
    /// `sources`
    pub sources: Vec<String>,
    /// `annotations`
    pub annotations: BTreeMap<String, String>,
    /// `maintainers`
    pub maintainers: Vec<Maintainer>,
    /// `dependencies`, in version 1 charts those of `requirements.yaml`.
    pub dependencies: Vec<Dependency>,
    /// Whether there is a list of dependencies, though it may be empty.
    pub declares_dependencies: bool,
    /// The whole `Chart.yaml`, if it is loaded.
    pub raw: Option<Arc<go_yaml::Node>>,
}

/// A maintainer of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maintainer {
    /// `name`
    pub name: String,
    /// `email`
    pub email: String,
    /// `url`
    pub url: String,
}

/// A declared dependency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// `name`
    pub name: String,
    /// `version`: a range.
    pub version: String,
    /// `repository`
    pub repository: String,
    /// `condition`: a comma list of value paths.
    pub condition: String,
    /// `tags`
    pub tags: Vec<String>,
    /// `alias`, or empty.
    pub alias: String,
    /// `enabled`: Helm sets it while it resolves dependencies.
    pub enabled: bool,
    /// `import-values`, as written.
    pub import_values: Vec<go_yaml::Node>,
}

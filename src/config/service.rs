//! The reserved `molave:` key of a `config.yaml`: what is said about a service besides its values.
//!
//! Each file's part is read on its own, so that a problem is told once however many services
//! inherit it; [`ServiceSettings::under`] then lets the later file win key by key.

use super::decode::{Placed, Problems, Section};
use super::{names, project};
use go_yaml::{Data, Mapping};

/// The reserved key.
pub const KEY: &str = "molave";

/// What one file says under `molave:`, or several merged.
#[derive(Clone, Debug, Default)]
pub struct ServiceSettings {
    /// The chart's folder.
    pub chart: Option<Placed<String>>,
    /// The name of the release.
    pub release: Option<Placed<String>>,
    /// The namespace.
    pub namespace: Option<Placed<String>>,
    /// The services that must be ready first.
    pub depends_on: Option<Vec<Placed<String>>>,
    /// What becomes of the chart's hooks.
    pub hooks: Option<Placed<Choice>>,
    /// What becomes of the chart's `crds/`.
    pub crds: Option<Placed<Choice>>,
    /// How long a sync waits for it.
    pub wait_timeout: Option<Placed<String>>,
    /// Whether the chart is not known for sure, because what was probably meant to name it is wrong.
    pub is_chart_doubtful: bool,
}

/// Whether a part of a chart is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It is: `keep` for hooks, `include` for CRDs.
    Keep,
    /// It is not: `skip`.
    Skip,
}

impl ServiceSettings {
    /// Reads the `molave:` key of a file, if it is there.
    pub fn read(file: &str, mapping: &Mapping, problems: &Problems) -> Self {
        match mapping.get(KEY).map(|entry| &entry.value.data) {
            None | Some(Data::Null) => Self::default(),
            Some(Data::Map(inner)) => Self::decode(Section::new(file, KEY, inner, problems)),
            Some(_) => {
                Section::new(file, "", mapping, problems).reject(KEY, "must be a map");
                Self { is_chart_doubtful: true, ..Self::default() }
            }
        }
    }

    fn decode(section: Section<'_>) -> Self {
        let mut settings = Self {
            chart: section.string("chart"),
            release: checked(&section, "release", names::check_release),
            namespace: checked(&section, "namespace", names::check_label),
            depends_on: section.strings("dependsOn"),
            hooks: choice(&section, "hooks", "keep"),
            crds: choice(&section, "crds", "include"),
            wait_timeout: project::wait_timeout(&section),
            is_chart_doubtful: false,
        };
        settings.is_chart_doubtful = section.is_doubtful("chart", settings.chart.is_some());
        section.finish();
        settings
    }

    /// These settings where `later` says nothing.
    #[must_use]
    pub fn under(&self, later: &Self) -> Self {
        fn last<T: Clone>(earlier: Option<&T>, later: Option<&T>) -> Option<T> {
            later.or(earlier).cloned()
        }
        Self {
            chart: last(self.chart.as_ref(), later.chart.as_ref()),
            release: last(self.release.as_ref(), later.release.as_ref()),
            namespace: last(self.namespace.as_ref(), later.namespace.as_ref()),
            depends_on: last(self.depends_on.as_ref(), later.depends_on.as_ref()),
            hooks: last(self.hooks.as_ref(), later.hooks.as_ref()),
            crds: last(self.crds.as_ref(), later.crds.as_ref()),
            wait_timeout: last(self.wait_timeout.as_ref(), later.wait_timeout.as_ref()),
            is_chart_doubtful: later.is_chart_doubtful
                || (self.is_chart_doubtful && later.chart.is_none()),
        }
    }
}

fn checked(
    section: &Section<'_>,
    key: &'static str,
    rule: fn(&str) -> Result<(), &'static str>,
) -> Option<Placed<String>> {
    let text = section.string(key)?;
    if let Err(problem) = rule(&text.value) {
        section.reject(key, problem);
    }
    Some(text)
}

fn choice(section: &Section<'_>, key: &'static str, keep: &str) -> Option<Placed<Choice>> {
    let text = section.string(key)?;
    let value = match text.value.as_str() {
        "skip" => Choice::Skip,
        word if word == keep => Choice::Keep,
        _ => {
            section.reject(key, &format!("must be `{keep}` or `skip`"));
            return None;
        }
    };
    Some(Placed { value, place: text.place })
}

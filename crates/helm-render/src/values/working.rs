//! Charts while their values are being worked out.
//!
//! Owns the state between the passes. It must not know what the passes do.

use super::ValuesError;
use super::frozen::Frozen;
use crate::chart::{Chart, Metadata};
use crate::profile::Profile;
use gotemplate::{Map, Text};
use std::borrow::Cow;

/// A chart while its dependencies and defaults are being worked out.
#[derive(Clone)]
pub(super) struct Working<'a> {
    /// The chart.
    pub(super) chart: &'a Chart,
    /// Which Helm is imitated.
    pub(super) profile: Profile,
    /// Its metadata, changed by aliases and disabled dependencies.
    pub(super) metadata: Cow<'a, Metadata>,
    /// The chart's own default values.
    pub(super) defaults: &'a [(Text, Frozen)],
    /// The defaults after imports from sub-charts, in place of its own.
    pub(super) imported: Option<Map>,
    /// The sub-charts.
    pub(super) dependencies: Vec<Self>,
}

impl<'a> Working<'a> {
    /// A chart with all its vendored sub-charts.
    pub(super) fn new(chart: &'a Chart, profile: Profile) -> Result<Self, ValuesError> {
        let dependencies = chart.dependencies.iter().map(|inner| Self::new(inner, profile));
        Ok(Self {
            chart,
            profile,
            metadata: Cow::Borrowed(&chart.metadata),
            defaults: chart.defaults(profile)?,
            imported: None,
            dependencies: dependencies.collect::<Result<_, _>>()?,
        })
    }

    /// The alias, or the chart's own name.
    pub(super) fn name(&self) -> &str {
        &self.metadata.name
    }
}

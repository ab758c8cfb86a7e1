//! The template set of a chart and its enabled sub-charts: names, order, and what is parsed once.

use super::context::Context;
use super::error::RenderError;
use super::functions::functions;
use super::trace::describe_parse;
use crate::profile::Profile;
use gotemplate::Set;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A template file of one render.
pub(crate) struct Source<'a> {
    /// `<root>/charts/<sub>/templates/x.yaml`
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: &'a [u8],
    /// The chart it belongs to, as an index into the contexts.
    pub(crate) context: usize,
}

impl Source<'_> {
    /// Whether it is only there for what it defines.
    pub(crate) fn is_partial(&self) -> bool {
        self.name.rsplit('/').next().is_some_and(|base| base.starts_with('_'))
    }
}

/// All template files in the order in which Helm parses and renders them: the deepest path first,
/// then by name from the end of the alphabet.
pub(crate) fn collect<'a>(contexts: &[Context<'a>]) -> Vec<Source<'a>> {
    let mut sources = BTreeMap::new();
    for (index, context) in contexts.iter().enumerate() {
        let is_library = context.prepared.metadata.chart_type.eq_ignore_ascii_case("library");
        for file in &context.prepared.chart.templates {
            let name = format!("{}/{}", context.path, file.path);
            let source = Source { name: name.clone(), text: &file.content, context: index };
            if !is_library || source.is_partial() {
                let depth = name.matches('/').count();
                sources.insert(Reverse((depth, name)), source);
            }
        }
    }
    sources.into_values().collect()
}

/// The sets that were parsed so far. Which templates there are depends on the sub-charts that a
/// render's values enable, so there may be several; nearly always there is one.
#[derive(Default)]
pub(crate) struct Parsed {
    sets: Mutex<Vec<(Key, Arc<Set>)>>,
}

/// Tells sets apart: the names, and where the texts stand in memory.
#[derive(PartialEq, Eq)]
struct Key {
    profile: Profile,
    sources: Vec<(String, usize)>,
}

/// More sets than this are parsed anew each time.
const MAXIMUM_SETS: usize = 64;

impl Parsed {
    /// The parsed set of these files, all of which must live as long as `self` is used.
    pub(crate) fn get(
        &self,
        sources: &[Source<'_>],
        profile: Profile,
    ) -> Result<Arc<Set>, RenderError> {
        let names = sources.iter().map(|one| (one.name.clone(), one.text.as_ptr().addr()));
        let key = Key { profile, sources: names.collect() };
        if let Ok(sets) = self.sets.lock()
            && let Some((_, set)) = sets.iter().find(|(known, _)| *known == key)
        {
            return Ok(Arc::clone(set));
        }
        let set = Arc::new(parse(sources, profile)?);
        if let Ok(mut sets) = self.sets.lock()
            && sets.len() < MAXIMUM_SETS
        {
            sets.push((key, Arc::clone(&set)));
        }
        Ok(set)
    }
}

fn parse(sources: &[Source<'_>], profile: Profile) -> Result<Set, RenderError> {
    let mut set = Set::new(functions(profile));
    for source in sources {
        set.parse(&source.name, source.text).map_err(|error| describe_parse(&error).with_hint())?;
    }
    Ok(set)
}

//! Templates that can invoke each other.
//!
//! Owns names and which definition wins. It must not know how templates are run.

use super::call::Host;
use super::error::Error;
use super::expressions::Expressions;
use super::state::Run;
use crate::format::quote;
use crate::functions::Functions;
use crate::parse::{self, ParseError, Template};
use crate::value::{Text, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A set of parsed templates that can invoke each other, with the functions they may call.
/// Cloning shares all of it.
#[derive(Clone)]
pub struct Set {
    functions: Arc<Functions>,
    templates: Arc<Layer>,
    expressions: Arc<Expressions>,
}

/// Templates by name, over those of another set that they hide.
#[derive(Clone, Default)]
struct Layer {
    own: BTreeMap<Text, Arc<Template>>,
    below: Option<Arc<Self>>,
}

impl Layer {
    fn get(&self, name: &[u8]) -> Option<&Arc<Template>> {
        let mut layer = self;
        loop {
            if let Some(template) = layer.own.get(name) {
                return Some(template);
            }
            layer = layer.below.as_deref()?;
        }
    }
}

impl Set {
    /// An empty set.
    pub fn new(functions: Arc<Functions>) -> Self {
        Self { functions, templates: Arc::default(), expressions: Arc::default() }
    }

    /// The functions its templates may call.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The template of that name.
    pub fn template(&self, name: &[u8]) -> Option<&Arc<Template>> {
        self.templates.get(name)
    }

    /// The names of all templates, in order.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        let layers = std::iter::successors(Some(&*self.templates), |layer| layer.below.as_deref());
        let names: BTreeSet<&Text> = layers.flat_map(|layer| layer.own.keys()).collect();
        names.into_iter()
    }

    /// Parses `text` and adds it as template `name`, with all that it defines. A blank body never
    /// replaces a template that is there; any other does.
    pub fn parse(&mut self, name: &str, text: &[u8]) -> Result<(), ParseError> {
        let templates = parse::parse(name, text, &self.functions)?;
        self.add(templates);
        Ok(())
    }

    /// The regular expressions that its templates have used.
    pub(super) fn expressions(&self) -> &Expressions {
        &self.expressions
    }

    /// Adds templates and returns the first, which was added or not.
    pub(super) fn add(&mut self, templates: Vec<Template>) -> Option<Arc<Template>> {
        let mut first = None;
        let layer = Arc::make_mut(&mut self.templates);
        for template in templates {
            let template = Arc::new(template);
            first.get_or_insert_with(|| Arc::clone(&template));
            if !parse::is_blank(&template.root) || layer.get(&template.name).is_none() {
                layer.own.insert(template.name.clone(), template);
            }
        }
        first
    }

    /// A set that sees all of this one, and to which more can be added without a copy.
    pub(super) fn overlay(&self) -> Self {
        let layer = Layer { own: BTreeMap::new(), below: Some(Arc::clone(&self.templates)) };
        let (functions, expressions) = (&self.functions, &self.expressions);
        Self {
            functions: Arc::clone(functions),
            templates: Arc::new(layer),
            expressions: Arc::clone(expressions),
        }
    }

    /// Runs the template `name` with `data` as dot and `$`. Nothing is returned of what was written before an error.
    pub fn execute(&self, name: &str, data: Value, host: Host<'_>) -> Result<Vec<u8>, Error> {
        let Some(template) = self.template(name.as_bytes()) else {
            let name = quote(name.as_bytes());
            let name = String::from_utf8_lossy(&name);
            return Err(Error::without_position(format!("template: no template {name}")));
        };
        let run = Run { set: self, host };
        run.execute(template, data).map_err(|error| *error)
    }
}

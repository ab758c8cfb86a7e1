//! Manifests line by line, each with the template line that wrote it and the file that set its value.
//!
//! What is annotated is the written form, with its own order of keys: a line of it and a line of
//! the rendered text belong together if they show the same field of the same object.

use super::origin::Origins;
use super::render;
use super::task::Task;
use super::values;
use crate::error::Place;
use go_yaml::{Data, Node, Position};
use helm_render::LineOrigin;
use manifest::{Object, Scopes};
use std::collections::BTreeMap;

/// A line of manifests and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line without its break.
    pub text: String,
    /// The template lines that wrote it, from the rendered file inwards.
    pub places: Vec<Place>,
    /// What set the values in it.
    pub values: Vec<Place>,
}

/// A field: its line in the rendered text, and its path.
struct Field {
    rendered: u32,
    path: Vec<String>,
}

/// The lines of the manifests of a release, none if it cannot be rendered.
pub(super) fn lines(task: Task<'_>, scopes: &Scopes) -> Vec<Line> {
    let origins = Origins::of(task);
    let objects = render::objects(task, scopes);
    objects.iter().flat_map(|object| object_lines(&origins, task, object)).collect()
}

fn object_lines(origins: &Origins<'_>, task: Task<'_>, object: &Object) -> Vec<Line> {
    let text = manifest::write(std::slice::from_ref(object));
    let before = object.line.saturating_sub(object.body.position.line);
    let mut fields = Fields { before, path: Vec::new(), known: BTreeMap::new() };
    if let Ok(written) = go_yaml::parse(text.as_bytes()) {
        fields.pair(&written, &object.body);
    }
    let template = task.chart.template_path(&object.source);
    let line = |(number, text): (u32, &str)| {
        let field = fields.known.get(&number);
        let origin = field.and_then(|field| origins.exact_line(&template, field.rendered));
        let LineOrigin { places, values } = origin.unwrap_or_default();
        let path = field.map(|field| field.path.as_slice()).unwrap_or_default();
        Line {
            text: text.to_owned(),
            places: origins.places(&places),
            values: values.iter().filter_map(|pointer| set_by(task, pointer, path)).collect(),
        }
    };
    (1..).zip(text.lines()).map(line).collect()
}

/// The fields of an object by the lines of the written text.
struct Fields {
    /// How many lines of the rendered text stand before the document.
    before: u32,
    path: Vec<String>,
    known: BTreeMap<u32, Field>,
}

impl Fields {
    fn pair(&mut self, written: &Node, rendered: &Node) {
        match (&written.data, &rendered.data) {
            (Data::Map(left), Data::Map(right)) => {
                for (key, entry) in left.iter() {
                    if let Some(other) = right.get(key) {
                        let lines = (entry.key_position, other.key_position);
                        self.pair_entry(key.to_string(), lines, (&entry.value, &other.value));
                    }
                }
            }
            (Data::List(left), Data::List(right)) => {
                for (index, (item, other)) in left.iter().zip(right).enumerate() {
                    let lines = (item.position, other.position);
                    self.pair_entry(index.to_string(), lines, (item, other));
                }
            }
            _ => {}
        }
    }

    /// Of several fields in one line the innermost is kept. What has no line was added by us.
    fn pair_entry(
        &mut self,
        key: String,
        (written, rendered): (Position, Position),
        values: (&Node, &Node),
    ) {
        self.path.push(key);
        if rendered.line > 0 {
            let rendered = rendered.line.saturating_add(self.before);
            let field = Field { rendered, path: self.path.clone() };
            self.known.insert(written.line, field);
        }
        self.pair(values.0, values.1);
        self.path.pop();
    }
}

/// What set the value at a pointer or, where that is a map that a template writes whole, the part
/// of it that ends as the path of the field does.
fn set_by(task: Task<'_>, pointer: &str, path: &[String]) -> Option<Place> {
    let keys: Vec<String> = go_yaml::pointer::keys(pointer).collect();
    let inner = (0..path.len()).find_map(|skipped| {
        let keys: Vec<String> = keys.iter().chain(path.get(skipped..)?).cloned().collect();
        values::place(task, &keys)
    });
    let place = inner.or_else(|| values::place(task, &keys))?;
    Some(Place { column: None, ..place })
}

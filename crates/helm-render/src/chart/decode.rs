//! `Chart.yaml` into [`Metadata`], as Go decodes YAML into a struct.
//!
//! Owns Go's leniency (scalars become strings, field names match in any case) and its texts. What
//! makes metadata valid is `validate`'s.

use super::metadata::{Dependency, Maintainer, Metadata};
use crate::json_fields::{float_text, kind_name, scalar_text, sorted};
use go_yaml::{Data, Mapping, Node};
use std::collections::BTreeMap;

/// Metadata of which list entries may still be null.
#[derive(Default)]
pub(super) struct Draft {
    /// All but the lists below.
    pub(super) metadata: Metadata,
    /// `maintainers`
    pub(super) maintainers: Vec<Option<Maintainer>>,
    /// `dependencies`
    pub(super) dependencies: Vec<Option<Dependency>>,
}

/// A value of the wrong type.
pub(super) struct Mismatch {
    /// The 1-based line.
    pub(super) line: u32,
    /// Go's text.
    pub(super) message: String,
}

/// Decodes a file over what was decoded before: fields that it does not name stay. `text` is the
/// source of `node`.
pub(super) fn decode(node: &Node, text: &[u8], draft: &mut Draft) -> Result<(), Mismatch> {
    let text = String::from_utf8_lossy(text);
    let mut decoder = Decoder { lines: text.lines().collect(), first: None };
    match &node.data {
        Data::Map(mapping) => decoder.metadata(mapping, draft),
        Data::Null => {}
        _ => decoder.note_value(node, "v2.Metadata"),
    }
    decoder.first.map_or(Ok(()), Err)
}

/// Goes on after a mismatch, as Go does, and reports the first.
struct Decoder<'t> {
    lines: Vec<&'t str>,
    first: Option<Mismatch>,
}

impl Decoder<'_> {
    fn note(&mut self, node: &Node, place: &str, wanted: &str) {
        self.report(node, &format!("struct field {place} of type {wanted}"));
    }

    fn note_value(&mut self, node: &Node, wanted: &str) {
        self.report(node, &format!("value of type {wanted}"));
    }

    fn report(&mut self, node: &Node, target: &str) {
        let kind = kind_name(&node.data);
        let message = format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go {target}"
        );
        self.first.get_or_insert(Mismatch { line: node.position.line, message });
    }

    fn metadata(&mut self, mapping: &Mapping, draft: &mut Draft) {
        let to = &mut draft.metadata;
        for (key, node) in sorted(mapping) {
            let place = |field: &str| format!("Metadata.{field}");
            match key.to_ascii_lowercase().as_str() {
                "apiversion" => self.string(node, &mut to.api_version, &place("apiVersion")),
                "name" => self.string(node, &mut to.name, &place("name")),
                "version" => self.string(node, &mut to.version, &place("version")),
                "appversion" => self.string(node, &mut to.app_version, &place("appVersion")),
                "kubeversion" => self.string(node, &mut to.kube_version, &place("kubeVersion")),
                "type" => self.string(node, &mut to.chart_type, &place("type")),
                "description" => self.string(node, &mut to.description, &place("description")),
                "home" => self.string(node, &mut to.home, &place("home")),
                "icon" => self.string(node, &mut to.icon, &place("icon")),
                "condition" => self.string(node, &mut to.condition, &place("condition")),
                "tags" => self.string(node, &mut to.tags, &place("tags")),
                "deprecated" => self.bool(node, &mut to.deprecated, &place("deprecated")),
                "keywords" => self.strings(node, &mut to.keywords, &place("keywords")),
                "sources" => self.strings(node, &mut to.sources, &place("sources")),
                "annotations" => self.annotations(node, &mut to.annotations),
                "maintainers" => self.structs(node, &mut draft.maintainers),
                "dependencies" => {
                    to.declares_dependencies = matches!(node.data, Data::List(_));
                    self.structs(node, &mut draft.dependencies);
                }
                _ => {}
            }
        }
    }

    fn string(&mut self, node: &Node, to: &mut String, place: &str) {
        match self.scalar_text(node) {
            Some(text) => *to = text,
            None if node.data == Data::Null => {}
            None => self.note(node, place, "string"),
        }
    }

    /// A scalar as the string that a string field receives.
    fn scalar_text(&self, node: &Node) -> Option<String> {
        match node.data {
            Data::Int(_) => self.written_float(node).map(float_text),
            _ => None,
        }
        .or_else(|| scalar_text(&node.data))
    }

    /// The float that a whole number was written as, such as `1e6`. Reading YAML makes it an
    /// integer; Go turns it into a string before that.
    fn written_float(&self, node: &Node) -> Option<f64> {
        let line = self.lines.get(usize::try_from(node.position.line).ok()?.checked_sub(1)?)?;
        let column = usize::try_from(node.position.column).ok()?.checked_sub(1)?;
        let written: String = line
            .chars()
            .skip(column)
            .take_while(|found| found.is_ascii_alphanumeric() || matches!(found, '.' | '+' | '-'))
            .collect();
        let is_float = !written.contains('x') && written.contains(['e', 'E']);
        written.parse().ok().filter(|_| is_float)
    }

    fn bool(&mut self, node: &Node, to: &mut bool, place: &str) {
        match &node.data {
            Data::Bool(value) => *to = *value,
            Data::Null => {}
            _ => self.note(node, place, "bool"),
        }
    }

    fn strings(&mut self, node: &Node, to: &mut Vec<String>, place: &str) {
        let Some(items) = self.items(node, place, "[]string") else { return to.clear() };
        to.clear();
        for item in items {
            let mut text = String::new();
            self.string(item, &mut text, place);
            to.push(text);
        }
    }

    fn annotations(&mut self, node: &Node, to: &mut BTreeMap<String, String>) {
        let place = "Metadata.annotations";
        match &node.data {
            Data::Map(mapping) => {
                for (key, value) in sorted(mapping) {
                    let mut text = String::new();
                    self.string(value, &mut text, place);
                    to.insert(key.to_owned(), text);
                }
            }
            Data::Null => to.clear(),
            _ => self.note(node, place, "map[string]string"),
        }
    }

    /// A list of structs behind pointers: what is there already is decoded over.
    fn structs<T: Struct>(&mut self, node: &Node, to: &mut Vec<Option<T>>) {
        let Some(items) = self.items(node, T::PLACE, &format!("[]*{}", T::NAME)) else {
            return to.clear();
        };
        to.resize_with(items.len(), || None);
        for (item, slot) in items.iter().zip(to) {
            match &item.data {
                Data::Null => *slot = None,
                Data::Map(mapping) => {
                    slot.get_or_insert_default().decode(mapping, self);
                }
                _ => self.note(item, T::PLACE, T::NAME),
            }
        }
    }

    /// The items of a list, or nothing for null and for what is not a list.
    fn items<'n>(&mut self, node: &'n Node, place: &str, wanted: &str) -> Option<&'n [Node]> {
        match &node.data {
            Data::List(items) => return Some(items),
            Data::Null => {}
            _ => self.note(node, place, wanted),
        }
        None
    }
}

/// A struct inside a list of the metadata.
trait Struct: Default {
    /// Where the list stands, as Go says it.
    const PLACE: &'static str;
    /// Go's name of the struct.
    const NAME: &'static str;
    /// Decodes a map over the fields.
    fn decode(&mut self, mapping: &Mapping, decoder: &mut Decoder<'_>);
}

impl Struct for Maintainer {
    const PLACE: &'static str = "Metadata.maintainers";
    const NAME: &'static str = "v2.Maintainer";

    fn decode(&mut self, mapping: &Mapping, decoder: &mut Decoder<'_>) {
        for (key, node) in sorted(mapping) {
            let place = |field: &str| format!("Maintainer.maintainers.{field}");
            match key.to_ascii_lowercase().as_str() {
                "name" => decoder.string(node, &mut self.name, &place("name")),
                "email" => decoder.string(node, &mut self.email, &place("email")),
                "url" => decoder.string(node, &mut self.url, &place("url")),
                _ => {}
            }
        }
    }
}

impl Struct for Dependency {
    const PLACE: &'static str = "Metadata.dependencies";
    const NAME: &'static str = "v2.Dependency";

    fn decode(&mut self, mapping: &Mapping, decoder: &mut Decoder<'_>) {
        for (key, node) in sorted(mapping) {
            let place = |field: &str| format!("Dependency.dependencies.{field}");
            match key.to_ascii_lowercase().as_str() {
                "name" => decoder.string(node, &mut self.name, &place("name")),
                "version" => decoder.string(node, &mut self.version, &place("version")),
                "repository" => decoder.string(node, &mut self.repository, &place("repository")),
                "condition" => decoder.string(node, &mut self.condition, &place("condition")),
                "tags" => decoder.strings(node, &mut self.tags, &place("tags")),
                "alias" => decoder.string(node, &mut self.alias, &place("alias")),
                "enabled" => decoder.bool(node, &mut self.enabled, &place("enabled")),
                "import-values" => {
                    let items = decoder.items(node, &place("import-values"), "[]interface {}");
                    self.import_values = items.map(<[Node]>::to_vec).unwrap_or_default();
                }
                _ => {}
            }
        }
    }
}

//! Layers of values: later over earlier, and for every value the file and line that set it.
//!
//! They merge as successive values files do in Helm: maps deeply, anything else replaces, and
//! `null` is kept for the chart's defaults to meet. Unlike in Helm, a map over something else (or
//! the reverse) is a problem, because one of the two files is then ignored by mistake.

use super::decode::describe;
use super::service::KEY;
use crate::error::{Diagnostic, Place};
use go_yaml::{Data, Mapping, Node, Position, pointer};
use std::collections::BTreeMap;

/// Merged values by key.
pub type Values<'a> = BTreeMap<&'a str, Layered<'a>>;

/// A value and what set it last.
#[derive(Clone, Debug)]
pub struct Layered<'a> {
    /// The file.
    pub file: &'a str,
    /// Where its key stands there.
    pub position: Position,
    /// The value.
    pub value: LayeredValue<'a>,
}

/// A merged value.
#[derive(Clone, Debug)]
pub enum LayeredValue<'a> {
    /// A map: its entries may come from several files.
    Map(Values<'a>),
    /// Anything else, lists too: it is the last file's alone.
    Leaf(&'a Node),
    /// The version of the service.
    Version(&'a str),
}

impl Layered<'_> {
    /// The place of the key.
    pub fn place(&self) -> Place {
        Place::position(self.file, self.position)
    }

    fn describe(&self) -> &'static str {
        match &self.value {
            LayeredValue::Map(_) => "a map",
            LayeredValue::Leaf(node) => describe(&node.data),
            LayeredValue::Version(_) => "a string",
        }
    }

    fn is_null(&self) -> bool {
        matches!(&self.value, LayeredValue::Leaf(Node { data: Data::Null, .. }))
    }
}

/// Two settings that cannot both hold.
#[derive(Clone, Debug)]
pub struct Collision {
    /// The keys that lead to the value.
    pub path: Vec<String>,
    /// The problem to tell.
    pub problem: Diagnostic,
}

/// Puts the values of a file over what is there, without its `molave:` key.
pub fn put_over<'a>(
    values: &mut Values<'a>,
    file: &'a str,
    mapping: &'a Mapping,
    collisions: &mut Vec<Collision>,
) {
    for (key, entry) in mapping.iter().filter(|(key, _)| *key != KEY) {
        merge_entry(
            values,
            &[key.as_str()],
            layered(file, entry.key_position, &entry.value),
            collisions,
        );
    }
}

/// Puts one more entry, at the last key of `path`, into the map it belongs to.
fn merge_entry<'a>(
    values: &mut Values<'a>,
    path: &[&'a str],
    later: Layered<'a>,
    collisions: &mut Vec<Collision>,
) {
    let Some(key) = path.last().copied() else { return };
    let Some(earlier) = values.get_mut(key) else {
        drop(values.insert(key, later));
        return;
    };
    match (&mut earlier.value, later.value) {
        (LayeredValue::Map(under), LayeredValue::Map(over)) => {
            earlier.file = later.file;
            earlier.position = later.position;
            for (name, value) in over {
                let inner: Vec<&str> = path.iter().copied().chain([name]).collect();
                merge_entry(under, &inner, value, collisions);
            }
        }
        (_, value) => {
            let later = Layered { value, ..later };
            if collides(earlier, &later) {
                collisions.push(collision(path, earlier, &later));
            }
            *earlier = later;
        }
    }
}

/// Whether one is a map and the other neither a map nor `null`.
fn collides(earlier: &Layered<'_>, later: &Layered<'_>) -> bool {
    let is_map = |layered: &Layered<'_>| matches!(layered.value, LayeredValue::Map(_));
    is_map(earlier) != is_map(later) && !earlier.is_null() && !later.is_null()
}

fn collision(path: &[&str], earlier: &Layered<'_>, later: &Layered<'_>) -> Collision {
    let name = path.join(".");
    let (now, before) = (later.describe(), earlier.describe());
    let message = format!("`{name}` is {now} here and {before} in `{}`", earlier.file);
    let problem = Diagnostic::error(message)
        .at(later.place())
        .because(format!("it is {before} at {}", earlier.place()))
        .hint("give both the same form, or set the earlier one to `null`");
    Collision { path: path.iter().map(|key| (*key).to_owned()).collect(), problem }
}

fn layered<'a>(file: &'a str, position: Position, node: &'a Node) -> Layered<'a> {
    let value = match &node.data {
        Data::Map(mapping) => {
            let entries = mapping.iter().map(|(key, entry)| {
                (key.as_str(), layered(file, entry.key_position, &entry.value))
            });
            LayeredValue::Map(entries.collect())
        }
        Data::Null
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Uint(_)
        | Data::Float(_)
        | Data::String(_)
        | Data::List(_) => LayeredValue::Leaf(node),
    };
    Layered { file, position, value }
}

/// Sets the version at a path of keys. A config that sets that path as well is a problem.
pub fn put_version<'a>(
    values: &mut Values<'a>,
    path: &'a str,
    file: &'a str,
    version: &'a str,
    collisions: &mut Vec<Collision>,
) {
    let position = Position { line: 1, column: 1 };
    let leaf = Layered { file, position, value: LayeredValue::Version(version) };
    if let Some(found) = set_at(values, path, leaf) {
        let message = format!("`{path}` is set here and by the version in `{file}`");
        let problem = Diagnostic::error(message).at(found);
        let problem = problem.hint(format!("remove it here: `{file}` decides"));
        collisions.push(Collision { path: path.split('.').map(str::to_owned).collect(), problem });
    }
}

/// Sets a value at a path that nothing else sets; what is in its way is the answer.
fn set_at<'a>(values: &mut Values<'a>, path: &'a str, leaf: Layered<'a>) -> Option<Place> {
    let Some((key, rest)) = path.split_once('.') else {
        let found = values.get(path).map(Layered::place);
        if found.is_none() {
            drop(values.insert(path, leaf));
        }
        return found;
    };
    let between = values.entry(key).or_insert_with(|| Layered {
        file: leaf.file,
        position: leaf.position,
        value: LayeredValue::Map(Values::new()),
    });
    match &mut between.value {
        LayeredValue::Map(inner) => set_at(inner, rest, leaf),
        LayeredValue::Leaf(_) | LayeredValue::Version(_) => Some(between.place()),
    }
}

/// What set the value at a JSON pointer, or the nearest map around it that anything set. Within a
/// list the place is exact.
pub fn place_of(values: &Values<'_>, pointer: &str) -> Option<Place> {
    let mut keys = pointer::keys(pointer);
    let mut found = None;
    let mut current = values;
    while let Some(key) = keys.next() {
        let Some(layered) = current.get(key.as_str()) else { break };
        found = Some(layered.place());
        match &layered.value {
            LayeredValue::Map(inner) => current = inner,
            LayeredValue::Leaf(node) => {
                let rest: Vec<String> = keys.collect();
                return position_in(node, &rest)
                    .map(|position| Place::position(layered.file, position))
                    .or(found);
            }
            LayeredValue::Version(_) => break,
        }
    }
    found
}

/// What set the value at a path of keys; none where nothing set that very value.
pub fn exact_place_of(values: &Values<'_>, keys: &[String]) -> Option<Place> {
    let (key, rest) = keys.split_first()?;
    let layered = values.get(key.as_str())?;
    if rest.is_empty() {
        return Some(layered.place());
    }
    match &layered.value {
        LayeredValue::Map(inner) => exact_place_of(inner, rest),
        LayeredValue::Leaf(node) => {
            let is_there = entry(node, rest).is_some();
            let position = position_in(node, rest).filter(|_| is_there)?;
            Some(Place::position(layered.file, position))
        }
        LayeredValue::Version(_) => None,
    }
}

/// The keys of the map at a path of keys; none where there is no map.
pub fn names_at(values: &Values<'_>, keys: &[String]) -> Vec<String> {
    let Some((key, rest)) = keys.split_first() else {
        return values.keys().map(|key| (*key).to_owned()).collect();
    };
    match values.get(key.as_str()).map(|layered| &layered.value) {
        Some(LayeredValue::Map(inner)) => names_at(inner, rest),
        Some(LayeredValue::Leaf(node)) => match entry(node, rest).map(|node| &node.data) {
            Some(Data::Map(mapping)) => mapping.keys().map(ToString::to_string).collect(),
            _ => Vec::new(),
        },
        Some(LayeredValue::Version(_)) | None => Vec::new(),
    }
}

/// What stands at a path within a list.
fn entry<'n>(node: &'n Node, path: &[String]) -> Option<&'n Node> {
    let Some((key, rest)) = path.split_first() else { return Some(node) };
    let inner = match &node.data {
        Data::List(items) => items.get(key.parse::<usize>().ok()?)?,
        _ => node.get(key)?,
    };
    entry(inner, rest)
}

/// Whether what stands at a JSON pointer was set as such, and is no map that others add to.
pub fn is_leaf(values: &Values<'_>, pointer: &str) -> bool {
    let mut current = values;
    for key in pointer::keys(pointer) {
        match current.get(key.as_str()).map(|layered| &layered.value) {
            None => return false,
            Some(LayeredValue::Map(inner)) => current = inner,
            Some(LayeredValue::Leaf(_) | LayeredValue::Version(_)) => return true,
        }
    }
    false
}

/// The position of what stands at a path within a list.
fn position_in(node: &Node, path: &[String]) -> Option<Position> {
    let (key, rest) = path.split_first()?;
    let (position, inner) = match &node.data {
        Data::List(items) => {
            let item = items.get(key.parse::<usize>().ok()?)?;
            (item.position, item)
        }
        Data::Map(mapping) => {
            let entry = mapping.get(key.as_str())?;
            (entry.key_position, &entry.value)
        }
        Data::Null
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Uint(_)
        | Data::Float(_)
        | Data::String(_) => return None,
    };
    position_in(inner, rest).or(Some(position))
}

#[cfg(test)]
mod tests {
    use super::super::decode::{Problems, read_map};
    use super::{LayeredValue, Values, is_leaf, place_of, put_over, put_version};
    use std::fmt::Write as _;

    fn merge(files: &[(&str, &str)], version: Option<&str>) -> (String, Vec<String>) {
        let problems = Problems::default();
        let mappings: Vec<_> = files
            .iter()
            .map(|(file, text)| (*file, read_map(file, text.as_bytes(), &problems).expect("yaml")))
            .collect();
        let mut values = Values::new();
        let mut collisions = Vec::new();
        for (file, mapping) in &mappings {
            put_over(&mut values, file, mapping, &mut collisions);
        }
        if let Some(version) = version {
            put_version(&mut values, "image.tag", "version", version, &mut collisions);
        }
        let mut shown = String::new();
        show(&values, "", &mut shown);
        let told = collisions.into_iter().map(|collision| {
            let place = collision.problem.place.map(|place| place.to_string()).unwrap_or_default();
            format!("{place}: {}", collision.problem.message)
        });
        (shown, told.collect())
    }

    fn show(values: &Values<'_>, path: &str, shown: &mut String) {
        for (key, layered) in values {
            match &layered.value {
                LayeredValue::Map(inner) => show(inner, &format!("{path}{key}."), shown),
                LayeredValue::Leaf(_) | LayeredValue::Version(_) => {
                    let line = layered.position.line;
                    writeln!(shown, "{path}{key} {}:{line}", layered.file).expect("a string");
                }
            }
        }
    }

    #[test]
    fn the_last_file_that_sets_a_value_is_its_origin() {
        let (shown, problems) = merge(
            &[
                ("a", "image:\n  name: x\n  pull: y\nlist: [1]\nmolave: {chart: a}\n"),
                ("b", "image:\n  name: z\nlist: [2]\nnone: null\n"),
            ],
            Some("1.20"),
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            shown,
            "image.name b:2\nimage.pull a:3\nimage.tag version:1\nlist b:3\nnone b:4\n"
        );
    }

    #[test]
    fn a_map_must_not_meet_anything_else_but_null() {
        let (_, problems) =
            merge(&[("a", "x: {y: 1}\nz: {a: 1}\n"), ("b", "x: [1]\nz: null\n")], None);
        assert_eq!(problems, ["b:1:1: `x` is a list here and a map in `a`"]);
    }

    #[test]
    fn a_config_must_not_set_what_the_version_sets() {
        let (_, problems) = merge(&[("a", "image:\n  tag: x\n")], Some("1"));
        assert_eq!(problems, ["a:2:3: `image.tag` is set here and by the version in `version`"]);
        let (_, problems) = merge(&[("a", "image: x\n")], Some("1"));
        assert_eq!(problems, ["a:1:1: `image.tag` is set here and by the version in `version`"]);
    }

    #[test]
    fn a_pointer_leads_to_the_nearest_place() {
        let problems = Problems::default();
        let mapping = read_map("a", b"b:\n  c:\n  - d\n  - e: 1\n", &problems).expect("yaml");
        let mut values = Values::new();
        put_over(&mut values, "a", &mapping, &mut Vec::new());
        let check = |pointer: &str, expected: Option<&str>| {
            let found = place_of(&values, pointer).map(|place| place.to_string());
            assert_eq!(found.as_deref(), expected, "{pointer}");
        };
        check("/b/c/1/e", Some("a:4:5"));
        check("/b/c/0", Some("a:3:5"));
        check("/b/x/y", Some("a:1:1"));
        check("/x", None);
    }

    #[test]
    fn a_value_of_a_layer_is_no_map_that_others_add_to() {
        let mapping = read_map("a", b"b: {c: 1, d: [e]}\n", &Problems::default()).expect("yaml");
        let mut values = Values::new();
        put_over(&mut values, "a", &mapping, &mut Vec::new());
        for (pointer, expected) in
            [("/b/c", true), ("/b/d/0", true), ("/b", false), ("/b/x", false), ("", false)]
        {
            assert_eq!(is_leaf(&values, pointer), expected, "{pointer}");
        }
    }
}

//! Strict reading of a settings file: every key is asked for by name, and what nobody asked for is
//! a problem. All problems of a file are found in one pass, each with its line and column.
//!
//! It knows YAML and nothing of what any key means.

use crate::error::{Diagnostic, Place};
use crate::suggestion::nearest;
use go_yaml::{Data, DuplicateKey, Mapping, Node};
use std::cell::RefCell;

/// A value and the place it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// The problems found so far; shared by everything that reads one run's settings.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Diagnostic>>);

impl Problems {
    /// Adds one.
    pub fn add(&self, problem: Diagnostic) {
        self.0.borrow_mut().push(problem);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// All of them.
    pub fn into_list(self) -> Vec<Diagnostic> {
        self.0.into_inner()
    }
}

/// Reads a YAML text that must hold a map or nothing. An unusable one is a problem, and `None`.
pub fn read_map(file: &str, text: &[u8], problems: &Problems) -> Option<Mapping> {
    let reject = |message: String, place: Place| {
        problems.add(Diagnostic::error(message).at(place));
        None
    };
    let (documents, duplicates) = match go_yaml::parse_all_with_duplicates(text) {
        Ok(read) => read,
        Err(error) => {
            if let Ok(Some(position)) = go_yaml::unusable_key(text) {
                let message = "a key must be a text or a number".to_owned();
                let problem = Diagnostic::error(message).at(Place::position(file, position));
                problems.add(problem.hint("put what begins with `{`, `[` or `*` in quotes"));
                return None;
            }
            let message = without_position(&error.message);
            let line = error.line.or_else(|| line_of(text, message));
            let place = Place { file: file.to_owned(), line, column: None };
            return reject(message.to_owned(), place);
        }
    };
    let mut documents = documents.into_iter();
    let first = documents.next();
    if let Some(second) = documents.next() {
        let message = "the file must hold one document, and this is another".to_owned();
        return reject(message, Place::position(file, second.position));
    }
    reject_duplicates(file, duplicates, problems);
    match first {
        None | Some(Node { data: Data::Null, .. }) => Some(Mapping::default()),
        Some(Node { data: Data::Map(mapping), .. }) => Some(*mapping),
        Some(node) => {
            let message = format!("the file must hold a map, not {}", describe(&node.data));
            reject(message, Place::position(file, node.position))
        }
    }
}

/// The line of a problem that is told without one, as go-yaml does with a few.
fn line_of(text: &[u8], message: &str) -> Option<u32> {
    let content = match std::str::from_utf8(text) {
        Ok(content) => content,
        Err(error) => {
            let before = text.get(..error.valid_up_to())?;
            let breaks = String::from_utf8_lossy(before).matches('\n').count();
            return u32::try_from(breaks + 1).ok();
        }
    };
    let needles = match message.split('\'').nth(1) {
        Some(anchor) => vec![format!("*{anchor}")],
        None => vec![".inf".to_owned(), ".nan".to_owned()],
    };
    let mut lines = content.lines().zip(1_u32..);
    let holds = |line: &str| needles.iter().any(|needle| line.to_lowercase().contains(needle));
    lines.find(|(line, _)| holds(line)).map(|(_, number)| number)
}

/// Helm takes the last of equal keys in silence; in settings it is always a mistake.
fn reject_duplicates(file: &str, duplicates: Vec<DuplicateKey>, problems: &Problems) {
    for found in duplicates {
        let first = Place::position(file, found.first);
        let problem = Diagnostic::error(format!("`{}` is set twice in one map", found.key))
            .at(Place::position(file, found.second))
            .because(format!("it is set first at {first}"))
            .hint("keep one of the two");
        problems.add(problem);
    }
}

/// A reading error without the `yaml: line 3: ` that its place repeats.
fn without_position(message: &str) -> &str {
    let text = message.strip_prefix("yaml: ").unwrap_or(message);
    let Some(rest) = text.strip_prefix("line ") else { return text };
    rest.split_once(": ").map_or(text, |(_, problem)| problem)
}

/// What a value is, with its article.
pub fn describe(data: &Data) -> &'static str {
    match data {
        Data::Null => "`null`",
        Data::Bool(_) => "a boolean",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "a number",
        Data::String(_) => "a string",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
    }
}

/// A map of settings being read.
pub struct Section<'a> {
    file: &'a str,
    path: String,
    mapping: &'a Mapping,
    asked: RefCell<Vec<&'static str>>,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    /// The map at the root of a file, or at `path` in it.
    pub fn new(file: &'a str, path: &str, mapping: &'a Mapping, problems: &'a Problems) -> Self {
        Self { file, path: path.to_owned(), mapping, asked: RefCell::default(), problems }
    }

    /// The place of a key, or of the file if the key is not there.
    pub fn place(&self, key: &str) -> Place {
        self.mapping.get(key).map_or_else(
            || Place::file(self.file),
            |entry| Place::position(self.file, entry.key_position),
        )
    }

    /// Where the problems of this file go.
    pub fn problems(&self) -> &'a Problems {
        self.problems
    }

    /// Adds a problem at a key.
    pub fn reject(&self, key: &str, problem: &str) {
        let message = format!("`{}` {problem}", self.name(key));
        self.problems.add(Diagnostic::error(message).at(self.place(key)));
    }

    /// The string at a key. A number or boolean is a problem with the advice to quote it.
    pub fn string(&self, key: &'static str) -> Option<Placed<String>> {
        let node = self.take(key)?;
        self.as_string(key, node)
    }

    /// The boolean at a key.
    pub fn boolean(&self, key: &'static str) -> Option<bool> {
        match self.take(key)?.data {
            Data::Bool(value) => Some(value),
            ref other => self.mismatch(key, "`true` or `false`", other),
        }
    }

    /// The number at a key, which must be whole and not negative.
    pub fn number(&self, key: &'static str) -> Option<u32> {
        match self.take(key)?.data {
            Data::Int(value) if u32::try_from(value).is_ok() => u32::try_from(value).ok(),
            ref other => self.mismatch(key, "a whole number of 0 or more", other),
        }
    }

    /// The string at a key, or the list of strings there.
    pub fn one_or_more(&self, key: &'static str) -> Option<Vec<Placed<String>>> {
        let node = self.take(key)?;
        if let Data::List(items) = &node.data {
            return self.as_strings(key, items);
        }
        self.as_string(key, node).map(|one| vec![one])
    }

    /// The list of strings at a key.
    pub fn strings(&self, key: &'static str) -> Option<Vec<Placed<String>>> {
        match &self.take(key)?.data {
            Data::List(items) => self.as_strings(key, items),
            other => self.mismatch(key, "a list of strings", other),
        }
    }

    /// The list of maps at a key, each to be read as a section of its own.
    pub fn sections(&self, key: &'static str) -> Vec<Self> {
        match self.take(key).map(|node| &node.data) {
            None => Vec::new(),
            Some(Data::List(items)) => {
                let numbered = items.iter().enumerate();
                numbered
                    .filter_map(|(index, item)| self.inner(&format!("{key}[{index}]"), item))
                    .collect()
            }
            Some(other) => self.mismatch(key, "a list of maps", other).unwrap_or_default(),
        }
    }

    /// The map at a key, to be read as a section of its own.
    pub fn section(&self, key: &'static str) -> Option<Self> {
        self.inner(key, self.take(key)?)
    }

    /// The map at a key, whose keys the user chooses and whose content nobody checks.
    pub fn mapping(&self, key: &'static str) -> Option<&'a Mapping> {
        match &self.take(key)?.data {
            Data::Map(mapping) => Some(mapping),
            other => self.mismatch(key, "a map", other),
        }
    }

    /// Each entry of this map as a section of its own, for a map whose keys the user chooses and
    /// whose values are maps or nothing.
    pub fn members(&self) -> Vec<(Placed<String>, Self)> {
        let members = self.mapping.iter().filter_map(|(key, entry)| {
            let place = Place::position(self.file, entry.key_position);
            let section = self.inner(key, &entry.value)?;
            Some((Placed { value: key.to_string(), place }, section))
        });
        members.collect()
    }

    /// Whether what a key says is not known for sure: it could not be read, or a key that nobody
    /// asks for is probably a misspelling of it. Asked once all keys were.
    pub fn is_doubtful(&self, key: &str, was_read: bool) -> bool {
        let asked = self.asked.borrow();
        let mut unknown = self.mapping.keys().filter(|name| !asked.contains(&name.as_str()));
        (self.mapping.contains_key(key) && !was_read)
            || unknown.any(|name| nearest(name, asked.iter().copied()) == Some(key))
    }

    /// Ends the reading: every key that was not asked for is a problem.
    pub fn finish(self) {
        let asked = self.asked.borrow();
        for key in self.mapping.keys().filter(|key| !asked.contains(&key.as_str())) {
            let problem = Diagnostic::error(format!("unknown key `{}`", self.name(key)))
                .at(self.place(key))
                .suggest(key, asked.iter().copied());
            self.problems.add(problem);
        }
    }

    /// The name of a key with those of the maps around it.
    fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn take(&self, key: &'static str) -> Option<&'a Node> {
        self.asked.borrow_mut().push(key);
        self.mapping.get(key).map(|entry| &entry.value)
    }

    fn inner(&self, key: &str, node: &'a Node) -> Option<Self> {
        static EMPTY: std::sync::LazyLock<Mapping> = std::sync::LazyLock::new(Mapping::default);
        let mapping = match &node.data {
            Data::Map(mapping) => mapping,
            Data::Null => &*EMPTY,
            other => return self.mismatch_at(key, "a map", other, node),
        };
        Some(Section::new(self.file, &self.name(key), mapping, self.problems))
    }

    fn as_string(&self, key: &str, node: &Node) -> Option<Placed<String>> {
        match &node.data {
            Data::String(value) => {
                let place = Place::position(self.file, node.position);
                Some(Placed { value: value.to_string(), place })
            }
            other => self.mismatch_at(key, "a string", other, node),
        }
    }

    fn as_strings(&self, key: &str, items: &[Node]) -> Option<Vec<Placed<String>>> {
        let numbered = items.iter().enumerate();
        numbered.map(|(index, item)| self.as_string(&format!("{key}[{index}]"), item)).collect()
    }

    fn mismatch<T>(&self, key: &'static str, wanted: &str, found: &Data) -> Option<T> {
        let node = &self.mapping.get(key)?.value;
        self.mismatch_at(key, wanted, found, node)
    }

    fn mismatch_at<T>(&self, key: &str, wanted: &str, found: &Data, node: &Node) -> Option<T> {
        let message = format!("`{}` must be {wanted}, not {}", self.name(key), describe(found));
        let mut problem = Diagnostic::error(message).at(Place::position(self.file, node.position));
        if wanted == "a string" && !matches!(found, Data::List(_) | Data::Map(_) | Data::Null) {
            problem = problem.hint("put the value in quotes");
        }
        self.problems.add(problem);
        None
    }
}

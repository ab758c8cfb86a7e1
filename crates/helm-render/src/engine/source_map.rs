//! From a line of rendered text to the template lines that wrote it and the values it shows.
//!
//! A map is made by rendering once more with a record ([`super::Compiled::trace`]): the same input
//! gives the same output. It must not know which of the user's files set a value.

use super::error::Frame;
use gotemplate::execute::{Origin, Read, Recorder, Spot, Writing};
use gotemplate::{Map, Set, Value};
use std::collections::BTreeMap;
use std::ops::Range;

/// What Go writes for an absent value, which Helm takes out of the output.
const ABSENT: &[u8] = b"<no value>";

/// Where the output of one render comes from, as far as the render came.
#[derive(Default)]
pub struct SourceMap {
    files: BTreeMap<String, Writing>,
    failed: Vec<Read>,
    templates: Vec<String>,
    /// JSON pointers by the identity of maps and lists, and these, so that no other takes over
    /// their identity.
    known: BTreeMap<usize, (String, Value)>,
}

/// Where a line of rendered text comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineOrigin {
    /// From the rendered file to the innermost template that is known. The expressions are empty.
    pub places: Vec<Frame>,
    /// JSON pointers to the values that were looked at for it, from the root chart's `.Values`.
    pub values: Vec<String>,
}

impl SourceMap {
    /// Where a line of a rendered file comes from: `service/templates/x.yaml`, and the 1-based line
    /// of what it writes. None for a line that is blank or not there.
    pub fn line(&self, file: &str, line: u32) -> Option<LineOrigin> {
        let writing = self.files.get(file)?;
        let removed = absences(writing.text());
        let Range { mut start, mut end } = range_of(&without(writing.text(), &removed), line)?;
        for at in removed {
            start += if at <= start { ABSENT.len() } else { 0 };
            end += if at < end { ABSENT.len() } else { 0 };
        }
        let Origin { spots, reads } = writing.origin(start..end);
        let places: Vec<Frame> = spots.into_iter().map(frame).collect();
        (!places.is_empty()).then(|| LineOrigin { places, values: self.pointers(&reads) })
    }

    /// What a file wrote, as Helm goes on with it.
    pub fn text(&self, file: &str) -> Option<Vec<u8>> {
        let text = self.files.get(file)?.text();
        Some(without(text, &absences(text)))
    }

    /// JSON pointers to the values that the expression looked at which made the render fail, or the
    /// condition around it.
    pub fn failed(&self) -> Vec<String> {
        self.pointers(&self.failed)
    }

    /// The names of all templates, files and those that they define.
    pub fn templates(&self) -> &[String] {
        &self.templates
    }

    /// Learns which templates there are.
    pub(super) fn learn_templates(&mut self, set: &Set) {
        self.templates = set.names().map(|name| name.to_str_lossy().into_owned()).collect();
    }

    /// Learns where the values stand. Those that every chart sees are known by their place at the
    /// root.
    pub(super) fn learn(&mut self, values: &Map) {
        if let Some(global) = values.get(b"global") {
            self.learn_value("/global", &global);
        }
        self.learn_value("", &Value::Map(values.clone()));
    }

    /// Adds what a file wrote.
    pub(super) fn add(&mut self, file: &str, recorder: &Recorder) {
        if let Some(writing) = recorder.take() {
            self.files.insert(file.to_owned(), writing);
        }
    }

    /// Notes what a run looked at when it failed.
    pub(super) fn fail(&mut self, recorder: &Recorder) {
        self.failed = recorder.last_reads();
    }

    fn learn_value(&mut self, pointer: &str, value: &Value) {
        let Some(identity) = identity(value) else { return };
        if self.known.contains_key(&identity) {
            return;
        }
        self.known.insert(identity, (pointer.to_owned(), value.clone()));
        match value {
            Value::Map(map) => {
                for (key, inner) in map.entries() {
                    self.learn_value(&below(pointer, &key.to_str_lossy()), &inner);
                }
            }
            Value::List(list) => {
                for (index, inner) in list.iter().enumerate() {
                    self.learn_value(&below(pointer, &index.to_string()), inner);
                }
            }
            _ => {}
        }
    }

    /// The pointers of what was read, each once. A map that was only read on the way to its entry
    /// is left out, and so are the values as a whole.
    fn pointers(&self, reads: &[Read]) -> Vec<String> {
        let all: Vec<String> = reads.iter().filter_map(|read| self.pointer(read)).collect();
        let mut kept: Vec<String> = Vec::new();
        for (index, pointer) in all.iter().enumerate() {
            let next = all.get(index + 1).and_then(|next| next.strip_prefix(pointer.as_str()));
            let is_on_the_way = next.is_some_and(|rest| rest.starts_with('/'));
            if !is_on_the_way && !pointer.is_empty() && !kept.contains(pointer) {
                kept.push(pointer.clone());
            }
        }
        kept
    }

    fn pointer(&self, read: &Read) -> Option<String> {
        let (pointer, _) = self.known.get(&identity(&read.container)?)?;
        Some(match &read.key {
            Some(key) => below(pointer, &key.to_str_lossy()),
            None => pointer.clone(),
        })
    }
}

fn identity(value: &Value) -> Option<usize> {
    match value {
        Value::Map(map) => Some(map.identity()),
        Value::List(list) => Some(list.identity()),
        _ => None,
    }
}

fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn frame(spot: Spot) -> Frame {
    Frame {
        file: spot.file,
        line: spot.line,
        column: spot.column.saturating_add(1),
        template: spot.template,
        expression: String::new(),
    }
}

/// Where the text has what Helm takes out of it.
fn absences(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..)
        && let Some(at) = rest.windows(ABSENT.len()).position(|window| window == ABSENT)
    {
        found.push(from + at);
        from += at + ABSENT.len();
    }
    found
}

fn without(text: &[u8], removed: &[usize]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in removed {
        kept.extend_from_slice(text.get(from..*at).unwrap_or_default());
        from = at + ABSENT.len();
    }
    kept.extend_from_slice(text.get(from..).unwrap_or_default());
    kept
}

/// The bytes of a 1-based line.
fn range_of(text: &[u8], line: u32) -> Option<Range<usize>> {
    let before = usize::try_from(line).ok()?.checked_sub(1)?;
    let mut start = 0;
    for (number, content) in text.split(|byte| *byte == b'\n').enumerate() {
        if number == before {
            return Some(start..start + content.len());
        }
        start += content.len() + 1;
    }
    None
}

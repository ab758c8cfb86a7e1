//! From a line of rendered text to the template lines that wrote it and the values it shows.
//!
//! A map is made by rendering once more with a record ([`super::Compiled::trace`]): the same input
//! gives the same output. It must not know which of the user's files set a value.

use super::absent::{self, ABSENT};
use super::error::Frame;
use go_yaml::pointer::below;
use gotemplate::execute::{Origin, Read, Recorder, Spot, Writing};
use gotemplate::{Map, Set, Value};
use std::collections::BTreeMap;
use std::ops::Range;

/// Where the output of one render comes from, as far as the render came.
#[derive(Default)]
pub struct SourceMap {
    files: BTreeMap<String, Written>,
    failed: Vec<Read>,
    templates: Vec<String>,
    /// JSON pointers by the identity of maps and lists, and these, so that no other takes over
    /// their identity.
    known: BTreeMap<usize, (String, Value)>,
}

/// What a file wrote.
struct Written {
    writing: Writing,
    /// Where Helm takes something out of it.
    absences: Vec<usize>,
    /// What is left.
    text: Vec<u8>,
    /// Where the lines of that stand.
    lines: Vec<Range<usize>>,
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
        let Written { writing, absences, lines, .. } = self.files.get(file)?;
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let Range { mut start, mut end } = lines.get(index)?.clone();
        for at in absences {
            start += if *at <= start { ABSENT.len() } else { 0 };
            end += if *at < end { ABSENT.len() } else { 0 };
        }
        let Origin { spots, reads } = writing.origin(start..end);
        let places: Vec<Frame> = spots.into_iter().map(frame).collect();
        (!places.is_empty()).then(|| LineOrigin { places, values: self.pointers(&reads) })
    }

    /// What a file wrote, as Helm goes on with it.
    pub fn text(&self, file: &str) -> Option<&[u8]> {
        self.files.get(file).map(|written| written.text.as_slice())
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
            self.files.insert(file.to_owned(), Written::new(writing));
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

impl Written {
    fn new(writing: Writing) -> Self {
        let absences = absent::places(writing.text());
        let text = absent::without(writing.text(), &absences);
        let mut start = 0;
        let lines = text.split(|byte| *byte == b'\n').map(|line| {
            let range = start..start + line.len();
            start = range.end + 1;
            range
        });
        let lines = lines.collect();
        Self { writing, absences, text, lines }
    }
}

fn identity(value: &Value) -> Option<usize> {
    match value {
        Value::Map(map) => Some(map.identity()),
        Value::List(list) => Some(list.identity()),
        _ => None,
    }
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

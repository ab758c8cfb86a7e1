//! Documents as libyaml's events spell them: nodes in an arena, anchors looked up, nothing
//! resolved yet. It owns the depth limit.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::event::{Event, Kind, Mark, Scalar};
use crate::node::Position;

/// How deep collections may nest. Go allows 10,000; the values of every caller are walked by
/// recursion here, which this keeps well within a thread's stack.
pub(crate) const DEPTH_LIMIT: usize = 500;

/// One document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Nodes in the order of their events; children are places in this list.
    pub(crate) nodes: Vec<Part>,
    /// The values of all scalars, one behind the other.
    pub(crate) values: String,
}

/// One node.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) position: Position,
    pub(crate) content: Content,
}

/// What a node holds.
#[derive(Debug)]
pub(crate) enum Content {
    Scalar(Scalar),
    Sequence(Vec<usize>),
    /// Keys and values in turn.
    Mapping(Vec<usize>),
    Alias {
        name: String,
        target: usize,
    },
}

impl Document {
    /// The value of one of its scalars.
    pub(crate) fn value(&self, scalar: &Scalar) -> &str {
        self.values.get(scalar.value.clone()).unwrap_or_default()
    }
}

/// A number of libyaml's as ours.
pub(crate) fn clamp(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The document under construction.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) document: Document,
    open: Vec<usize>,
    anchors: BTreeMap<String, usize>,
}

impl Builder {
    /// Begins a document, in the room of the last one.
    pub(crate) fn clear(&mut self) {
        self.document.nodes.clear();
        self.document.values.clear();
        self.open.clear();
        self.anchors.clear();
    }

    /// Takes the next event between the document's start and end. Errors: an alias without
    /// anchor, too many levels.
    pub(crate) fn add(&mut self, event: Event) -> Result<(), Error> {
        let content = match event.kind {
            Kind::SequenceEnd | Kind::MappingEnd => {
                self.open.pop();
                return Ok(());
            }
            Kind::Alias => return self.add_alias(event),
            Kind::Scalar(scalar) => Content::Scalar(scalar),
            Kind::SequenceStart(_) => Content::Sequence(Vec::new()),
            _ => Content::Mapping(Vec::new()),
        };
        let opens = !matches!(content, Content::Scalar(_));
        let position = position(event.start);
        let place = self.push(Part { position, content });
        if let Some(anchor) = event.anchor {
            self.anchors.insert(anchor, place);
        }
        if opens {
            self.open.push(place);
        }
        if self.open.len() > DEPTH_LIMIT {
            return Err(Error::yaml_at(
                position.line,
                format_args!("exceeded max depth of {DEPTH_LIMIT}"),
            ));
        }
        Ok(())
    }

    fn add_alias(&mut self, event: Event) -> Result<(), Error> {
        let position = position(event.start);
        let name = event.anchor.unwrap_or_default();
        let Some(target) = self.anchors.get(&name).copied() else {
            return Err(Error::yaml(format_args!("unknown anchor '{name}' referenced")));
        };
        self.push(Part { position, content: Content::Alias { name, target } });
        Ok(())
    }

    fn push(&mut self, part: Part) -> usize {
        let place = self.document.nodes.len();
        self.document.nodes.push(part);
        let parent = self.open.last().and_then(|open| self.document.nodes.get_mut(*open));
        if let Some(Content::Sequence(children) | Content::Mapping(children)) =
            parent.map(|part| &mut part.content)
        {
            children.push(place);
        }
        place
    }
}

fn position(mark: Mark) -> Position {
    let one_based = |number: u64| clamp(number).saturating_add(1);
    Position { line: one_based(mark.line), column: one_based(mark.column) }
}

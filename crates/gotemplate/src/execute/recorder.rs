//! Which node wrote which bytes, for a host that asks.
//!
//! A render that fails, or whose output is no good, is simply run again with a [`Recorder`]: the
//! same moment gives the same output, and a render without one pays a test for each piece. It must
//! not know what is asked of the record ([`super::origin`]).

use crate::parse::Source;
use crate::parse::node::Position;
use crate::value::{Text, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// More pieces and reads than this are not kept; then there is no record at all.
const LIMIT: usize = 1_000_000;

/// Takes down where output comes from: one run after the other, until one fails.
#[derive(Default)]
pub struct Recorder {
    record: RefCell<Record>,
}

#[derive(Default)]
struct Record {
    /// The runs of templates under way, innermost last.
    open: Vec<Open>,
    finished: Option<Writing>,
    kept: usize,
}

/// A run of a template that is under way.
#[derive(Default)]
struct Open {
    pieces: Vec<Piece>,
    /// The `{{ template }}` call under way.
    call: Option<Rc<Caller>>,
    /// What the enclosing `if`, `with` and `range` looked at, outermost first.
    branches: Vec<Rc<[Read]>>,
    /// What was read since the node under way began.
    reads: Vec<Read>,
    /// What was run since the node under way began.
    inner: Vec<Writing>,
}

/// What one run of a template wrote: a file, an `include` or a `tpl`.
pub struct Writing {
    /// All that it wrote.
    pub(super) text: Vec<u8>,
    /// From what, in order.
    pub(super) pieces: Vec<Piece>,
}

/// What one node wrote.
pub(super) struct Piece {
    /// Where it ends; it begins where the one before ends.
    pub(super) end: usize,
    pub(super) point: Point,
    /// Whether the template's own text was copied.
    pub(super) is_text: bool,
    /// The `{{ template }}` that led here.
    pub(super) call: Option<Rc<Caller>>,
    /// The values that were looked at.
    pub(super) reads: Rc<[Read]>,
    /// What was run for it, in order.
    pub(super) inner: Vec<Writing>,
}

/// A `{{ template }}`, and the one around it.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) point: Point,
    pub(super) around: Option<Rc<Self>>,
}

/// A place in a template.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) source: Arc<Source>,
    pub(super) template: Text,
    pub(super) position: Position,
}

/// A value that was looked at: a map or list, or an entry of a map that is neither.
#[derive(Clone)]
pub struct Read {
    /// The map or list.
    pub container: Value,
    /// The entry, which may not be there.
    pub key: Option<Text>,
}

impl Recorder {
    /// What the template that was run last wrote, if it ran to its end.
    pub fn take(&self) -> Option<Writing> {
        let mut record = self.record.borrow_mut();
        let finished = record.finished.take();
        finished.filter(|_| record.kept <= LIMIT)
    }

    /// The values that the node at which a run failed looked at; where it looked at none, those of
    /// the condition around it.
    pub fn last_reads(&self) -> Vec<Read> {
        let record = self.record.borrow();
        record.open.last().map(|open| open.nearest_reads().to_vec()).unwrap_or_default()
    }

    /// A template begins. The answer is for [`Self::finish`].
    pub(super) fn begin(&self) -> usize {
        let mut record = self.record.borrow_mut();
        record.open.push(Open::default());
        record.open.len() - 1
    }

    /// The template that began at this depth has written `text`.
    pub(super) fn finish(&self, depth: usize, text: &[u8]) {
        let mut record = self.record.borrow_mut();
        record.open.truncate(depth + 1);
        let Some(open) = record.open.pop() else { return };
        let kept = if record.kept > LIMIT { Vec::new() } else { text.to_vec() };
        let writing = Writing { text: kept, pieces: open.pieces };
        match record.open.last_mut() {
            Some(around) => around.inner.push(writing),
            None => record.finished = Some(writing),
        }
    }

    /// A node begins.
    pub(super) fn begin_node(&self) {
        self.innermost(|open| {
            open.reads.clear();
            open.inner.clear();
        });
    }

    /// A value was looked at: the entry `key` of `receiver`, or all of it.
    pub(super) fn read(&self, receiver: &Value, key: Option<&Text>, found: &Value) {
        let read = match (found, receiver, key) {
            (Value::Map(_) | Value::List(_), ..) => Read { container: found.clone(), key: None },
            (_, Value::Map(_), Some(key)) => {
                Read { container: receiver.clone(), key: Some(key.clone()) }
            }
            _ => return,
        };
        self.keep(|open| open.reads.push(read));
    }

    /// The node that began has written up to `end`.
    pub(super) fn piece(&self, end: usize, point: Point, is_text: bool) {
        self.keep(|open| {
            let (reads, inner) = if is_text {
                (Rc::default(), Vec::new())
            } else {
                (open.nearest_reads(), std::mem::take(&mut open.inner))
            };
            let call = open.call.clone();
            open.pieces.push(Piece { end, point, is_text, call, reads, inner });
        });
    }

    /// What was read since the node began decides a branch that is entered now.
    pub(super) fn enter_branch(&self) {
        self.innermost(|open| {
            let reads = open.nearest_reads();
            open.branches.push(reads);
        });
    }

    /// The branch ends.
    pub(super) fn leave_branch(&self) {
        self.innermost(|open| drop(open.branches.pop()));
    }

    /// A `{{ template }}` is entered.
    pub(super) fn enter_call(&self, point: Point) {
        self.innermost(|open| {
            let reads = open.nearest_reads();
            open.branches.push(reads);
            open.call = Some(Rc::new(Caller { point, around: open.call.take() }));
        });
    }

    /// It ends.
    pub(super) fn leave_call(&self) {
        self.innermost(|open| {
            open.branches.pop();
            open.call = open.call.take().and_then(|call| call.around.clone());
        });
    }

    fn keep(&self, add: impl FnOnce(&mut Open)) {
        let mut record = self.record.borrow_mut();
        record.kept = record.kept.saturating_add(1);
        if record.kept <= LIMIT
            && let Some(open) = record.open.last_mut()
        {
            add(open);
        }
    }

    fn innermost(&self, change: impl FnOnce(&mut Open)) {
        if let Some(open) = self.record.borrow_mut().open.last_mut() {
            change(open);
        }
    }
}

impl Open {
    fn nearest_reads(&self) -> Rc<[Read]> {
        if self.reads.is_empty() {
            return self.branches.last().cloned().unwrap_or_default();
        }
        self.reads.as_slice().into()
    }
}

//! Events of a YAML text and the problems that end them, as owned data. It does not know where
//! they come from.

use std::ops::Range;

/// A place in the text, both numbers 0-based, and the byte behind which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) index: u64,
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// One event of the parser.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: Kind,
    /// The anchor it defines, or the one an alias names.
    pub(crate) anchor: Option<String>,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
}

/// What an event says.
#[derive(Debug)]
pub(crate) enum Kind {
    StreamStart,
    StreamEnd,
    /// With the version that a `%YAML` directive names.
    DocumentStart(Option<(i32, i32)>),
    DocumentEnd,
    Alias,
    Scalar(Scalar),
    /// With whether it is written in brackets.
    SequenceStart(bool),
    SequenceEnd,
    /// With whether it is written in braces.
    MappingStart(bool),
    MappingEnd,
}

/// How a scalar is quoted, as far as anyone asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Quotes {
    #[default]
    None,
    Double,
    Other,
}

/// The particulars of a scalar.
#[derive(Debug, Default)]
pub(crate) struct Scalar {
    /// Where its value stands among those of its document.
    pub(crate) value: Range<usize>,
    pub(crate) tag: Option<String>,
    /// Whether the value decides its type, as in a plain scalar without a tag.
    pub(crate) implicit: bool,
    pub(crate) style: Quotes,
}

/// Why libyaml gave up, with its 0-based marks.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) scanner: bool,
    pub(crate) text: String,
    pub(crate) mark: Mark,
    pub(crate) context_mark: Mark,
}

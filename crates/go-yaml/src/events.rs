//! libyaml's events as owned values. The only module with unsafe code: it owns the raw parser
//! and every pointer of it. It knows nothing of what the events mean.
#![expect(
    unsafe_code,
    reason = "libyaml-rs offers C's interface only; every pointer stays in here"
)]

use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::NonNull;

use libyaml_rs as sys;

use crate::event::{Event, Kind, Mark, Problem, Quotes, Scalar};

/// The parser of one text.
pub(crate) struct Events<'text> {
    /// From `Box::into_raw`, so that its address, which libyaml keeps, never changes.
    parser: NonNull<sys::yaml_parser_t>,
    text: PhantomData<&'text [u8]>,
}

impl<'text> Events<'text> {
    /// Prepares to read a text. Nothing is read yet.
    pub(crate) fn new(text: &'text [u8]) -> Self {
        let memory = Box::into_raw(Box::new(MaybeUninit::<sys::yaml_parser_t>::uninit()));
        // SAFETY: `memory` is valid for writes and aligned; `initialize` fills all of it (it
        // cannot fail: a lack of memory aborts). The text outlives the parser by `'text`, its
        // pointer is not null, and libyaml only reads it.
        unsafe {
            let parser = NonNull::new_unchecked(memory.cast::<sys::yaml_parser_t>());
            let _: bool = sys::yaml_parser_initialize(parser.as_ptr()).ok;
            sys::yaml_parser_set_input_string(parser.as_ptr(), text.as_ptr(), text.len() as u64);
            Self { parser, text: PhantomData }
        }
    }

    /// The next event, its value put behind the others in `values`. After the end of the stream,
    /// and after a problem, it is `StreamEnd`.
    pub(crate) fn next(&mut self, values: &mut String) -> Result<Event, Problem> {
        let mut raw = MaybeUninit::<sys::yaml_event_t>::uninit();
        // SAFETY: the parser is initialised and ours alone; `parse` zeroes `raw`, which is a
        // valid event (`YAML_NO_EVENT`), before anything else, and fills it only on success.
        // `owned` copies what `raw` points to before `delete` frees it.
        unsafe {
            if sys::yaml_parser_parse(self.parser.as_ptr(), raw.as_mut_ptr()).fail {
                return Err(self.problem());
            }
            let event = owned(raw.assume_init_ref(), values);
            sys::yaml_event_delete(raw.as_mut_ptr());
            Ok(event)
        }
    }

    fn problem(&self) -> Problem {
        // SAFETY: the parser is initialised, and nothing writes to it while the reference lives.
        let parser = unsafe { self.parser.as_ref() };
        Problem {
            scanner: parser.error == sys::YAML_SCANNER_ERROR,
            // SAFETY: libyaml points at a static string with a final NUL, or at nothing.
            text: unsafe { text(parser.problem.cast()) }.unwrap_or_default(),
            mark: mark(parser.problem_mark),
            context_mark: mark(parser.context_mark),
        }
    }
}

impl Drop for Events<'_> {
    fn drop(&mut self) {
        // SAFETY: the parser is initialised and deleted once; its memory came from a `Box` of
        // the same layout, and `MaybeUninit` drops nothing.
        unsafe {
            sys::yaml_parser_delete(self.parser.as_ptr());
            drop(Box::from_raw(self.parser.as_ptr().cast::<MaybeUninit<sys::yaml_parser_t>>()));
        }
    }
}

/// Copies an event.
///
/// # Safety
/// `raw` was filled by `yaml_parser_parse` and not deleted since: the field of its union that
/// its type names is set, and pointers in it are null or valid.
unsafe fn owned(raw: &sys::yaml_event_t, values: &mut String) -> Event {
    // SAFETY: by the contract above; anchors and tags end in NUL, and a scalar's value is never
    // null and holds `length` bytes.
    let (kind, anchor) = unsafe {
        match raw.type_ {
            sys::YAML_STREAM_START_EVENT => (Kind::StreamStart, None),
            sys::YAML_DOCUMENT_START_EVENT => {
                let version = raw.data.document_start.version_directive.as_ref();
                (Kind::DocumentStart(version.map(|it| (it.major, it.minor))), None)
            }
            sys::YAML_DOCUMENT_END_EVENT => (Kind::DocumentEnd, None),
            sys::YAML_ALIAS_EVENT => (Kind::Alias, text(raw.data.alias.anchor)),
            sys::YAML_SCALAR_EVENT => {
                let it = raw.data.scalar;
                let length = usize::try_from(it.length).unwrap_or(0);
                let scalar = Scalar {
                    value: put(values, std::slice::from_raw_parts(it.value, length)),
                    tag: text(it.tag),
                    implicit: it.plain_implicit,
                    style: match it.style {
                        sys::YAML_PLAIN_SCALAR_STYLE => Quotes::None,
                        sys::YAML_DOUBLE_QUOTED_SCALAR_STYLE => Quotes::Double,
                        _ => Quotes::Other,
                    },
                };
                (Kind::Scalar(scalar), text(it.anchor))
            }
            sys::YAML_SEQUENCE_START_EVENT => {
                let it = raw.data.sequence_start;
                let flow = it.style == sys::YAML_FLOW_SEQUENCE_STYLE;
                (Kind::SequenceStart(flow), text(it.anchor))
            }
            sys::YAML_SEQUENCE_END_EVENT => (Kind::SequenceEnd, None),
            sys::YAML_MAPPING_START_EVENT => {
                let it = raw.data.mapping_start;
                let flow = it.style == sys::YAML_FLOW_MAPPING_STYLE;
                (Kind::MappingStart(flow), text(it.anchor))
            }
            sys::YAML_MAPPING_END_EVENT => (Kind::MappingEnd, None),
            _ => (Kind::StreamEnd, None),
        }
    };
    Event { kind, anchor, start: mark(raw.start_mark), end: mark(raw.end_mark) }
}

/// Copies a string.
///
/// # Safety
/// `pointer` is null or points at bytes that end in NUL and do not change meanwhile.
unsafe fn text(pointer: *const u8) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: by the contract above.
    Some(lossy(unsafe { CStr::from_ptr(pointer.cast()) }.to_bytes()))
}

/// Puts a value behind the others and says where it stands.
fn put(values: &mut String, value: &[u8]) -> Range<usize> {
    let start = values.len();
    match std::str::from_utf8(value) {
        Ok(value) => values.push_str(value),
        Err(_) => values.push_str(&String::from_utf8_lossy(value)),
    }
    start..values.len()
}

/// Libyaml checks the text but not what `%` escapes in a tag spell.
fn lossy(bytes: &[u8]) -> String {
    let checked = std::str::from_utf8(bytes).map(str::to_owned);
    checked.unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

fn mark(raw: sys::yaml_mark_t) -> Mark {
    Mark { index: raw.index, line: raw.line, column: raw.column }
}

//! Documents of a text one after another, with the syntax that go-yaml v2 refuses and libyaml
//! takes, and go-yaml's wording of syntax errors. It does not resolve anything.

use crate::document::{Builder, Document, clamp};
use crate::error::Error;
use crate::event::{Event, Kind, Mark, Problem, Quotes, Scalar};
use crate::events::Events;

/// Reads documents one after another, no further than asked.
pub(crate) struct Reader<'text> {
    events: Events<'text>,
    /// The text without its byte order mark, if something in it may have to be refused.
    suspicious: Option<&'text [u8]>,
    /// The open collections: whether in brackets or braces (and which), and where they start.
    open: Vec<(Option<char>, Mark)>,
    builder: Builder,
}

impl<'text> Reader<'text> {
    pub(crate) fn new(text: &'text [u8]) -> Self {
        let body = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let is_suspicious =
            memchr::memchr(b'?', body).is_some() || memchr::memmem::find(body, b"\\/").is_some();
        let suspicious = is_suspicious.then_some(body);
        Self {
            events: Events::new(text),
            suspicious,
            open: Vec::new(),
            builder: Builder::default(),
        }
    }

    /// The next document, or nothing at the end of the stream. It takes the room of the one before.
    pub(crate) fn next_document(&mut self) -> Result<Option<&Document>, Error> {
        self.builder.clear();
        loop {
            let event = self.next_event()?;
            match event.kind {
                Kind::StreamStart => {}
                Kind::DocumentStart(version) => {
                    check_version(version, &event)?;
                    return self.read_document().map(Some);
                }
                _ => return Ok(None),
            }
        }
    }

    fn read_document(&mut self) -> Result<&Document, Error> {
        loop {
            let event = self.next_event()?;
            if matches!(event.kind, Kind::DocumentEnd | Kind::StreamEnd) {
                return Ok(&self.builder.document);
            }
            self.builder.add(event)?;
        }
    }

    fn next_event(&mut self) -> Result<Event, Error> {
        let values = &mut self.builder.document.values;
        let event = self.events.next(values).map_err(|problem| syntax_error(&problem))?;
        if let Some(text) = self.suspicious {
            self.check(text, &event)?;
        }
        Ok(event)
    }

    fn check(&mut self, text: &[u8], event: &Event) -> Result<(), Error> {
        match &event.kind {
            Kind::SequenceStart(flow) => self.open.push((flow.then_some(']'), event.start)),
            Kind::MappingStart(flow) => self.open.push((flow.then_some('}'), event.start)),
            Kind::SequenceEnd | Kind::MappingEnd => drop(self.open.pop()),
            Kind::Scalar(Scalar { style: Quotes::Double, .. }) => {
                return check_slashes(source(text, event), event.start.line);
            }
            Kind::Scalar(Scalar { style: Quotes::None, .. }) => {
                return self.check_question(source(text, event), event.start.line);
            }
            _ => {}
        }
        Ok(())
    }

    /// Within brackets and braces a `?` ends a plain scalar for go-yaml, and what follows is no
    /// comma.
    fn check_question(&self, source: &[u8], start: u64) -> Result<(), Error> {
        let Some((Some(bracket), context)) = self.open.last() else { return Ok(()) };
        let Some(place) = source.iter().position(|byte| *byte == b'?') else { return Ok(()) };
        let line = start + count_lines(source.get(..place).unwrap_or_default());
        let line = if line == 0 { context.line } else { line };
        let text = format_args!("did not find expected ',' or '{bracket}'");
        Err(Error::yaml_at(clamp(line), text))
    }
}

fn source<'text>(text: &'text [u8], event: &Event) -> &'text [u8] {
    let offset = |index: u64| usize::try_from(index).unwrap_or(usize::MAX);
    text.get(offset(event.start.index)..offset(event.end.index)).unwrap_or_default()
}

fn count_lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// Go-yaml's `fail`: the problem's line, else the context's, where 0 (the first line) counts as
/// unknown and only the scanner's count from 1.
fn syntax_error(problem: &Problem) -> Error {
    let line = match (problem.mark.line, problem.context_mark.line) {
        (0, context) => context,
        (line, _) if problem.scanner => line + 1,
        (line, _) => line,
    };
    // Go-yaml's text has a slip of the pen that libyaml has corrected.
    let text = problem.text.replace("hexadecimal number", "hexdecimal number");
    Error::yaml_at(clamp(line), text)
}

/// Go-yaml refuses any version but 1.1, libyaml takes 1.2 as well.
fn check_version(version: Option<(i32, i32)>, event: &Event) -> Result<(), Error> {
    if version.is_some_and(|version| version != (1, 1)) {
        return Err(Error::yaml_at(clamp(event.start.line), "found incompatible YAML document"));
    }
    Ok(())
}

/// Go-yaml knows no escape `\/`, libyaml does.
fn check_slashes(source: &[u8], start: u64) -> Result<(), Error> {
    let mut bytes = source.iter().enumerate();
    while let Some((place, byte)) = bytes.next() {
        if *byte != b'\\' {
            continue;
        }
        if let Some((_, b'/')) = bytes.next() {
            let line = start + count_lines(source.get(..place).unwrap_or_default());
            let line = if line == 0 { 0 } else { line + 1 };
            return Err(Error::yaml_at(clamp(line), "found unknown escape character"));
        }
    }
    Ok(())
}

//! Failed templates in Helm's words.
//!
//! Helm rewrites what Go says: a `fail` or `required` shows only the outermost position, and
//! Helm 4 prints a chain of calls on several lines, unless a link of the chain is not in Go's form.

use super::error::{ErrorKind, Frame, RenderError};
use crate::profile::Profile;
use gotemplate::parse::ParseError;
use gotemplate::{Error, Failure};

/// What `fail` and `required` put around their text, so that it can be told from other errors.
pub(crate) const MARK_BEGIN: &str = "HELM_ERR_START";
/// The end of it.
pub(crate) const MARK_END: &str = "HELM_ERR_END";

/// A template that does not parse: only what follows the last colon is printed.
pub(crate) fn describe_parse(error: &ParseError) -> RenderError {
    let whole = error.to_string();
    let mut parts = whole.split(": ");
    let location = parts.nth(1).unwrap_or_default();
    let reason = whole.rsplit(": ").next().unwrap_or_default();
    let message = format!("parse error at ({location}): {reason}");
    let mut described = RenderError::new(ErrorKind::Parse, message);
    described.reason.clone_from(&error.message);
    described.template = Some(error.name.clone());
    described.line = Some(error.line);
    described
}

/// A template that failed while running.
pub(crate) fn describe_execution(error: &Error, profile: Profile) -> RenderError {
    let links = links(error);
    let whole = links.first().map(String::as_str).unwrap_or_default();
    let (message, marked) = match marked_message(whole) {
        Some((location, text)) => (format!("execution error at ({location}): {text}"), Some(text)),
        None if profile == Profile::Helm4 => {
            (trace_lines(&links).unwrap_or_else(|| whole.to_owned()), None)
        }
        None => (whole.to_owned(), None),
    };
    let kind = if error.is_exhausted() { ErrorKind::Exhausted } else { ErrorKind::Execute };
    let mut described = RenderError::new(kind, message);
    described.reason = marked.map_or_else(|| innermost_reason(error), str::to_owned);
    described.trace = frames(error).into_boxed_slice();
    if let Some(frame) = described.trace.iter().rev().find(|frame| frame.file != "gotpl") {
        described.template = Some(frame.file.clone());
        described.line = Some(frame.line);
        described.column = Some(frame.column);
    }
    described
}

/// The texts of the error and of everything it wraps, as `errors.Unwrap` would give them.
fn links(error: &Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut current = Some(error);
    while let Some(error) = current {
        texts.push(error.to_string());
        current = match error.cause.as_deref() {
            Some(Failure::Execution(inner)) => Some(inner),
            Some(Failure::Message(message) | Failure::Exhausted(message)) => {
                texts.push(message.clone());
                None
            }
            None => None,
        };
    }
    texts
}

fn frames(error: &Error) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut current = Some(error);
    while let Some(error) = current {
        if error.line > 0 {
            frames.push(Frame {
                file: error.file.clone(),
                line: error.line,
                column: error.column.saturating_add(1),
                template: error.template.clone(),
                expression: error.expression.clone(),
            });
        }
        current = match error.cause.as_deref() {
            Some(Failure::Execution(inner)) => Some(inner),
            _ => None,
        };
    }
    frames
}

fn innermost_reason(error: &Error) -> String {
    let mut current = error;
    loop {
        match current.cause.as_deref() {
            Some(Failure::Execution(inner)) => current = inner,
            Some(Failure::Message(message) | Failure::Exhausted(message)) => {
                return match current.message.as_str() {
                    "" => message.clone(),
                    own => format!("{own}: {message}"),
                };
            }
            None => return current.message.clone(),
        }
    }
}

/// The location and the text of a `fail` or `required`.
fn marked_message(whole: &str) -> Option<(&str, &str)> {
    let mut tokens = whole.splitn(3, ": ");
    let (_, location, rest) = (tokens.next()?, tokens.next()?, tokens.next()?);
    let begin = rest.find(MARK_BEGIN)? + MARK_BEGIN.len();
    let end = rest.rfind(MARK_END)?;
    Some((location, rest.get(begin..end)?))
}

/// Helm 4's form of a chain; none if a link is not in Go's form.
fn trace_lines(links: &[String]) -> Option<String> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for link in links {
        let block = parse_link(link)?;
        if blocks.last() != Some(&block) {
            blocks.push(block);
        }
    }
    let text: String = blocks.iter().map(Block::lines).collect();
    Some(text.trim().to_owned())
}

/// One link of a chain.
#[derive(PartialEq, Eq)]
struct Block<'a> {
    location: &'a str,
    call: Option<(&'a str, &'a str)>,
    message: &'a str,
}

impl Block<'_> {
    fn lines(&self) -> String {
        let location = match self.location {
            "" => String::new(),
            location => format!("{location}\n  "),
        };
        let call = self.call.map_or_else(String::new, |(template, expression)| {
            format!("executing \"{template}\" at <{expression}>:\n    ")
        });
        let end = if self.message.is_empty() { "" } else { "\n" };
        format!("{location}{call}{}{end}", self.message)
    }
}

fn parse_link(text: &str) -> Option<Block<'_>> {
    let rest = text.strip_prefix("template: ")?;
    if rest.starts_with("no template ") {
        return Some(Block { location: "", call: None, message: text });
    }
    parse_call(rest).or_else(|| {
        let (location, message) = rest.rsplit_once(": ")?;
        Some(Block { location, call: None, message: without_next(message) })
    })
}

fn parse_call(rest: &str) -> Option<Block<'_>> {
    let (location, after) = rest.split_once(": executing ")?;
    let (template, after) = after.strip_prefix('"')?.split_once('"')?;
    let (expression, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
    let message = without_next(message);
    Some(Block { location, call: Some((template, expression)), message })
}

/// What stands before the next link.
fn without_next(message: &str) -> &str {
    message.split_once(" template:").map_or(message, |(own, _)| own)
}

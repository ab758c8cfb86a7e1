//! What a function body can reach beyond its arguments.
//!
//! It must not know which functions there are.

use super::budget::Budget;
use super::error::Error;
use super::recorder::Recorder;
use super::set::Set;
use super::state::{At, Run};
use super::surroundings::{Asker, Surroundings};
use crate::format::{quote, weigh};
use crate::functions::Failure;
use crate::parse::{self, Template};
use crate::value::Value;
use jiff::Zoned;
use jiff::tz::TimeZone;
use rand_chacha::ChaCha20Rng;
use regex::Regex;
use std::any::Any;

/// What the host hands to a render.
#[derive(Clone, Copy)]
pub struct Host<'h> {
    /// The host's own, for its functions.
    pub state: &'h dyn Any,
    /// What the render may still use.
    pub budget: &'h Budget,
    /// The time and chance.
    pub surroundings: &'h Surroundings,
    /// What takes down where output comes from, if anything does.
    pub recorder: Option<&'h Recorder>,
}

/// What a function body can reach beyond its arguments.
pub struct Call<'a> {
    pub(super) run: Run<'a>,
    pub(super) template: Option<&'a Template>,
    pub(super) at: Option<At<'a>>,
    pub(super) function: &'static str,
}

impl<'a> Call<'a> {
    /// A call from outside any template, for hosts and tests that use functions directly.
    pub fn outside(set: &'a Set, host: Host<'a>) -> Self {
        Self { run: Run { set, host }, template: None, at: None, function: "" }
    }

    /// The host's state, if it is a `T`.
    pub fn state<T: Any>(&self) -> Option<&'a T> {
        self.run.host.state.downcast_ref()
    }

    /// The name of the template that calls, empty outside any.
    pub fn template_name(&self) -> &[u8] {
        self.template.map_or(&[], |template| template.name.as_bytes())
    }

    /// The file that the calling template stands in (Go's `ParseName`), empty outside any.
    pub fn file_name(&self) -> &str {
        self.template.map_or("", |template| &template.source.name)
    }

    /// Runs the template `name` of the running set with `data` as dot; what `include` does.
    ///
    /// Fails as Helm does for a name that is not there, or with the template's own failure.
    pub fn include(&mut self, name: &[u8], data: Value) -> Result<Vec<u8>, Failure> {
        let Some(template) = self.run.set.template(name) else {
            return Err(Failure::Message(missing(name)));
        };
        self.run.execute(template, data).map_err(failure)
    }

    /// Parses `text` under `name` in a copy of the set and runs it: what it defines is seen only
    /// within it; what `tpl` does. Text without an action is returned as it is.
    ///
    /// Fails with [`Failure::Message`] if the text cannot be parsed, with [`Failure::Execution`]
    /// or [`Failure::Exhausted`] if it cannot be run.
    pub fn evaluate(&mut self, name: &str, text: &[u8], data: Value) -> Result<Vec<u8>, Failure> {
        if memchr::memmem::find(text, b"{{").is_none() {
            self.run.host.budget.write(text.len())?;
            return Ok(text.to_vec());
        }
        self.spend(text.len() as u64)?;
        let templates = parse::parse(name, text, self.run.set.functions())
            .map_err(|error| Failure::Message(error.to_string()))?;
        let mut set = self.run.set.overlay();
        let Some(template) = set.add(templates) else { return Ok(Vec::new()) };
        let run = Run { set: &set, ..self.run };
        run.execute(&template, data).map_err(failure)
    }

    /// A regular expression that templates of this set have used before, or as `compile` makes it.
    ///
    /// Fails with what `compile` fails with.
    pub fn expression<E>(
        &self,
        source: &str,
        compile: impl FnOnce() -> Result<Regex, E>,
    ) -> Result<Regex, E> {
        self.run.set.expressions().get(source, compile)
    }

    /// Takes `steps` from the budget; for functions whose work grows with an argument.
    pub fn spend(&mut self, steps: u64) -> Result<(), Failure> {
        self.run.host.budget.spend(steps)
    }

    /// The time, as [`Moment::now`](super::Moment::now) has it. The call counts among the
    /// [`Surroundings::askers`].
    pub fn now(&self) -> Zoned {
        self.run.host.surroundings.now(self.asker())
    }

    /// The zone that Go calls `Local`.
    pub fn local_zone(&self) -> &TimeZone {
        self.run.host.surroundings.zone()
    }

    /// A source of chance for this call alone. The call counts among the
    /// [`Surroundings::askers`].
    pub fn generator(&self) -> ChaCha20Rng {
        self.run.host.surroundings.generator(self.asker())
    }

    /// Whether what is made by chance will not be used, as [`Moment`](super::Moment) says.
    pub fn is_rehearsal(&self) -> bool {
        self.run.host.surroundings.is_rehearsal()
    }

    /// Counts the call among the [`Surroundings::askers`]: it asks what this render cannot answer.
    pub fn note(&self) {
        self.run.host.surroundings.note(self.asker());
    }

    fn asker(&self) -> Asker {
        let place = self.template.zip(self.at);
        let (line, column) =
            place.map_or((0, 0), |(template, at)| template.source.line_and_column(at.position()));
        Asker { function: self.function, file: self.file_name().to_owned(), line, column }
    }

    /// How many bytes the render may still write; for functions that write at widths they are given.
    pub fn output_left(&self) -> u64 {
        self.run.host.budget.output_left()
    }

    /// The failure of a function that would write more than [`Self::output_left`].
    pub fn too_much_output(&self) -> Failure {
        self.run.host.budget.too_much_output()
    }

    /// Takes what printing or encoding `values` costs, and returns it; fails where a value contains
    /// itself, is nested too deep, or would not fit into the output that is left.
    pub fn spend_on(&mut self, values: &[Value]) -> Result<u64, Failure> {
        let mut total = 0;
        for value in values {
            let weight = weigh(value, self.run.host.budget.output_left())
                .map_err(|message| Failure::Exhausted(message.to_owned()))?;
            self.run.host.budget.spend(weight)?;
            total += weight;
        }
        Ok(total)
    }
}

fn missing(name: &[u8]) -> String {
    let name = quote(name);
    let name = String::from_utf8_lossy(&name);
    format!("template: no template {name} associated with template \"gotpl\"")
}

/// A budget that ran out anywhere stays recognisable to functions that swallow failures. Its text
/// names the innermost place only, however deep the templates are nested.
fn failure(mut error: Box<Error>) -> Failure {
    if !error.is_exhausted() {
        return Failure::Execution(error);
    }
    match error.cause.take() {
        Some(cause) if !error.message.is_empty() => *cause,
        cause => {
            error.cause = cause;
            Failure::Exhausted(error.to_string())
        }
    }
}

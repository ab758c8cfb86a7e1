//! The state of one running template.
//!
//! Owns the variables, the place reached (for errors) and the output. It must not know how nodes
//! are evaluated.

use super::call::Host;
use super::error::Error;
use super::recorder::{Point, Recorder};
use super::set::Set;
use crate::format;
use crate::functions::Failure;
use crate::parse::Template;
use crate::parse::node::{Command, Node, Operand, Pipe, Position};
use crate::value::Value;
use std::sync::Arc;

/// What all templates of one render share. It differs only where `tpl` runs in its own set.
#[derive(Clone, Copy)]
pub(super) struct Run<'r> {
    pub(super) set: &'r Set,
    pub(super) host: Host<'r>,
}

/// The result of an evaluation; boxed because it is passed up through many frames.
pub(super) type Fallible<T> = Result<T, Box<Error>>;

/// A value with what Go's reflection knows beyond it: whether it is seen through an
/// `interface {}`, as elements of lists and maps are until they pass through a pipeline. Only
/// error texts tell.
#[derive(Clone, Default)]
pub(super) struct Held {
    pub(super) value: Value,
    pub(super) is_interface: bool,
}

impl Held {
    /// A value of its own type. A nil interface is no value at all here, as after a pipeline.
    pub(super) fn concrete(value: Value) -> Self {
        Self { value: concrete(value), is_interface: false }
    }

    /// The type as error texts show it.
    pub(super) fn type_name(&self) -> &'static str {
        if self.is_interface || matches!(self.value, Value::Nil) {
            return "interface {}";
        }
        self.value.type_name()
    }
}

/// What is left of a value when the interface around it is taken off.
pub(super) fn concrete(value: Value) -> Value {
    match value {
        Value::Nil => Value::Invalid,
        value => value,
    }
}

/// The node that was reached last; errors point there.
#[derive(Clone, Copy)]
pub(super) enum At<'r> {
    Node(&'r Node),
    Pipe(&'r Pipe),
    Command(&'r Command),
    Operand(&'r Operand),
}

impl<'r> At<'r> {
    /// A word of a command; a parenthesised pipeline is shown without its parentheses.
    pub(super) fn operand(operand: &'r Operand) -> Self {
        match operand {
            Operand::Pipe(pipe) => Self::Pipe(pipe),
            operand => Self::Operand(operand),
        }
    }

    pub(super) fn position(self) -> Position {
        match self {
            Self::Node(node) => node_position(node),
            Self::Pipe(pipe) => pipe.position,
            Self::Command(command) => command.position,
            Self::Operand(operand) => operand.position(),
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Node(Node::If(branch) | Node::Range(branch) | Node::With(branch)) => {
                branch.pipe.to_string()
            }
            Self::Node(node) => node.to_string(),
            Self::Pipe(pipe) => pipe.to_string(),
            Self::Command(command) => command.to_string(),
            Self::Operand(operand) => operand.to_string(),
        }
    }
}

fn node_position(node: &Node) -> Position {
    match node {
        Node::Text(position, _)
        | Node::Action(position, _)
        | Node::Break(position)
        | Node::Continue(position) => *position,
        Node::If(branch) | Node::Range(branch) | Node::With(branch) => branch.position,
        Node::Template(invocation) => invocation.position,
    }
}

struct Variable<'r> {
    name: &'r [u8],
    held: Held,
}

/// A template at work.
pub(super) struct State<'r> {
    pub(super) run: Run<'r>,
    pub(super) template: &'r Template,
    pub(super) at: Option<At<'r>>,
    /// Arguments of the calls under way, innermost last.
    pub(super) arguments: Vec<Value>,
    /// Variables of the templates under way, innermost last.
    variables: Vec<Variable<'r>>,
    /// Where the running template's variables begin.
    base: usize,
    output: Vec<u8>,
}

impl<'r> Run<'r> {
    /// Runs a template from the start, with variables and output of its own.
    pub(super) fn execute(self, template: &'r Template, data: Value) -> Fallible<Vec<u8>> {
        let mut state = State {
            run: self,
            template,
            at: None,
            arguments: Vec::new(),
            variables: Vec::new(),
            base: 0,
            output: Vec::new(),
        };
        state.enter_template()?;
        let depth = self.host.recorder.map(Recorder::begin);
        let result = state.invoke(template, &Held::concrete(data));
        self.host.budget.leave_template();
        result?;
        if let Some((recorder, depth)) = self.host.recorder.zip(depth) {
            recorder.finish(depth, &state.output);
        }
        Ok(state.output)
    }
}

impl<'r> State<'r> {
    /// Runs a template of the set: it writes to the same output and sees only `$`.
    pub(super) fn invoke(&mut self, template: &'r Template, dot: &Held) -> Fallible<()> {
        let (base, caller, at) = (self.base, self.template, self.at);
        let mark = self.mark();
        self.base = mark;
        self.template = template;
        self.push(b"$", dot.clone());
        self.walk_list(dot, &template.root)?;
        self.pop(mark);
        (self.base, self.template, self.at) = (base, caller, at);
        Ok(())
    }

    /// The height of the variable stack, to come back to with [`Self::pop`].
    pub(super) fn mark(&self) -> usize {
        self.variables.len()
    }

    pub(super) fn pop(&mut self, mark: usize) {
        self.variables.truncate(mark);
    }

    pub(super) fn push(&mut self, name: &'r [u8], held: Held) {
        self.variables.push(Variable { name, held });
    }

    /// The variable declared last under that name.
    pub(super) fn variable(&mut self, name: &[u8]) -> Fallible<&mut Held> {
        let found = self.variables.iter().rposition(|variable| variable.name == name);
        match found.filter(|index| *index >= self.base) {
            Some(index) => Ok(&mut self.variables[index].held),
            None => self.fail(format!("undefined variable: {}", String::from_utf8_lossy(name))),
        }
    }

    /// Sets the variable that is `count` from the top of the stack.
    pub(super) fn set_top_variable(&mut self, count: usize, held: Held) {
        if let Some(variable) = self.variables.iter_mut().nth_back(count - 1) {
            variable.held = held;
        }
    }

    /// Takes one step from the budget.
    pub(super) fn step(&self) -> Fallible<()> {
        self.spend(1)
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&self, steps: u64) -> Fallible<()> {
        self.run.host.budget.spend(steps).map_err(|failure| self.exhausted(failure))
    }

    /// Goes one level down; the budget's `leave` comes back up.
    pub(super) fn enter(&self) -> Fallible<()> {
        self.run.host.budget.enter().map_err(|failure| self.exhausted(failure))
    }

    /// Goes into another template; the budget's `leave_template` comes back.
    pub(super) fn enter_template(&self) -> Fallible<()> {
        self.run.host.budget.enter_template().map_err(|failure| self.exhausted(failure))
    }

    /// Writes literal text.
    pub(super) fn write(&mut self, text: &[u8]) -> Fallible<()> {
        self.run.host.budget.write(text.len()).map_err(|failure| self.exhausted(failure))?;
        self.output.extend_from_slice(text);
        Ok(())
    }

    /// Prints what an action gives.
    pub(super) fn print(&mut self, value: &Value) -> Fallible<()> {
        if let Value::String(text) = value {
            return self.write(text);
        }
        if value.is_container() {
            self.call(None)
                .spend_on(std::slice::from_ref(value))
                .map_err(|failure| self.exhausted(failure))?;
        }
        let before = self.output.len();
        format::print(value, &mut self.output);
        let written = self.output.len() - before;
        self.run.host.budget.write(written).map_err(|failure| self.exhausted(failure))
    }

    /// Tells the recorder, if there is one.
    pub(super) fn record(&self, tell: impl FnOnce(&Recorder)) {
        if let Some(recorder) = self.run.host.recorder {
            tell(recorder);
        }
    }

    /// Records that all output since the last piece was written at a place.
    pub(super) fn record_piece(&self, position: Position, is_text: bool) {
        self.record(|recorder| {
            recorder.piece(self.output.len(), self.point(position), is_text);
        });
    }

    /// A place in the running template.
    pub(super) fn point(&self, position: Position) -> Point {
        let Template { name, source, .. } = self.template;
        Point { source: Arc::clone(source), template: name.clone(), position }
    }

    /// What the body of a function that is called `at` a place can reach.
    pub(super) fn call(&self, at: Option<At<'r>>) -> super::Call<'r> {
        super::Call { run: self.run, template: Some(self.template), at, function: "" }
    }

    /// An error at the place reached.
    #[cold]
    #[expect(clippy::unnecessary_box_returns, reason = "the error of `Fallible`")]
    pub(super) fn error(&self, message: String, cause: Option<Failure>) -> Box<Error> {
        let mut error = Error::without_position(message);
        error.template = self.template.name.to_str_lossy().into_owned();
        error.cause = cause.map(Box::new);
        if let Some(at) = self.at {
            error.file.clone_from(&self.template.source.name);
            (error.line, error.column) = self.template.source.line_and_column(at.position());
            error.expression = at.text();
        }
        Box::new(error)
    }

    #[cold]
    pub(super) fn fail<T>(&self, message: String) -> Fallible<T> {
        Err(self.error(message, None))
    }

    #[cold]
    #[expect(clippy::unnecessary_box_returns, reason = "the error of `Fallible`")]
    pub(super) fn exhausted(&self, failure: Failure) -> Box<Error> {
        self.error(String::new(), Some(failure))
    }
}

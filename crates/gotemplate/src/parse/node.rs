//! The syntax tree. Every node keeps where it stands; `Display` prints it as Go re-prints it in
//! error texts (see `print`).

use crate::functions::FunctionId;
use crate::value::Text;

/// A byte offset into the source's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position(pub u32);

/// A sequence of nodes.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// In order of appearance.
    pub nodes: Vec<Node>,
}

/// Anything that can stand at the top of a template or in a branch.
#[derive(Clone, Debug)]
pub enum Node {
    /// Literal text, after trimming by `{{-` and `-}}`.
    Text(Position, Text),
    /// `{{ pipeline }}`
    Action(Position, Pipe),
    /// `{{ if }}`
    If(Box<Branch>),
    /// `{{ range }}`
    Range(Box<Branch>),
    /// `{{ with }}`
    With(Box<Branch>),
    /// `{{ template "name" pipeline }}`
    Template(Box<Invocation>),
    /// `{{ break }}`
    Break(Position),
    /// `{{ continue }}`
    Continue(Position),
}

/// `if`, `range` or `with`. `else if` and `else with` are nested in `otherwise`.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Where it stands.
    pub position: Position,
    /// What is tested or walked.
    pub pipe: Pipe,
    /// The body.
    pub body: List,
    /// The `else` part.
    pub otherwise: Option<List>,
}

/// `{{ template "name" pipeline }}`
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Where it stands.
    pub position: Position,
    /// The template's name, unquoted.
    pub name: Text,
    /// The data; none passes nil.
    pub pipe: Option<Pipe>,
}

/// A pipeline, with the variables it declares or assigns.
#[derive(Clone, Debug)]
pub struct Pipe {
    /// Where it stands.
    pub position: Position,
    /// `=` instead of `:=`.
    pub is_assignment: bool,
    /// The variables, with their `$`.
    pub declarations: Vec<Variable>,
    /// The commands, joined by `|`.
    pub commands: Vec<Command>,
}

/// One stage of a pipeline: an operand, or a function or method with its arguments.
#[derive(Clone, Debug)]
pub struct Command {
    /// Where it stands.
    pub position: Position,
    /// The words: the first is what is called or evaluated, the rest are arguments.
    pub arguments: Vec<Operand>,
}

/// `$name` with the fields read from it, as `$x.Field.Other`.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Where it stands.
    pub position: Position,
    /// The name with its `$` (`$` alone is the root).
    pub name: Text,
    /// The fields after it.
    pub fields: Vec<Text>,
}

/// A word of a command.
#[derive(Clone, Debug)]
pub enum Operand {
    /// `.`
    Dot(Position),
    /// `nil`
    Nil(Position),
    /// `true` or `false`
    Bool(Position, bool),
    /// A number or character constant.
    Number(Position, Box<Number>),
    /// A string constant: as written (for re-printing) and unquoted.
    String(Position, Text, Text),
    /// A function name.
    Identifier(Position, Text, FunctionId),
    /// `.Field.Other`
    Field(Position, Vec<Text>),
    /// `$x`, `$x.Field`
    Variable(Variable),
    /// `(pipeline)`
    Pipe(Box<Pipe>),
    /// `(pipeline).Field`, `"text".Field` and the like.
    Chain(Position, Box<Self>, Vec<Text>),
}

/// A number constant, which may be several kinds at once: `1` is an int, an uint, a float and
/// a complex; `1e3` is an int too.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// As written.
    pub text: Text,
    /// Its value as an integer, if it has one.
    pub int: Option<i64>,
    /// Its value as an unsigned integer, if it has one.
    pub uint: Option<u64>,
    /// Its value as a float, if it has one.
    pub float: Option<f64>,
    /// Whether it is written as an imaginary number, which templates here cannot use.
    pub is_complex: bool,
    /// Whether it is a character constant such as `'a'`, whose type is `rune`.
    pub is_rune: bool,
}

impl Operand {
    /// Where the operand stands.
    pub fn position(&self) -> Position {
        match self {
            Self::Dot(position)
            | Self::Nil(position)
            | Self::Bool(position, _)
            | Self::Number(position, _)
            | Self::String(position, ..)
            | Self::Identifier(position, ..)
            | Self::Field(position, _)
            | Self::Chain(position, ..) => *position,
            Self::Variable(variable) => variable.position,
            Self::Pipe(pipe) => pipe.position,
        }
    }
}

//! Tokens to nodes.
//!
//! Owns which token may follow which, the templates a text defines, and the scope of variables,
//! all of which Go checks while it parses. It must not know how tokens are told apart, nor what
//! nodes do when they run.

use super::lexer::{Keyword, Kind, Lexer, Token};
use super::rune::{quote, quote_short};
use super::{ParseError, Source, Template, literal, node};
use crate::functions::Functions;
use crate::value::Text;
use node::{Branch, Invocation, List, Node, Pipe, Position};
use std::sync::Arc;

/// How deep parentheses, control structures and blocks may nest. Go allows 10,000 parentheses and
/// any number of the others on a stack that grows; ours must do with 2 MiB, here and where the
/// tree is executed.
const MAX_DEPTH: u32 = 250;

pub(super) type Parsed<T> = Result<T, ParseError>;

/// What stands between the delimiters of an action, or between two actions.
enum Piece {
    Node(Node),
    End,
    /// `{{else}}`; a following `if` or `with` is not read yet.
    Else,
}

/// The words errors use for the construct being parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Command,
    If,
    Range,
    With,
    TemplateClause,
    BlockClause,
    Parentheses,
}

/// What is known about the template whose body is being parsed.
struct Frame<'a> {
    /// The variables in scope, with their `$`.
    variables: Vec<&'a [u8]>,
    /// The line of the action being parsed.
    action_line: Option<u32>,
    /// How many `range` bodies are open.
    ranges: u32,
}

/// The state of one parse.
pub(super) struct Parser<'a> {
    functions: &'a Functions,
    lexer: Lexer<'a>,
    source: Arc<Source>,
    /// Tokens that were read and put back, the next one last.
    pending: Vec<Token<'a>>,
    /// The line of the token that the lexer read last: the one errors name.
    line: u32,
    templates: Vec<Template>,
    frame: Frame<'a>,
    depth: u32,
}

/// Parses a text: see [`super::parse`]. The template of the whole text comes first.
pub(super) fn parse(name: &str, text: &[u8], functions: &Functions) -> Parsed<Vec<Template>> {
    let mut parser = Parser {
        functions,
        lexer: Lexer::new(text),
        source: Arc::new(Source { name: name.to_owned(), text: text.to_vec() }),
        pending: Vec::with_capacity(3),
        line: 0,
        templates: Vec::new(),
        frame: Frame::new(),
        depth: 0,
    };
    let root = parser.parse_text()?;
    let main = Text::from(name);
    parser.add(&main, root)?;
    let mut templates = parser.templates;
    if let Some(at) = templates.iter().position(|template| template.name == main) {
        templates.get_mut(..=at).unwrap_or_default().rotate_right(1);
    }
    Ok(templates)
}

/// Whether a body holds nothing but white space: see [`super::is_blank`].
pub(super) fn is_blank(list: &List) -> bool {
    list.nodes.iter().all(|node| match node {
        Node::Text(_, text) => is_blank_text(text),
        _ => false,
    })
}

/// Whether there is nothing but Unicode white space, as Go's `bytes.TrimSpace` sees it.
fn is_blank_text(text: &[u8]) -> bool {
    text.utf8_chunks()
        .all(|chunk| chunk.invalid().is_empty() && chunk.valid().chars().all(char::is_whitespace))
}

pub(super) fn position(token: &Token<'_>) -> Position {
    Position(super::saturate(token.start))
}

impl<'a> Parser<'a> {
    // Tokens.

    pub(super) fn next(&mut self) -> Token<'a> {
        if let Some(token) = self.pending.pop() {
            return token;
        }
        let mut token = self.lexer.read();
        self.line = token.line;
        if let Kind::Keyword(keyword @ (Keyword::Break | Keyword::Continue)) = token.kind
            && self.functions.find(name_of(keyword)).is_some()
        {
            token.kind = Kind::Identifier;
        }
        token
    }

    pub(super) fn put_back(&mut self, token: Token<'a>) {
        self.pending.push(token);
    }

    pub(super) fn peek(&mut self) -> Token<'a> {
        let token = self.next();
        self.put_back(token);
        token
    }

    pub(super) fn next_word(&mut self) -> Token<'a> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    /// Looks at the next token that is no space; spaces before it are gone.
    pub(super) fn peek_word(&mut self) -> Token<'a> {
        let token = self.next_word();
        self.put_back(token);
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token<'a>> {
        let token = self.next_word();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    // Errors.

    pub(super) fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError { name: self.source.name.clone(), line: self.line, message: message.into() }
    }

    pub(super) fn unexpected(&self, token: &Token<'_>, context: &str) -> ParseError {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {} in {context}", describe(token)));
        }
        let message = self.lexer.error();
        match self.frame.action_line {
            Some(line) if line != token.line => {
                let link = if message.ends_with(" action") { "" } else { " in action" };
                self.error(format!("{message}{link} started at {}:{line}", self.source.name))
            }
            _ => self.error(message),
        }
    }

    // Variables, functions and nesting.

    pub(super) fn function(&self, name: &[u8]) -> Option<crate::functions::FunctionId> {
        std::str::from_utf8(name).ok().and_then(|name| self.functions.find(name))
    }

    pub(super) fn declare(&mut self, variable: &'a [u8]) {
        self.frame.variables.push(variable);
    }

    pub(super) fn is_declared(&self, variable: &[u8]) -> bool {
        self.frame.variables.contains(&variable)
    }

    /// Runs a step one level deeper.
    pub(super) fn nested<T>(&mut self, step: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("max expression depth exceeded"));
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// Adds a template unless one of its name is there. A blank one gives way; two that are not
    /// blank are an error.
    fn add(&mut self, name: &Text, root: List) -> Parsed<()> {
        let source = Arc::clone(&self.source);
        let template = Template { name: name.clone(), source, root };
        match self.templates.iter_mut().find(|template| template.name == *name) {
            None => self.templates.push(template),
            Some(old) if is_blank(&old.root) => *old = template,
            Some(_) if is_blank(&template.root) => {}
            Some(_) => {
                let name = quote(name);
                return Err(self.error(format!("template: multiple definition of template {name}")));
            }
        }
        Ok(())
    }

    // Lists.

    /// The whole text, the only place for `define`.
    fn parse_text(&mut self) -> Parsed<List> {
        let mut root = List::default();
        loop {
            let token = self.next();
            match token.kind {
                Kind::End => return Ok(root),
                Kind::LeftDelimiter if self.peek_word().kind == Kind::Keyword(Keyword::Define) => {
                    self.next();
                    self.parse_definition()?;
                }
                _ => {
                    self.put_back(token);
                    root.nodes.push(self.parse_outer_piece()?);
                }
            }
        }
    }

    fn parse_outer_piece(&mut self) -> Parsed<Node> {
        match self.parse_piece()? {
            Piece::Node(node) => Ok(node),
            piece => Err(self.error(format!("unexpected {}", piece.describe()))),
        }
    }

    /// `define` is read.
    fn parse_definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.frame, Frame::new());
        let token = self.next_word();
        let name = self.parse_name(&token, CONTEXT)?;
        self.expect(Kind::RightDelimiter, CONTEXT)?;
        self.parse_body(&name, CONTEXT)?;
        self.frame = outer;
        Ok(())
    }

    /// The body of a `define` or `block`, up to its `end`.
    fn parse_body(&mut self, name: &Text, context: &str) -> Parsed<()> {
        let (root, end) = self.parse_list()?;
        match end {
            Piece::End => self.add(name, root),
            end => Err(self.error(format!("unexpected {} in {context}", end.describe()))),
        }
    }

    /// Everything up to an `end` or `else`, which is returned too.
    fn parse_list(&mut self) -> Parsed<(List, Piece)> {
        let mut list = List::default();
        while self.peek_word().kind != Kind::End {
            match self.parse_piece()? {
                Piece::Node(node) => list.nodes.push(node),
                piece => return Ok((list, piece)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn parse_piece(&mut self) -> Parsed<Piece> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Piece::Node(Node::Text(position(&token), token.text.into()))),
            Kind::LeftDelimiter => {
                self.frame.action_line = Some(token.line);
                let piece = self.parse_action()?;
                self.frame.action_line = None;
                Ok(piece)
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    // Actions. The left delimiter is read.

    fn parse_action(&mut self) -> Parsed<Piece> {
        let token = self.next_word();
        let Kind::Keyword(keyword) = token.kind else {
            self.put_back(token);
            return self.parse_command_action(&token);
        };
        Ok(Piece::Node(match keyword {
            Keyword::Block => self.nested(Self::parse_block)?,
            Keyword::Break => self.parse_jump(&token, "{{break}}", Node::Break)?,
            Keyword::Continue => self.parse_jump(&token, "{{continue}}", Node::Continue)?,
            Keyword::If => Node::If(self.parse_branch(Context::If)?),
            Keyword::Range => Node::Range(self.parse_branch(Context::Range)?),
            Keyword::With => Node::With(self.parse_branch(Context::With)?),
            Keyword::Template => self.parse_invocation()?,
            Keyword::Else => return self.parse_else(),
            Keyword::End => return self.expect(Kind::RightDelimiter, "end").map(|_| Piece::End),
            Keyword::Define => {
                self.put_back(token);
                return self.parse_command_action(&token);
            }
        }))
    }

    fn parse_command_action(&mut self, first: &Token<'a>) -> Parsed<Piece> {
        let pipe = self.parse_pipe(Context::Command, Kind::RightDelimiter)?;
        Ok(Piece::Node(Node::Action(position(first), pipe)))
    }

    fn parse_jump(
        &mut self,
        keyword: &Token<'a>,
        name: &str,
        build: fn(Position) -> Node,
    ) -> Parsed<Node> {
        self.expect(Kind::RightDelimiter, name)?;
        if self.frame.ranges == 0 {
            return Err(self.error(format!("{name} outside {{{{range}}}}")));
        }
        Ok(build(position(keyword)))
    }

    fn parse_else(&mut self) -> Parsed<Piece> {
        let token = self.peek_word();
        if !matches!(token.kind, Kind::Keyword(Keyword::If | Keyword::With)) {
            self.expect(Kind::RightDelimiter, "else")?;
        }
        Ok(Piece::Else)
    }

    fn parse_branch(&mut self, context: Context) -> Parsed<Box<Branch>> {
        self.nested(|parser| {
            let variables = parser.frame.variables.len();
            let branch = parser.parse_branch_in_scope(context)?;
            parser.frame.variables.truncate(variables);
            Ok(Box::new(branch))
        })
    }

    fn parse_branch_in_scope(&mut self, context: Context) -> Parsed<Branch> {
        let pipe = self.parse_pipe(context, Kind::RightDelimiter)?;
        let is_range = u32::from(context == Context::Range);
        self.frame.ranges += is_range;
        let (body, end) = self.parse_list()?;
        self.frame.ranges -= is_range;
        let otherwise = match end {
            Piece::Else => Some(self.parse_otherwise(context)?),
            _ => None,
        };
        Ok(Branch { position: pipe.position, pipe, body, otherwise })
    }

    /// What follows `else`: another branch, which shares the `end`, or a list.
    fn parse_otherwise(&mut self, context: Context) -> Parsed<List> {
        let node = match (context, self.peek().kind) {
            (Context::If, Kind::Keyword(Keyword::If)) => {
                self.next();
                Node::If(self.parse_branch(Context::If)?)
            }
            (Context::With, Kind::Keyword(Keyword::With)) => {
                self.next();
                Node::With(self.parse_branch(Context::With)?)
            }
            _ => return self.parse_last_list(),
        };
        Ok(List { nodes: vec![node] })
    }

    fn parse_last_list(&mut self) -> Parsed<List> {
        match self.parse_list()? {
            (list, Piece::End) => Ok(list),
            (_, end) => Err(self.error(format!("expected end; found {}", end.describe()))),
        }
    }

    fn parse_block(&mut self) -> Parsed<Node> {
        let token = self.next_word();
        let name = self.parse_name(&token, Context::BlockClause.words())?;
        let pipe = self.parse_pipe(Context::BlockClause, Kind::RightDelimiter)?;
        let outer = std::mem::replace(&mut self.frame, Frame::new());
        self.parse_body(&name, Context::BlockClause.words())?;
        self.frame = outer;
        Ok(Node::Template(Box::new(Invocation {
            position: position(&token),
            name,
            pipe: Some(pipe),
        })))
    }

    fn parse_invocation(&mut self) -> Parsed<Node> {
        let token = self.next_word();
        let name = self.parse_name(&token, Context::TemplateClause.words())?;
        let pipe = self.parse_data()?;
        Ok(Node::Template(Box::new(Invocation { position: position(&token), name, pipe })))
    }

    fn parse_data(&mut self) -> Parsed<Option<Pipe>> {
        let token = self.next_word();
        if token.kind == Kind::RightDelimiter {
            return Ok(None);
        }
        self.put_back(token);
        self.parse_pipe(Context::TemplateClause, Kind::RightDelimiter).map(Some)
    }

    fn parse_name(&mut self, token: &Token<'a>, context: &str) -> Parsed<Text> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquote(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    pub(super) fn unquote(&self, token: &Token<'a>) -> Parsed<Text> {
        literal::unquote(token.text).map(Text::from).ok_or_else(|| self.error("invalid syntax"))
    }
}

impl Frame<'_> {
    fn new() -> Self {
        Self { variables: vec![b"$"], action_line: None, ranges: 0 }
    }
}

impl Piece {
    fn describe(&self) -> &'static str {
        match self {
            Self::Else => "{{else}}",
            _ => "{{end}}",
        }
    }
}

impl Context {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::If => "if",
            Self::Range => "range",
            Self::With => "with",
            Self::TemplateClause => "template clause",
            Self::BlockClause => "block clause",
            Self::Parentheses => "parenthesized pipeline",
        }
    }
}

fn name_of(keyword: Keyword) -> &'static str {
    match keyword {
        Keyword::Block => "block",
        Keyword::Break => "break",
        Keyword::Continue => "continue",
        Keyword::Define => "define",
        Keyword::Else => "else",
        Keyword::End => "end",
        Keyword::If => "if",
        Keyword::Range => "range",
        Keyword::Template => "template",
        Keyword::With => "with",
    }
}

/// A token as messages show it.
fn describe(token: &Token<'_>) -> String {
    match token.kind {
        Kind::End => "EOF".to_owned(),
        Kind::Keyword(keyword) => format!("<{}>", name_of(keyword)),
        Kind::Dot => "<.>".to_owned(),
        Kind::Nil => "<nil>".to_owned(),
        _ => quote_short(token.text),
    }
}

//! Pipelines: declarations, commands and their operands.
//!
//! The second half of the parser, for what stands inside an action. It must not know which
//! actions there are.

use super::lexer::{Kind, Token};
use super::node::{Command, Operand, Pipe, Variable};
use super::parser::{Context, Parsed, Parser, position};
use super::rune::quote;
use super::{literal, print};
use crate::value::Text;

impl<'a> Parser<'a> {
    /// A pipeline up to the token `end`, which is read.
    pub(super) fn parse_pipe(&mut self, context: Context, end: Kind) -> Parsed<Pipe> {
        let first = self.peek_word();
        let mut pipe = Pipe {
            position: position(&first),
            is_assignment: false,
            declarations: Vec::new(),
            commands: Vec::new(),
        };
        self.parse_declarations(&mut pipe, context)?;
        loop {
            let token = self.next_word();
            if token.kind == end {
                self.check_pipe(&pipe, context)?;
                return Ok(pipe);
            }
            if !is_operand(token.kind) {
                return Err(self.unexpected(&token, context.words()));
            }
            self.put_back(token);
            let command = self.parse_command()?;
            // Most pipelines have one stage, and a list grows to four by itself.
            pipe.commands.reserve_exact(usize::from(pipe.commands.is_empty()));
            pipe.commands.push(command);
        }
    }

    /// Only the first stage may be a value that nothing can be passed to.
    fn check_pipe(&self, pipe: &Pipe, context: Context) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return Err(self.error(format!("missing value for {}", context.words())));
        }
        let later = pipe.commands.iter().enumerate().skip(1);
        for (stage, command) in later {
            if command.arguments.first().is_some_and(is_constant) {
                let stage = stage + 1;
                return Err(self.error(format!("non executable command in pipeline stage {stage}")));
            }
        }
        Ok(())
    }

    /// `$x :=`, `$x =`, and in `range` `$x, $y :=`. A variable that none of these follows is put
    /// back: it is an operand.
    fn parse_declarations(&mut self, pipe: &mut Pipe, context: Context) -> Parsed<()> {
        while self.peek_word().kind == Kind::Variable {
            let variable = self.next();
            let adjacent = self.peek();
            let following = self.peek_word();
            match following.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.is_assignment = following.kind == Kind::Assign;
                    self.next_word();
                    self.add_declaration(pipe, &variable);
                    return Ok(());
                }
                Kind::Other if following.text == b"," => {
                    self.next_word();
                    self.add_declaration(pipe, &variable);
                    self.check_comma(pipe, context)?;
                }
                _ => {
                    if adjacent.kind == Kind::Space {
                        self.put_back(adjacent);
                    }
                    self.put_back(variable);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn add_declaration(&mut self, pipe: &mut Pipe, token: &Token<'a>) {
        let name = Text::from(token.text);
        pipe.declarations.push(Variable { position: position(token), name, fields: Vec::new() });
        self.declare(token.text);
    }

    /// A comma is read: only `range` may have it, once, and a variable must follow (or an end,
    /// which fails later).
    fn check_comma(&mut self, pipe: &Pipe, context: Context) -> Parsed<()> {
        if context != Context::Range || pipe.declarations.len() >= 2 {
            return Err(self.error(format!("too many declarations in {}", context.words())));
        }
        match self.peek_word().kind {
            Kind::Variable | Kind::RightDelimiter | Kind::RightParen => Ok(()),
            _ => Err(self.error("range can only initialize variables")),
        }
    }

    /// Operands up to a `|`, which is read, or the end of the pipeline, which is not.
    fn parse_command(&mut self) -> Parsed<Command> {
        let mut command = Command { position: position(&self.peek_word()), arguments: Vec::new() };
        loop {
            self.peek_word();
            command.arguments.extend(self.parse_operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::Pipe => break,
                Kind::RightDelimiter | Kind::RightParen => {
                    self.put_back(token);
                    break;
                }
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if command.arguments.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(command)
    }

    /// A term with the fields read from it; nothing if the next token begins no term.
    fn parse_operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(term) = self.parse_term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(field_name(&self.next()));
        }
        self.build_chain(term, &first, fields).map(Some)
    }

    /// Fields of a field or variable become part of it, at the place of the second name.
    fn build_chain(
        &self,
        term: Operand,
        first: &Token<'a>,
        mut fields: Vec<Text>,
    ) -> Parsed<Operand> {
        let place = position(first);
        Ok(match term {
            Operand::Field(_, mut names) => {
                names.append(&mut fields);
                Operand::Field(place, names)
            }
            Operand::Variable(mut variable) => {
                variable.position = place;
                variable.fields.append(&mut fields);
                Operand::Variable(variable)
            }
            term if is_constant(&term) => {
                let mut text = Vec::new();
                print::print_operand(&term, &mut text);
                return Err(self.error(format!("unexpected . after term {}", quote(&text))));
            }
            term => Operand::Chain(place, Box::new(term), fields),
        })
    }

    fn parse_term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_word();
        let place = position(&token);
        Ok(Some(match token.kind {
            Kind::Identifier => self.build_identifier(&token)?,
            Kind::Dot => Operand::Dot(place),
            Kind::Nil => Operand::Nil(place),
            Kind::Bool => Operand::Bool(place, token.text == b"true"),
            Kind::Field => Operand::Field(place, vec![field_name(&token)]),
            Kind::Variable => self.build_variable(&token)?,
            Kind::Number | Kind::Complex | Kind::CharConstant => {
                let number = literal::parse_number(token.kind, token.text);
                Operand::Number(place, Box::new(number.map_err(|message| self.error(message))?))
            }
            Kind::String | Kind::RawString => {
                Operand::String(place, token.text.into(), self.unquote(&token)?)
            }
            Kind::LeftParen => {
                let pipe = self
                    .nested(|parser| parser.parse_pipe(Context::Parentheses, Kind::RightParen))?;
                Operand::Pipe(Box::new(pipe))
            }
            _ => {
                self.put_back(token);
                return Ok(None);
            }
        }))
    }

    fn build_identifier(&self, token: &Token<'a>) -> Parsed<Operand> {
        match self.function(token.text) {
            Some(id) => Ok(Operand::Identifier(position(token), token.text.into(), id)),
            None => Err(self.error(format!("function {} not defined", quote(token.text)))),
        }
    }

    fn build_variable(&self, token: &Token<'a>) -> Parsed<Operand> {
        if !self.is_declared(token.text) {
            return Err(self.error(format!("undefined variable {}", quote(token.text))));
        }
        let name = Text::from(token.text);
        Ok(Operand::Variable(Variable { position: position(token), name, fields: Vec::new() }))
    }
}

/// The name in a field token, without its dot.
fn field_name(token: &Token<'_>) -> Text {
    Text::from(token.text.get(1..).unwrap_or_default())
}

fn is_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::CharConstant
            | Kind::Complex
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Nil
            | Kind::RawString
            | Kind::String
            | Kind::Variable
            | Kind::LeftParen
    )
}

/// Whether an operand can neither be called nor have fields.
fn is_constant(operand: &Operand) -> bool {
    matches!(
        operand,
        Operand::Bool(..)
            | Operand::Dot(_)
            | Operand::Nil(_)
            | Operand::Number(..)
            | Operand::String(..)
    )
}

//! Nodes back to text, as Go prints them in the errors of running templates.
//!
//! It must not know when or how they are shortened there. The bytes are as written in the
//! template; `Display` of a node replaces what is no UTF-8.

use super::node::{Branch, Command, Invocation, List, Node, Operand, Pipe, Variable};
use super::rune::quote;
use crate::value::Text;
use std::fmt;

/// A body: its nodes one after another.
pub(crate) fn print_list(list: &List, out: &mut Vec<u8>) {
    for node in &list.nodes {
        print_node(node, out);
    }
}

/// A text or action, with its delimiters.
pub(crate) fn print_node(node: &Node, out: &mut Vec<u8>) {
    match node {
        Node::Text(_, text) => out.extend_from_slice(text),
        Node::Action(_, pipe) => {
            out.extend_from_slice(b"{{");
            print_pipe(pipe, out);
            out.extend_from_slice(b"}}");
        }
        Node::If(branch) => print_branch("if", branch, out),
        Node::Range(branch) => print_branch("range", branch, out),
        Node::With(branch) => print_branch("with", branch, out),
        Node::Template(invocation) => print_invocation(invocation, out),
        Node::Break(_) => out.extend_from_slice(b"{{break}}"),
        Node::Continue(_) => out.extend_from_slice(b"{{continue}}"),
    }
}

fn print_branch(name: &str, branch: &Branch, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{{");
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    print_pipe(&branch.pipe, out);
    out.extend_from_slice(b"}}");
    print_list(&branch.body, out);
    if let Some(otherwise) = &branch.otherwise {
        out.extend_from_slice(b"{{else}}");
        print_list(otherwise, out);
    }
    out.extend_from_slice(b"{{end}}");
}

fn print_invocation(invocation: &Invocation, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{{template ");
    out.extend_from_slice(quote(&invocation.name).as_bytes());
    if let Some(pipe) = &invocation.pipe {
        out.push(b' ');
        print_pipe(pipe, out);
    }
    out.extend_from_slice(b"}}");
}

/// A pipeline, with what it declares.
pub(crate) fn print_pipe(pipe: &Pipe, out: &mut Vec<u8>) {
    print_joined(&pipe.declarations, b", ", print_variable, out);
    if !pipe.declarations.is_empty() {
        out.extend_from_slice(if pipe.is_assignment { b" = " } else { b" := " });
    }
    print_joined(&pipe.commands, b" | ", print_command, out);
}

/// One stage of a pipeline.
pub(crate) fn print_command(command: &Command, out: &mut Vec<u8>) {
    print_joined(&command.arguments, b" ", print_argument, out);
}

fn print_joined<T>(items: &[T], separator: &[u8], print: fn(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(separator);
        }
        print(item, out);
    }
}

/// An operand where others stand beside it: a pipeline gets its parentheses.
fn print_argument(operand: &Operand, out: &mut Vec<u8>) {
    if let Operand::Pipe(pipe) = operand {
        out.push(b'(');
        print_pipe(pipe, out);
        out.push(b')');
    } else {
        print_operand(operand, out);
    }
}

/// An operand alone: a parenthesised pipeline is printed without parentheses, as Go does.
pub(crate) fn print_operand(operand: &Operand, out: &mut Vec<u8>) {
    match operand {
        Operand::Dot(_) => out.push(b'.'),
        Operand::Nil(_) => out.extend_from_slice(b"nil"),
        Operand::Bool(_, true) => out.extend_from_slice(b"true"),
        Operand::Bool(_, false) => out.extend_from_slice(b"false"),
        Operand::Number(_, number) => out.extend_from_slice(&number.text),
        Operand::String(_, written, _) => out.extend_from_slice(written),
        Operand::Identifier(_, name, _) => out.extend_from_slice(name),
        Operand::Field(_, names) => print_fields(names, out),
        Operand::Variable(variable) => print_variable(variable, out),
        Operand::Pipe(pipe) => print_pipe(pipe, out),
        Operand::Chain(_, operand, names) => {
            print_argument(operand, out);
            print_fields(names, out);
        }
    }
}

/// A variable with its fields.
pub(crate) fn print_variable(variable: &Variable, out: &mut Vec<u8>) {
    out.extend_from_slice(&variable.name);
    print_fields(&variable.fields, out);
}

fn print_fields(names: &[Text], out: &mut Vec<u8>) {
    for name in names {
        out.push(b'.');
        out.extend_from_slice(name);
    }
}

/// Implements `Display` by one of the functions above.
macro_rules! display {
    ($($node:ty => $print:ident),+ $(,)?) => {
        $(impl fmt::Display for $node {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = Vec::new();
                $print(self, &mut text);
                formatter.write_str(&String::from_utf8_lossy(&text))
            }
        })+
    };
}

display! {
    List => print_list,
    Node => print_node,
    Pipe => print_pipe,
    Command => print_command,
    Operand => print_operand,
    Variable => print_variable,
}

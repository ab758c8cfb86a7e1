//! Template text to syntax tree.
//!
//! [`parse`] is the only way in. It resolves function names against a [`Functions`] table (an
//! unknown name is an error here, as in Go) and keeps a byte position on every node.

mod lexer;
mod literal;
pub mod node;
mod parser;
mod pipeline;
pub(crate) mod print;
mod rune;

use crate::functions::Functions;
use crate::value::Text;
use std::sync::Arc;

/// A parse error, worded as Go words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The name given to [`parse`].
    pub name: String,
    /// The 1-based line.
    pub line: u32,
    /// The text after `template: name:line: `.
    pub message: String,
}

/// One parsed template: the text of a file, or the body of a `define` or `block` in it.
#[derive(Debug)]
pub struct Template {
    /// Its name: the file's, or the one that `define` gives.
    pub name: Text,
    /// The file it stands in, for positions.
    pub source: Arc<Source>,
    /// The body.
    pub root: node::List,
}

impl Template {
    /// The body written again in Go's form, as `{{.}}` for `{{ . }}`.
    pub fn print(&self) -> Vec<u8> {
        let mut text = Vec::new();
        print::print_list(&self.root, &mut text);
        text
    }
}

/// The text that positions refer to.
#[derive(Debug)]
pub struct Source {
    /// The name errors show (Go's `ParseName`).
    pub name: String,
    /// The whole text.
    pub text: Vec<u8>,
}

/// Parses `text` under `name`. Returns the template of the whole text, which may be blank, and
/// every template that `define` and `block` make in it, in order of appearance. A name
/// defined twice in the text with non-blank bodies is an error; where one body is blank (only
/// white space and comments) the other is kept.
pub fn parse(name: &str, text: &[u8], functions: &Functions) -> Result<Vec<Template>, ParseError> {
    parser::parse(name, text, functions)
}

/// Whether a body holds nothing but white space: such a definition never replaces another.
pub(crate) fn is_blank(list: &node::List) -> bool {
    parser::is_blank(list)
}

impl Source {
    /// The 1-based line and the 0-based byte column that Go prints for a position.
    pub(crate) fn line_and_column(&self, position: node::Position) -> (u32, u32) {
        let before = &self.text[..self.text.len().min(position.0 as usize)];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.split(|byte| *byte == b'\n').count();
        (saturate(line), saturate(before.len() - line_start))
    }
}

fn saturate(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "template: {}:{}: {}", self.name, self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests;

//! Text to tokens.
//!
//! Owns delimiters, the trimming by `{{-` and `-}}`, comments, and where each token stands. It
//! must not know which token may follow which: that is the parser's business. After the first
//! error it only repeats that there is no more input.

use super::rune::{decode, describe, is_alphanumeric, quote};
use memchr::memmem::find;

const LEFT: &[u8] = b"{{";
const RIGHT: &[u8] = b"}}";
/// A minus and the space beside it.
const TRIM_MARKER: usize = 2;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text cannot be read further; [`Lexer::error`] says why.
    Error,
    Text,
    LeftDelimiter,
    RightDelimiter,
    Space,
    Identifier,
    Keyword(Keyword),
    Dot,
    Nil,
    Bool,
    /// `.Name`
    Field,
    /// `$` or `$name`
    Variable,
    Number,
    /// Two numbers with a sign between and an `i` at the end.
    Complex,
    CharConstant,
    String,
    RawString,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    /// Any other printable ASCII character.
    Other,
    /// The end of the text.
    End,
}

/// The words that begin or divide actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Where it starts, in bytes.
    pub(super) start: usize,
    /// As written.
    pub(super) text: &'a [u8],
    /// The 1-based line it starts on.
    pub(super) line: u32,
}

/// Reads tokens one by one.
pub(super) struct Lexer<'a> {
    input: &'a [u8],
    start: usize,
    position: usize,
    line: u32,
    parens: u32,
    inside_action: bool,
    error: String,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            start: 0,
            position: 0,
            line: 1,
            parens: 0,
            inside_action: false,
            error: String::new(),
        }
    }

    /// What went wrong, once an [`Kind::Error`] came.
    pub(super) fn error(&self) -> &str {
        &self.error
    }

    /// The next token; at the end, [`Kind::End`] for ever.
    pub(super) fn read(&mut self) -> Token<'a> {
        if self.inside_action { self.read_in_action() } else { self.read_in_text() }
    }

    fn rest(&self) -> &'a [u8] {
        self.input.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        decode(self.rest()).map(|(rune, _)| rune)
    }

    fn advance(&mut self) -> Option<char> {
        let (rune, width) = decode(self.rest())?;
        self.position += width;
        Some(rune)
    }

    /// Everything since the last token as a token.
    fn token(&mut self, kind: Kind) -> Token<'a> {
        let text = self.input.get(self.start..self.position).unwrap_or_default();
        let token = Token { kind, start: self.start, text, line: self.line };
        self.line = self.line.saturating_add(count_lines(text));
        self.start = self.position;
        token
    }

    /// Leaves `width` bytes out of every token.
    fn skip(&mut self, width: usize) {
        self.position = self.input.len().min(self.position.saturating_add(width));
        self.token(Kind::Space);
    }

    fn fail(&mut self, message: impl Into<String>) -> Token<'a> {
        let token = Token { kind: Kind::Error, start: self.start, text: b"", line: self.line };
        self.error = message.into();
        self.input = b"";
        token
    }

    fn read_in_text(&mut self) -> Token<'a> {
        loop {
            let rest = self.rest();
            let Some(at) = find_left_delimiter(rest) else {
                self.position = self.input.len();
                return self.token(if rest.is_empty() { Kind::End } else { Kind::Text });
            };
            if let Some(text) = self.read_text_before(at) {
                return text;
            }
            if let Some(token) = self.read_left_delimiter() {
                return token;
            }
        }
    }

    /// The text before a left delimiter `at` bytes ahead, if trimming leaves any.
    fn read_text_before(&mut self, at: usize) -> Option<Token<'a>> {
        let (text, action) = self.rest().split_at_checked(at)?;
        let trims = starts_with_left_marker(action.get(LEFT.len()..).unwrap_or_default());
        let kept = if trims { trimmed_length(text) } else { text.len() };
        self.position += kept;
        let token = self.token(Kind::Text);
        self.skip(at - kept);
        (!token.text.is_empty()).then_some(token)
    }

    /// The delimiter, or nothing if it begins a comment, which is passed over.
    fn read_left_delimiter(&mut self) -> Option<Token<'a>> {
        let after = self.rest().get(LEFT.len()..).unwrap_or_default();
        let marker = if starts_with_left_marker(after) { TRIM_MARKER } else { 0 };
        if after.get(marker..).unwrap_or_default().starts_with(b"/*") {
            self.skip(LEFT.len() + marker);
            return self.skip_comment();
        }
        self.position += LEFT.len();
        let token = self.token(Kind::LeftDelimiter);
        self.skip(marker);
        self.inside_action = true;
        self.parens = 0;
        Some(token)
    }

    /// Passes over a comment; an error if it is not closed rightly.
    fn skip_comment(&mut self) -> Option<Token<'a>> {
        let Some(length) = find(self.rest().get(2..).unwrap_or_default(), b"*/") else {
            return Some(self.fail("unclosed comment"));
        };
        self.position += 2 + length + 2;
        let Some(marker) = self.right_delimiter_marker() else {
            return Some(self.fail("comment ends before closing delimiter"));
        };
        self.skip(marker + RIGHT.len());
        if marker > 0 {
            self.skip_spaces();
        }
        None
    }

    fn skip_spaces(&mut self) {
        let width = self.rest().iter().take_while(|byte| is_space(**byte)).count();
        self.skip(width);
    }

    /// At a right delimiter: the width of the trim marker before it, which may be 0.
    fn right_delimiter_marker(&self) -> Option<usize> {
        let rest = self.rest();
        if let [space, b'-', after @ ..] = rest
            && is_space(*space)
            && after.starts_with(RIGHT)
        {
            return Some(TRIM_MARKER);
        }
        rest.starts_with(RIGHT).then_some(0)
    }

    fn read_right_delimiter(&mut self, marker: usize) -> Token<'a> {
        self.skip(marker);
        self.position += RIGHT.len();
        let token = self.token(Kind::RightDelimiter);
        if marker > 0 {
            self.skip_spaces();
        }
        self.inside_action = false;
        token
    }

    fn read_in_action(&mut self) -> Token<'a> {
        match self.right_delimiter_marker() {
            Some(marker) if self.parens == 0 => return self.read_right_delimiter(marker),
            Some(_) => return self.fail("unclosed left paren"),
            None => {}
        }
        let Some(rune) = self.advance() else { return self.fail("unclosed action") };
        match rune {
            ' ' | '\t' | '\r' | '\n' => self.read_space(),
            '=' => self.token(Kind::Assign),
            '|' => self.token(Kind::Pipe),
            ':' if self.accept(b"=") => self.token(Kind::Declare),
            ':' => self.fail("expected :="),
            '"' => self.read_quoted(b'"', Kind::String, "unterminated quoted string"),
            '\'' => self.read_quoted(b'\'', Kind::CharConstant, "unterminated character constant"),
            '`' => self.read_raw_string(),
            '$' => self.read_name(Kind::Variable),
            '.' if self.rest().first().is_some_and(|byte| !byte.is_ascii_digit()) => {
                if self.is_at_terminator() {
                    self.token(Kind::Dot)
                } else {
                    self.read_name(Kind::Field)
                }
            }
            '.' | '+' | '-' | '0'..='9' => self.read_number(),
            '(' => self.open_paren(),
            ')' => self.close_paren(),
            _ if is_alphanumeric(rune) => self.read_name(Kind::Identifier),
            ' '..='~' => self.token(Kind::Other),
            _ => self.fail(format!("unrecognized character in action: {}", describe(rune))),
        }
    }

    fn open_paren(&mut self) -> Token<'a> {
        self.parens = self.parens.saturating_add(1);
        self.token(Kind::LeftParen)
    }

    fn close_paren(&mut self) -> Token<'a> {
        let Some(parens) = self.parens.checked_sub(1) else {
            return self.fail("unexpected right paren");
        };
        self.parens = parens;
        self.token(Kind::RightParen)
    }

    /// A run of spaces, the first of which is read. The last one may belong to a trim marker.
    fn read_space(&mut self) -> Token<'a> {
        while self.right_delimiter_marker().is_none()
            && self.rest().first().is_some_and(|byte| is_space(*byte))
        {
            self.position += 1;
        }
        self.token(Kind::Space)
    }

    /// A name whose first character is read.
    fn read_name(&mut self, kind: Kind) -> Token<'a> {
        loop {
            // Nearly every name is ASCII.
            let is_plain = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
            self.position += self.rest().iter().take_while(is_plain).count();
            if !self.peek().is_some_and(is_alphanumeric) {
                break;
            }
            self.advance();
        }
        match self.peek() {
            Some(rune) if !self.is_at_terminator() => {
                self.fail(format!("bad character {}", describe(rune)))
            }
            _ if kind == Kind::Identifier => self.read_word(),
            _ => self.token(kind),
        }
    }

    fn read_word(&mut self) -> Token<'a> {
        let word = self.input.get(self.start..self.position).unwrap_or_default();
        self.token(classify(word))
    }

    /// Whether what follows may follow a name: `.X.Y` are two names, and `$x+2` is none.
    fn is_at_terminator(&self) -> bool {
        let rest = self.rest();
        match rest.first() {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'.' | b',' | b'|' | b':' | b')' | b'(') => {
                true
            }
            Some(_) => rest.starts_with(RIGHT),
        }
    }

    /// A string or character constant whose first quote is read; it ends on the same line.
    fn read_quoted(&mut self, quote: u8, kind: Kind, unterminated: &str) -> Token<'a> {
        loop {
            match self.rest() {
                [] | [b'\n', ..] | [b'\\'] | [b'\\', b'\n', ..] => return self.fail(unterminated),
                [b'\\', _, ..] => self.position += 2,
                [byte, ..] => {
                    self.position += 1;
                    if *byte == quote {
                        return self.token(kind);
                    }
                }
            }
        }
    }

    fn read_raw_string(&mut self) -> Token<'a> {
        let Some(length) = find(self.rest(), b"`") else {
            return self.fail("unterminated raw quoted string");
        };
        self.position += length + 1;
        self.token(Kind::RawString)
    }

    /// A number whose first character is read. What passes here may still be no number: the
    /// parser tries its value.
    fn read_number(&mut self) -> Token<'a> {
        self.position = self.start;
        if !self.scan_number() {
            return self.fail_number();
        }
        if !matches!(self.rest(), [b'+' | b'-', ..]) {
            return self.token(Kind::Number);
        }
        let is_number = self.scan_number();
        let written = self.input.get(self.start..self.position).unwrap_or_default();
        if is_number && written.ends_with(b"i") {
            self.token(Kind::Complex)
        } else {
            self.fail_number()
        }
    }

    fn fail_number(&mut self) -> Token<'a> {
        let written = self.input.get(self.start..self.position).unwrap_or_default();
        self.fail(format!("bad number syntax: {}", quote(written)))
    }

    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let (digits, exponent) = self.scan_base();
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.advance();
            return false;
        }
        true
    }

    /// Passes over a base prefix; returns the digits of that base and the letters that begin an
    /// exponent.
    fn scan_base(&mut self) -> (&'static [u8], &'static [u8]) {
        const DECIMAL: (&[u8], &[u8]) = (b"0123456789_", b"eE");
        if !self.accept(b"0") {
            DECIMAL
        } else if self.accept(b"xX") {
            (b"0123456789abcdefABCDEF_", b"pP")
        } else if self.accept(b"oO") {
            (b"01234567_", b"")
        } else if self.accept(b"bB") {
            (b"01_", b"")
        } else {
            DECIMAL
        }
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let is_there = self.rest().first().is_some_and(|byte| set.contains(byte));
        self.position += usize::from(is_there);
        is_there
    }

    fn accept_run(&mut self, set: &[u8]) {
        while self.accept(set) {}
    }
}

/// Go's spaces: what trim markers remove and what divides words.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn classify(word: &[u8]) -> Kind {
    Kind::Keyword(match word {
        b"block" => Keyword::Block,
        b"break" => Keyword::Break,
        b"continue" => Keyword::Continue,
        b"define" => Keyword::Define,
        b"else" => Keyword::Else,
        b"end" => Keyword::End,
        b"if" => Keyword::If,
        b"range" => Keyword::Range,
        b"template" => Keyword::Template,
        b"with" => Keyword::With,
        b"nil" => return Kind::Nil,
        b"true" | b"false" => return Kind::Bool,
        _ => return Kind::Identifier,
    })
}

fn starts_with_left_marker(bytes: &[u8]) -> bool {
    matches!(bytes, [b'-', space, ..] if is_space(*space))
}

/// Where the next action begins. In most texts a brace stands alone nowhere.
fn find_left_delimiter(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'{', text).find(|at| text.get(at + 1) == Some(&b'{'))
}

fn count_lines(text: &[u8]) -> u32 {
    super::saturate(memchr::memchr_iter(b'\n', text).count())
}

/// How much of a text is left when its trailing spaces go.
fn trimmed_length(text: &[u8]) -> usize {
    text.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1)
}

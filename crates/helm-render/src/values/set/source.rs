//! The characters of an assignment, one by one, as Go's reader gives them.

/// A text being read.
pub(super) struct Source {
    characters: Vec<char>,
    next: usize,
}

/// What ended a run of characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// One of the characters asked for; it is consumed.
    At(char),
    /// The end of the text.
    End,
}

impl Source {
    /// A text from its beginning. Each invalid byte counts as U+FFFD.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut characters = Vec::with_capacity(text.len());
        for chunk in text.utf8_chunks() {
            characters.extend(chunk.valid().chars());
            characters.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        Self { characters, next: 0 }
    }

    /// The next character, consumed.
    pub(super) fn read(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.next += 1;
        Some(found)
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.characters.get(self.next).copied()
    }

    /// All that is left.
    pub(super) fn rest(&self) -> String {
        self.characters.iter().skip(self.next).collect()
    }

    /// Skips as many characters as `text` has.
    pub(super) fn skip(&mut self, text: &str) {
        self.next += text.chars().count();
    }

    /// Everything up to one of `stops`. With escapes, a backslash takes the next character as it
    /// is.
    pub(super) fn until(&mut self, stops: &[char], escapes: bool) -> (String, Stop) {
        let mut found = String::new();
        while let Some(character) = self.read() {
            if stops.contains(&character) {
                return (found, Stop::At(character));
            }
            if escapes && character == '\\' {
                match self.read() {
                    Some(escaped) => found.push(escaped),
                    None => break,
                }
            } else {
                found.push(character);
            }
        }
        (found, Stop::End)
    }

    /// Skips blanks up to and including a comma. Whether nothing else came before it or the end.
    pub(super) fn skip_empty_value(&mut self) -> bool {
        while let Some(character) = self.peek() {
            if character != ',' && !character.is_whitespace() {
                return false;
            }
            self.next += 1;
            if character == ',' {
                return true;
            }
        }
        true
    }
}

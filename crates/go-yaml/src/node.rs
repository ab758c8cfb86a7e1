//! YAML values and where they stand. It knows nothing of how they are read or written.

use indexmap::IndexMap;

/// A text that lies in place up to 24 bytes, as most keys and values do, and on the heap beyond.
pub type Text = compact_str::CompactString;

/// A place in a YAML text, both 1-based.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub position: Position,
    /// What it is.
    pub data: Data,
}

/// A YAML value after go-yaml's resolution and the step through JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean, which `yes` and `off` are too.
    Bool(bool),
    /// An integer that fits 64 bits with a sign, however it was written (`1.0` and `1e3` too).
    Int(i64),
    /// A larger one that fits without.
    Uint(u64),
    /// Any other finite number.
    Float(f64),
    /// A string.
    String(Text),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping. Boxed, because every other value is a third of its size.
    Map(Box<Mapping>),
}

/// A mapping in order of appearance. Of duplicate keys the last value wins, at the first's place.
pub type Mapping = IndexMap<Text, Entry, foldhash::fast::RandomState>;

/// A value of a mapping and where its key stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where the key stands.
    pub key_position: Position,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The text of a string, nothing for any other value.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping, nothing for any other value.
    pub fn as_map(&self) -> Option<&Mapping> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items of a sequence, nothing for any other value.
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The value under a key, nothing if it is absent or this is no mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key).map(|entry| &entry.value)
    }

    /// The entries of the mapping under a key, to change them; nothing if there is no such
    /// mapping.
    pub fn map_mut(&mut self, key: &str) -> Option<&mut Mapping> {
        let Data::Map(map) = &mut self.data else { return None };
        match &mut map.get_mut(key)?.value.data {
            Data::Map(inner) => Some(inner),
            _ => None,
        }
    }
}

impl Data {
    /// What kind of value this is, with its article, for error messages: `a map`, `an integer`.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Uint(_) => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

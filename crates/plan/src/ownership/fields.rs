//! The form in which the API server writes a set of fields (`fieldsV1`): a tree whose keys are the
//! elements of paths. It must not know whose fields they are, nor their values.

use serde_json::{Map, Value};

/// One step of a path.
pub(super) enum Element<'text> {
    /// `.`: what the path so far leads to.
    Itself,
    /// `f:name`: a field of an object.
    Field(&'text str),
    /// `k:{"name":"web"}`: the item of a list that has these keys.
    Item(Map<String, Value>),
    /// `v:"text"`: this member of a set.
    Member(Value),
    /// `i:0`: the item at this place.
    Index(usize),
}

impl<'text> Element<'text> {
    /// Reads a key of the tree; nothing if it has no known form.
    pub(super) fn parse(text: &'text str) -> Option<Self> {
        if text == "." {
            return Some(Self::Itself);
        }
        let (form, rest) = text.split_once(':')?;
        match form {
            "f" => Some(Self::Field(rest)),
            "k" => serde_json::from_str(rest).ok().map(Self::Item),
            "v" => serde_json::from_str(rest).ok().map(Self::Member),
            "i" => rest.parse().ok().map(Self::Index),
            _ => None,
        }
    }
}

/// How many paths of one set are not in the other.
pub(super) fn count_missing(set: &Value, other: Option<&Value>) -> usize {
    match set.as_object().filter(|tree| !tree.is_empty()) {
        None => usize::from(other.is_none()),
        Some(tree) => {
            let missing = |(key, below): (&String, &Value)| {
                count_missing(below, other.and_then(|o| o.get(key)))
            };
            tree.iter().map(missing).sum()
        }
    }
}

//! Hides what Secrets hold before a manifest is shown.
//!
//! A hidden value becomes `(hidden N)`: the same value has the same number, another value another
//! one, so that a difference shows that something changed and nothing of what. It works on lines,
//! because a manifest edited by hand may be anything; a document it cannot be sure of is hidden
//! whole.

use go_yaml::{Data, Node};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The numbers given to hidden values; shared by the texts that are compared.
#[derive(Default)]
pub(super) struct Mask {
    numbers: BTreeMap<String, usize>,
}

/// What a document says about itself.
enum Content {
    Harmless,
    /// A Secret in the form that `generate` writes.
    Secret,
    /// A Secret in some other form.
    Hidden,
}

impl Mask {
    /// The manifests with the data of every Secret hidden.
    pub(super) fn hide(&mut self, manifests: &str) -> String {
        let mut shown = String::new();
        for document in documents(manifests) {
            match classify(document) {
                Content::Harmless => shown.push_str(document),
                Content::Secret => self.hide_data(document, &mut shown),
                Content::Hidden => self.hide_whole(document, &mut shown),
            }
        }
        shown
    }

    /// Hides the values under `data:` and `stringData:`, keeping their keys.
    fn hide_data(&mut self, document: &str, shown: &mut String) {
        let mut inside = false;
        let mut value: Option<(String, String)> = None;
        for line in document.split_inclusive('\n') {
            let is_top_level = !line.starts_with([' ', '\n', '\r', '#']);
            if is_top_level {
                self.end_value(&mut value, shown);
                inside = line.starts_with("data:") || line.starts_with("stringData:");
                shown.push_str(line);
            } else if !inside {
                shown.push_str(line);
            } else if let Some((key, rest)) = entry(line) {
                self.end_value(&mut value, shown);
                value = Some((key.to_owned(), rest.to_owned()));
            } else if let Some((_, text)) = &mut value {
                text.push_str(line);
            }
        }
        self.end_value(&mut value, shown);
    }

    fn end_value(&mut self, value: &mut Option<(String, String)>, shown: &mut String) {
        if let Some((key, text)) = value.take() {
            let number = self.number(&text);
            let _ = writeln!(shown, "{key}: (hidden {number})");
        }
    }

    fn hide_whole(&mut self, document: &str, shown: &mut String) {
        let number = self.number(document);
        if document.starts_with("---") {
            shown.push_str("---\n");
        }
        let _ = writeln!(shown, "(a Secret in an unusual form, hidden {number})");
    }

    fn number(&mut self, value: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(value.trim().to_owned()).or_insert(next)
    }
}

/// The documents, each with the separator before it; together they are the whole text.
fn documents(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") && at > begin {
            found.extend(text.get(begin..at));
            begin = at;
        }
        at += line.len();
    }
    found.extend(text.get(begin..).filter(|rest| !rest.is_empty()));
    found
}

fn classify(document: &str) -> Content {
    if !document.contains("Secret") {
        return Content::Harmless;
    }
    let Ok(Node { data: Data::Map(mapping), .. }) = go_yaml::parse(document.as_bytes()) else {
        return Content::Hidden;
    };
    let usual = document.lines().any(|line| line == "kind: Secret");
    let is_secret = mapping.get("kind").is_some_and(|entry| is_secret(&entry.value));
    let flow = |key: &str| {
        let prefix = format!("{key}:");
        document
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix))
            .any(|rest| !rest.trim().is_empty())
    };
    match (is_secret, usual && !flow("data") && !flow("stringData")) {
        (true, true) => Content::Secret,
        (true, false) => Content::Hidden,
        (false, _) if holds_secret(&Data::Map(mapping), 0) => Content::Hidden,
        (false, _) => Content::Harmless,
    }
}

fn is_secret(node: &Node) -> bool {
    matches!(&node.data, Data::String(kind) if kind == "Secret" || kind == "SecretList")
}

/// Whether a whole Secret stands somewhere in the value, as in a `List`: something with the kind
/// and data. A mere reference to a Secret has no data.
fn holds_secret(data: &Data, depth: usize) -> bool {
    match data {
        Data::Map(mapping) => {
            let has = |key: &str| mapping.contains_key(key);
            let is_one = mapping.get("kind").is_some_and(|entry| is_secret(&entry.value));
            (is_one && (has("data") || has("stringData") || has("items")))
                || depth > 100
                || mapping.values().any(|entry| holds_secret(&entry.value.data, depth + 1))
        }
        Data::List(items) => {
            depth > 100 || items.iter().any(|item| holds_secret(&item.data, depth + 1))
        }
        Data::Null
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Uint(_)
        | Data::Float(_)
        | Data::String(_) => false,
    }
}

/// The key of a line that begins an entry two spaces in, and what follows it.
fn entry(line: &str) -> Option<(&str, &str)> {
    let inner = line.strip_prefix("  ")?;
    if inner.starts_with([' ', '#', '-']) {
        return None;
    }
    let colon = line.find(": ").or_else(|| line.find(":\n"))?;
    Some((line.get(..colon)?, line.get(colon + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::Mask;

    fn check(manifest: &str, expected: &str) {
        assert_eq!(Mask::default().hide(manifest), expected);
    }

    #[test]
    fn equal_values_have_equal_numbers() {
        check(
            "kind: Secret\ndata:\n  a: eA==\n  b: |\n    eQ==\n  c: eA==\ntype: Opaque\n",
            "kind: Secret\ndata:\n  a: (hidden 1)\n  b: (hidden 2)\n  c: (hidden 1)\ntype: Opaque\n",
        );
    }

    #[test]
    fn other_documents_stay() {
        check(
            "kind: ConfigMap\ndata:\n  a: b\n---\nx: Secret\n",
            "kind: ConfigMap\ndata:\n  a: b\n---\nx: Secret\n",
        );
    }

    #[test]
    fn an_unusual_form_is_hidden_whole() {
        let hidden = "(a Secret in an unusual form, hidden 1)\n";
        check("{\"kind\": \"Secret\", \"data\": {\"a\": \"b\"}}\n", hidden);
        check("kind: Secret\ndata: {a: b}\n", hidden);
        check("kind: \"Secret\"\ndata:\n  a: b\n", hidden);
        check("kind: List\nitems:\n- kind: Secret\n  data:\n    a: b\n", hidden);
        check("kind: Secret\n\tdata:\n  a: b\n", hidden);
    }
}

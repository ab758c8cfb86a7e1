//! Text to drafts: documents, and the lists in them.
//!
//! Owns which documents count and how a list falls apart. It must not know what makes an object
//! valid: a draft may lack a kind or a name, and `resolve` says so.

use crate::identity::group_of;
use crate::problem::Problem;
use go_yaml::{Data, Entry, Node, Position};

/// Something that looks like an object, not yet checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What `apiVersion` says; empty if it is missing or no string.
    pub api_version: String,
    /// What `kind` says; empty if it is missing or no string.
    pub kind: String,
    /// The name of the text.
    pub source: String,
    /// The 1-based line in the text.
    pub line: u32,
    /// The whole document, or the item of a list: a mapping.
    pub body: Node,
}

impl Draft {
    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        group_of(&self.api_version)
    }
}

/// Reads the objects of a text named `source`. Empty and comment-only documents are passed over,
/// and lists (`List`, `RoleList` …) fall apart into their items. Fails where the text is no YAML
/// or where a document or item is no mapping.
pub fn parse(text: &[u8], source: &str) -> Result<Vec<Draft>, Problem> {
    let documents = go_yaml::parse_all(text).map_err(|error| {
        let at = Position { line: error.line.unwrap_or(1), column: 1 };
        Problem::new(source, at, error.message)
    })?;
    let mut drafts = Vec::new();
    for document in documents {
        if !document.is_null() {
            expand(document, source, "a document", &mut drafts)?;
        }
    }
    Ok(drafts)
}

/// The recursion is bounded: YAML nests 500 levels at most.
fn expand(node: Node, source: &str, what: &str, drafts: &mut Vec<Draft>) -> Result<(), Problem> {
    if node.as_map().is_none() {
        let message = format!("{what} must be a map, not {}", node.data.kind_name());
        return Err(Problem::new(source, node.position, message));
    }
    let draft = Draft {
        api_version: text_of(&node, "apiVersion"),
        kind: text_of(&node, "kind"),
        source: source.to_owned(),
        line: node.position.line,
        body: node,
    };
    let Some(item_kind) = item_kind(&draft) else {
        drafts.push(draft);
        return Ok(());
    };
    for mut item in items(draft.body) {
        if !item_kind.is_empty() {
            set_type(&mut item, &draft.api_version, &item_kind);
        }
        expand(item, source, "an item of a list", drafts)?;
    }
    Ok(())
}

fn text_of(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned()
}

/// For a list, the kind that its items have if they do not say: empty for a plain `List`. A kind
/// that ends in `List` but has no `items` is an object like any other.
fn item_kind(draft: &Draft) -> Option<String> {
    let item_kind = draft.kind.strip_suffix("List")?;
    let has_items =
        draft.body.get("items").is_some_and(|items| items.is_null() || items.as_list().is_some());
    (has_items || (item_kind.is_empty() && draft.api_version == "v1")).then(|| item_kind.to_owned())
}

fn items(list: Node) -> Vec<Node> {
    let Data::Map(mut map) = list.data else { return Vec::new() };
    match map.swap_remove("items").map(|entry| entry.value.data) {
        Some(Data::List(items)) => items,
        _ => Vec::new(),
    }
}

/// An item of a typed list need not say what it is.
fn set_type(item: &mut Node, api_version: &str, kind: &str) {
    let position = item.position;
    let Data::Map(map) = &mut item.data else { return };
    for (key, value) in [("apiVersion", api_version), ("kind", kind)] {
        let entry = || Entry {
            key_position: position,
            value: Node { position, data: Data::String(value.into()) },
        };
        map.entry(key.into()).or_insert_with(entry);
    }
}

//! Drafts to objects: checks what every object needs, and settles its namespace.
//!
//! Owns the rules of identity that the API server would apply. It must not know what is in an
//! object beyond `apiVersion`, `kind` and `metadata`, nor the order of objects.

use crate::canonical::canonicalise;
use crate::document::Draft;
use crate::identity::{Object, ObjectId, group_of, kind_and_group};
use crate::problem::Problem;
use crate::scopes::{Scope, Scopes};
use go_yaml::{Data, Entry, Node, Position};

/// Makes an object of a draft: in canonical form, with its namespace written into it, `namespace`
/// where it names none.
///
/// A missing or malformed `apiVersion`, `kind` or name is a problem, and so are a kind whose scope
/// is not known and `stringData` that is no map of strings. A namespace on a cluster-scoped object
/// goes, as the API server drops it too (`EnsureObjectNamespaceMatchesRequestNamespace`): public
/// charts name one.
pub fn resolve(draft: Draft, namespace: &str, scopes: &Scopes) -> Result<Object, Problem> {
    let checked = Checked { draft: &draft };
    let (group, kind) = checked.kind()?;
    let name = checked.name()?;
    let own = checked.namespace()?;
    let Some(scope) = scopes.scope_of(&group, &kind) else {
        return Err(checked.unknown_kind(&group, &kind));
    };
    let namespace = match scope {
        Scope::Namespaced => Some(own.unwrap_or_else(|| namespace.to_owned())),
        Scope::Cluster => None,
    };
    let Draft { api_version, source, line, mut body, .. } = draft;
    let id = ObjectId { group, kind, namespace, name };
    set_namespace(&mut body, id.namespace.as_deref());
    canonicalise(&mut body, &id, &source)?;
    Ok(Object { id, api_version, source, line, body })
}

/// A draft whose parts are read with checks.
struct Checked<'a> {
    draft: &'a Draft,
}

impl Checked<'_> {
    fn problem(&self, node: Option<&Node>, message: impl Into<String>) -> Problem {
        let at = node.map_or(self.draft.body.position, |node| node.position);
        Problem::new(&self.draft.source, at, message)
    }

    /// A string under a key of a mapping, nothing if it is absent, null or empty.
    fn text(&self, parent: &Node, path: &str, key: &str) -> Result<Option<String>, Problem> {
        let Some(node) = parent.get(key).filter(|node| !node.is_null()) else { return Ok(None) };
        if let Some(text) = node.as_str() {
            return Ok(Some(text.to_owned()).filter(|text| !text.is_empty()));
        }
        let message = format!("`{path}` must be a string, not {}", node.data.kind_name());
        Err(self.problem(Some(node), message).with_hint("put it in quotes"))
    }

    fn required(&self, key: &str) -> Result<String, Problem> {
        let text = self.text(&self.draft.body, key, key)?;
        text.ok_or_else(|| self.problem(self.draft.body.get(key), format!("`{key}` is missing")))
    }

    /// The group and the kind.
    fn kind(&self) -> Result<(String, String), Problem> {
        let api_version = self.required("apiVersion")?;
        let kind = self.required("kind")?;
        let parts: Vec<&str> = api_version.split('/').collect();
        if parts.len() > 2 || parts.contains(&"") {
            let node = self.draft.body.get("apiVersion");
            let message =
                format!("`apiVersion` must be `version` or `group/version`, not `{api_version}`");
            return Err(self.problem(node, message));
        }
        Ok((group_of(&api_version).to_owned(), kind))
    }

    fn metadata(&self) -> Result<&Node, Problem> {
        match self.draft.body.get("metadata").filter(|node| !node.is_null()) {
            None => Err(self.problem(None, format!("{} has no `metadata`", self.describe()))),
            Some(node) if node.as_map().is_some() => Ok(node),
            Some(node) => {
                let message = format!("`metadata` must be a map, not {}", node.data.kind_name());
                Err(self.problem(Some(node), message))
            }
        }
    }

    fn name(&self) -> Result<String, Problem> {
        let metadata = self.metadata()?;
        if let Some(name) = self.text(metadata, "metadata.name", "name")? {
            return Ok(name);
        }
        let problem =
            self.problem(Some(metadata), format!("{} has no `metadata.name`", self.describe()));
        Err(match metadata.get("generateName") {
            Some(_) => problem.with_hint(
                "`generateName` would make a new object at every sync: give it a `name`, for instance one with a hash of its content",
            ),
            None => problem,
        })
    }

    fn namespace(&self) -> Result<Option<String>, Problem> {
        self.text(self.metadata()?, "metadata.namespace", "namespace")
    }

    fn describe(&self) -> String {
        format!("`{}`", kind_and_group(group_of(&self.draft.api_version), &self.draft.kind))
    }

    fn unknown_kind(&self, group: &str, kind: &str) -> Problem {
        let message =
            format!("whether `{}` lives in namespaces is not known", kind_and_group(group, kind));
        self.problem(self.draft.body.get("kind"), message).with_hint(format!(
            "declare it in `molave.yaml`: `kinds: [{{group: {group}, kind: {kind}, scope: Namespaced}}]`, or `scope: Cluster`"
        ))
    }
}

/// Writes the namespace into an object, or takes it out.
fn set_namespace(body: &mut Node, namespace: Option<&str>) {
    let Some(metadata) = body.map_mut("metadata") else { return };
    match namespace {
        None => {
            metadata.shift_remove("namespace");
        }
        Some(namespace) => {
            let missing = || Entry {
                key_position: Position::default(),
                value: Node { position: Position::default(), data: Data::Null },
            };
            let entry = metadata.entry("namespace".into()).or_insert_with(missing);
            entry.value.data = Data::String(namespace.into());
        }
    }
}

//! A difference for programs.

use super::{Subject, plain};
use crate::config::project::API_VERSION;
use crate::difference::{Change, ChangeSet};
use crate::error::{Diagnostic, Failure};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    project: &'a str,
    environment: &'a str,
    from: &'a str,
    counts: Numbers,
    objects: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Numbers {
    delete: usize,
    change: usize,
    r#move: usize,
    create: usize,
    unchanged: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    action: &'static str,
    group: &'a str,
    kind: &'a str,
    /// Absent if the object is cluster-scoped.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    name: &'a str,
    service: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_api_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_api_version: Option<&'a str>,
    /// A unified diff with what Secrets hold hidden; empty if the object only moves.
    diff: String,
}

/// The difference as a document, with a final newline.
pub fn json(subject: Subject<'_>, set: &ChangeSet<'_>) -> Result<String, Failure> {
    let counts = set.counts();
    let document = Document {
        api_version: API_VERSION,
        kind: "Difference",
        project: subject.project,
        environment: subject.environment,
        from: subject.origin,
        counts: Numbers {
            delete: counts.delete,
            change: counts.change,
            r#move: counts.moved,
            create: counts.create,
            unchanged: counts.unchanged,
        },
        objects: set.changes.iter().map(item).collect(),
    };
    match serde_json::to_string_pretty(&document) {
        Ok(text) => Ok(text + "\n"),
        Err(error) => {
            let problem = Diagnostic::error("cannot write the difference as JSON");
            Err(Failure::Work(vec![problem.because(error.to_string())]))
        }
    }
}

fn item<'a>(change: &Change<'a>) -> Item<'a> {
    Item {
        action: change.action.word(),
        group: &change.id.group,
        kind: &change.id.kind,
        namespace: change.id.namespace.as_deref(),
        name: &change.id.name,
        service: change.service,
        from_service: change.from_service,
        old_api_version: change.old.map(|object| object.api_version.as_str()),
        new_api_version: change.new.map(|object| object.api_version.as_str()),
        diff: plain(change),
    }
}

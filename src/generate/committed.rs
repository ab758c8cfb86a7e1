//! What is committed of the services that a run does not select, so that they still count for
//! duplicates and scopes.

use super::Inputs;
use super::duplicates::Owned;
use super::plan::MANIFESTS;
use crate::config::tree::{Entry, Folder};
use go_yaml::Node;
use manifest::{Draft, ObjectId};

/// The manifests of one service that is not selected.
pub(super) struct CommittedFile<'a> {
    environment: &'a str,
    app: &'a str,
    /// The text.
    pub(super) content: &'a [u8],
}

/// An object of a service that is not selected.
pub(super) struct CommittedObject {
    environment: String,
    app: String,
    path: String,
    id: ObjectId,
}

impl CommittedObject {
    /// The object with its owner.
    pub(super) fn owned(&self) -> Owned<'_> {
        Owned {
            environment: &self.environment,
            app: &self.app,
            id: &self.id,
            source: &self.path,
            line: None,
            place: &self.path,
        }
    }
}

/// The files of the services that exist and are not selected.
pub(super) fn unselected<'a>(inputs: &Inputs<'a>) -> Vec<CommittedFile<'a>> {
    let mut files = Vec::new();
    for environment in inputs.project.environments.keys() {
        let Some(folder) = inputs.existing.folder(environment) else { continue };
        for (app, entry) in &folder.entries {
            let exists = inputs
                .sources
                .apps
                .get(app)
                .is_some_and(|app| app.environments.contains_key(environment));
            let selected =
                inputs.selection.has_app(app) && inputs.selection.has_environment(environment);
            if let (Entry::Folder(folder), true, false) = (entry, exists, selected) {
                files.extend(file(environment, app, folder));
            }
        }
    }
    files
}

fn file<'a>(environment: &'a str, app: &'a str, folder: &'a Folder) -> Option<CommittedFile<'a>> {
    folder.file(MANIFESTS).map(|content| CommittedFile { environment, app, content })
}

/// Whether a custom resource definition may be in the file, which is cheaper to tell than which.
pub(super) fn has_definition(file: &CommittedFile<'_>) -> bool {
    file.content.windows(24).any(|window| window == b"CustomResourceDefinition")
}

/// The objects in those files. Their namespaces are written out, so scopes need not be known.
pub(super) fn objects(inputs: &Inputs<'_>) -> Vec<CommittedObject> {
    let mut objects = Vec::new();
    for file in unselected(inputs) {
        let (environment, app) = (file.environment, file.app);
        let path = format!("{}/{environment}/{app}/{MANIFESTS}", inputs.project.output);
        for draft in manifest::parse(file.content, &path).unwrap_or_default() {
            let owned = |id| CommittedObject {
                environment: environment.to_owned(),
                app: app.to_owned(),
                path: path.clone(),
                id,
            };
            objects.extend(identity(&draft).map(owned));
        }
    }
    objects
}

fn identity(draft: &Draft) -> Option<ObjectId> {
    let metadata = draft.body.get("metadata")?;
    let text = |key: &str| metadata.get(key).and_then(Node::as_str).map(str::to_owned);
    Some(ObjectId {
        group: draft.api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: draft.kind.clone(),
        namespace: text("namespace"),
        name: text("name")?,
    })
}

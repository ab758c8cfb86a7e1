//! The manifests that others are compared with: those of a folder, or of a revision as its own project
//! file has it. It must not know what they are compared for.

use super::session::Session;
use super::workspace;
use crate::cli::diff::Origin;
use crate::config::project::Project;
use crate::error::{Diagnostic, Failure};
use crate::fs::{self, Links};
use crate::git::Repository;
use crate::sync::desired::{self, Manifests};
use std::path::Path;

impl Session<'_> {
    /// The manifests elsewhere, to compare with, and what could not be read of them.
    pub(super) fn manifests_from(
        &self,
        origin: &Origin,
    ) -> Result<(Manifests, Vec<Diagnostic>), Failure> {
        let root = &self.settings.directory;
        match origin {
            Origin::Folder(path) => {
                if !fs::is_folder(&root.join(path)) {
                    return Err(Diagnostic::error(format!("there is no folder `{path}`")).into());
                }
                let folder = fs::read_folder(root, path, Links::Never)?;
                let context = self.context(&self.project, path.clone());
                Ok(desired::read_to_compare(&folder, &context))
            }
            Origin::Git(revision) => {
                let repository = Repository::discover(root)?.ok_or_else(|| no_repository(root))?;
                let project = self.project_as_of(&repository, revision)?;
                let path = format!("{}/{}", project.output, self.name);
                let folder = repository.folder(revision, &path)?.unwrap_or_default();
                let path = format!("{revision}:{path}");
                Ok(desired::read_to_compare(&folder, &self.context(&project, path)))
            }
        }
    }

    /// The project file of a revision, with today's kinds added; today's if that one is not usable.
    fn project_as_of(
        &self,
        repository: &Repository,
        revision: &str,
    ) -> Result<Project, Diagnostic> {
        let Some(mut old) = workspace::project_as_of(repository, revision)? else {
            return Ok(self.project.clone());
        };
        old.kinds.extend(self.project.kinds.iter().cloned());
        Ok(old)
    }
}

fn no_repository(root: &Path) -> Diagnostic {
    let folder = match root.to_string_lossy() {
        here if here == "." => "this folder".to_owned(),
        other => format!("`{other}`"),
    };
    Diagnostic::error(format!("{folder} is in no Git repository"))
        .hint("compare with a folder: `--from dir:PATH`")
}

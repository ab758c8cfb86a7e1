//! A project read into memory: the files that commands decide on.

use crate::config::decode::Problems;
use crate::config::project::{self, Project};
use crate::config::resolve::resolve;
use crate::config::tree::Folder;
use crate::config::{Selection, Sources, sources};
use crate::error::{Diagnostic, Failure, Place, any_error};
use crate::fs::{self, Links};
use crate::generate::{self, Inputs, Prepared, Telling};
use crate::git::Repository;
use crate::report::Report;
use crate::settings::Settings;
use std::path::PathBuf;

/// The project file and the folder of the services.
pub(super) struct Workspace {
    root: PathBuf,
    /// The project file.
    pub(super) project: Project,
    /// The folder of the services.
    pub(super) services: Folder,
    problems: Vec<Diagnostic>,
}

impl Workspace {
    /// Reads both. Problems in the project file are kept for [`Self::sources`], so that they are
    /// told together with all others; those that leave too little to go on with end it here, after
    /// the services' files were looked at.
    pub(super) fn read(settings: &Settings) -> Result<Self, Failure> {
        let root = settings.directory.clone();
        let Some(text) = fs::read_if_present(&root.join(project::FILE))? else {
            return Err(no_project(settings).into());
        };
        let problems = Problems::default();
        let Some(project) = project::parse(&text, &problems) else {
            return Err(problems.into_list().into());
        };
        if !fs::is_folder(&root.join(&project.services)) {
            if project.is_usable {
                problems.add(no_services(&project));
            }
            return Err(problems.into_list().into());
        }
        let services = fs::read_folder(&root, &project.services, Links::Within)?;
        if !project.is_usable {
            let everything = Selection::default();
            drop(sources::read(&services, &project, &everything, &problems));
            return Err(problems.into_list().into());
        }
        let problems = problems.into_list();
        Ok(Self { root, project, services, problems })
    }

    /// The services, as far as they are selected, and the problems found so far.
    pub(super) fn sources(&self, selection: &Selection) -> Result<(Sources, Problems), Failure> {
        let problems = Problems::default();
        let sources = sources::read(&self.services, &self.project, selection, &problems);
        let misnamed = Problems::default();
        selection.check(&self.project, &sources, &misnamed);
        if misnamed.count() > 0 {
            return Err(misnamed.into_list().into());
        }
        self.problems.iter().for_each(|problem| problems.add(problem.clone()));
        Ok((sources, problems))
    }

    /// Renders what is selected and compares it with the output folder. Changes nothing.
    pub(super) fn prepare(
        &self,
        selection: &Selection,
        telling: Telling,
        report: &mut Report,
    ) -> Result<Prepared, Failure> {
        let (sources, problems) = self.sources(selection)?;
        let charts = self.folder(&self.project.charts, Links::Within, &problems);
        let existing = self.folder(&self.project.output, Links::Never, &problems);
        let Some(charts) = charts else {
            drop(resolve(&self.project, &sources, selection, &problems));
            return Err(problems.into_list().into());
        };
        let existing = existing.unwrap_or_default();
        let inputs = Inputs {
            project: &self.project,
            sources: &sources,
            selection,
            charts: &charts,
            existing: &existing,
            telling,
        };
        let progress = |done, total| report.progress("rendering", done, total);
        generate::prepare(&inputs, problems, progress).map_err(Failure::from)
    }

    /// A folder that is read as a whole. What keeps it from being read is told with all the rest.
    fn folder(&self, path: &str, links: Links, problems: &Problems) -> Option<Folder> {
        let told = |problem: Diagnostic| problems.add(problem.at(Place::file(path)));
        fs::read_folder(&self.root, path, links).map_err(told).ok()
    }

    /// The output folder.
    pub(super) fn output(&self) -> PathBuf {
        self.root.join(&self.project.output)
    }

    /// A path of the project as the system knows it.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

/// Reads the project file alone. Any problem in it ends the run.
pub(super) fn read_project(settings: &Settings) -> Result<Project, Failure> {
    let Some(text) = fs::read_if_present(&settings.directory.join(project::FILE))? else {
        return Err(no_project(settings).into());
    };
    let problems = Problems::default();
    let project = project::parse(&text, &problems);
    let problems = problems.into_list();
    match project {
        Some(project) if problems.is_empty() => Ok(project),
        Some(_) | None => Err(problems.into()),
    }
}

/// The project file as of a revision; nothing if there was none then, or if it is not usable.
pub(super) fn project_as_of(
    repository: &Repository,
    revision: &str,
) -> Result<Option<Project>, Diagnostic> {
    let problems = Problems::default();
    let text = repository.file(revision, project::FILE)?;
    let project = text.and_then(|text| project::parse(&text, &problems));
    Ok(project.filter(|_| !any_error(&problems.into_list())))
}

/// Without the folder every service would seem to be gone, and everything generated with them.
fn no_services(project: &Project) -> Diagnostic {
    Diagnostic::error(format!("there is no folder `{}`", project.services))
        .at(Place::file(&project.services))
        .hint(format!("`mkdir {}`, even if there are no services yet", project.services))
}

fn no_project(settings: &Settings) -> Diagnostic {
    let folder = match settings.directory.to_string_lossy() {
        here if here == "." => "this folder".to_owned(),
        other => format!("`{other}`"),
    };
    let file = project::FILE;
    Diagnostic::error(format!("there is no `{file}` in {folder}")).hint(format!(
        "run in the folder of a project, name it with `-C DIR`, or begin one with a `{file}`: \
         `{{project: <name>, environments: {{production: {{}}}}}}`"
    ))
}

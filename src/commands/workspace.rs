//! A project read into memory: the files that commands decide on.

use crate::config::decode::Problems;
use crate::config::project::{self, Project};
use crate::config::tree::Folder;
use crate::config::{Selection, Sources, sources};
use crate::error::{Diagnostic, Failure, Place};
use crate::fs::{self, Links};
use crate::generate::{self, Inputs, Prepared};
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
    /// told together with all others; only one that leaves nothing to go on with ends it here.
    pub(super) fn read(settings: &Settings) -> Result<Self, Failure> {
        let root = settings.directory.clone();
        let Some(text) = fs::read_if_present(&root.join(project::FILE))? else {
            return Err(no_project(settings).into());
        };
        let problems = Problems::default();
        let project = project::parse(&text, &problems);
        let problems = problems.into_list();
        let Some(project) = project else { return Err(problems.into()) };
        if !fs::is_folder(&root.join(&project.services)) {
            return Err(no_services(&project).into());
        }
        let services = fs::read_folder(&root, &project.services, Links::Within)?;
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
        report: &mut Report,
    ) -> Result<Prepared, Failure> {
        let (sources, problems) = self.sources(selection)?;
        let charts = fs::read_folder(&self.root, &self.project.charts, Links::Within)?;
        let existing = fs::read_folder(&self.root, &self.project.output, Links::Never)?;
        let inputs = Inputs {
            project: &self.project,
            sources: &sources,
            selection,
            charts: &charts,
            existing: &existing,
        };
        let mut progress = report.progress("rendering");
        generate::prepare(&inputs, problems, |done, total| progress.update(done, total))
            .map_err(Failure::from)
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

/// Without the folder every service would seem to be gone, and everything generated with them.
fn no_services(project: &Project) -> Diagnostic {
    Diagnostic::error(format!("there is no folder `{}`", project.services))
        .at(Place::file(&project.services))
        .hint(format!("if there are to be no services, `mkdir {}`", project.services))
}

fn no_project(settings: &Settings) -> Diagnostic {
    let folder = settings.directory.display();
    Diagnostic::error(format!("there is no `{}` in `{folder}`", project::FILE))
        .hint("run in the folder of a project, or name it with `-C DIR`")
}

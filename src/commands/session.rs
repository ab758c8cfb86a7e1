//! What the commands on one environment begin with: the project, the environment, its manifests,
//! and, for those that talk to its cluster, a connection.

use super::workspace;
use crate::cli::sync::RunArguments;
use crate::clock;
use crate::cluster::{Cluster, Target};
use crate::config::names;
use crate::config::project::{Environment, Project};
use crate::config::sources;
use crate::error::{Diagnostic, Failure};
use crate::exit::Status;
use crate::fs::{self, Links};
use crate::git;
use crate::report::Report;
use crate::report::sync::refusal;
use crate::settings::Settings;
use crate::signals::Stop;
use crate::sync::desired::{Context, Sources};
use crate::sync::{Request, RunInfo};
use plan::guards::{Approval, Refusal};
use std::path::PathBuf;
use std::time::Duration;

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How many requests are under way at once at most.
const CONCURRENCY: usize = 32;

/// One environment of a project.
pub(super) struct Session<'a> {
    pub(super) settings: &'a Settings,
    pub(super) project: Project,
    pub(super) name: String,
    pub(super) environment: Environment,
}

impl<'a> Session<'a> {
    /// Reads the project file and finds the environment in it.
    pub(super) fn read(settings: &'a Settings, name: &str) -> Result<Self, Failure> {
        let project = workspace::read_project(settings)?;
        let Some(environment) = project.environments.get(name).cloned() else {
            let known = project.environments.keys().map(String::as_str);
            return Err(sources::unknown("environment", name, &known).into());
        };
        Ok(Self { settings, project, name: name.to_owned(), environment })
    }

    /// The folder of the environment's manifests, from the project folder.
    pub(super) fn folder(&self) -> String {
        format!("{}/{}", self.project.output, self.name)
    }

    /// The manifests, all of them read; none if their folder is not there.
    pub(super) fn manifests(&self) -> Result<Option<Sources<'_>>, Failure> {
        let sources = self.sources()?;
        if let Some(sources) = &sources {
            sources.read()?;
        }
        Ok(sources)
    }

    /// The manifests, none of them read yet; none if their folder is not there.
    pub(super) fn sources(&self) -> Result<Option<Sources<'_>>, Failure> {
        let root = &self.settings.directory;
        let path = self.folder();
        if !fs::is_folder(&root.join(&path)) {
            return Ok(None);
        }
        let folder = fs::read_folder(root, &path, Links::Never)?;
        Ok(Some(Sources::new(folder, self.context(&self.project, path))))
    }

    /// What manifests of the environment are read with: a project file, and where they stand. Charts
    /// that cannot be read define nothing; the kinds that this leaves unknown are told of.
    pub(super) fn context<'c>(&'c self, project: &'c Project, path: String) -> Context<'c> {
        let root = &self.settings.directory;
        let charts =
            || fs::read_folder(root, &self.project.charts, Links::Within).unwrap_or_default();
        Context { project, environment: &self.name, path, charts: Box::new(charts) }
    }

    /// Where the cluster is: as the command line says, else as the project file does.
    pub(super) fn target(&self) -> Target {
        let context = self.settings.context.clone();
        Target {
            kubeconfig: self.settings.kubeconfig.clone(),
            context: context.or_else(|| self.environment.context.clone()),
            request_timeout: REQUEST_TIMEOUT,
            concurrency: CONCURRENCY,
        }
    }

    /// Connects. No request is made yet.
    pub(super) async fn connect(&self) -> Result<Cluster, Failure> {
        Ok(Cluster::connect(&self.target()).await?)
    }

    /// `shop/staging`.
    pub(super) fn title(&self) -> String {
        format!("{}/{}", self.project.name, self.name)
    }

    /// Who runs: a new random id, and what is known of who started it.
    pub(super) fn run_info(&self) -> Result<RunInfo, Failure> {
        Ok(RunInfo {
            id: random_id()?,
            actor: self.settings.actor.clone(),
            url: self.settings.run_url.clone(),
            started: clock::now(),
        })
    }

    /// A run with nothing chosen yet.
    pub(super) fn request<'r>(
        &'r self,
        manifests: Option<&'r Sources<'r>>,
        history: &'r History,
        run: RunInfo,
    ) -> Request<'r> {
        Request {
            project: &self.project.name,
            environment: &self.name,
            settings: &self.environment,
            manifests,
            folder: self.folder(),
            commit: history.commit.clone(),
            ancestry: &history.ancestry,
            options: plan::Options::default(),
            flags: crate::sync::Flags::default(),
            run,
        }
    }
}

/// The commit of the project's folder, and how others relate to it.
pub(super) struct History {
    pub(super) commit: Option<String>,
    ancestry: Box<Ancestry>,
}

/// Whether the commit of the folder may follow the recorded one, or why not.
type Ancestry = dyn Fn(&str) -> Result<(), String>;

impl History {
    /// Outside Git there is no commit.
    pub(super) fn read(settings: &Settings) -> Result<Self, Failure> {
        let directory: PathBuf = settings.directory.clone();
        let commit = git::head(&directory)?;
        let synced = commit.clone();
        let ancestry = move |recorded: &str| match &synced {
            Some(synced) => git::follows(&directory, synced, recorded),
            None => Ok(()),
        };
        Ok(Self { commit, ancestry: Box::new(ancestry) })
    }

    /// For what deploys nothing.
    pub(super) fn none() -> Self {
        Self { commit: None, ancestry: Box::new(|_| Ok(())) }
    }
}

/// A duration from the command line.
pub(super) fn duration(flag: &str, text: &str) -> Result<Duration, Diagnostic> {
    names::duration(text).ok_or_else(|| {
        Diagnostic::error(format!("`{flag} {text}` is no duration"))
            .hint(format!("write it as `{flag} 90s`, `{flag} 10m` or `{flag} 1h30m`"))
    })
}

/// What the flags of a run say to the sequence.
pub(super) fn flags(arguments: &RunArguments) -> Result<crate::sync::Flags, Diagnostic> {
    let timeout = arguments.timeout.as_deref().map(|text| duration("--timeout", text));
    Ok(crate::sync::Flags {
        wait: arguments.wait,
        timeout: timeout.transpose()?,
        lock_timeout: duration("--lock-timeout", &arguments.lock_timeout)?,
        take_over: arguments.take_over,
        max_deletions: arguments.max_deletions,
        approve: approvals(&arguments.approve)?,
        ..crate::sync::Flags::default()
    })
}

/// The approvals from the command line, each of which names an object.
fn approvals(texts: &[String]) -> Result<Vec<String>, Diagnostic> {
    match texts.iter().find(|text| Approval::read(text).is_none()) {
        None => Ok(texts.to_vec()),
        Some(text) => Err(Diagnostic::error(format!("`--approve {text}` does not name an object"))
            .hint("write `--approve Kind/namespace/name`, or `--approve Kind//name`")),
    }
}

/// Fails if a question would have nobody to answer it. `again` is the command that asks none.
pub(super) fn somebody_to_ask(yes: bool, again: &str) -> Result<(), Diagnostic> {
    if yes || Report::can_ask() {
        return Ok(());
    }
    let problem = Diagnostic::error("there is no terminal to ask on, and no `--yes`");
    Err(problem.hint(format!("run `{again}`")))
}

/// Runs what talks to a cluster. The lease is renewed beside it, even while a person is asked.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Diagnostic::error(format!("cannot start: {}", fs::reason(&error))))?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    result
}

/// Listens to the signals that tell a run to stop.
pub(super) fn listen() -> Result<Stop, Failure> {
    let told =
        |error| Diagnostic::error(format!("cannot listen to signals: {}", fs::reason(&error)));
    Ok(Stop::listen().map_err(told)?)
}

fn random_id() -> Result<String, Failure> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Diagnostic::error(format!("the system has no randomness: {error}")))?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}

/// Tells what refuses a command, and how it ends then.
pub(super) fn refused(refusals: &[Refusal], report: &mut Report) -> Status {
    report.problems(&refusals.iter().map(refusal).collect::<Vec<_>>());
    Status::Refused
}

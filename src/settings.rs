//! From what was typed and what the environment says to settings. The only reader of the
//! environment: `MOLAVE_…` twins come through the argument types, `NO_COLOR` and its like through
//! the stream adapter that [`crate::report`] is built on, and what says where `~/.kube/config` or
//! the cluster around us is through `kube`.

use crate::cli::Cli;
use crate::report::{Colour, Voice};
use std::path::PathBuf;

/// What holds for every command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The project folder.
    pub directory: PathBuf,
    /// When to colour.
    pub colour: Colour,
    /// How much to say.
    pub voice: Voice,
    /// The kubeconfig file or files.
    pub kubeconfig: Option<PathBuf>,
    /// The context that was asked for.
    pub context: Option<String>,
    /// Who starts the run.
    pub actor: Option<String>,
    /// Where the log of the run is.
    pub run_url: Option<String>,
}

impl From<&Cli> for Settings {
    fn from(cli: &Cli) -> Self {
        let global = &cli.global;
        Self {
            directory: global.directory.clone(),
            colour: global.color.into(),
            voice: Voice {
                quiet: global.quiet,
                verbosity: global.verbose,
                no_progress: global.no_progress,
            },
            kubeconfig: global
                .kubeconfig
                .clone()
                .or_else(|| variable("KUBECONFIG").map(PathBuf::from)),
            context: global.context.clone(),
            actor: ["MOLAVE_ACTOR", "GITHUB_ACTOR", "USER"].into_iter().find_map(variable),
            run_url: variable("MOLAVE_RUN_URL").or_else(github_run),
        }
    }
}

/// A variable of the environment that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "this is the module the rule sends everyone to")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The page of the GitHub Actions run that this is part of.
fn github_run() -> Option<String> {
    let [server, repository, run] =
        ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(variable);
    Some(format!("{}/{}/actions/runs/{}", server?, repository?, run?))
}

//! What every command takes. Each flag has a twin in the environment.

use crate::report::Colour;
use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};
use std::path::PathBuf;

/// The flags that stand before or after any command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The project folder
    #[arg(
        short = 'C',
        long = "directory",
        value_name = "DIR",
        global = true,
        env = "MOLAVE_DIRECTORY",
        hide_env_values = true,
        default_value = "."
    )]
    pub directory: PathBuf,
    /// The kubeconfig file, or several joined by `:`; default: `KUBECONFIG`, then `~/.kube/config`
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "MOLAVE_KUBECONFIG",
        hide_env_values = true
    )]
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; default: the environment's in `molave.yaml`, then the current
    #[arg(
        long,
        value_name = "NAME",
        global = true,
        env = "MOLAVE_CONTEXT",
        hide_env_values = true
    )]
    pub context: Option<String>,
    /// When to colour
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        env = "MOLAVE_COLOR",
        hide_env_values = true,
        default_value = "auto"
    )]
    pub color: When,
    /// Say nothing but results and problems
    #[arg(
        short,
        long,
        global = true,
        env = "MOLAVE_QUIET",
        hide_env_values = true,
        value_parser = FalseyValueParser::new(),
        action = ArgAction::SetTrue
    )]
    pub quiet: bool,
    /// Say more; twice for even more
    #[arg(
        short,
        long,
        global = true,
        env = "MOLAVE_VERBOSE",
        hide_env_values = true,
        action = ArgAction::Count
    )]
    pub verbose: u8,
    /// Show no progress
    #[arg(
        long,
        global = true,
        env = "MOLAVE_NO_PROGRESS",
        hide_env_values = true,
        value_parser = FalseyValueParser::new(),
        action = ArgAction::SetTrue
    )]
    pub no_progress: bool,
}

/// The words of `--color`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<When> for Colour {
    fn from(when: When) -> Self {
        match when {
            When::Auto => Self::Auto,
            When::Always => Self::Always,
            When::Never => Self::Never,
        }
    }
}

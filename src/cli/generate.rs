//! `molave generate`.

use crate::config::Selection;
use clap::Args;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave generate
  molave generate --env staging --app api --app web";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which services.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Tell of charts that fail in Helm's own words
    #[arg(long)]
    pub helm_errors: bool,
}

/// The flags that narrow a run to some services.
#[derive(Clone, Debug, Args)]
pub struct SelectionArguments {
    /// Only this environment; may be given several times
    #[arg(long = "env", value_name = "ENV")]
    pub environments: Vec<String>,
    /// Only this service; may be given several times
    #[arg(long = "app", value_name = "APP")]
    pub apps: Vec<String>,
}

impl From<SelectionArguments> for Selection {
    fn from(arguments: SelectionArguments) -> Self {
        Self { environments: arguments.environments, apps: arguments.apps }
    }
}

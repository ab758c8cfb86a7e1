//! `molave state`.

use clap::{Args, Subcommand, ValueEnum};

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave state show production
  molave state show production -o json
  molave state rebuild production
  molave state forget production ConfigMap/shop/old
  molave state move production --from-namespace kube-system
  molave state unlock production";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do with the record.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with the record of an environment.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Show what is recorded: objects, runs, phases
    Show(Show),
    /// Restore a lost record from the marks on live objects
    Rebuild(Rebuild),
    /// Take objects out of the record, so that they are nobody's and never deleted
    Forget(Forget),
    /// Move the record, and the marks of its objects, to where `molave.yaml` now has it
    Move(Move),
    /// Take the lease of an environment from a run that hangs
    Unlock(Unlock),
}

/// The arguments of `state show`.
#[derive(Debug, Args)]
pub struct Show {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// How to show it
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub output: Format,
}

/// The arguments of `state rebuild`.
#[derive(Debug, Args)]
pub struct Rebuild {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// The arguments of `state forget`.
#[derive(Debug, Args)]
pub struct Forget {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The objects: `Kind/namespace/name`, or as much of it as is clear
    #[arg(value_name = "OBJECT", required = true)]
    pub objects: Vec<String>,
    /// Leave the live objects as they are, with our mark on them
    #[arg(long)]
    pub record_only: bool,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// The arguments of `state move`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("from").required(true).multiple(true))]
pub struct Move {
    /// The environment, as `molave.yaml` has it now
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The namespace that the record is in
    #[arg(long, value_name = "NAMESPACE", group = "from")]
    pub from_namespace: Option<String>,
    /// What the project was called
    #[arg(long, value_name = "PROJECT", group = "from")]
    pub from_project: Option<String>,
    /// What the environment was called
    #[arg(long, value_name = "ENV", group = "from")]
    pub from_environment: Option<String>,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// What every change of the record takes.
#[derive(Debug, Args)]
pub struct Change {
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// How long to wait for another run
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub lock_timeout: String,
}

/// The arguments of `state unlock`.
#[derive(Debug, Args)]
pub struct Unlock {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// How the record is shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// A table
    Text,
    /// A document
    Json,
}

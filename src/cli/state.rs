//! `molave state`.

use clap::{Args, Subcommand, ValueEnum};

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave state show production
  molave state show production -o json
  molave state rebuild production";

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

/// How the record is shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// A table
    Text,
    /// A document
    Json,
}

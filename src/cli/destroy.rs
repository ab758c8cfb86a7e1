//! `molave destroy`.

use super::sync::RunArguments;
use clap::Args;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave destroy preview --dry-run
  molave destroy preview";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Show the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How the run goes.
    #[command(flatten)]
    pub run: RunArguments,
}

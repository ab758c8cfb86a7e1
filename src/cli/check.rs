//! `molave check`.

use super::generate::SelectionArguments;
use clap::Args;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave check
  molave check --env production";

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

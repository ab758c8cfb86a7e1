//! `molave adopt`.

use super::state::Change;
use clap::{Args, ValueEnum};

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave adopt production --from kubectl --dry-run
  molave adopt production --from kubectl
  molave adopt production --from kahoy --records-in kahoy --storage-id shop-production";

/// The arguments.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The tool that kept the objects before
    #[arg(long, value_name = "TOOL")]
    pub from: Tool,
    /// Show what would be taken over, what would be left and why, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// With --from kahoy: take over what Git does not have as well; the next sync deletes it
    #[arg(long)]
    pub record_dropped: bool,
    /// Remove the other tool's record of what is taken over
    #[arg(long)]
    pub remove_records: bool,
    /// With --from kahoy: the namespace of its records
    #[arg(long, value_name = "NAMESPACE", default_value = "default")]
    pub records_in: String,
    /// With --from kahoy: the id of its store, if there are several
    #[arg(long, value_name = "ID")]
    pub storage_id: Option<String>,
    /// Nothing is recorded yet for this environment, and that is right
    #[arg(long)]
    pub first: bool,
    /// How it is changed.
    #[command(flatten)]
    pub change: Change,
}

/// A tool that objects are taken over from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tool {
    /// `kubectl apply`
    Kubectl,
    /// Kahoy
    Kahoy,
}

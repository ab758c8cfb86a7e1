//! `molave doctor`.

use super::state::Format;
use clap::Args;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave doctor production
  molave doctor production -o json";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// How to show what is found
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub output: Format,
}

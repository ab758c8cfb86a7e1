//! `molave bump`.

use clap::Args;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave bump api 1.4.2
  molave bump api staging 1.5.0-rc1";

/// The arguments.
#[derive(Debug, Args)]
#[command(override_usage = "molave bump [OPTIONS] <APP> [ENV] <VERSION>")]
pub struct Arguments {
    /// The service
    pub app: String,
    /// The environment, to set its own version and no other's, and the version
    #[arg(value_name = "[ENV] VERSION", num_args = 1..=2, required = true)]
    pub rest: Vec<String>,
}

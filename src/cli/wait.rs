//! `molave wait`.

use clap::Args;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave wait staging
  molave wait production --timeout 20m";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Only this service; may be given several times
    #[arg(long = "app", value_name = "APP")]
    pub apps: Vec<String>,
    /// How long to wait, such as `90s` or `10m`
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
}

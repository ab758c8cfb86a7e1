//! `molave explain`.

use clap::Args;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave explain api staging
  molave explain api staging image.tag
  molave explain api staging --rendered";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The service
    pub app: String,
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Only the values at this path, such as `image.tag`
    #[arg(value_name = "PATH")]
    pub path: Option<String>,
    /// The manifests instead, each line with the template line and the settings that made it
    #[arg(long, conflicts_with = "path")]
    pub rendered: bool,
}

//! `molave deps`.

use clap::{Args, Subcommand};

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave deps list charts/shop
  molave deps build charts/shop
  molave deps update charts/shop";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to do with the dependencies.
    #[command(subcommand)]
    pub action: Action,
}

/// What can be done with the dependencies of a chart.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Put `file://` dependencies into `charts/`, in the versions of `Chart.lock` if there is one
    Build(Chart),
    /// Put `file://` dependencies into `charts/` as they are now, and write `Chart.lock`
    Update(Chart),
    /// Show what is declared, and whether it is there
    List(Chart),
}

/// The chart.
#[derive(Debug, Args)]
pub struct Chart {
    /// The folder of the chart
    #[arg(value_name = "CHART", default_value = ".")]
    pub chart: String,
}

//! `molave sync`.

use clap::{Args, ValueEnum, builder::FalseyValueParser};
use std::path::PathBuf;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave sync staging --dry-run            what would change
  molave sync staging                      change it, after asking
  molave sync production --wait --yes      in CI: no question, done when everything is ready
  molave sync production --full            find and overwrite manual changes too";

/// The arguments.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Only this service; may be given several times
    #[arg(long = "app", value_name = "APP")]
    pub apps: Vec<String>,
    /// Show the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Look at every object, and overwrite what was changed by others
    #[arg(long)]
    pub full: bool,
    /// With --full: overwrite manual changes only; what Git has new is left to its deploy
    #[arg(long, requires = "full")]
    pub drift_only: bool,
    /// Make objects ours that someone else made under a name we want
    #[arg(long)]
    pub adopt: bool,
    /// Delete and make again what cannot be changed in place, such as the selector of a Deployment
    #[arg(long)]
    pub replace: bool,
    /// What becomes of fields that others set differently: they are taken, or the object is refused and its service
    /// left alone
    #[arg(long, value_name = "HOW", default_value = "force")]
    pub conflicts: Conflicts,
    /// Nothing is recorded yet for this environment, and that is right
    #[arg(long)]
    pub first: bool,
    /// Sync a commit that does not follow the deployed one
    #[arg(long)]
    pub allow_older: bool,
    /// Change nothing if any service is blocked
    #[arg(long)]
    pub all_or_nothing: bool,
    /// How a run goes.
    #[command(flatten)]
    pub run: RunArguments,
}

/// What becomes of fields that others set differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Conflicts {
    /// They are taken
    Force,
    /// The object is refused
    Fail,
}

/// What every run takes that may change a cluster.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Do not ask
    #[arg(
        short,
        long,
        visible_alias = "auto-approve",
        env = "MOLAVE_YES",
        hide_env_values = true,
        value_parser = FalseyValueParser::new(),
        action = clap::ArgAction::SetTrue
    )]
    pub yes: bool,
    /// Wait until everything is ready, and delete only then
    #[arg(long)]
    pub wait: bool,
    /// How long to wait for readiness and absence, such as `90s` or `10m`
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// How long to wait for another run
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub lock_timeout: String,
    /// Take the lock from another run that is known to be dead, without waiting for it
    #[arg(long)]
    pub take_over: bool,
    /// How many deletions are meant; replaces `maxDeletions` and `maxDeletionsPercent`
    #[arg(long, value_name = "N")]
    pub max_deletions: Option<u32>,
    /// A deletion that is meant although its kind is protected: `Kind/namespace/name`; may be given several times
    #[arg(long, value_name = "NAME")]
    pub approve: Vec<String>,
    /// Write a report as JSON, also when the run fails or has nothing to do; `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

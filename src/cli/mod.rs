//! The command line as typed: clap types and nothing else. Their doc comments are the manual.

pub mod adopt;
pub mod bump;
pub mod check;
pub mod completion;
pub mod deps;
pub mod destroy;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod generate;
pub mod global;
pub mod state;
pub mod sync;
pub mod template;
pub mod wait;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  done, nothing to do, no difference
  1  the work failed; for `check` and `diff`, there is a difference
  2  usage, configuration or environment error (an unreachable cluster too)
  3  refused by a guard
  4  held by another run
  5  not ready
  130, 143  interrupted, terminated";

/// Renders Helm charts natively, and keeps clusters equal to Git
#[derive(Debug, Parser)]
#[command(
    name = "molave",
    version,
    after_help = EXIT_CODES,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: global::Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the manifests of every service into the output folder
    #[command(before_help = generate::EXAMPLES)]
    Generate(generate::Arguments),
    /// Show how the output folder differs from what `generate` would write
    ///
    /// Warns of approvals (`guards.approve`) that an earlier change left behind: they were there
    /// before this change, and nothing in it needs them. Before this change is where the branch left
    /// `origin/HEAD`, or the commit before, on the main line and where `origin/HEAD` is not known;
    /// where CI has merged a pull request, it is the branch that was merged into. In a shallow clone
    /// and outside of Git nothing is said of approvals.
    #[command(before_help = check::EXAMPLES)]
    Check(check::Arguments),
    /// Show the merged values of a service, with the file and line that set each
    #[command(before_help = explain::EXAMPLES)]
    Explain(explain::Arguments),
    /// Set the version of a service, and write its manifests again
    #[command(before_help = bump::EXAMPLES)]
    Bump(bump::Arguments),
    /// Make the cluster equal to the manifests of an environment
    #[command(before_help = sync::EXAMPLES)]
    Sync(sync::Arguments),
    /// Wait until everything that an environment holds is ready, or gone
    #[command(before_help = wait::EXAMPLES)]
    Wait(wait::Arguments),
    /// Delete everything that is recorded of an environment
    #[command(before_help = destroy::EXAMPLES)]
    Destroy(destroy::Arguments),
    /// Take over objects that another tool made, with the ownership of their fields
    #[command(before_help = adopt::EXAMPLES)]
    Adopt(adopt::Arguments),
    /// Look at the record of an environment, restore it, or change it
    #[command(before_help = state::EXAMPLES)]
    State(state::Arguments),
    /// Say whether an environment is fit to be synced, and what stands in the way
    #[command(before_help = doctor::EXAMPLES)]
    Doctor(doctor::Arguments),
    /// Show what would change in an environment, object by object
    #[command(before_help = diff::EXAMPLES)]
    Diff(diff::Arguments),
    /// Look at the dependencies of a chart, or put them into its `charts/`
    #[command(before_help = deps::EXAMPLES)]
    Deps(deps::Arguments),
    /// Print what `helm template` prints, without helm
    #[command(before_help = template::EXAMPLES, args_override_self = true)]
    Template(Box<template::Arguments>),
    /// Print a completion script
    #[command(before_help = completion::EXAMPLES)]
    Completion(completion::Arguments),
}

//! `molave completion`.

use clap::Args;
use clap_complete::Shell;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave completion bash > /etc/bash_completion.d/molave
  molave completion zsh > ~/.zfunc/_molave";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    pub shell: Shell,
}

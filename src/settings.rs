//! From what was typed and what the environment says to settings. The only reader of the
//! environment: `MOLAVE_…` twins come through the argument types, `NO_COLOR` and its like through
//! the stream adapter that [`crate::report`] is built on.

use crate::cli::Cli;
use crate::report::{Colour, Voice};
use std::path::PathBuf;

/// What holds for every command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The project folder.
    pub directory: PathBuf,
    /// When to colour.
    pub colour: Colour,
    /// How much to say.
    pub voice: Voice,
}

impl From<&Cli> for Settings {
    fn from(cli: &Cli) -> Self {
        let global = &cli.global;
        Self {
            directory: global.directory.clone(),
            colour: global.color.into(),
            voice: Voice {
                quiet: global.quiet,
                verbosity: global.verbose,
                no_progress: global.no_progress,
            },
        }
    }
}

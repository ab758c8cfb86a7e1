//! `molave diff`.

use clap::{Args, ValueEnum};
use std::fmt;
use std::str::FromStr;

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave diff staging --from git:origin/main
  molave diff staging --from git:HEAD~1 --app api
  molave diff staging --from dir:/tmp/before/_gen/staging
  molave diff production --from git:origin/main -o markdown --exit-zero > comment.md";

/// The arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// What to compare the manifests on disk with: those of a Git revision (`git:origin/main`), or
    /// those in another folder, which is the environment's own (`dir:before/_gen/staging`)
    #[arg(long, value_name = "git:REF|dir:PATH")]
    pub from: Option<Origin>,
    /// Only this service; may be given several times
    #[arg(long = "app", value_name = "APP")]
    pub apps: Vec<String>,
    /// How to show it
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output: Form,
    /// The most bytes that `-o markdown` may print; a comment on GitHub holds 65,536 characters
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 60_000,
        value_parser = clap::value_parser!(u32).range(2_000..)
    )]
    pub max_bytes: u32,
    /// End with 0 even if there is a difference
    #[arg(long)]
    pub exit_zero: bool,
}

/// How a difference is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For programs
    Json,
}

/// Where the other manifests are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In this revision.
    Git(String),
    /// In this folder.
    Folder(String),
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("git" | "dir", "")) => Err("nothing follows the colon"),
            Some(("git", revision)) => Ok(Self::Git(revision.to_owned())),
            Some(("dir", path)) => Ok(Self::Folder(path.to_owned())),
            Some(_) | None => Err("must be `git:REF` or `dir:PATH`, such as `git:origin/main`"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Git(revision) => write!(formatter, "git:{revision}"),
            Self::Folder(path) => write!(formatter, "dir:{path}"),
        }
    }
}

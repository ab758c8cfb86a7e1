//! `molave template`: the flags of `helm template`.

use clap::{ArgAction, Args, ValueEnum};

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave template my-release ./charts/service
  molave template my-release ./charts/service -f values.yaml --set image.tag=1.4.2
  molave template my-release ./charts/service --show-only templates/deployment.yaml";

/// The arguments. Flags of `helm template` that need a network, a cluster or chance are known too,
/// to say that they are not offered.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of `helm template`")]
pub struct Arguments {
    /// The name of the release (optional, as in helm), and the folder of the chart
    #[arg(value_name = "[RELEASE] CHART", num_args = 1..=2, required = true)]
    pub names: Vec<String>,
    /// Values in a YAML file, `-` for standard input; may be given several times
    #[arg(short = 'f', long = "values", value_name = "FILE", value_delimiter = ',')]
    pub values: Vec<String>,
    /// Set values: `key1=val1,key2=val2`
    #[arg(long, value_name = "PAIRS", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// Set values that are strings
    #[arg(long, value_name = "PAIRS", allow_hyphen_values = true)]
    pub set_string: Vec<String>,
    /// Set values from files: `key1=path1,key2=path2`
    #[arg(long, value_name = "PAIRS", allow_hyphen_values = true)]
    pub set_file: Vec<String>,
    /// Set values written as JSON: `key=json`, or a whole object
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub set_json: Vec<String>,
    /// Set one string: everything after `=`
    #[arg(long, value_name = "PAIR", allow_hyphen_values = true)]
    pub set_literal: Vec<String>,
    /// The namespace of the release
    #[arg(
        short,
        long,
        value_name = "NAMESPACE",
        default_value = "default",
        hide_default_value = true
    )]
    pub namespace: String,
    /// The Kubernetes version to pretend
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// More API versions for `.Capabilities.APIVersions`
    #[arg(short = 'a', long, value_name = "VERSION", value_delimiter = ',')]
    pub api_versions: Vec<String>,
    /// Print the files under `crds/` too
    #[arg(long, action = ArgAction::SetTrue, overrides_with = "skip_crds")]
    pub include_crds: bool,
    /// Do not print the files under `crds/`, which is the default
    #[arg(long, action = ArgAction::SetTrue)]
    pub skip_crds: bool,
    /// Leave out hooks
    #[arg(long)]
    pub no_hooks: bool,
    /// Leave out hooks that are tests
    #[arg(long)]
    pub skip_tests: bool,
    /// Print only what these templates write, given as globs
    #[arg(short, long, value_name = "TEMPLATE", value_delimiter = ',')]
    pub show_only: Vec<String>,
    /// Set `.Release.IsUpgrade` instead of `.Release.IsInstall`
    #[arg(long)]
    pub is_upgrade: bool,
    /// Do not hold values against `values.schema.json`
    #[arg(long)]
    pub skip_schema_validation: bool,
    /// Write files into this folder instead of printing
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<String>,
    /// Put the name of the release into the path below `--output-dir`
    #[arg(long)]
    pub release_name: bool,
    /// Which Helm to imitate
    #[arg(
        long,
        value_name = "HELM",
        env = "MOLAVE_PROFILE",
        hide_env_values = true,
        default_value = "helm4"
    )]
    pub profile: Profile,
    /// Flags of helm that are not offered.
    #[command(flatten)]
    pub unsupported: Unsupported,
}

/// Which Helm is imitated.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Profile {
    /// Helm 4.3
    Helm4,
    /// Helm 3.22
    Helm3,
}

impl From<Profile> for helm_render::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Helm4 => Self::Helm4,
            Profile::Helm3 => Self::Helm3,
        }
    }
}

/// Flags that `helm template` has and Molave does not offer.
#[derive(Debug, Args)]
pub struct Unsupported {
    /// Needs a cluster
    #[arg(long, hide = true)]
    pub validate: bool,
    /// Needs chance
    #[arg(short, long, hide = true)]
    pub generate_name: bool,
    /// Needs chance
    #[arg(long, hide = true, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// Needs the network
    #[arg(long, visible_alias = "dep-up", hide = true)]
    pub dependency_update: bool,
    /// Needs the network
    #[arg(long, hide = true, value_name = "URL")]
    pub repo: Option<String>,
    /// Needs the network
    #[arg(long, hide = true, value_name = "VERSION")]
    pub version: Option<String>,
    /// Starts another program
    #[arg(long, hide = true, value_name = "PROGRAM")]
    pub post_renderer: Option<String>,
}

impl Unsupported {
    /// The first of these flags that was given, and why it is not offered.
    pub fn first(&self) -> Option<(&'static str, &'static str)> {
        [
            (self.validate, "--validate", "it needs a cluster"),
            (self.generate_name, "--generate-name", "the same input must give the same output"),
            (self.name_template.is_some(), "--name-template", "give the name itself"),
            (
                self.dependency_update,
                "--dependency-update",
                "it needs the network; vendor the charts",
            ),
            (self.repo.is_some(), "--repo", "it needs the network; vendor the chart"),
            (self.version.is_some(), "--version", "it chooses among charts of a repository"),
            (self.post_renderer.is_some(), "--post-renderer", "it starts another program"),
        ]
        .into_iter()
        .find(|(given, _, _)| *given)
        .map(|(_, flag, reason)| (flag, reason))
    }
}

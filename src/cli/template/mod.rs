//! `molave template`: the flags of `helm template`.

mod ignored;

use clap::{ArgAction, Args, ValueEnum};

/// Shown before the flags.
pub const EXAMPLES: &str = "\
Examples:
  molave template my-release ./charts/service
  molave template my-release ./charts/service -f values.yaml --set image.tag=1.4.2
  molave template my-release ./charts/service --show-only templates/deployment.yaml";

/// The arguments. Flags of `helm template` that need a network, a cluster or another program are
/// known too, to say that they are not offered.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of `helm template`")]
pub struct Arguments {
    /// The name of the release (optional, as in helm), and the chart: a folder or a `.tgz`
    #[arg(value_name = "[RELEASE] CHART", num_args = 1.., required = true)]
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
    #[arg(long, action = ArgAction::SetTrue)]
    pub include_crds: bool,
    /// Leave out hooks
    #[arg(long)]
    pub no_hooks: bool,
    /// Leave out hooks that are tests
    #[arg(long)]
    pub skip_tests: bool,
    /// Print only what these templates write, given as globs
    #[arg(short, long, value_name = "TEMPLATE")]
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
    /// Make the name of the release from a template: `{{ randAlpha 6 | lower }}`
    #[arg(long, value_name = "TEMPLATE", default_value = "", hide_default_value = true)]
    pub name_template: String,
    /// Leave out the name of the release: as in helm, it is `release-name` then
    #[arg(short, long)]
    pub generate_name: bool,
    /// Print what was rendered when that is not valid
    #[arg(long)]
    pub debug: bool,
    /// Which Helm to imitate
    #[arg(
        long,
        value_name = "HELM",
        env = "MOLAVE_PROFILE",
        hide_env_values = true,
        default_value = "helm4"
    )]
    pub profile: Profile,
    /// Flags of helm that are offered only in part, or not at all.
    #[command(flatten)]
    pub elsewhere: Elsewhere,
    /// Flags of helm that change nothing here.
    #[command(flatten)]
    pub ignored: ignored::Ignored,
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

/// Flags that lead out of this program: to a cluster, into the network, to other programs.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of `helm template`")]
pub struct Elsewhere {
    /// `client` is what always happens; `server` needs a cluster
    #[arg(
        long,
        hide = true,
        value_name = "WHERE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "unset"
    )]
    pub dry_run: Option<String>,
    /// Only says what is missing
    #[arg(long, hide = true)]
    pub dependency_update: bool,
    /// Needs a cluster
    #[arg(long, hide = true)]
    pub validate: bool,
    /// Needs the network
    #[arg(long, hide = true, value_name = "URL")]
    pub repo: Option<String>,
    /// Needs keys
    #[arg(long, hide = true)]
    pub verify: bool,
    /// Needs the network
    #[arg(long, hide = true)]
    pub enable_dns: bool,
    /// Starts another program
    #[arg(long, hide = true, value_name = "PROGRAM")]
    pub post_renderer: Option<String>,
}

impl Elsewhere {
    /// The first of these flags that was given and is not offered, and why.
    pub fn first_refused(&self) -> Option<(&'static str, &'static str)> {
        let cluster =
            "it needs a cluster; render without it, and try the result with `molave diff`";
        let on_server = self.dry_run.as_deref() == Some("server");
        [
            (self.validate, "--validate", cluster),
            (on_server, "--dry-run=server", cluster),
            (self.repo.is_some(), "--repo", "it needs the network; get the chart with `helm pull`"),
            (self.verify, "--verify", "it needs keys; check the chart with `helm verify`"),
            (self.enable_dns, "--enable-dns", "rendering never asks the network"),
            (
                self.post_renderer.is_some(),
                "--post-renderer",
                "it starts another program; pipe the output into that",
            ),
        ]
        .into_iter()
        .find(|(given, _, _)| *given)
        .map(|(_, flag, reason)| (flag, reason))
    }
}

//! Flags of `helm template` that say how to install, download or reach a cluster. They change
//! nothing in what is printed, so they are taken and forgotten.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// Flags without a value, or with `=true` and `=false`.
const SWITCHES: [&str; 20] = [
    "atomic",
    "create-namespace",
    "devel",
    "disable-openapi-validation",
    "force",
    "force-conflicts",
    "force-replace",
    "hide-notes",
    "insecure-skip-tls-verify",
    "kube-insecure-skip-tls-verify",
    "pass-credentials",
    "plain-http",
    "render-subchart-notes",
    "replace",
    "rollback-on-failure",
    "server-side",
    "skip-crds",
    "take-ownership",
    "wait",
    "wait-for-jobs",
];

/// Flags with a value.
const VALUES: [&str; 24] = [
    "burst-limit",
    "ca-file",
    "cert-file",
    "colour",
    "content-cache",
    "description",
    "key-file",
    "keyring",
    "kube-apiserver",
    "kube-as-group",
    "kube-as-user",
    "kube-ca-file",
    "kube-context",
    "kube-tls-server-name",
    "kube-token",
    "labels",
    "password",
    "post-renderer-args",
    "qps",
    "registry-config",
    "repository-cache",
    "repository-config",
    "timeout",
    "username",
];

/// Whatever was given of these flags.
#[derive(Debug)]
pub struct Ignored;

impl Args for Ignored {
    fn augment_args(command: Command) -> Command {
        let switches = SWITCHES.map(|name| {
            flag(name).num_args(0..=1).require_equals(true).default_missing_value("true")
        });
        let values = VALUES.map(flag).map(|flag| match flag.get_id().as_str() {
            "labels" => flag.short('l'),
            _ => flag,
        });
        // Which version is meant matters in repositories only. The name is taken by clap's own.
        let version = flag("version").id("chart-version");
        command.args(switches).args(values).arg(version)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).hide(true).action(ArgAction::Append).allow_hyphen_values(true)
}

impl FromArgMatches for Ignored {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

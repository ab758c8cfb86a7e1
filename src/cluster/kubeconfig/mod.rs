//! Finding and reading the kubeconfig. It must not know what the connection is for.
//!
//! `kube` reads the files, and asks the environment where none is named: `KUBECONFIG` and the home
//! directory, then the variables that Kubernetes sets in pods. The rest of the tool asks
//! `settings`.

use crate::error::{Diagnostic, Place};
use kube::Config;
use kube::config::{Kubeconfig, KubeconfigError};
use std::io::ErrorKind;
use std::path::Path;

/// What shows the contexts there are.
const SHOW_CONTEXTS: &str = "`kubectl config get-contexts` shows the contexts there are";

/// The settings of a connection. `files` is one path, or several as `KUBECONFIG` has them;
/// `context` is the current one if none is named.
pub(super) fn load(files: Option<&Path>, context: Option<&str>) -> Result<Config, Diagnostic> {
    let kubeconfig = match files {
        Some(files) => merged(files)?,
        None => match Kubeconfig::read() {
            Ok(kubeconfig) => kubeconfig,
            Err(error) if is_missing(&error) => return without_kubeconfig(context),
            Err(error) => return Err(unreadable(&error)),
        },
    };
    let context = chosen(&kubeconfig, context)?;
    configure(kubeconfig, context)
}

/// The files as one: the first to name something wins. Of several, those that are not there are
/// left out, as `kubectl` does.
fn merged(files: &Path) -> Result<Kubeconfig, Diagnostic> {
    let paths = std::env::split_paths(files).filter(|path| !path.as_os_str().is_empty());
    let mut missing = None;
    let mut found: Option<Kubeconfig> = None;
    for path in paths {
        match (read(&path)?, found.take()) {
            (None, before) => {
                missing.get_or_insert(path);
                found = before;
            }
            (Some(next), None) => found = Some(next),
            (Some(next), Some(before)) => {
                found = Some(before.merge(next).map_err(|error| unreadable(&error))?);
            }
        }
    }
    found.ok_or_else(|| absent(&missing.unwrap_or_else(|| files.to_owned())))
}

fn read(path: &Path) -> Result<Option<Kubeconfig>, Diagnostic> {
    match Kubeconfig::read_from(path) {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(unreadable(&error).at(Place::file(path.display().to_string()))),
    }
}

fn is_missing(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == ErrorKind::NotFound,
        _ => false,
    }
}

fn absent(path: &Path) -> Diagnostic {
    Diagnostic::error(format!("there is no kubeconfig `{}`", path.display()))
        .hint("name one with `--kubeconfig FILE`, or in `KUBECONFIG`")
}

/// The parser's words are left out: they quote the file, which holds tokens and keys.
fn unreadable(error: &KubeconfigError) -> Diagnostic {
    let problem = Diagnostic::error("cannot read the kubeconfig");
    match error {
        KubeconfigError::ReadConfig(error, path) => {
            problem.because(crate::fs::reason(error)).at(Place::file(path.display().to_string()))
        }
        KubeconfigError::Parse(_) => {
            problem.because("it is not YAML of the form that `kubectl` writes")
        }
        error => problem.because(error.to_string()),
    }
    .hint("`kubectl config view` shows how `kubectl` reads it")
}

fn without_kubeconfig(context: Option<&str>) -> Result<Config, Diagnostic> {
    let absent = || Diagnostic::error("there is no kubeconfig");
    if let Some(context) = context {
        return Err(absent()
            .because(format!("so there is no context `{context}`"))
            .hint("name one with `--kubeconfig FILE`, or in `KUBECONFIG`"));
    }
    Config::incluster().map_err(|_| {
        absent()
            .because("this is no pod of a cluster either")
            .hint("name one with `--kubeconfig FILE`, or in `KUBECONFIG`")
    })
}

/// The name of the context to use, which is there.
fn chosen(kubeconfig: &Kubeconfig, named: Option<&str>) -> Result<String, Diagnostic> {
    let known = || kubeconfig.contexts.iter().map(|context| context.name.as_str());
    let current = kubeconfig.current_context.as_deref().filter(|name| !name.is_empty());
    let Some(name) = named.or(current) else {
        let problem = Diagnostic::error("the kubeconfig names no current context");
        return Err(listed(problem, known()).hint("choose one with `--context NAME`"));
    };
    if known().any(|context| context == name) {
        return Ok(name.to_owned());
    }
    let problem = Diagnostic::error(format!("there is no context `{name}` in the kubeconfig"));
    Err(listed(problem, known()).hint(SHOW_CONTEXTS).suggest(name, known()))
}

fn listed<'a>(problem: Diagnostic, contexts: impl Iterator<Item = &'a str>) -> Diagnostic {
    let mut names: Vec<String> = contexts.map(|name| format!("`{name}`")).collect();
    names.sort_unstable();
    match names.len() {
        0 => problem.because("it has no contexts"),
        1..=20 => problem.because(format!("its contexts are {}", names.join(", "))),
        count => {
            names.truncate(20);
            problem.because(format!("its {count} contexts are {}, …", names.join(", ")))
        }
    }
}

fn configure(kubeconfig: Kubeconfig, context: String) -> Result<Config, Diagnostic> {
    let broken = |error: &KubeconfigError| {
        Diagnostic::error("cannot use the kubeconfig")
            .because(error.to_string())
            .hint("`kubectl config view --minify` shows what belongs to the context")
    };
    let has_proxy = kubeconfig
        .clusters
        .iter()
        .any(|cluster| cluster.cluster.as_ref().is_some_and(|cluster| cluster.proxy_url.is_some()));
    let mut kubeconfig = kubeconfig;
    kubeconfig.current_context = Some(context);
    let mut config = Config::try_from(kubeconfig).map_err(|error| broken(&error))?;
    // `kube` takes the proxy of the environment for every address; this machine is never behind it.
    if !has_proxy && config.cluster_url.host().is_some_and(is_loopback) {
        config.proxy_url = None;
    }
    Ok(config)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests;

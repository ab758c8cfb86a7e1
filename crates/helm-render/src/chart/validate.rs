//! Helm's rules for valid metadata.
//!
//! Owns the checks, their order and texts, and the cleaning of strings that goes with them.

use super::decode::Draft;
use super::metadata::{Dependency, Maintainer, Metadata};
use super::version;
use gotemplate::format::quote;
use std::collections::BTreeSet;

/// Why metadata is not valid.
pub(super) struct Invalid {
    /// The field at fault, as `Chart.yaml` spells it.
    pub(super) field: &'static str,
    /// Helm's text.
    pub(super) message: String,
}

/// The checked and cleaned metadata.
pub(super) fn validate(draft: Draft) -> Result<Metadata, Invalid> {
    let Draft { mut metadata, maintainers, dependencies } = draft;
    clean_metadata(&mut metadata);
    check_name_and_version(&metadata)?;
    for maintainer in maintainers {
        let maintainer = maintainer.ok_or_else(|| {
            invalid("maintainers", "maintainers must not contain empty or null nodes")
        })?;
        metadata.maintainers.push(clean_maintainer(&maintainer));
    }
    metadata.dependencies = check_dependencies(dependencies)?;
    Ok(metadata)
}

fn check_name_and_version(metadata: &Metadata) -> Result<(), Invalid> {
    let (name, version) = (&metadata.name, &metadata.version);
    let fault = if name.is_empty() {
        ("name", "chart.metadata.name is required".to_owned())
    } else if name == "." || name == ".." {
        ("name", format!("chart.metadata.name {} is not allowed", shown(name)))
    } else if name.contains('/') {
        ("name", format!("chart.metadata.name {} is invalid", shown(name)))
    } else if version.is_empty() {
        ("version", "chart.metadata.version is required".to_owned())
    } else if !version::is_valid(version) {
        ("version", format!("chart.metadata.version {} is invalid", shown(version)))
    } else if !matches!(metadata.chart_type.as_str(), "" | "application" | "library") {
        ("type", "chart.metadata.type must be application or library".to_owned())
    } else {
        return Ok(());
    };
    Err(invalid(fault.0, &fault.1))
}

fn check_dependencies(dependencies: Vec<Option<Dependency>>) -> Result<Vec<Dependency>, Invalid> {
    let mut names = BTreeSet::new();
    let mut checked = Vec::new();
    for dependency in dependencies {
        let dependency = dependency
            .ok_or_else(|| dependency_fault("dependencies must not contain empty or null nodes"))?;
        let dependency = clean_dependency(dependency);
        let alias = &dependency.alias;
        if !alias.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            let name = shown(&dependency.name);
            return Err(dependency_fault(&format!(
                "dependency {name} has disallowed characters in the alias"
            )));
        }
        let key = if alias.is_empty() { &dependency.name } else { alias };
        if !names.insert(key.clone()) {
            let key = shown(key);
            return Err(dependency_fault(&format!(
                "more than one dependency with name or alias {key}"
            )));
        }
        checked.push(dependency);
    }
    Ok(checked)
}

fn dependency_fault(message: &str) -> Invalid {
    invalid("dependencies", message)
}

fn invalid(field: &'static str, message: &str) -> Invalid {
    Invalid { field, message: format!("validation: {message}") }
}

fn shown(text: &str) -> String {
    String::from_utf8_lossy(&quote(text.as_bytes())).into_owned()
}

fn clean_metadata(metadata: &mut Metadata) {
    for text in [
        &mut metadata.name,
        &mut metadata.description,
        &mut metadata.home,
        &mut metadata.icon,
        &mut metadata.condition,
        &mut metadata.tags,
        &mut metadata.app_version,
        &mut metadata.kube_version,
    ] {
        *text = clean(text);
    }
    for text in metadata.sources.iter_mut().chain(&mut metadata.keywords) {
        *text = clean(text);
    }
}

fn clean_maintainer(maintainer: &Maintainer) -> Maintainer {
    Maintainer {
        name: clean(&maintainer.name),
        email: clean(&maintainer.email),
        url: clean(&maintainer.url),
    }
}

fn clean_dependency(dependency: Dependency) -> Dependency {
    Dependency {
        name: clean(&dependency.name),
        version: clean(&dependency.version),
        repository: clean(&dependency.repository),
        condition: clean(&dependency.condition),
        tags: dependency.tags.iter().map(|tag| clean(tag)).collect(),
        ..dependency
    }
}

/// Every white space as a blank, and nothing that does not print.
fn clean(text: &str) -> String {
    let spaced = text.chars().map(|found| if found.is_whitespace() { ' ' } else { found });
    spaced.filter(|found| is_printable(*found)).collect()
}

/// Whether Go prints the character: it does not escape it in quotes.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    !quote(character.to_string().as_bytes()).contains(&b'\\')
}

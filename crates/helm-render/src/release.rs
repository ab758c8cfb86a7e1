//! What a chart is rendered for: the release and the Kubernetes version.

use crate::engine::DEFAULT_LIMITS;
use crate::profile::Profile;
use gotemplate::execute::{Budget, Others, Surroundings};
use gotemplate::format::sprintf;
use gotemplate::functions::{BUILTINS, sprig};
use gotemplate::{Functions, Host, Moment, Set, Value};
use std::sync::Arc;

/// The release a chart is rendered as (`.Release`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The release name; `helm template` without a name uses `release-name`.
    pub name: String,
    /// The namespace; Helm's default is `default`.
    pub namespace: String,
    /// Whether `.Release.IsUpgrade` (instead of `.Release.IsInstall`) is true.
    pub is_upgrade: bool,
    /// `.Release.Revision`, 1 for `helm template`.
    pub revision: i64,
}

impl Default for Release {
    fn default() -> Self {
        Self {
            name: "release-name".to_owned(),
            namespace: "default".to_owned(),
            is_upgrade: false,
            revision: 1,
        }
    }
}

/// The release name that a template makes, as `--name-template` asks for: Go's functions and
/// sprig's without those that read the environment, and no data. The error is what Helm prints
/// after `Error: `.
pub fn name_from_template(text: &str, moment: Moment) -> Result<String, String> {
    const NAME: &str = "name-template";
    let mut functions = Functions::new();
    functions.extend(BUILTINS);
    functions.extend(&sprig::table());
    let mut set = Set::new(Arc::new(functions));
    set.parse(NAME, text.as_bytes()).map_err(|error| error.to_string())?;
    let surroundings = Surroundings::new(moment, Others::None);
    let budget = Budget::new(DEFAULT_LIMITS);
    let host = Host { state: &(), budget: &budget, surroundings: &surroundings, recorder: None };
    let name = set.execute(NAME, Value::Nil, host).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

/// A Kubernetes version as `--kube-version` gives it and `.Capabilities.KubeVersion` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// The full version with its `v`.
    pub version: String,
    /// The version without what follows its numbers; ranges are checked against it.
    pub normalized: String,
    /// The major number.
    pub major: String,
    /// The minor number.
    pub minor: String,
}

impl Default for KubeVersion {
    fn default() -> Self {
        Self {
            version: "v1.37.0".to_owned(),
            normalized: "v1.37.0".to_owned(),
            major: "1".to_owned(),
            minor: "37".to_owned(),
        }
    }
}

impl KubeVersion {
    /// Reads what `--kube-version` takes, `1.31` or `v1.31.2-gke.1`: two or more numbers joined by
    /// dots, then anything, which only Helm 4 keeps. The error is what Helm prints after `Error: `.
    pub fn parse(text: &str, profile: Profile) -> Result<Self, String> {
        let components = split_components(text)
            .map_err(|reason| format!("invalid kube version '{text}': {reason}"))?;
        let numbers: Vec<String> = components.iter().map(u64::to_string).collect();
        let normalized = format!("v{}", numbers.join("."));
        let version = match profile {
            Profile::Helm3 => normalized.clone(),
            Profile::Helm4 if text.starts_with('v') => text.to_owned(),
            Profile::Helm4 => format!("v{text}"),
        };
        let mut numbers = numbers.into_iter();
        let major = numbers.next().unwrap_or_default();
        let minor = numbers.next().unwrap_or_default();
        Ok(Self { version, normalized, major, minor })
    }
}

fn split_components(text: &str) -> Result<Vec<u64>, String> {
    let trimmed = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
    let trimmed = trimmed.strip_prefix('v').unwrap_or(trimmed);
    let numbers = leading_numbers(trimmed);
    if numbers.is_empty() || trimmed.contains('\n') {
        return Err(format!("could not parse {} as version", quote(text)));
    }
    let components: Vec<&str> = numbers.split('.').collect();
    if components.len() < 2 {
        return Err(format!("illegal version string {}", quote(text)));
    }
    components.iter().enumerate().map(|(at, part)| read_component(at, part, text)).collect()
}

fn read_component(at: usize, component: &str, text: &str) -> Result<u64, String> {
    if at == 0 && component.starts_with('0') && component != "0" {
        let (component, text) = (quote(component), quote(text));
        return Err(format!("illegal zero-prefixed version component {component} in {text}"));
    }
    component.parse().map_err(|_| {
        let (component, text) = (quote(component), quote(text));
        format!(
            "illegal non-numeric version component {component} in {text}: \
             strconv.ParseUint: parsing {component}: value out of range"
        )
    })
}

/// The longest prefix that is digits joined by single dots.
fn leading_numbers(text: &str) -> &str {
    let mut end = 0;
    let mut rest = text;
    loop {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return text.get(..end).unwrap_or_default();
        }
        end = text.len() - rest.len() + digits;
        match rest.get(digits..).and_then(|after| after.strip_prefix('.')) {
            Some(after) => rest = after,
            None => return text.get(..end).unwrap_or_default(),
        }
    }
}

/// Go's `%q`.
fn quote(text: &str) -> String {
    String::from_utf8_lossy(&sprintf(b"%q", &[Value::from(text)])).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, profile: Profile, expected: &str) {
        let actual = match KubeVersion::parse(text, profile) {
            Ok(version) => format!(
                "{} {} {} {}",
                version.version, version.normalized, version.major, version.minor
            ),
            Err(error) => error,
        };
        assert_eq!(actual, expected);
    }

    #[test]
    fn only_helm_4_keeps_what_follows_the_numbers() {
        check("1.31", Profile::Helm4, "v1.31 v1.31 1 31");
        check("1.31.2-gke.1", Profile::Helm4, "v1.31.2-gke.1 v1.31.2 1 31");
        check("v1.31.2-gke.1", Profile::Helm3, "v1.31.2 v1.31.2 1 31");
    }

    #[test]
    fn what_is_no_version_is_refused_in_helms_words() {
        check("x", Profile::Helm4, r#"invalid kube version 'x': could not parse "x" as version"#);
        check("1", Profile::Helm4, r#"invalid kube version '1': illegal version string "1""#);
        check(
            "01.2",
            Profile::Helm3,
            r#"invalid kube version '01.2': illegal zero-prefixed version component "01" in "01.2""#,
        );
    }
}

//! Our charts under `helm lint --strict`, and as releases whose names are as long or as odd as names may be.

use crate::cases::{NAMESPACE, Subject, ours};
use crate::oracle::Oracle;
use std::path::Path;
use std::process::Command;

/// Names of releases: of one letter, of as many as Helm takes, with dots, of digits alone.
const NAMES: [&str; 5] =
    ["a", "0", "1e3", "a.b-c.d", "a-name-that-goes-on-for-as-many-letters-as-helm-takes"];

/// APIs that one of the four newest minors of Kubernetes deprecates or does not serve.
const CURRENT: [&str; 10] = [
    "v1",
    "apps/v1",
    "autoscaling/v2",
    "batch/v1",
    "gateway.networking.k8s.io/v1",
    "monitoring.coreos.com/v1",
    "networking.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "storage.k8s.io/v1",
];

#[test]
fn helm_4_has_nothing_to_say_of_our_charts() {
    lint(Oracle::Helm4);
}

#[test]
fn helm_3_has_nothing_to_say_of_our_charts() {
    lint(Oracle::Helm3);
}

fn lint(oracle: Oracle) {
    let Some(helm) = oracle.binary() else { return };
    for subject in ours() {
        for case in subject.cases() {
            let mut command = Command::new(&helm);
            command.args(["lint", "--strict", "--quiet"]).arg(&subject.chart);
            let output = command.arg("--values").arg(&case.path).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success() && said.trim().is_empty(), "{}: {said}", case.name);
        }
    }
}

#[test]
fn no_name_of_a_release_is_too_odd() {
    let molave = Path::new(env!("CARGO_BIN_EXE_molave"));
    for subject in ours() {
        for case in subject.cases() {
            for name in NAMES {
                names_are_fit(molave, &subject, &case.path, name);
            }
        }
    }
}

/// Every object has a name and a label that the API server takes, and an API that is no old one.
fn names_are_fit(molave: &Path, subject: &Subject, values: &Path, release: &str) {
    let mut command = Command::new(molave);
    command.args(["template", release]).arg(&subject.chart).args(["--namespace", NAMESPACE]);
    let output = command.arg("--values").arg(values).output().unwrap();
    let what = format!("{release} with {}", values.display());
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    for object in serde_yaml::Deserializer::from_slice(&output.stdout) {
        let object: serde_json::Value = serde::Deserialize::deserialize(object).unwrap();
        if object.is_null() {
            continue;
        }
        let version = object["apiVersion"].as_str().unwrap();
        assert!(CURRENT.contains(&version), "{what}: {version}");
        let name =
            object["metadata"]["name"].as_str().unwrap_or_else(|| panic!("{what}: {object}"));
        let most = if object["kind"] == "Service" { 63 } else { 253 };
        assert!(is_name(name, most), "{what}: {name}");
        let labels = object["metadata"]["labels"].as_object().unwrap();
        let pods = object["spec"]["template"]["metadata"]["labels"].as_object();
        for (key, value) in labels.iter().chain(pods.into_iter().flatten()) {
            let value = value.as_str().unwrap_or_else(|| panic!("{what}: {key}: {value}"));
            assert!(value.len() <= 63, "{what}: {key}: {value}");
        }
    }
}

fn is_name(name: &str, most: usize) -> bool {
    let is_end = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_inner = |letter: char| is_end(letter) || letter == '-' || letter == '.';
    name.len() <= most
        && name.chars().all(is_inner)
        && name.starts_with(is_end)
        && name.ends_with(is_end)
}

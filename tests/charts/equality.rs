//! `molave template` writes the bytes that `helm template` writes, and fails where it fails.

use crate::cases::{Case, NAMESPACE, RELEASE, Subject, subjects};
use crate::oracle::Oracle;
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn every_case_equals_helm_4() {
    compare_all(Oracle::Helm4);
}

#[test]
fn every_case_equals_helm_3() {
    compare_all(Oracle::Helm3);
}

fn compare_all(oracle: Oracle) {
    let Some(helm) = oracle.binary() else { return };
    let mut different = Vec::new();
    let mut compared = 0;
    for subject in subjects() {
        for case in subject.cases() {
            compared += 1;
            let [(_, wanted), (_, got)] = both(&helm, oracle, &subject, &case);
            if let Some(difference) = difference(&wanted, &got) {
                different.push(format!("{}/{}: {difference}", subject.chart.display(), case.name));
            }
        }
        for case in subject.refused() {
            compared += 1;
            for (name, output) in both(&helm, oracle, &subject, &case) {
                if output.status.success() {
                    different.push(format!("{name} takes the refused values of {}", case.name));
                }
            }
        }
    }
    assert!(different.is_empty(), "{} of {compared}:\n{}", different.len(), different.join("\n"));
}

fn both(
    helm: &Path,
    oracle: Oracle,
    subject: &Subject,
    case: &Case,
) -> [(&'static str, Output); 2] {
    let molave = Path::new(env!("CARGO_BIN_EXE_molave"));
    let profile = ["--profile", oracle.profile()];
    [
        ("helm", template(helm, &[], subject, case)),
        ("molave", template(molave, &profile, subject, case)),
    ]
}

fn template(binary: &Path, flags: &[&str], subject: &Subject, case: &Case) -> Output {
    Command::new(binary)
        .arg("template")
        .args([RELEASE, subject.chart.to_str().unwrap(), "--namespace", NAMESPACE])
        .args(["--values", case.path.to_str().unwrap()])
        .args(flags)
        .output()
        .unwrap()
}

fn difference(wanted: &Output, got: &Output) -> Option<String> {
    if wanted.status.success() != got.status.success() {
        let [wanted_error, got_error] =
            [wanted, got].map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
        return Some(format!(
            "helm: {}\n{wanted_error}molave: {}\n{got_error}",
            wanted.status, got.status
        ));
    }
    let [wanted, got] = [wanted, got].map(|output| String::from_utf8_lossy(&output.stdout));
    let diff = similar::TextDiff::from_lines(&wanted, &got);
    (wanted != got).then(|| diff.unified_diff().header("helm", "molave").to_string())
}

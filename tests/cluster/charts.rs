//! What our charts make of every values file of `tests/charts`, on the real API server: it takes all of it, each change
//! of a deployed release is one that can be made, and pods may do no more than the Pod Security Standard allows.

use crate::shop::{Run, Shop};
use std::path::{Path, PathBuf};

/// Values files whose pods are to have more rights than the standard `restricted` gives, or none said, or are asked for
/// their health through another host.
const WITH_RIGHTS: [&str; 4] =
    ["claim-of-one-node", "probes-by-grpc", "rights", "rights-left-to-the-cluster"];

/// Kinds that clusters get from elsewhere.
const KINDS: [(&str, &str, &str); 3] = [
    ("monitoring.coreos.com", "ServiceMonitor", "servicemonitors"),
    ("monitoring.coreos.com", "PodMonitor", "podmonitors"),
    ("gateway.networking.k8s.io", "HTTPRoute", "httproutes"),
];

fn definitions() -> String {
    let definition = |(group, kind, plural): (&str, &str, &str)| {
        let singular = kind.to_lowercase();
        format!(
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: {plural}.{group}\n  \
             annotations: {{api-approved.kubernetes.io: unapproved}}\nspec:\n  group: {group}\n  scope: Namespaced\n  \
             names: {{kind: {kind}, plural: {plural}, singular: {singular}}}\n  versions:\n  - name: v1\n    served: true\n    \
             storage: true\n    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}\n"
        )
    };
    KINDS.into_iter().map(definition).collect()
}

/// The values files of a chart, the simplest one first.
fn cases(chart: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts").join(chart);
    let files = std::fs::read_dir(folder).expect("cases").map(|entry| entry.expect("one").path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let name = |path: &Path| path.file_stem().expect("a name").to_str().expect("UTF-8").to_owned();
    let mut cases: Vec<(String, PathBuf)> = files.map(|path| (name(&path), path)).collect();
    cases.sort_by_key(|(name, _)| (name != "minimal", name.clone()));
    cases
}

impl Shop {
    /// Puts the Pod Security Standard into force: the API server warns of workloads, and refuses pods.
    fn restrict(&self) {
        let label = |mode: &str| format!("pod-security.kubernetes.io/{mode}=restricted");
        let labels = [label("enforce"), label("warn")];
        let arguments = ["label", "namespace", &self.namespace, &labels[0], &labels[1]];
        self.plane.kubectl(&arguments);
    }

    /// Deploys a chart of ours with a values file. That a StatefulSet goes is approved.
    fn deployed(&self, chart: &str, values: &Path) -> Run {
        let values = std::fs::read_to_string(values).expect("values");
        self.render(chart, &values);
        let approved = format!("StatefulSet/{}/web", self.namespace);
        self.sync(&["--timeout", "60s", "--approve", &approved])
    }
}

#[test]
fn every_values_file_can_be_deployed_over_the_simplest_one_and_back() {
    let Some(shop) = Shop::open() else { return };
    shop.plane.apply(&shop.namespace, &definitions());
    for (_, _, plural) in KINDS {
        let condition = ["wait", "--for=condition=Established", "--timeout=60s", "crd"];
        let group = KINDS.iter().find(|kind| kind.2 == plural).expect("a kind").0;
        shop.plane.kubectl(&[&condition[..], &[&format!("{plural}.{group}")]].concat());
    }
    shop.restrict();
    let cases = cases("service");
    let (_, minimal) = &cases[0];
    shop.deployed("service", minimal).expect(0);
    let mut problems = Vec::new();
    for (name, values) in &cases[1..] {
        for (way, values) in [("to", values), ("back from", minimal)] {
            let run = shop.deployed("service", values);
            let warned = run.stderr.contains("would violate PodSecurity");
            let expects_warning = values != minimal && WITH_RIGHTS.contains(&name.as_str());
            if run.code != 0 || warned != expects_warning {
                problems.push(format!("{way} {name}: {}\n{}", run.code, run.stderr));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

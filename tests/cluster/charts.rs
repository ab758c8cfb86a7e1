//! What our charts make of every values file of `tests/charts`, on the real API server: it takes all of it, each change
//! of a deployed release is one that can be made, and pods may do no more than the Pod Security Standard allows.

use crate::plane::eventually;
use crate::shop::{Run, Shop};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Values files whose pods are to have more rights than the standard `restricted` gives, or none said, or are asked for
/// their health through another host.
const WITH_RIGHTS: [(&str, &[&str]); 3] = [
    ("service", &["claim-of-one-node", "probes-by-grpc", "rights", "rights-left-to-the-cluster"]),
    ("job", &["rights", "rights-left-to-the-cluster"]),
    (
        "daemonset",
        &["of-the-node", "ports", "probes-by-grpc", "rights", "rights-left-to-the-cluster"],
    ),
];

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

/// A StatefulSet with two claims for each pod.
const STATEFUL: &str = "\
image: {repository: example.com/store, tag: '1'}
kind: StatefulSet
replicas: 3
minReadySeconds: 0
statefulSet: {podManagementPolicy: Parallel}
mounts:
  data: {path: /data, claim: {size: 10Gi, storageClass: ssd, accessModes: [ReadWriteOncePod]}}
  logs: {path: /logs, claim: {size: 1Gi}}
";

/// Changes that the chart's README lists as those that cannot be made, as values over these.
const REFUSED: [(&str, &str); 6] = [
    ("another policy", "statefulSet: {podManagementPolicy: OrderedReady}"),
    ("a larger claim", "mounts: {data: {claim: {size: 11Gi}}}"),
    ("another class", "mounts: {data: {claim: {storageClass: hdd}}}"),
    ("other modes", "mounts: {data: {claim: {accessModes: [ReadWriteOnce]}}}"),
    ("a new claim", "mounts: {more: {path: /more, claim: {size: 1Gi}}}"),
    ("a claim less", "mounts: {logs: null}"),
];

/// Values files that change what a StatefulSet cannot change.
const OF_CLAIMS: [&str; 2] = ["claim-of-one-node", "mounts"];

#[test]
fn a_stateful_set_takes_every_change_but_those_that_the_readme_lists() {
    let Some(shop) = Shop::open() else { return };
    shop.restrict();
    let cases = cases("service");
    shop.file("base.yaml", STATEFUL);
    shop.render("service", STATEFUL);
    shop.synced(&[]);
    let tried = |values: &str| {
        shop.render_with("service", &["base.yaml"], values);
        shop.sync(&["--dry-run"])
    };
    let mut problems = Vec::new();
    let others = cases.iter().filter(|(name, _)| {
        let is_of_its_own = OF_CLAIMS.contains(&name.as_str()) || name.starts_with("stateful-set");
        // Another test makes the definitions of the first; the others are of Deployments alone.
        let is_elsewhere = ["http-route", "monitors", "blue-green", "rollout", "worker"]
            .iter()
            .any(|word| name.starts_with(word));
        !is_of_its_own && !is_elsewhere
    });
    for (name, values) in others {
        let values = std::fs::read_to_string(values).expect("values");
        let run = tried(&values);
        if run.code != 0 {
            problems.push(format!("{name}: {}\n{}", run.code, run.stderr));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    for (what, values) in REFUSED {
        let run = tried(values).expect(1);
        assert!(run.stderr.contains("it cannot be changed in place"), "{what}: {}", run.stderr);
    }

    // What to do then, in the README's words.
    let pods = || shop.kubectl(&["get", "pods", "--output=jsonpath={.items[*].metadata.uid}"]);
    eventually("its pods are there", || pods().split_whitespace().count() == 3);
    let before = pods();
    shop.kubectl(&["delete", "statefulset", "web", "--cascade=orphan"]);
    shop.render_with("service", &["base.yaml"], REFUSED[1].1);
    shop.synced(&[]).says("1 created");
    let live = shop.live("statefulset", "web").expect("it is there again");
    let size = live.pointer("/spec/volumeClaimTemplates/0/spec/resources/requests/storage");
    assert_eq!(size.and_then(Value::as_str), Some("11Gi"));
    let uid = shop.uid("statefulset", "web");
    let owners = "--output=jsonpath={.items[*].metadata.ownerReferences[0].uid}";
    eventually("it takes its pods over", || {
        let owners = shop.kubectl(&["get", "pods", owners]);
        owners.split_whitespace().all(|owner| owner == uid)
    });
    assert_eq!(pods(), before);
}

#[test]
fn every_values_file_of_a_service_can_be_deployed_over_the_simplest_one_and_back() {
    deploy_all("service");
}

#[test]
fn every_values_file_of_a_job_can_be_deployed_over_the_simplest_one_and_back() {
    deploy_all("job");
}

#[test]
fn every_values_file_of_a_daemon_set_can_be_deployed_over_the_simplest_one_and_back() {
    deploy_all("daemonset");
}

fn deploy_all(chart: &str) {
    let Some(shop) = Shop::open() else { return };
    shop.plane.apply(&shop.namespace, &definitions());
    for (_, _, plural) in KINDS {
        let condition = ["wait", "--for=condition=Established", "--timeout=60s", "crd"];
        let group = KINDS.iter().find(|kind| kind.2 == plural).expect("a kind").0;
        shop.plane.kubectl(&[&condition[..], &[&format!("{plural}.{group}")]].concat());
    }
    shop.restrict();
    let cases = cases(chart);
    let (_, minimal) = &cases[0];
    let with_rights = WITH_RIGHTS.iter().find(|(name, _)| *name == chart).expect("a list").1;
    shop.deployed(chart, minimal).expect(0);
    let mut problems = Vec::new();
    for (name, values) in &cases[1..] {
        for (way, values) in [("to", values), ("back from", minimal)] {
            let run = shop.deployed(chart, values);
            let warned = run.stderr.contains("would violate PodSecurity");
            let expects_warning = values != minimal && with_rights.contains(&name.as_str());
            if run.code != 0 || warned != expects_warning {
                problems.push(format!("{way} {name}: {}\n{}", run.code, run.stderr));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

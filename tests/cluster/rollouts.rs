//! New versions of a service that our chart makes: what those who send it requests see meanwhile, read back from every
//! version of its `EndpointSlices`.

use crate::history::Moment;
use crate::plane::eventually;
use crate::shop::{Run, Shop};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many pods each release has: of four, Kubernetes would take one away before a new one is ready.
const PODS: usize = 4;

impl Shop {
    /// Renders a chart of this repository as the service `web`.
    pub(crate) fn render(&self, chart: &str, values: &str) {
        self.render_with(chart, &[], values);
    }

    /// The same, over values files of the project.
    pub(crate) fn render_with(&self, chart: &str, under: &[&str], values: &str) {
        self.file("values.yaml", values);
        let chart = format!("{}/charts/{chart}", env!("CARGO_MANIFEST_DIR"));
        let mut arguments = vec!["template", "web", &chart, "--namespace", &self.namespace];
        arguments.extend(under.iter().chain(&["values.yaml"]).flat_map(|file| ["--values", file]));
        self.service("web", &self.run(&arguments).expect(0).stdout);
    }

    /// Syncs a release of the chart for services.
    fn roll_out(&self, tag: &str, rollout: &str, arguments: &[&str]) -> Run {
        let values = format!(
            "image: {{repository: example.com/web, tag: {tag:?}}}\nreplicas: {PODS}\n\
             minReadySeconds: 1\nconfigMap: {{data: {{VERSION: {tag:?}}}}}\n{rollout}"
        );
        self.render("service", &values);
        self.synced(&[&["--timeout", "60s"], arguments].concat())
    }

    /// The names of the pods to which the Service leads now.
    fn served(&self) -> BTreeSet<String> {
        let slices = self.kubectl(&[
            "get",
            "endpointslices",
            "--selector=kubernetes.io/service-name=web",
            "--output=json",
        ]);
        let slices: Value = serde_json::from_str(&slices).expect("JSON");
        let slices = slices["items"].as_array().expect("a list").iter();
        slices.flat_map(ready_pods).collect()
    }

    /// Waits until the Service leads to all pods.
    fn settled(&self) {
        eventually("all pods get requests", || self.served().len() == PODS);
    }

    /// What the Service led to at each moment since then: the names of the pods.
    fn seen_since(&self, begun: &Moment, before: &BTreeSet<String>) -> Vec<BTreeSet<String>> {
        let path =
            format!("/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices", self.namespace);
        let mut slices: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut seen = vec![before.clone()];
        for version in begun.since(self.plane, &path) {
            let metadata = &version.object["metadata"];
            if metadata["labels"]["kubernetes.io/service-name"] != "web" {
                continue;
            }
            let name = metadata["name"].as_str().expect("a name").to_owned();
            let is_gone = version.event == "DELETED";
            let pods =
                if is_gone { BTreeSet::new() } else { ready_pods(&version.object).collect() };
            slices.insert(name, pods);
            seen.push(slices.values().flatten().cloned().collect());
        }
        seen
    }

    /// The Deployments that are there.
    fn deployments(&self) -> Vec<String> {
        let names = self.kubectl(&["get", "deployments", "--output=name"]);
        names.lines().map(|name| name.rsplit('/').next().expect("a name").to_owned()).collect()
    }
}

/// The pods of a slice that answer.
fn ready_pods(slice: &Value) -> impl Iterator<Item = String> + '_ {
    let endpoints = slice["endpoints"].as_array().into_iter().flatten();
    let ready = endpoints.filter(|endpoint| endpoint["conditions"]["ready"] == true);
    ready.map(|endpoint| endpoint["targetRef"]["name"].as_str().expect("a pod").to_owned())
}

/// At no moment fewer than all pods answered.
fn assert_never_fewer(seen: &[BTreeSet<String>]) {
    assert!(seen.len() > 1, "nothing happened");
    for (at, pods) in seen.iter().enumerate() {
        assert!(pods.len() >= PODS, "moment {at} of {}: {seen:#?}", seen.len());
    }
}

/// At no moment pods of two Deployments answered.
fn assert_never_mixed(seen: &[BTreeSet<String>]) {
    for (at, pods) in seen.iter().enumerate() {
        let versions: BTreeSet<&str> = pods.iter().map(|pod| deployment_of(pod)).collect();
        assert_eq!(versions.len(), 1, "moment {at} of {}: {seen:#?}", seen.len());
    }
}

/// The Deployment of a pod, whose name ends with two hashes of Kubernetes.
fn deployment_of(pod: &str) -> &str {
    pod.rsplitn(3, '-').nth(2).expect("a name")
}

const SURGE: &str = "rollout: surge\n";
const BLUE_GREEN: &str = "rollout: blueGreen\n";

#[test]
fn a_surge_never_shows_fewer_pods_that_answer() {
    let Some(shop) = Shop::open() else { return };
    shop.roll_out("1", SURGE, &["--wait"]);
    shop.settled();
    let (begun, before) = (Moment::now(shop.plane), shop.served());
    shop.roll_out("2", SURGE, &["--wait"]);
    eventually("the old pods are gone", || shop.served().is_disjoint(&before));
    shop.settled();
    assert_never_fewer(&shop.seen_since(&begun, &before));
    assert_eq!(shop.deployments(), ["web"]);
}

#[test]
fn a_blue_green_release_shows_all_pods_of_one_version_at_each_moment() {
    let Some(shop) = Shop::open() else { return };
    shop.roll_out("1", BLUE_GREEN, &[]);
    shop.settled();
    let (begun, before) = (Moment::now(shop.plane), shop.served());
    // It waits although nobody asks for that.
    shop.roll_out("2", BLUE_GREEN, &[]).says("2 created").says("2 deleted");
    eventually("the new pods answer", || shop.served().is_disjoint(&before));
    let seen = shop.seen_since(&begun, &before);
    assert_never_fewer(&seen);
    assert_never_mixed(&seen);
    assert_eq!(shop.deployments().len(), 1, "{:?}", shop.deployments());
    shop.roll_out("2", BLUE_GREEN, &[]).says("nothing to do");
}

#[test]
fn a_blue_green_release_that_is_autoscaled_begins_with_as_many_pods_as_the_old_one_has() {
    let Some(shop) = Shop::open() else { return };
    let scaled = &format!("{BLUE_GREEN}autoscaling: {{enabled: true, minReplicas: 2}}\n");
    shop.roll_out("1", scaled, &[]);
    eventually("the autoscaler sees to the least", || shop.served().len() == 2);
    let [first] = shop.deployments().try_into().expect("one");
    shop.kubectl(&["scale", "deployment", &first, "--replicas=5"]);
    eventually("all pods get requests", || shop.served().len() == 5);
    let (begun, before) = (Moment::now(shop.plane), shop.served());
    shop.roll_out("2", scaled, &[]);
    eventually("the new pods answer", || shop.served().is_disjoint(&before));
    let seen = shop.seen_since(&begun, &before);
    assert!(seen.iter().all(|pods| pods.len() >= 5), "{seen:#?}");
    assert_never_mixed(&seen);
    let [second] = shop.deployments().try_into().expect("one");
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", shop.namespace);
    for version in begun.since(shop.plane, &path) {
        if version.object["metadata"]["name"] == second.as_str() {
            assert_eq!(version.object["spec"]["replicas"], 5, "{}", version.event);
        }
    }
    let target = shop.live("horizontalpodautoscaler", "web").expect("the autoscaler");
    assert_eq!(target["spec"]["scaleTargetRef"]["name"], second.as_str());
    shop.synced(&["--full"]).says("unchanged").never_says("updated");
    // What others set from now on stays.
    shop.kubectl(&["scale", "deployment", &second, "--replicas=3"]);
    shop.synced(&["--full"]).never_says("updated");
    assert_eq!(shop.live("deployment", &second).expect("it")["spec"]["replicas"], 3);
}

#[test]
fn the_old_version_of_a_blue_green_release_is_kept_for_a_while_and_can_be_gone_back_to() {
    let Some(shop) = Shop::open() else { return };
    let keep = &format!("{BLUE_GREEN}keepOld: 30\n");
    shop.roll_out("1", keep, &[]);
    shop.settled();
    let first = shop.served();
    // Its Deployment and its settings.
    shop.roll_out("2", keep, &[]).says("2 kept").says("stays for 30 more minutes");
    eventually("the new pods answer", || shop.served().is_disjoint(&first));
    shop.settled();
    assert_eq!(shop.deployments().len(), 2);
    let (begun, before) = (Moment::now(shop.plane), shop.served());
    shop.roll_out("1", keep, &[]).says("2 kept").never_says("created");
    eventually("the old pods answer again", || shop.served() == first);
    let seen = shop.seen_since(&begun, &before);
    assert_never_fewer(&seen);
    assert_never_mixed(&seen);
}

#[test]
fn a_blue_green_release_that_does_not_become_ready_changes_nothing_for_others() {
    let Some(shop) = Shop::open() else { return };
    shop.roll_out("1", BLUE_GREEN, &[]);
    shop.settled();
    let (begun, before) = (Moment::now(shop.plane), shop.served());
    let values = format!(
        "image: {{repository: example.com/web, tag: '2'}}\nreplicas: {PODS}\nminReadySeconds: 1\n\
         {BLUE_GREEN}nodeSelector: {{no: node}}\n"
    );
    shop.render("service", &values);
    shop.sync(&["--timeout", "3s"]).expect(5).says("is not ready");
    assert_eq!(shop.served(), before);
    assert_eq!(shop.deployments().len(), 2);
    // What comes next takes the place of both.
    shop.roll_out("3", BLUE_GREEN, &[]);
    eventually("the new pods answer", || shop.served().is_disjoint(&before));
    let seen = shop.seen_since(&begun, &before);
    assert_never_fewer(&seen);
    assert_never_mixed(&seen);
    assert_eq!(shop.deployments().len(), 1);
}

#[test]
fn a_service_changes_from_surge_to_blue_green_and_back_without_a_gap() {
    let Some(shop) = Shop::open() else { return };
    shop.roll_out("1", SURGE, &["--wait"]);
    shop.settled();
    for (tag, rollout) in [("1", BLUE_GREEN), ("2", SURGE), ("3", BLUE_GREEN), ("3", SURGE)] {
        let (begun, before) = (Moment::now(shop.plane), shop.served());
        shop.roll_out(tag, rollout, &[]);
        eventually("the new pods answer", || shop.served().is_disjoint(&before));
        let seen = shop.seen_since(&begun, &before);
        assert_never_fewer(&seen);
        assert_never_mixed(&seen);
        assert_eq!(shop.deployments().len(), 1, "{rollout}: {:?}", shop.deployments());
    }
}

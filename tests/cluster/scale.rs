//! A record of 20,000 objects, one service of which is larger than a shard, and the set that another
//! tool sees in it.

use crate::plane::Plane;
use crate::shop::{STATE, Shop, config_map, unique};
use manifest::ObjectId;
use molave::cluster::{Class, Cluster, ListOptions, Resource, StateStore, Target};
use plan::inventory::codec;
use plan::marks::{self, state_name};
use plan::{Entry, Inventory, Phase, Run};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

const ENTRIES: usize = 20_000;

/// How many of them one service has.
const IN_ONE: usize = 4_000;

/// A record of so many objects that nobody ever made.
fn inventory(shop: &Shop) -> Inventory {
    let entries = (0..ENTRIES).map(|number| {
        let service =
            if number < IN_ONE { "large".to_owned() } else { format!("service-{:04}", number / 5) };
        let id = ObjectId {
            group: "apps".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: Some(shop.namespace.clone()),
            name: format!("{service}-{number}"),
        };
        let entry = Entry {
            service,
            version: "v1".to_owned(),
            digest: format!("v1:{number:064x}"),
            uid: Some(format!("{number:036x}")),
            resource_version: Some(number.to_string()),
            generation: Some(1),
            owned: Some(format!("{number:032x}")),
            phase: Phase::Applied,
            attempt: "0123456789abcdef".to_owned(),
            kept_until: None,
        };
        (id, entry)
    });
    Inventory {
        project: shop.name.clone(),
        environment: "test".to_owned(),
        cluster: shop.cluster(),
        generation: 1,
        run: Run {
            id: "a".to_owned(),
            started: "2026-01-01T00:00:00Z".to_owned(),
            ..Run::default()
        },
        entries: entries.collect(),
        ..Inventory::default()
    }
}

async fn connect(plane: &Plane) -> (Cluster, Resource) {
    let target = Target {
        kubeconfig: Some(plane.kubeconfig().to_owned()),
        context: Some("molave-test".to_owned()),
        request_timeout: Duration::from_secs(30),
        concurrency: 16,
    };
    let cluster = Cluster::connect(&target).await.expect("a connection");
    let discovery = cluster.discover().await.expect("what is served");
    let maps = discovery.preferred("", "ConfigMap").expect("served").clone();
    (cluster, maps)
}

/// The record of an environment on the real server.
struct Site {
    store: StateStore,
    maps: Resource,
}

impl Site {
    async fn write(&self, inventory: &Inventory, over: Option<&str>) -> Result<String, Class> {
        let written = codec::encode(inventory).expect("it can be written");
        let labels = marks::parent_labels(inventory, STATE);
        let annotations = marks::parent_annotations(inventory, STATE, "0.0.0");
        let pairs = |pairs: &[(&'static str, String)]| {
            pairs.iter().map(|(key, value)| (*key, value.clone())).collect::<Vec<_>>()
        };
        let (labels, annotations) = (pairs(&labels), pairs(&annotations));
        let labels: Vec<(&str, &str)> = labels.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let annotations: Vec<(&str, &str)> =
            annotations.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.store.write(&written, over, &labels, &annotations).await.map_err(|error| error.class)
    }

    async fn read(&self) -> (Inventory, String) {
        let stored = self.store.read().await.expect("an answer").expect("a record");
        (codec::decode(&stored.written).expect("readable"), stored.resource_version)
    }

    /// The shards that are there.
    async fn shards(&self) -> BTreeSet<String> {
        let label = format!("molave.dev/state={}", self.store.name);
        let options = ListOptions {
            namespace: Some(STATE),
            labels: Some(&label),
            metadata_only: true,
            ..ListOptions::default()
        };
        let found = self.store.cluster.list(&self.maps, &options).await.expect("a list");
        found.iter().map(|live| live.name().to_owned()).collect()
    }
}

fn names(inventory: &Inventory, name: &str) -> BTreeSet<String> {
    let written = codec::encode(inventory).expect("it can be written");
    written.shards.keys().map(|suffix| format!("{name}-{suffix}")).collect()
}

#[tokio::test]
async fn twenty_thousand_entries_are_written_in_shards_and_read_whatever_a_killed_write_left() {
    let Some(shop) = Shop::open() else { return };
    let (cluster, maps) = connect(shop.plane).await;
    let name = state_name(&shop.name, "test");
    let store = StateStore { cluster, namespace: STATE.to_owned(), name: name.clone() };
    store.ensure_namespace().await.expect("it is there");
    let site = Site { store, maps };
    let mut record = inventory(&shop);
    let begun = Instant::now();
    let first = site.write(&record, None).await.expect("written");
    let wrote = begun.elapsed();
    let begun = Instant::now();
    assert_eq!(site.read().await, (record.clone(), first.clone()));
    println!("{ENTRIES} entries: written in {wrote:?}, read in {:?}", begun.elapsed());
    let before = site.shards().await;
    assert_eq!(before, names(&record, &name));
    assert!(before.len() > 8, "{} shards", before.len());
    let large = record.entries.values().filter(|entry| entry.service == "large").count();
    assert_eq!(large, IN_ONE, "a service that is larger than a shard");

    // One entry more writes few shards, and what they replace goes.
    let last = record.entries.last_key_value().map(|(id, entry)| (id.clone(), entry.clone()));
    let (id, entry) = last.expect("an entry");
    let more = ObjectId { name: format!("{}-more", id.name), ..id };
    record.entries.insert(more.clone(), entry.clone());
    let second = site.write(&record, Some(&first)).await.expect("written");
    let after = site.shards().await;
    assert_eq!(after, names(&record, &name));
    assert!(after.difference(&before).count() <= 2, "much was written again");

    // Killed between shards and parent: the record is the one before, and the shards lie about.
    let mut killed = record.clone();
    for entry in killed.entries.values_mut().take(IN_ONE) {
        entry.phase = Phase::Deleting;
    }
    assert_eq!(site.write(&killed, Some(&first)).await, Err(Class::Conflict));
    let left = site.shards().await;
    assert!(left.len() > after.len() && left.is_superset(&names(&killed, &name)));
    assert_eq!(site.read().await, (record.clone(), second));

    // A run of the program reads it, writes it, and collects what lies about.
    let found = shop.run(&["doctor", "test", "--output", "json"]);
    assert!(found.stdout.contains("20001 objects"), "{}", found.stdout);
    shop.service("new", &config_map("new", "1"));
    shop.synced(&["--app", "new"]).says("1 created");
    let (now, _) = site.read().await;
    assert_eq!(now.entries.len(), ENTRIES + 2);
    assert_eq!(now.entries.get(&more), Some(&entry));
    assert_eq!(site.shards().await, names(&now, &name));
    let state = shop.state();
    assert_eq!(state["objects"].as_array().expect("a list").len(), ENTRIES + 2);
}

/// `kubectl apply --applyset` on the record of an environment: whether it did it, and what it said.
fn apply_set(shop: &Shop, manifests: &str) -> (bool, String) {
    let parent = format!("configmaps/{}", state_name(&shop.name, "test"));
    let flag = format!("--applyset={parent}");
    let file = shop.path().join(unique("set") + ".yaml");
    std::fs::write(&file, manifests).expect("written");
    let file = file.to_str().expect("UTF-8");
    let arguments = ["--namespace", &shop.namespace, "apply", "--prune", &flag, "--filename", file];
    let mut command = shop.plane.command(&arguments);
    command.env("KUBECTL_APPLYSET", "true").stdin(Stdio::null());
    let output = command.output().expect("kubectl runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn kubectl_knows_the_record_as_a_set_of_another_tool_and_refuses_to_touch_it() {
    let Some(shop) = Shop::open() else { return };
    // kubectl applies to the namespace of the set alone.
    shop.configure(&[("test", &format!("    state: {{namespace: {}}}\n", shop.namespace))]);
    shop.service("cart", &(config_map("cart", "1") + &config_map("old", "1")));
    shop.synced(&[]);
    let uid = shop.uid("configmap", "old");
    let one = config_map("cart", "1");
    let (is_done, said) = apply_set(&shop, &one);
    assert!(!is_done, "{said}");
    assert!(said.contains("managed by tooling \"molave\" instead of \"kubectl\""), "{said}");
    assert_eq!(shop.uid("configmap", "old"), uid);

    // It is nothing but the name of the tool that keeps it away: the form is its own. Were the set
    // its own too, it would find the members and prune what it is not given.
    let version = shop.plane.kubectl(&["version", "--client", "--output=json"]);
    let version: Value = serde_json::from_str(&version).expect("JSON");
    let version = version["clientVersion"]["gitVersion"].as_str().expect("a version");
    let name = state_name(&shop.name, "test");
    let tooling = format!("applyset.kubernetes.io/tooling=kubectl/{version}");
    let annotate = ["annotate", "configmap", &name, &tooling, "--overwrite"];
    shop.kubectl(&annotate);
    let (is_done, said) = apply_set(&shop, &one);
    assert!(is_done, "{said}");
    assert!(said.contains("configmap/old pruned"), "{said}");
    assert!(shop.live("configmap", "old").is_none() && shop.live("configmap", "cart").is_some());
}

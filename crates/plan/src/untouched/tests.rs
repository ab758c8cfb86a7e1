use super::{Files, find, fingerprint, is_hindered, needed};
use crate::desired::{Desired, Service};
use crate::inventory::{Inventory, RunPhase};
use crate::observed::Observed;
use crate::options::Options;
use crate::plan::tests::{apps, desired, entry, exchange, id, inventory, object};
use std::collections::{BTreeMap, BTreeSet};

const FILES: Files = [1; 32];
const KEY: Option<&[u8]> = Some(b"key");
const CONFIG: &str = "ConfigMap/shop/a";
const WEB: &str = "Deployment.apps/shop/a";
const SECRET: &str = "Secret/shop/a";

fn service(objects: &[&str]) -> Service {
    desired(&[("cart", &[], objects)]).services.remove("cart").unwrap()
}

/// A service whose only object has these annotations.
fn annotated(name: &str, annotations: &str) -> Service {
    let mut service = service(&[name]);
    let rest = format!("metadata: {{annotations: {{{annotations}}}}}");
    exchange(&mut service.objects[0], object(name, "v1", &rest));
    service
}

/// `cart` with a ConfigMap and a Deployment, recorded just as it is wanted.
fn record() -> Inventory {
    let mut inventory = inventory(&[(CONFIG, "applied"), (WEB, "applied")]);
    let kept = fingerprint(&FILES, &service(&[WEB, CONFIG]), KEY).unwrap();
    inventory.fingerprints = BTreeMap::from([("cart".to_owned(), kept)]);
    inventory.run.phase = RunPhase::Succeeded;
    inventory
}

fn is_untouched_by(options: &Options, inventory: &Inventory, files: Files) -> bool {
    let files = BTreeMap::from([("cart".to_owned(), files)]);
    !find(inventory, options, &files, KEY).is_empty()
}

fn is_untouched(inventory: &Inventory) -> bool {
    is_untouched_by(&Options::default(), inventory, FILES)
}

#[test]
fn a_service_is_untouched_if_files_and_entries_are_as_they_were() {
    assert!(is_untouched(&record()));
    assert!(!is_untouched_by(&Options::default(), &record(), [2; 32]));
}

#[test]
fn whatever_became_of_an_entry_since_counts() {
    let cases = [
        "applied digest=d2",
        "applied version=v2",
        "applied uid=",
        "applied service=basket",
        "intent",
        "maybe",
        "kept",
        "foreign",
        "unserved",
        "deleting",
        "-",
    ];
    for case in cases {
        let mut inventory = record();
        match entry(case) {
            Some(entry) => drop(inventory.entries.insert(id(CONFIG), entry)),
            None => drop(inventory.entries.remove(&id(CONFIG))),
        }
        assert!(!is_untouched(&inventory), "{case}");
    }
    let mut inventory = record();
    inventory.entries.insert(id("ConfigMap/shop/b"), entry("applied").unwrap());
    assert!(!is_untouched(&inventory), "one more entry");
    let mut inventory = record();
    inventory.entries.insert(id(CONFIG), entry("done").unwrap());
    assert!(is_untouched(&inventory), "a Job that has completed");
    let mut inventory = record();
    inventory.fingerprints.clear();
    assert!(!is_untouched(&inventory), "no fingerprint");
}

#[test]
fn after_a_run_that_did_not_succeed_everything_is_read() {
    for phase in [RunPhase::Started, RunPhase::Failed, RunPhase::Interrupted] {
        let mut inventory = record();
        inventory.run.phase = phase;
        assert!(!is_untouched(&inventory), "{phase:?}");
    }
}

#[test]
fn a_run_that_looks_at_everything_or_selects_reads_everything() {
    let options = [
        Options { full: true, ..Options::default() },
        Options { drift_only: true, ..Options::default() },
        Options { destroy: true, ..Options::default() },
        apps(&["cart"]),
    ];
    for options in options {
        assert!(!is_untouched_by(&options, &record(), FILES), "{options:?}");
    }
}

#[test]
fn what_says_something_of_its_place_or_brings_what_others_need_is_always_read() {
    let cases = [
        annotated(CONFIG, "molave.dev/wave: '0'"),
        annotated(CONFIG, "molave.dev/wave: one"),
        annotated(CONFIG, "molave.dev/depends-on: ConfigMap/b"),
        annotated("Job.batch/shop/a", "helm.sh/hook: pre-install"),
        service(&[CONFIG, "Namespace/shop"]),
        service(&["CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com"]),
        Service { depends_on: vec!["other".to_owned()], ..service(&[CONFIG]) },
    ];
    for case in cases {
        assert_eq!(fingerprint(&FILES, &case, KEY), None, "{case:?}");
    }
    assert!(fingerprint(&FILES, &annotated(CONFIG, "molave.dev/replace: allowed"), KEY).is_some());
}

#[test]
fn secrets_cannot_be_guessed_with_the_help_of_a_fingerprint() {
    let of = |objects: &[&str], key| fingerprint(&FILES, &service(objects), key);
    assert_eq!(of(&[CONFIG, SECRET], None), None);
    assert_ne!(of(&[CONFIG, SECRET], KEY), of(&[CONFIG, SECRET], Some(b"other")));
    assert_eq!(of(&[CONFIG], KEY), of(&[CONFIG], None));
}

#[test]
fn parts_of_names_do_not_run_into_each_other() {
    let of = |name| fingerprint(&FILES, &service(&[name]), None).unwrap();
    let all = ["ConfigMap/ab/c", "ConfigMap/a/bc", "ConfigMap.ab/c", "ConfigMap.a/bc"];
    let all: BTreeSet<String> = all.into_iter().map(of).collect();
    assert_eq!(all.len(), 4);
}

/// The service that is needed besides `reader`, if `other` with these objects was not read.
fn needed_beside(reader: &Desired, objects: &[&str]) -> BTreeSet<String> {
    let entries = objects.iter().map(|name| (*name, "applied service=other"));
    let inventory = inventory(&entries.collect::<Vec<_>>());
    needed(&BTreeSet::from(["other".to_owned()]), &inventory, reader)
}

#[test]
fn what_a_service_that_was_read_depends_on_is_read_too() {
    let other = BTreeSet::from(["other".to_owned()]);
    let reader = |service: Service| Desired {
        services: BTreeMap::from([("reader".to_owned(), service)]),
        ..Desired::default()
    };
    let depends = reader(Service { depends_on: vec!["other".to_owned()], ..Service::default() });
    assert_eq!(needed_beside(&depends, &[]), other);
    let names = reader(annotated(WEB, "molave.dev/depends-on: ConfigMap/b"));
    assert_eq!(needed_beside(&names, &["ConfigMap/shop/b"]), other);
    assert!(needed_beside(&names, &["ConfigMap/else/b", "Secret/shop/b"]).is_empty());
    let mut refers = service(&[WEB]);
    let rest = "spec: {template: {spec: {serviceAccountName: b}}}";
    exchange(&mut refers.objects[0], object(WEB, "v1", rest));
    let refers = reader(refers);
    assert_eq!(needed_beside(&refers, &["ServiceAccount/shop/b"]), other);
    assert!(needed_beside(&refers, &["ServiceAccount/else/b"]).is_empty());
    let same = reader(service(&[CONFIG]));
    assert_eq!(needed_beside(&same, &[CONFIG]), other);
    assert!(needed_beside(&same, &["ConfigMap/shop/b"]).is_empty());
}

#[test]
fn a_kind_or_a_namespace_that_is_not_there_makes_everything_be_read() {
    let untouched = BTreeSet::from(["cart".to_owned()]);
    let set = |one: &str| BTreeSet::from([one.to_owned()]);
    let pair = |one: &str, other: &str| BTreeSet::from([(one.to_owned(), other.to_owned())]);
    let cases = [
        (Observed::default(), false),
        (Observed { missing_namespaces: set("shop"), ..Observed::default() }, true),
        (Observed { missing_namespaces: set("other"), ..Observed::default() }, false),
        (Observed { unserved: pair("apps", "Deployment"), ..Observed::default() }, true),
        (Observed { unserved: pair("apps", "DaemonSet"), ..Observed::default() }, false),
        (
            Observed { unserved_versions: pair("apps/v1", "Deployment"), ..Observed::default() },
            true,
        ),
        (Observed { unserved_versions: pair("v1", "ConfigMap"), ..Observed::default() }, true),
        (Observed { unserved_versions: pair("v2", "ConfigMap"), ..Observed::default() }, false),
    ];
    for (observed, expected) in cases {
        assert_eq!(is_hindered(&untouched, &record(), &observed), expected, "{observed:?}");
        assert!(!is_hindered(&BTreeSet::new(), &record(), &observed));
    }
}

//! How long a plan takes: printed, with a bound far above what is seen.

use super::{Identity, Options, identity, plan, survey};
use crate::desired::{Desired, Service, Wanted};
use crate::inventory::{Entry, Inventory, Phase};
use crate::observed::Observed;
use manifest::{Object, ObjectId};
use std::time::Duration;

/// 5 objects a service, all as they are recorded.
fn environment(services: usize) -> (Desired, Inventory) {
    let (mut desired, mut inventory) = (Desired::default(), Inventory::default());
    let kinds = [("", "ConfigMap"), ("", "Service"), ("apps", "Deployment"), ("", "Secret")];
    let custom = [("example.com", "Widget")];
    let empty = super::object("ConfigMap/x/x", "v1", "").body;
    for place in 0..services {
        let name = format!("service-{place:05}");
        let objects = kinds.iter().chain(&custom).map(|(group, kind)| {
            let text = str::to_owned;
            let namespace = Some(format!("namespace-{}", place % 40));
            let id =
                ObjectId { group: text(group), kind: text(kind), namespace, name: name.clone() };
            let entry = Entry {
                service: name.clone(),
                version: text("v1"),
                digest: text("v1:0123456789"),
                uid: Some(text("u1")),
                phase: Phase::Applied,
                ..Entry::default()
            };
            inventory.entries.insert(id.clone(), entry);
            let (api_version, source) = (format!("{group}/v1"), String::new());
            let object = Object { id, api_version, source, line: 1, body: empty.clone() };
            Wanted::new(object, text("v1:0123456789"))
        });
        let objects = objects.collect();
        let depends_on = if place % 3 == 0 { Vec::new() } else { vec!["service-00000".to_owned()] };
        desired.services.insert(name, Service { objects, depends_on });
    }
    (desired, inventory)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures time; what it tests reads none")]
fn a_plan_of_twenty_thousand_objects_is_quick() {
    let (desired, inventory) = environment(4_000);
    let (options, identity): (Options, Identity) = (Options::default(), identity());
    let begin = std::time::Instant::now();
    let questions = survey(&desired, Some(&inventory), &options);
    let surveyed = begin.elapsed();
    let plan = plan(&identity, &desired, Some(&inventory), &Observed::default(), &options);
    let planned = begin.elapsed();
    println!("20,000 objects: survey {surveyed:?}, both {planned:?}");
    assert!(questions.is_empty() && plan.is_nothing() && plan.changes.len() == 20_000);
    assert!(planned < Duration::from_secs(20), "{planned:?}");
}

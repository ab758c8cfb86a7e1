//! What must hold after a run.

use crate::history::History;
use crate::site::{self, ENVIRONMENT, Live, Site};
use manifest::{Object, ObjectId};
use plan::marks::{MANAGER, OWNER, PART_OF};
use plan::{Inventory, Phase, RunPhase};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What must hold whatever came of a run: everything of ours that is live is recorded, what was
/// live and is wanted is still there, and nothing of others was touched.
pub(crate) async fn open(
    site: &Site,
    history: &History,
    step: usize,
    before: &Live,
) -> Result<(), String> {
    let live = site.live().await;
    let inventory = site.inventory().await;
    is_superset(inventory.as_ref(), &live)?;
    is_continuous(&wanted(site, history, step), before, &live)?;
    site.check_others().await
}

/// What must hold once a run says that it is done. The lease need not be free after one that had
/// nothing to do and took none, or that could not let go of its own.
pub(crate) async fn done(
    site: &Site,
    history: &History,
    step: usize,
    before: &Live,
    must_be_free: bool,
) -> Result<(), String> {
    let live = site.live().await;
    let inventory = site.inventory().await;
    let wanted = wanted(site, history, step);
    is_superset(inventory.as_ref(), &live)?;
    is_continuous(&wanted, before, &live)?;
    is_exactly(site, &wanted, &live, &made(inventory.as_ref()))?;
    for (key, (service, object)) in &wanted {
        is_right(site, service, object, &live[key]).map_err(|what| format!("{key}: {what}"))?;
    }
    if let Some(inventory) = &inventory {
        is_recorded(&wanted, &live, inventory)?;
    } else if !wanted.is_empty() {
        return Err("nothing is recorded".to_owned());
    }
    if must_be_free {
        is_free(site).await?;
    }
    site.check_others().await
}

/// The wanted objects with their services, by the keys of [`Live`].
type Wanted = BTreeMap<String, (String, Arc<Object>)>;

fn wanted(site: &Site, history: &History, step: usize) -> Wanted {
    if history.steps[step].destroys {
        return Wanted::new();
    }
    let sources = site.sources(step);
    let manifests = sources.read().expect("manifests");
    let services = manifests.services.iter();
    let objects = services.flat_map(|(service, manifests)| {
        let objects = manifests.objects.iter();
        objects.map(|object| (key(&object.id), (service.clone(), Arc::clone(object))))
    });
    objects.collect()
}

fn key(id: &ObjectId) -> String {
    site::key(&format!("{}s", id.kind.to_lowercase()), id.namespace.as_deref(), &id.name)
}

/// Whether the wanted object may be deleted to be made again.
fn is_replaceable(object: &Object) -> bool {
    object.annotation("molave.dev/replace") == Some("allowed")
}

fn is_superset(inventory: Option<&Inventory>, live: &Live) -> Result<(), String> {
    let recorded: Vec<String> =
        inventory.into_iter().flat_map(|inventory| inventory.entries.keys().map(key)).collect();
    let missing = live.keys().find(|key| !recorded.contains(key));
    missing.map_or(Ok(()), |key| Err(format!("{key} is live and not recorded")))
}

/// What was there and is wanted is the same object as before, with as many replicas; what may be
/// replaced may be gone for a moment, too.
fn is_continuous(wanted: &Wanted, before: &Live, live: &Live) -> Result<(), String> {
    let stays = |key: &String, object: &Value| {
        wanted.get(key).is_some_and(|(_, wanted)| !is_replaceable(wanted))
            && object["metadata"]["deletionTimestamp"].is_null()
    };
    for (key, old) in before.iter().filter(|(key, object)| stays(key, object)) {
        let Some(new) = live.get(key) else { return Err(format!("{key} was lost")) };
        if new["metadata"]["uid"] != old["metadata"]["uid"] {
            return Err(format!("{key} was lost, and made again"));
        }
        let (now, then) = (&new["spec"]["replicas"], &old["spec"]["replicas"]);
        let says =
            wanted[key].1.body.get("spec").is_some_and(|spec| spec.get("replicas").is_some());
        if !says && now != then {
            return Err(format!("{key} had {then} replicas, and now {now}"));
        }
    }
    Ok(())
}

/// The namespaces that Molave made because they were needed, which it keeps, with their UIDs.
fn made(inventory: Option<&Inventory>) -> BTreeMap<String, Option<&str>> {
    let entries = inventory.into_iter().flat_map(|inventory| &inventory.entries);
    let made = entries.filter(|(_, entry)| entry.service == plan::desired::NAMESPACES);
    made.map(|(id, entry)| (key(id), entry.uid.as_deref())).collect()
}

fn is_exactly(
    site: &Site,
    wanted: &Wanted,
    live: &Live,
    made: &BTreeMap<String, Option<&str>>,
) -> Result<(), String> {
    let is_wanted = |key: &String| wanted.contains_key(key) || made.contains_key(key);
    if let Some(key) = live.keys().find(|key| !is_wanted(key)) {
        return Err(format!("{key} is live, and nobody wants it: {}", live[key]));
    }
    if let Some(key) = wanted.keys().find(|key| !live.contains_key(*key)) {
        return Err(format!("{key} is wanted, and not live in {}", site.name));
    }
    Ok(())
}

/// A live object is what is wanted, no more and no less, and carries our marks.
fn is_right(site: &Site, service: &str, object: &Object, live: &Value) -> Result<(), String> {
    let mut body = manifest::to_json(&object.body);
    // The autoscaler is read in one version, whatever it was written in.
    if body["kind"] == "HorizontalPodAutoscaler" && body["apiVersion"] != "autoscaling/v2" {
        body["spec"].as_object_mut().expect("a map").remove("targetCPUUtilizationPercentage");
        body["apiVersion"] = "autoscaling/v2".into();
    }
    for (part, value) in body.as_object().expect("a map") {
        if !matches!(part.as_str(), "apiVersion" | "kind") && !contains(&live[part], value) {
            return Err(format!("`{part}` is {}, and should be {value}", live[part]));
        }
    }
    for part in ["data", "/metadata/labels", "/metadata/annotations"] {
        let at = |object: &Value| object.pointer(part).or_else(|| object.get(part)).cloned();
        let (wanted, live) = (at(&body).unwrap_or_default(), at(live).unwrap_or_default());
        let ours = [PART_OF, OWNER, "kubernetes.io/metadata.name"];
        let known = |key: &str| wanted.get(key).is_some() || ours.contains(&key);
        let mut keys = live.as_object().into_iter().flatten().map(|(key, _)| key);
        if let Some(key) = keys.find(|key| !known(key)) {
            return Err(format!("`{part}` still has `{key}`"));
        }
    }
    is_marked(site, service, object, live)
}

fn is_marked(site: &Site, service: &str, object: &Object, live: &Value) -> Result<(), String> {
    let metadata = &live["metadata"];
    if metadata["labels"][PART_OF] != site.applyset() {
        return Err("it does not carry our label".to_owned());
    }
    let owner = metadata["annotations"][OWNER].as_str().unwrap_or_default();
    if !owner.starts_with(&format!("{}/{ENVIRONMENT}/{service}#", site.name)) {
        return Err(format!("it says that `{owner}` owns it"));
    }
    let fields = metadata["managedFields"].as_array().into_iter().flatten();
    let mut fields = fields.filter(|entry| {
        entry["manager"] == MANAGER
            && entry["operation"] == "Apply"
            && entry["subresource"].is_null()
    });
    match fields.next() {
        Some(entry) if entry["apiVersion"] == object.api_version.as_str() => Ok(()),
        Some(entry) => Err(format!("it was applied as {}", entry["apiVersion"])),
        None => Err("it was not applied by us".to_owned()),
    }
}

/// Whether a live value is what is wanted, but for defaults.
fn contains(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, value)| live.get(key).is_some_and(|live| contains(live, value))),
        (Value::Array(live), Value::Array(wanted)) => {
            live.len() == wanted.len()
                && live.iter().zip(wanted).all(|(live, wanted)| contains(live, wanted))
        }
        (live, wanted) => live == wanted,
    }
}

/// Every entry is a live object with that UID, and the other way round.
fn is_recorded(wanted: &Wanted, live: &Live, inventory: &Inventory) -> Result<(), String> {
    let made = made(Some(inventory));
    for (id, entry) in &inventory.entries {
        let key = key(id);
        if let Some(uid) = made.get(&key) {
            // The namespace of the site itself was there before.
            if live.get(&key).is_some_and(|live| live["metadata"]["uid"].as_str() != *uid) {
                return Err(format!("the record of {key} is not true: {entry:?}"));
            }
            continue;
        }
        let Some((service, object)) = wanted.get(&key) else {
            return Err(format!("{key} is recorded, and nobody wants it: {entry:?}"));
        };
        let is_true = entry.phase == Phase::Applied
            && entry.uid.as_deref() == live[&key]["metadata"]["uid"].as_str()
            && entry.service == *service
            && entry.version == object.version();
        if !is_true {
            return Err(format!("the record of {key} is not true: {entry:?}"));
        }
    }
    let recorded = inventory.entries.len() - made.len();
    if recorded != wanted.len() {
        return Err(format!("{recorded} objects are recorded of {}", wanted.len()));
    }
    match inventory.run.phase {
        RunPhase::Succeeded => Ok(()),
        phase => Err(format!("the run is recorded as {phase:?}")),
    }
}

/// Nobody holds the lease.
async fn is_free(site: &Site) -> Result<(), String> {
    let lease = site.state_object("apis/coordination.k8s.io/v1", "leases").await;
    let holder = lease.map(|lease| lease["spec"]["holderIdentity"].clone()).unwrap_or_default();
    match holder.as_str().unwrap_or_default() {
        "" => Ok(()),
        holder => Err(format!("`{holder}` still holds the lease")),
    }
}

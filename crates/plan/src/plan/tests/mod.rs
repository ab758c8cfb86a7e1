//! What becomes of objects, case by case. A case is three lines of text: what is recorded, what is
//! seen, what becomes of it; the small language for them is here.

mod blocked;
mod desired;
mod laws;
mod namespaces;
mod recorded;
mod selection;
mod speed;
mod switches;
mod whole;

use super::{Change, Identity, Plan};
use crate::desired::{Desired, Service, Wanted};
use crate::inventory::{Entry, Inventory, Phase};
use crate::live::Live;
use crate::observed::{Observed, Sight, Verdict};
use crate::options::Options;
use crate::selection::Selection;
use crate::survey::Question;
use crate::waves::Order;
use manifest::{Object, ObjectId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const APPLYSET: &str = "applyset-ours-v1";

pub(crate) fn identity() -> Identity {
    let text = str::to_owned;
    Identity { project: text("shop"), environment: text("staging"), applyset: text(APPLYSET) }
}

/// The plan of what is desired, in its order. What has none is planned as if it needed none.
pub(crate) fn plan(
    identity: &Identity,
    desired: &Desired,
    inventory: Option<&Inventory>,
    observed: &Observed,
    options: &Options,
) -> Plan {
    let order = Order::of(desired).unwrap_or_default();
    super::plan(identity, &Selection::of(desired, inventory, options), &order, observed)
}

/// The questions about what is desired and recorded.
pub(crate) fn survey(
    desired: &Desired,
    inventory: Option<&Inventory>,
    options: &Options,
) -> BTreeMap<ObjectId, Question> {
    crate::survey(&Selection::of(desired, inventory, options))
}

/// `ConfigMap/shop/web`, `Deployment.apps/shop/web`, `Namespace/shop`.
pub(crate) fn id(text: &str) -> ObjectId {
    let mut parts = text.split('/').map(str::to_owned);
    let kind = parts.next().unwrap();
    let (kind, group) = kind.split_once('.').unwrap_or((&kind, ""));
    let (first, second) = (parts.next().unwrap(), parts.next());
    let (namespace, name) = match second {
        Some(name) => (Some(first), name),
        None => (None, first),
    };
    ObjectId { group: group.to_owned(), kind: kind.to_owned(), namespace, name }
}

/// An object with the rest of its manifest as YAML.
pub(crate) fn object(name: &str, version: &str, rest: &str) -> Object {
    let id = id(name);
    let slash = if id.group.is_empty() { "" } else { "/" };
    let api_version = format!("{}{slash}{version}", id.group);
    let text = format!("apiVersion: {api_version}\nkind: {}\n{rest}\n", id.kind);
    let draft = manifest::parse(text.as_bytes(), "web.yaml").unwrap().remove(0);
    Object { id, api_version, source: "web.yaml".to_owned(), line: 3, body: draft.body }
}

pub(crate) fn wanted(name: &str, digest: &str) -> Wanted {
    Wanted::new(object(name, "v1", ""), digest.to_owned())
}

/// Lets another object stand in the place of one.
pub(crate) fn exchange(wanted: &mut Wanted, object: Object) {
    *wanted = Wanted::new(object, wanted.digest.clone());
}

/// Services as `(name, depends on, objects)`, all with digest `d1`.
pub(crate) fn desired(services: &[(&str, &[&str], &[&str])]) -> Desired {
    let mut desired = Desired::default();
    for (name, depends_on, objects) in services {
        let service = Service {
            objects: objects.iter().map(|name| wanted(name, "d1")).collect(),
            depends_on: depends_on.iter().map(|name| (*name).to_owned()).collect(),
        };
        desired.services.insert((*name).to_owned(), service);
    }
    desired
}

pub(crate) fn apps(names: &[&str]) -> Options {
    Options { apps: names.iter().map(|name| (*name).to_owned()).collect(), ..Options::default() }
}

/// An entry: a phase, then what is not as usual, which is `uid=u1 digest=d1 service=cart
/// version=v1 attempt=a1`. `uid=` is no UID. `-` is no entry.
pub(crate) fn entry(text: &str) -> Option<Entry> {
    let mut words = text.split_whitespace();
    let phase = match words.next().unwrap() {
        "-" => return None,
        "intent" => Phase::Intent,
        "maybe" => Phase::Maybe,
        "applied" => Phase::Applied,
        "done" => Phase::Done,
        "kept" => Phase::Kept,
        "foreign" => Phase::Foreign,
        "unserved" => Phase::Unserved,
        "deleting" => Phase::Deleting,
        other => panic!("no phase: {other}"),
    };
    let text = str::to_owned;
    let mut entry = Entry {
        service: text("cart"),
        version: text("v1"),
        digest: text("d1"),
        uid: Some(text("u1")),
        phase,
        attempt: text("a1"),
        ..Entry::default()
    };
    for word in words {
        match word.split_once('=').unwrap() {
            ("uid", "") => entry.uid = None,
            ("uid", value) => entry.uid = Some(value.to_owned()),
            ("digest", value) => value.clone_into(&mut entry.digest),
            ("service", value) => value.clone_into(&mut entry.service),
            ("version", value) => value.clone_into(&mut entry.version),
            ("attempt", value) => value.clone_into(&mut entry.attempt),
            ("until", value) => entry.kept_until = value.parse().ok(),
            ("seen", value) => entry.resource_version = Some(value.to_owned()),
            other => panic!("no field: {other:?}"),
        }
    }
    Some(entry)
}

pub(crate) fn inventory(entries: &[(&str, &str)]) -> Inventory {
    let entries = entries.iter().filter_map(|(name, text)| Some((id(name), entry(text)?)));
    Inventory { entries: entries.collect(), ..Inventory::default() }
}

/// A live object as we made it, with UID `u1`, by `cart` in attempt `a1`.
pub(crate) fn ours() -> Live {
    Live(json!({
        "metadata": {
            "uid": "u1",
            "creationTimestamp": "2025-01-01T10:00:00Z",
            "labels": {"applyset.kubernetes.io/part-of": APPLYSET},
            "annotations": {"molave.dev/owner": "shop/staging/cart#a1"},
            "managedFields": [{
                "manager": "molave", "operation": "Apply", "time": "2025-01-01T10:00:00Z",
                "fieldsV1": {"f:data": {"f:key": {}}},
            }],
        },
        "data": {"key": "value"},
    }))
}

fn set(live: &mut Value, pointer: &str, value: Value) {
    *live.pointer_mut(pointer).unwrap() = value;
}

/// What was seen: `-` if no one looked, `absent`, or `live`, as [`ours`] but for what follows.
pub(crate) fn sight(text: &str) -> Option<Sight> {
    let mut words = text.split_whitespace();
    let mut sight = match words.next().unwrap() {
        "-" => return None,
        "absent" => Sight::default(),
        "live" => Sight { live: Some(ours()), verdict: Verdict::Unasked },
        other => panic!("neither absent nor live: {other}"),
    };
    for word in words {
        match word {
            "rejected" => sight.verdict = Verdict::Rejected("is bad".to_owned()),
            "immutable" => sight.verdict = Verdict::Immutable("is fixed".to_owned()),
            "unverified" => sight.verdict = Verdict::Unverified,
            "confirmed" => sight.verdict = Verdict::Confirmed,
            "accepted" => sight.verdict = Verdict::Accepted(Box::new(ours())),
            _ => change_live(&mut sight.live.as_mut().unwrap().0, word),
        }
    }
    Some(sight)
}

fn change_live(live: &mut Value, word: &str) {
    let annotations = "/metadata/annotations";
    match word.split_once('=').unwrap_or((word, "")) {
        ("uid", value) => set(live, "/metadata/uid", json!(value)),
        ("owner", value) => set(live, "/metadata/annotations/molave.dev~1owner", json!(value)),
        ("terminating", _) => live["metadata"]["deletionTimestamp"] = json!("2025-01-02T10:00:00Z"),
        ("set", value) => {
            live["metadata"]["labels"]["applyset.kubernetes.io/part-of"] = json!(value);
        }
        ("controlled", _) => {
            live["metadata"]["ownerReferences"] = json!([{"controller": true, "name": "x"}]);
        }
        // Made by someone else, with none of our marks.
        ("by", manager) => {
            set(live, annotations, json!({}));
            set(live, "/metadata/labels", json!({}));
            let entry = |manager: &str, day: u32| {
                json!({"manager": manager, "operation": "Update",
                    "time": format!("2025-01-{day:02}T10:00:00Z")})
            };
            let mut status = entry("kubelet", 9);
            status["subresource"] = json!("status");
            let entries = json!([entry("older", 1), entry(manager, 3), entry("old", 2), status]);
            set(live, "/metadata/managedFields", entries);
        }
        // Marked, and then taken over by hand: the marks are there, our Apply entry is not.
        ("stripped", _) => set(live, "/metadata/managedFields", json!([])),
        ("older", _) => set(live, "/metadata/creationTimestamp", json!("2024-01-01T10:00:00Z")),
        ("drifted", _) => set(live, "/data/key", json!("other")),
        ("complete", _) => {
            live["status"] = json!({"conditions": [{"type": "Complete", "status": "True"}]});
        }
        ("for", value) => live["metadata"]["annotations"]["molave.dev/keep-for"] = json!(value),
        ("prune", value) => live["metadata"]["annotations"]["molave.dev/prune"] = json!(value),
        ("policy", value) => {
            live["metadata"]["annotations"]["helm.sh/resource-policy"] = json!(value);
        }
        other => panic!("no such word: {other:?}"),
    }
}

pub(crate) fn observed(sights: &[(&str, &str)]) -> Observed {
    let sights = sights.iter().filter_map(|(name, text)| Some((id(name), sight(text)?)));
    Observed { sights: sights.collect(), ..Observed::default() }
}

pub(crate) fn find<'a>(plan: &'a Plan, name: &str) -> Option<&'a Change> {
    let id = id(name);
    plan.changes.iter().find(|change| change.id == id)
}

/// `update: changed`, `foreign helm (adoptable): was made by …`, or `nothing`.
pub(crate) fn shown(plan: &Plan, name: &str) -> String {
    if let Some(foreign) = plan.foreign.iter().find(|foreign| foreign.id == id(name)) {
        assert!(find(plan, name).is_none(), "both foreign and a change: {name}");
        let adoptable = if foreign.adoptable { " (adoptable)" } else { "" };
        return format!("foreign {}{adoptable}: {}", foreign.holder, foreign.reason);
    }
    let Some(change) = find(plan, name) else { return "nothing".to_owned() };
    let reason = &change.reason;
    let colon = if reason.is_empty() { "" } else { ": " };
    let differences = change.differences.iter().map(|line| format!(" [{line}]"));
    let differences: String = differences.collect();
    format!("{:?}{colon}{reason}{differences}", change.action).to_lowercase()
}

/// Runs cases of one object: entry, sight, what becomes of it.
pub(crate) fn run(name: &str, desired: &Desired, options: &Options, cases: &[[&str; 3]]) {
    for case @ [entry, sight, becomes] in cases {
        let inventory = inventory(&[(name, entry)]);
        let observed = observed(&[(name, sight)]);
        let plan = plan(&identity(), desired, Some(&inventory), &observed, options);
        assert_eq!(shown(&plan, name), *becomes, "{case:?}");
        let seen = observed.sights.get(&id(name)).and_then(|sight| sight.live.as_ref());
        if let Some(change) = find(&plan, name) {
            assert_eq!(change.seen.as_deref(), seen.map(Live::uid), "{case:?}");
        }
    }
}

//! What holds for any desired state, record, cluster and options (DESIGN.md, What always holds and
//! Tests).

use super::{APPLYSET, identity, ours, plan, survey};
use crate::desired::{Desired, NAMESPACES, Service, Wanted};
use crate::inventory::{Entry, Inventory, Phase, RunPhase};
use crate::live::Live;
use crate::observed::{Observed, Sight, Verdict};
use crate::options::Options;
use crate::plan::{Action, Plan};
use crate::survey::Question;
use crate::waves::{Order, Stage};
use crate::{ownership, untouched, waves};
use manifest::{Object, ObjectId};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const SERVICES: [&str; 5] = ["zebra", "cart", "basket", "mint", "apple"];
const OBJECTS: [&str; 14] = [
    "ConfigMap/a/one",
    "ConfigMap/b/one",
    "CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com",
    "Deployment.apps/a/one",
    "Deployment.apps/b/two",
    "Job.batch/a/one",
    "Job.batch/b/two",
    "Namespace/a",
    "Namespace/b",
    "PriorityClass.scheduling.k8s.io/one",
    "Secret/a/one",
    "Service/a/one",
    "ValidatingWebhookConfiguration.admissionregistration.k8s.io/one",
    "Widget.example.com/a/one",
];
const DEFINITION: &str = "spec: {group: example.com, names: {kind: Widget}, versions: [{name: v1}],
  ttlSecondsAfterFinished: 5}";

/// Parsed once, for speed.
static MANIFESTS: LazyLock<Vec<Object>> =
    LazyLock::new(|| OBJECTS.iter().map(|name| super::object(name, "v1", DEFINITION)).collect());

/// Everything a plan is made from.
#[derive(Clone, Debug)]
struct World {
    desired: Desired,
    inventory: Inventory,
    observed: Observed,
    options: Options,
}

impl World {
    fn plan(&self) -> Plan {
        let Self { desired, inventory, observed, options } = self;
        plan(&identity(), desired, Some(inventory), observed, options)
    }
}

fn id(place: usize) -> ObjectId {
    super::id(OBJECTS[place])
}

/// One of few, so that things meet.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(texts).prop_map(str::to_owned)
}

fn service() -> impl Strategy<Value = String> {
    one_of(&["zebra", "cart", "basket", "mint", "apple", "gone", NAMESPACES])
}

prop_compose! {
    fn any_wanted()(
        place in 0..OBJECTS.len(),
        digest in one_of(&["d0", "d1"]),
        service in 0..SERVICES.len(),
        is_needed in any::<bool>(),
    ) -> (String, Wanted) {
        let object = MANIFESTS[place].clone();
        let is_namespace = OBJECTS[place].starts_with("Namespace/");
        let service = if is_namespace && is_needed { NAMESPACES } else { SERVICES[service] };
        (service.to_owned(), Wanted::new(object, digest))
    }
}

/// Lets one object depend on another and gives it a wave, unless there is no order then.
fn tie(desired: &mut Desired, from: usize, to: usize, wave: i32) {
    let ids: Vec<ObjectId> = desired.by_id().keys().map(|id| (*id).clone()).collect();
    let (Some(from), Some(to)) = (ids.get(from), ids.get(to)) else { return };
    let namespace = to.namespace.as_deref().unwrap_or_default();
    let on = format!("{}/{}/{namespace}/{}", to.group, to.kind, to.name);
    let said = format!("molave.dev/depends-on: '{on}', molave.dev/wave: '{wave}'");
    let rest = format!("metadata: {{annotations: {{{said}}}}}\n{DEFINITION}");
    let before = desired.clone();
    let objects = desired.services.values_mut().flat_map(|service| &mut service.objects);
    for wanted in objects.filter(|wanted| wanted.object.id == *from) {
        super::exchange(wanted, super::object(&from.to_string(), "v1", &rest));
    }
    if Order::of(desired).is_err() {
        *desired = before;
    }
}

prop_compose! {
    /// Dependencies go from later to earlier services of the list, so that there is no cycle.
    fn any_desired()(
        all in prop::collection::vec(any_wanted(), 0..20),
        depends_on in prop::collection::vec((0..SERVICES.len(), 0..SERVICES.len()), 0..6),
        ties in prop::collection::vec((0..20_usize, 0..20_usize, -1..2), 0..4),
    ) -> Desired {
        let mut desired = Desired::default();
        for name in SERVICES {
            desired.services.insert(name.to_owned(), Service::default());
        }
        let mut seen = BTreeSet::new();
        for (service, wanted) in all {
            if seen.insert(wanted.object.id.clone()) {
                desired.services.entry(service).or_default().objects.push(wanted);
            }
        }
        for (left, right) in depends_on {
            let (low, high) = (left.min(right), left.max(right));
            if low < high {
                let service = desired.services.get_mut(SERVICES[high]).unwrap();
                service.depends_on.push(SERVICES[low].to_owned());
            }
        }
        for (from, to, wave) in ties {
            tie(&mut desired, from, to, wave);
        }
        desired
    }
}

fn any_phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(vec![
        Phase::Applied,
        Phase::Applied,
        Phase::Applied,
        Phase::Intent,
        Phase::Maybe,
        Phase::Done,
        Phase::Kept,
        Phase::Foreign,
        Phase::Unserved,
        Phase::Deleting,
    ])
}

prop_compose! {
    fn any_entry()(
        service in service(),
        version in one_of(&["v1", "v1", "v1beta1"]),
        digest in one_of(&["d0", "d1"]),
        uid in prop::option::weighted(0.8, one_of(&["u1", "u1", "u2", ""])),
        phase in any_phase(),
        attempt in one_of(&["a1", "a1", "a2", ""]),
    ) -> Entry {
        Entry { service, version, digest, uid, phase, attempt, ..Entry::default() }
    }
}

fn any_live() -> impl Strategy<Value = Live> {
    let words = &[
        "uid=u2",
        "uid=",
        "owner=shop/production/cart#a1",
        "owner=shop/staging/cart#a2",
        "by=helm",
        "stripped",
        "older",
        "controlled",
        "set=other",
        "terminating",
        "drifted",
        "complete",
        "prune=disabled",
        "policy=keep",
    ];
    prop::sample::subsequence(words, 0..3).prop_map(|words| {
        let mut live = ours();
        for word in words {
            super::change_live(&mut live.0, word);
        }
        live
    })
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => Just(Verdict::Accepted(Box::new(ours()))),
        2 => Just(Verdict::Unasked),
        1 => Just(Verdict::Confirmed),
        1 => Just(Verdict::Unverified),
        1 => Just(Verdict::Rejected("is bad".to_owned())),
        1 => Just(Verdict::Immutable("is fixed".to_owned())),
    ]
}

prop_compose! {
    fn any_observed()(
        sights in prop::collection::btree_map(
            (0..OBJECTS.len()).prop_map(id),
            (prop::option::weighted(0.7, any_live()), any_verdict()),
            0..16,
        ),
        is_unserved in prop::bool::weighted(0.2),
        is_missing in prop::bool::weighted(0.2),
    ) -> Observed {
        let sight = |(id, (live, verdict))| (id, Sight { live, verdict });
        let mut observed = Observed {
            sights: sights.into_iter().map(sight).collect(),
            ..Observed::default()
        };
        if is_unserved {
            observed.unserved.insert(("example.com".to_owned(), "Widget".to_owned()));
        }
        if is_missing {
            observed.missing_namespaces.insert("a".to_owned());
        }
        observed
    }
}

prop_compose! {
    fn any_options()(
        apps in prop::collection::btree_set(service(), 0..3),
        full in any::<bool>(),
        drift_only in prop::bool::weighted(0.2),
        adopt in any::<bool>(),
        replace in any::<bool>(),
        destroy in prop::bool::weighted(0.2),
    ) -> Options {
        Options { apps, full, drift_only, adopt, replace, create_namespaces: true, destroy, now: 0 }
    }
}

prop_compose! {
    fn any_world()(
        desired in any_desired(),
        entries in prop::collection::btree_map((0..OBJECTS.len()).prop_map(id), any_entry(), 0..16),
        observed in any_observed(),
        options in any_options(),
    ) -> World {
        World { desired, inventory: Inventory { entries, ..Inventory::default() }, observed, options }
    }
}

/// Everything as it is wanted and recorded, each with a UID.
fn applied(desired: &Desired) -> Inventory {
    let entries = desired.by_id().into_iter().map(|(id, (service, wanted))| {
        let entry = Entry {
            service: service.to_owned(),
            version: "v1".to_owned(),
            digest: wanted.digest.clone(),
            uid: Some(format!("uid of {id}")),
            phase: Phase::Applied,
            attempt: "a1".to_owned(),
            ..Entry::default()
        };
        (id.clone(), entry)
    });
    Inventory { entries: entries.collect(), ..Inventory::default() }
}

/// Whether an object is the one that is recorded, by its UID, or by its attempt where the last
/// write may have made another.
fn is_recorded(entry: &Entry, live: &Live) -> bool {
    let may_be_new = entry.uid.is_none() || !entry.phase.is_settled();
    entry.uid.as_deref() == Some(live.uid())
        || (may_be_new && ownership::is_made_by(live, &entry.attempt))
}

/// A cluster that does as it is told, and forgets nothing.
#[derive(Default)]
struct Cluster {
    objects: BTreeMap<ObjectId, Live>,
    made: u32,
}

impl Cluster {
    fn answer(&self, questions: &BTreeMap<ObjectId, Question>) -> Observed {
        let sights = questions.iter().map(|(id, question)| {
            let live = self.objects.get(id).cloned();
            let verdict = match question {
                Question::Look => Verdict::Unasked,
                Question::Create | Question::Update | Question::Confirm => {
                    Verdict::Accepted(Box::new(ours()))
                }
            };
            (id.clone(), Sight { live, verdict })
        });
        Observed { sights: sights.collect(), ..Observed::default() }
    }

    /// Carries out a plan, and gives what is recorded then.
    fn carry_out(&mut self, plan: &Plan, desired: &Desired, before: &Inventory) -> Inventory {
        let mut now = before.clone();
        for change in &plan.changes {
            let phase = match change.action {
                Action::Create
                | Action::Adopt
                | Action::Update
                | Action::Drifted
                | Action::Replace => {
                    let is_new = matches!(change.action, Action::Create | Action::Replace);
                    let uid = self.apply(&change.id, is_new);
                    let mut entry = applied(desired).entries.remove(&change.id).unwrap();
                    entry.uid = Some(uid);
                    now.entries.insert(change.id.clone(), entry);
                    continue;
                }
                Action::Delete | Action::Forget => {
                    self.objects.remove(&change.id);
                    now.entries.remove(&change.id);
                    continue;
                }
                Action::Keep => {
                    now.entries.get_mut(&change.id).unwrap().uid.clone_from(&change.seen);
                    Phase::Kept
                }
                Action::Disown => Phase::Foreign,
                Action::Unserved => Phase::Unserved,
                Action::Unchanged | Action::Blocked | Action::Pending => continue,
            };
            now.entries.get_mut(&change.id).unwrap().phase = phase;
        }
        now
    }

    fn apply(&mut self, id: &ObjectId, is_new: bool) -> String {
        let old = self.objects.get(id).map(|live| live.uid().to_owned());
        self.made += 1;
        let uid = old.filter(|_| !is_new).unwrap_or_else(|| format!("new {}", self.made));
        let mut live = ours();
        live.0["metadata"]["uid"] = json!(uid);
        self.objects.insert(id.clone(), live);
        uid
    }
}

/// Some services as they were recorded, with their fingerprints, and whatever else is recorded.
fn recorded(desired: &Desired, unchanged: &BTreeSet<usize>, others: &Inventory) -> Inventory {
    let mut inventory = applied(desired);
    let is_unchanged = |entry: &Entry| {
        let place = SERVICES.iter().position(|name| *name == entry.service);
        place.is_some_and(|place| unchanged.contains(&place))
    };
    inventory.entries.retain(|_, entry| is_unchanged(entry));
    for (id, entry) in &others.entries {
        inventory.entries.entry(id.clone()).or_insert_with(|| entry.clone());
    }
    let services = desired.services.iter();
    let kept = services.filter_map(|(name, service)| {
        Some((name.clone(), untouched::fingerprint(&[7; 32], service, Some(b"key"))?))
    });
    inventory.fingerprints = kept.collect();
    inventory.run.phase = RunPhase::Succeeded;
    inventory
}

/// What is desired, without what need not be read.
fn partly_read(desired: &Desired, inventory: &Inventory, options: &Options) -> Desired {
    let files = desired.services.keys().map(|name| (name.clone(), [7; 32])).collect();
    let mut untouched = untouched::find(inventory, options, &files, Some(b"key"));
    untouched.remove(NAMESPACES);
    loop {
        let mut read = desired.clone();
        read.services.retain(|name, _| !untouched.contains(name));
        let needed = untouched::needed(&untouched, inventory, &read);
        if needed.is_empty() {
            return Desired { untouched, ..read };
        }
        untouched.retain(|name| !needed.contains(name));
    }
}

/// All of a plan but the stages of what is unchanged, and what that needs.
fn told(plan: &Plan, untouched: &BTreeSet<String>) -> impl PartialEq + std::fmt::Debug {
    let mut plan = plan.clone();
    for change in plan.changes.iter_mut().filter(|change| change.action == Action::Unchanged) {
        change.stage = Stage::default();
        if untouched.contains(&change.service) {
            plan.needs.remove(&change.id);
        }
    }
    plan.changes.sort_by(|left, right| left.id.cmp(&right.id));
    let Plan { changes, blocked, foreign, noted, kept_until, begins_with, needs, .. } = plan;
    let (recorded, desired) = (plan.recorded, plan.desired);
    ((changes, blocked, foreign), (noted, kept_until, begins_with, needs), (recorded, desired))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn planning_what_was_applied_again_gives_nothing_to_do(desired in any_desired()) {
        let inventory = applied(&desired);
        let options = Options::default();
        prop_assert!(survey(&desired, Some(&inventory), &options).is_empty());
        let plan = plan(&identity(), &desired, Some(&inventory), &Observed::default(), &options);
        prop_assert!(plan.changes.iter().all(|change| change.action == Action::Unchanged));
        prop_assert!(plan.is_nothing());
        prop_assert_eq!(plan.changes.len(), desired.len());
    }

    #[test]
    fn what_need_not_be_read_makes_no_difference(
        world in any_world(),
        unchanged in prop::collection::btree_set(0..SERVICES.len(), 0..5),
        adopt in any::<bool>(),
        replace in any::<bool>(),
    ) {
        let options = Options { adopt, replace, ..Options::default() };
        let inventory = recorded(&world.desired, &unchanged, &world.inventory);
        let read = partly_read(&world.desired, &inventory, &options);
        if untouched::is_hindered(&read.untouched, &inventory, &world.observed) {
            return Ok(());
        }
        let questions = survey(&world.desired, Some(&inventory), &options);
        prop_assert_eq!(&survey(&read, Some(&inventory), &options), &questions);
        let mut observed = world.observed;
        observed.sights.retain(|id, _| questions.contains_key(id));
        let of = |desired: &Desired| plan(&identity(), desired, Some(&inventory), &observed, &options);
        let (whole, part) = (of(&world.desired), of(&read));
        prop_assert_eq!(told(&part, &read.untouched), told(&whole, &read.untouched));
    }

    #[test]
    fn a_second_run_finds_nothing_to_write(world in any_world(), is_full in any::<bool>()) {
        let desired = &world.desired;
        let mut cluster = Cluster::default();
        for (id, sight) in &world.observed.sights {
            // What is being deleted is gone by the time of the second run.
            let live = sight.live.clone();
            let live = live.filter(|live| !live.is_terminating() && !live.uid().is_empty());
            cluster.objects.extend(live.map(|live| (id.clone(), live)));
        }
        let options = Options { full: is_full, adopt: true, ..Options::default() };
        let first_answers = cluster.answer(&survey(desired, Some(&world.inventory), &options));
        let first = plan(&identity(), desired, Some(&world.inventory), &first_answers, &options);
        let after = cluster.carry_out(&first, desired, &world.inventory);
        let second_answers = cluster.answer(&survey(desired, Some(&after), &options));
        let second = plan(&identity(), desired, Some(&after), &second_answers, &options);
        let written: Vec<_> =
            second.changes.iter().filter(|change| second.is_written(change)).collect();
        prop_assert!(written.is_empty(), "{written:#?}\nafter {first:#?}");
    }

    #[test]
    fn nothing_that_is_wanted_is_deleted(world in any_world()) {
        let wanted = world.desired.by_id();
        let is_all_to_go = world.options.destroy && world.options.apps.is_empty();
        for change in world.plan().deletions() {
            prop_assert!(is_all_to_go || !wanted.contains_key(&change.id), "{change:?}");
        }
    }

    #[test]
    fn nothing_outside_the_selection_is_in_the_plan(world in any_world()) {
        let plan = world.plan();
        let wanted = world.desired.by_id();
        let foreign = plan.foreign.iter().map(|foreign| (&foreign.id, &foreign.service));
        let changes = plan.changes.iter().map(|change| (&change.id, &change.service));
        for (id, service) in changes.chain(foreign) {
            let by = wanted.get(id).filter(|_| !world.options.destroy);
            prop_assert!(by.is_none_or(|(by, _)| by == service));
            let is_needed = by.is_some_and(|(by, _)| *by == NAMESPACES);
            prop_assert!(is_needed || world.options.selects(service), "{id}");
        }
        for service in plan.blocked.keys() {
            prop_assert!(world.options.selects(service));
        }
    }

    #[test]
    fn every_object_of_the_selection_is_in_the_plan_once(world in any_world()) {
        let plan = world.plan();
        let ids = plan.changes.iter().map(|change| &change.id);
        let ids: Vec<_> = ids.chain(plan.foreign.iter().map(|foreign| &foreign.id)).collect();
        let once: BTreeSet<_> = ids.iter().copied().collect();
        prop_assert_eq!(ids.len(), once.len());
        if !world.options.destroy {
            for (id, (service, _)) in world.desired.by_id() {
                let is_in = service != NAMESPACES && world.options.selects(service);
                prop_assert!(!is_in || once.contains(id), "{id}");
            }
        }
    }

    #[test]
    fn only_what_we_made_and_marked_is_deleted(world in any_world()) {
        for change in world.plan().deletions() {
            let entry = &world.inventory.entries[&change.id];
            let live = world.observed.sights[&change.id].live.as_ref().unwrap();
            prop_assert!(is_recorded(entry, live) && !live.uid().is_empty());
            prop_assert!(ownership::is_marked(live, APPLYSET));
            prop_assert_eq!(live.owner().unwrap().environment, "staging");
            prop_assert_ne!(&entry.service, NAMESPACES);
            prop_assert_ne!(entry.phase, Phase::Foreign);
            prop_assert_eq!(change.seen.as_deref(), Some(live.uid()));
        }
    }

    #[test]
    fn only_what_we_made_and_marked_is_replaced_and_only_if_it_may_be(world in any_world()) {
        let plan = world.plan();
        for change in plan.changes.iter().filter(|change| change.action == Action::Replace) {
            let entry = &world.inventory.entries[&change.id];
            let sight = &world.observed.sights[&change.id];
            let live = sight.live.as_ref().unwrap();
            prop_assert!(matches!(sight.verdict, Verdict::Immutable(_)) && world.options.replace);
            prop_assert!(is_recorded(entry, live) && ownership::is_marked(live, APPLYSET));
            prop_assert_ne!(entry.phase, Phase::Foreign);
            prop_assert!(live.annotation("molave.dev/prune").is_none());
            prop_assert_eq!(change.seen.as_deref(), Some(live.uid()));
        }
    }

    #[test]
    fn nothing_of_others_is_applied_unless_adopted(world in any_world()) {
        for change in world.plan().changes {
            let applied = matches!(change.action, Action::Update | Action::Drifted);
            let sight = world.observed.sights.get(&change.id);
            let live = sight.and_then(|sight| sight.live.as_ref());
            if let Some(live) = live.filter(|_| applied) {
                let entry = &world.inventory.entries[&change.id];
                prop_assert_ne!(entry.phase, Phase::Foreign);
                prop_assert!(entry.uid.is_none() || is_recorded(entry, live));
            }
            prop_assert!(change.action != Action::Adopt || world.options.adopt);
        }
    }

    #[test]
    fn the_order_is_one_of_stages_and_dependencies(world in any_world()) {
        let plan = world.plan();
        let key = |change: &crate::plan::Change| (change.stage, change.id.clone());
        let in_order = plan.changes.is_sorted_by(|left, right| {
            let ((left_stage, left), (right_stage, right)) = (key(left), key(right));
            left_stage.cmp(&right_stage).then_with(|| manifest::compare(&left, &right)).is_lt()
        });
        prop_assert!(in_order);
        prop_assert!(Order::of(&world.desired).is_ok());
        let stage = |id: &ObjectId| Some(plan.changes.iter().find(|change| change.id == *id)?.stage);
        for (id, needs) in &plan.needs {
            for on in needs.iter().filter_map(|need| stage(&need.on)) {
                prop_assert!(stage(id).is_none_or(|stage| on < stage), "{id} needs {needs:?}");
            }
        }
        for (place, later) in plan.changes.iter().enumerate() {
            let service = world.desired.services.get(&later.service);
            let depends_on = service.map(|service| service.depends_on.as_slice()).unwrap_or_default();
            // Services depend on each other but for their foundations, which come first unless they
            // name something themselves.
            let is_foundation = |id: &ObjectId| waves::wave_of(id) == waves::Wave::Foundations;
            for other in &plan.changes[place..] {
                let is_free = is_foundation(&later.id) || is_foundation(&other.id);
                let comes_first = depends_on.contains(&other.service);
                prop_assert!(is_free || !comes_first, "{} before {}", later.id, other.id);
            }
        }
    }

    #[test]
    fn nothing_of_a_blocked_service_is_written(world in any_world()) {
        let plan = world.plan();
        for change in &plan.changes {
            let is_left = !plan.is_written(change);
            prop_assert!(is_left || !plan.blocked.contains_key(&change.service), "{change:?}");
            let is_blocked = change.action == Action::Blocked;
            prop_assert!(!is_blocked || plan.blocked.contains_key(&change.service));
            for on in world.desired.services.get(&change.service).map_or(&[][..], |it| &it.depends_on) {
                prop_assert!(is_left || !plan.blocked.contains_key(on), "{change:?}");
            }
        }
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(world in any_world(), turn in 0_usize..20) {
        let mut turned = world.clone();
        for service in turned.desired.services.values_mut() {
            service.objects.reverse();
            let by = turn % service.objects.len().max(1);
            service.objects.rotate_left(by);
            service.depends_on.reverse();
        }
        let (left, right) = (world.plan(), turned.plan());
        prop_assert_eq!(&left.changes, &right.changes);
        prop_assert_eq!(&left.foreign, &right.foreign);
        prop_assert_eq!(&left.blocked, &right.blocked);
        prop_assert_eq!((left.recorded, left.desired), (right.recorded, right.desired));
        let questions = |world: &World| survey(&world.desired, Some(&world.inventory), &world.options);
        prop_assert_eq!(questions(&world), questions(&turned));
    }
}

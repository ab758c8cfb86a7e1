use super::*;
use crate::desired::Service;
use crate::waves::Stage;
use manifest::Scopes;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

fn object(name: &str) -> manifest::Object {
    let kind = if name.starts_with("job") { "batch/v1, kind: Job" } else { "v1, kind: ConfigMap" };
    let text = format!("{{apiVersion: {kind}, metadata: {{name: {name}}}}}");
    let draft = manifest::parse(text.as_bytes(), "x.yaml").unwrap().remove(0);
    manifest::resolve(draft, "shop", &Scopes::default()).unwrap()
}

fn id(name: &str) -> ObjectId {
    object(name).id
}

fn desired(names: &[&str]) -> Desired {
    let wanted = |name: &&str| Wanted::new(object(name), format!("new {name}"));
    let objects = names.iter().map(wanted).collect();
    let service = Service { objects, depends_on: Vec::new() };
    Desired { services: BTreeMap::from([("cart".to_owned(), service)]), ..Desired::default() }
}

fn change(name: &str, action: Action, seen: Option<&str>) -> Change {
    Change {
        id: id(name),
        service: "cart".into(),
        stage: Stage::default(),
        action,
        reason: String::new(),
        seen: seen.map(str::to_owned),
        differences: Vec::new(),
    }
}

fn plan_of(changes: Vec<Change>) -> Plan {
    Plan { changes, ..Plan::default() }
}

fn entry(phase: Phase, uid: Option<&str>) -> Entry {
    Entry {
        service: "old".into(),
        version: "v1beta1".into(),
        digest: "old".into(),
        uid: uid.map(str::to_owned),
        resource_version: Some("7".into()),
        generation: Some(1),
        owned: Some("aa".into()),
        phase,
        attempt: "run-1".into(),
        kept_until: None,
    }
}

fn before(entries: &[(&str, Entry)]) -> Inventory {
    Inventory {
        project: "shop".into(),
        generation: 4,
        run: Run { id: "run-1".into(), ..Run::default() },
        entries: entries.iter().map(|(name, entry)| (id(name), entry.clone())).collect(),
        ..Inventory::default()
    }
}

fn live(uid: &str) -> Live {
    Live(json!({
        "apiVersion": "v1",
        "metadata": {
            "uid": uid, "resourceVersion": "99", "generation": 5,
            "annotations": {"molave.dev/owner": "shop/staging/mail#run-9"},
        },
    }))
}

/// A ledger of `run-2`, which finds `entry` recorded for `a` and means to do `action` with it.
fn intend(entry: Option<Entry>, action: Action, seen: Option<&str>) -> Ledger {
    let entries: Vec<_> = entry.into_iter().map(|entry| ("a", entry)).collect();
    let run = Run { id: "run-2".into(), ..Run::default() };
    let mut ledger = Ledger::begin(before(&entries), run);
    ledger.intend(&desired(&["a"]), &plan_of(vec![change("a", action, seen)]));
    ledger
}

fn recorded(ledger: &Ledger) -> Option<Entry> {
    ledger.entry(&id("a")).cloned()
}

fn intent(uid: Option<&str>, attempt: &str) -> Entry {
    Entry {
        service: "cart".into(),
        version: "v1".into(),
        digest: "new a".into(),
        uid: uid.map(str::to_owned),
        phase: Phase::Intent,
        attempt: attempt.into(),
        ..Entry::default()
    }
}

#[test]
fn the_run_before_goes_to_the_history() {
    let mut inventory = before(&[]);
    inventory.history = (0..60).map(|_| Run::default()).collect();
    let mut ledger = Ledger::begin(inventory, Run { id: "run-2".into(), ..Run::default() });
    let inventory = ledger.inventory();
    assert_eq!(inventory.run.id, "run-2");
    assert_eq!(inventory.history[0].id, "run-1");
    assert_eq!(inventory.history.len(), HISTORY);
}

#[test]
fn a_first_run_has_no_history() {
    let mut ledger = Ledger::begin(Inventory::default(), Run::default());
    assert_eq!(ledger.inventory().history, []);
}

#[test]
fn the_generation_rises_with_every_record_taken() {
    let mut ledger = Ledger::begin(before(&[]), Run::default());
    assert_eq!(ledger.inventory().generation, 5);
    assert_eq!(ledger.inventory().generation, 6);
}

#[test]
fn what_is_made_is_an_intent_of_this_run() {
    let uncertain = Entry { uid: None, ..entry(Phase::Maybe, None) };
    for before in [None, Some(entry(Phase::Applied, Some("u1"))), Some(uncertain)] {
        let ledger = intend(before, Action::Create, Some("terminating"));
        assert_eq!(recorded(&ledger), Some(intent(None, "run-2")));
    }
}

#[test]
fn what_is_adopted_is_an_intent_with_the_uid_that_was_seen() {
    for before in [None, Some(entry(Phase::Foreign, Some("u1")))] {
        let ledger = intend(before, Action::Adopt, Some("u2"));
        assert_eq!(recorded(&ledger), Some(intent(Some("u2"), "run-2")));
    }
}

#[test]
fn what_is_updated_stays_known_by_its_uid_and_attempt() {
    for action in [Action::Update, Action::Drifted] {
        let ledger = intend(Some(entry(Phase::Applied, Some("u1"))), action, Some("u1"));
        let expected = Entry {
            resource_version: Some("7".into()),
            generation: Some(1),
            owned: Some("aa".into()),
            ..intent(Some("u1"), "run-1")
        };
        assert_eq!(recorded(&ledger), Some(expected));
    }
}

#[test]
fn what_is_replaced_is_known_by_the_uid_of_the_old_one_and_the_attempt_of_the_new_one() {
    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Replace, Some("u1"));
    assert_eq!(recorded(&ledger), Some(intent(Some("u1"), "run-2")));
    // Refused before anything was deleted, all is as it was.
    let mut refused = ledger.clone();
    refused.refused(&id("a"));
    assert_eq!(recorded(&refused), Some(entry(Phase::Applied, Some("u1"))));
    // Once the old one is gone, only what may come is recorded, whatever the server says then.
    ledger.gone(&id("a"));
    assert_eq!(recorded(&ledger), Some(intent(None, "run-2")));
    ledger.applied(&id("a"), &live("u2"), None);
    assert_eq!(recorded(&ledger).unwrap().uid.as_deref(), Some("u2"));
}

#[test]
fn an_update_or_deletion_settles_the_uid_that_was_not_known() {
    for (action, phase) in [(Action::Update, Phase::Intent), (Action::Delete, Phase::Deleting)] {
        let ledger = intend(Some(entry(Phase::Maybe, None)), action, Some("u1"));
        let entry = recorded(&ledger).unwrap();
        assert_eq!((entry.uid.as_deref(), entry.phase), (Some("u1"), phase));
        assert_eq!(entry.attempt, "run-1");
    }
}

#[test]
fn an_update_of_what_is_not_recorded_is_recorded_nevertheless() {
    let ledger = intend(None, Action::Update, Some("u1"));
    assert_eq!(recorded(&ledger), Some(intent(Some("u1"), "run-2")));
}

#[test]
fn what_is_not_applied_changes_nothing_but_its_phase() {
    let cases = [
        (Action::Delete, Phase::Deleting),
        (Action::Keep, Phase::Kept),
        (Action::Disown, Phase::Foreign),
        (Action::Unserved, Phase::Unserved),
        (Action::Forget, Phase::Applied),
        (Action::Unchanged, Phase::Applied),
        (Action::Blocked, Phase::Applied),
        (Action::Pending, Phase::Applied),
    ];
    for (action, phase) in cases {
        let ledger = intend(Some(entry(Phase::Applied, Some("u1"))), action, Some("u9"));
        // What goes or is kept was found to be ours: it may be the one that replaced another.
        let is_ours = matches!(action, Action::Delete | Action::Keep);
        let uid = if is_ours { "u9" } else { "u1" };
        assert_eq!(recorded(&ledger), Some(entry(phase, Some(uid))), "{action:?}");
        assert_eq!(recorded(&intend(None, action, None)), None, "{action:?}");
    }
}

#[test]
fn what_is_foreign_does_not_become_ours_by_a_detour() {
    for action in [Action::Keep, Action::Unserved, Action::Disown] {
        let ledger = intend(Some(entry(Phase::Foreign, Some("u1"))), action, None);
        assert_eq!(recorded(&ledger).unwrap().phase, Phase::Foreign);
    }
}

#[test]
fn what_was_applied_is_recorded_as_the_answer_has_it() {
    let mut ledger = intend(None, Action::Create, None);
    ledger.applied(&id("a"), &live("u3"), Some("bb".into()));
    let expected = Entry {
        resource_version: Some("99".into()),
        generation: Some(5),
        owned: Some("bb".into()),
        phase: Phase::Applied,
        ..intent(Some("u3"), "run-2")
    };
    assert_eq!(recorded(&ledger), Some(expected));
}

#[test]
fn an_answer_without_a_uid_does_not_lose_the_one_we_know() {
    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Update, None);
    ledger.applied(&id("a"), &Live(json!(null)), None);
    let entry = recorded(&ledger).unwrap();
    assert_eq!((entry.uid.as_deref(), entry.resource_version), (Some("u1"), None));
}

#[test]
fn what_was_applied_without_intent_is_recorded_by_its_marks() {
    let mut ledger = Ledger::begin(Inventory::default(), Run::default());
    ledger.applied(&id("a"), &live("u3"), None);
    let entry = recorded(&ledger).unwrap();
    assert_eq!((entry.service.as_str(), entry.attempt.as_str()), ("mail", "run-9"));
    assert_eq!((entry.uid.as_deref(), entry.digest.as_str()), (Some("u3"), ""));
}

fn job_ledger(action: Action, entry: Option<Entry>) -> Ledger {
    let entries: Vec<_> = entry.into_iter().map(|entry| ("job-a", entry)).collect();
    let mut ledger = Ledger::begin(before(&entries), Run { id: "run-2".into(), ..Run::default() });
    ledger.intend(&desired(&["job-a"]), &plan_of(vec![change("job-a", action, None)]));
    ledger
}

#[test]
fn a_job_that_completed_is_done() {
    let with = |kind: &str, status: &str| {
        Live(json!({"status": {"conditions": [
            {"type": "SuccessCriteriaMet", "status": "True"}, {"type": kind, "status": status},
        ]}}))
    };
    let cases = [
        (with("Complete", "True"), Phase::Done),
        (with("Complete", "False"), Phase::Applied),
        (with("Failed", "True"), Phase::Applied),
        (Live(json!({"status": {"conditions": "none"}})), Phase::Applied),
    ];
    for (live, phase) in cases {
        let mut ledger = job_ledger(Action::Create, None);
        ledger.applied(&id("job-a"), &live, None);
        assert_eq!(ledger.entry(&id("job-a")).unwrap().phase, phase);
        let mut ledger = intend(None, Action::Create, None);
        ledger.applied(&id("a"), &live, None);
        assert_eq!(recorded(&ledger).unwrap().phase, Phase::Applied, "no Job");
    }
}

#[test]
fn a_job_seen_to_have_completed_is_done_only_if_it_is_as_applied() {
    for phase in [Phase::Maybe, Phase::Foreign, Phase::Kept, Phase::Deleting, Phase::Applied] {
        let mut ledger = job_ledger(Action::Unchanged, Some(entry(phase, Some("u1"))));
        ledger.completed(&id("job-a"));
        let expected = if phase == Phase::Applied { Phase::Done } else { phase };
        assert_eq!(ledger.entry(&id("job-a")).unwrap().phase, expected);
    }
    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Unchanged, None);
    ledger.completed(&id("a"));
    assert_eq!(recorded(&ledger).unwrap().phase, Phase::Applied, "no Job");
}

#[test]
fn a_refusal_or_an_object_never_come_to_leaves_the_entry_from_before_the_run() {
    let outcomes: [fn(&mut Ledger); 2] = [|l| l.refused(&id("a")), |l| l.untouched(&id("a"))];
    let applied = entry(Phase::Applied, Some("u1"));
    let maybe = entry(Phase::Maybe, None);
    let settled = entry(Phase::Maybe, Some("u1"));
    let foreign = entry(Phase::Foreign, None);
    let cases = [
        (None, Action::Create, None, None),
        (None, Action::Adopt, Some("u9"), None),
        (Some(&applied), Action::Create, None, Some(&applied)),
        (Some(&maybe), Action::Create, None, Some(&maybe)),
        (Some(&maybe), Action::Adopt, Some("u9"), Some(&maybe)),
        (Some(&foreign), Action::Adopt, Some("u9"), Some(&foreign)),
        (Some(&foreign), Action::Disown, Some("u9"), Some(&foreign)),
        (Some(&applied), Action::Update, Some("u1"), Some(&applied)),
        (Some(&maybe), Action::Update, Some("u1"), Some(&settled)),
        (Some(&applied), Action::Drifted, Some("u1"), Some(&applied)),
        (Some(&applied), Action::Delete, Some("u1"), Some(&applied)),
        (Some(&maybe), Action::Delete, Some("u1"), Some(&settled)),
        (Some(&applied), Action::Keep, Some("u1"), Some(&applied)),
        (Some(&applied), Action::Unchanged, Some("u1"), Some(&applied)),
    ];
    for (before, action, seen, expected) in cases {
        for outcome in outcomes {
            let mut ledger = intend(before.cloned(), action, seen);
            outcome(&mut ledger);
            assert_eq!(recorded(&ledger).as_ref(), expected, "{action:?} of {before:?}");
        }
    }
}

#[test]
fn a_refusal_after_a_request_that_may_have_had_an_effect_takes_nothing_back() {
    let mut ledger = intend(None, Action::Create, None);
    ledger.uncertain(&id("a"));
    ledger.refused(&id("a"));
    assert_eq!(recorded(&ledger).unwrap().phase, Phase::Maybe);

    ledger.applied(&id("a"), &live("u3"), None);
    ledger.refused(&id("a"));
    assert_eq!(recorded(&ledger).unwrap().uid.as_deref(), Some("u3"));

    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Delete, Some("u1"));
    ledger.uncertain(&id("a"));
    ledger.untouched(&id("a"));
    assert_eq!(recorded(&ledger).unwrap().phase, Phase::Deleting);
}

#[test]
fn what_comes_of_an_apply_after_its_refusal_is_recorded_as_it_was_meant() {
    for before in [None, Some(entry(Phase::Applied, Some("u1")))] {
        let mut ledger = intend(before, Action::Create, None);
        ledger.refused(&id("a"));
        ledger.untouched(&id("a"));
        ledger.uncertain(&id("a"));
        let maybe = Entry { phase: Phase::Maybe, ..intent(None, "run-2") };
        assert_eq!(recorded(&ledger), Some(maybe));
    }
}

#[test]
fn an_uncertain_apply_is_a_maybe_and_an_uncertain_deletion_is_a_deletion() {
    let cases = [(Action::Update, Phase::Maybe), (Action::Delete, Phase::Deleting)];
    for (action, phase) in cases {
        let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), action, Some("u1"));
        ledger.uncertain(&id("a"));
        let entry = recorded(&ledger).unwrap();
        assert_eq!((entry.phase, entry.uid.as_deref()), (phase, Some("u1")));
    }
}

#[test]
fn an_apply_that_raced_is_foreign_and_stays_recorded() {
    let mut ledger = intend(None, Action::Create, None);
    ledger.raced(&id("a"), &live("u3"));
    ledger.refused(&id("a"));
    let entry = recorded(&ledger).unwrap();
    assert_eq!((entry.phase, entry.uid.as_deref()), (Phase::Foreign, Some("u3")));
}

#[test]
fn what_is_gone_is_no_longer_recorded() {
    for action in [Action::Delete, Action::Keep, Action::Unchanged, Action::Disown] {
        let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), action, None);
        ledger.gone(&id("a"));
        assert_eq!(recorded(&ledger), None);
        ledger.disowned(&id("a"));
        assert_eq!(recorded(&ledger), None, "what is gone is not foreign");
    }
}

#[test]
fn the_intent_to_make_an_object_outlives_the_one_that_made_room() {
    let mut ledger = intend(None, Action::Create, Some("terminating"));
    ledger.gone(&id("a"));
    assert_eq!(recorded(&ledger), Some(intent(None, "run-2")));
    ledger.refused(&id("a"));
    assert_eq!(recorded(&ledger), None);

    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Update, Some("u1"));
    ledger.applied(&id("a"), &live("u1"), None);
    ledger.gone(&id("a"));
    assert_eq!(recorded(&ledger), Some(intent(None, "run-1")));
}

#[test]
fn a_done_job_that_was_cleaned_up_stays_done() {
    let mut ledger = job_ledger(Action::Create, None);
    ledger.applied(&id("job-a"), &live("u1"), None);
    ledger.completed(&id("job-a"));
    ledger.gone(&id("job-a"));
    assert_eq!(ledger.entry(&id("job-a")).unwrap().phase, Phase::Done);
}

#[test]
fn what_turns_out_not_to_be_ours_is_foreign() {
    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Delete, Some("u1"));
    ledger.disowned(&id("a"));
    ledger.untouched(&id("a"));
    assert_eq!(recorded(&ledger), Some(entry(Phase::Foreign, Some("u1"))));
}

#[test]
fn what_is_forgotten_goes_when_the_run_has_ended() {
    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Forget, None);
    assert!(ledger.inventory().entries.contains_key(&id("a")));
    let counts = RunCounts { deleted: 2, ..RunCounts::default() };
    ledger.end(RunPhase::Succeeded, counts, "2026-07-01T10:00:00Z");
    let inventory = ledger.inventory();
    assert!(inventory.entries.is_empty());
    assert_eq!(inventory.run.phase, RunPhase::Succeeded);
    assert_eq!(inventory.run.counts, counts);
    assert_eq!(inventory.run.ended.as_deref(), Some("2026-07-01T10:00:00Z"));
}

#[test]
fn what_was_never_told_stays_as_it_is_when_the_run_has_ended() {
    let mut ledger = intend(None, Action::Create, None);
    ledger.end(RunPhase::Interrupted, RunCounts::default(), "now");
    assert_eq!(recorded(&ledger), Some(intent(None, "run-2")));
}

#[test]
fn a_run_that_changes_nothing_leaves_nothing_to_store() {
    let mut ledger = intend(Some(entry(Phase::Applied, Some("u1"))), Action::Unchanged, None);
    ledger.end(RunPhase::Succeeded, RunCounts::default(), "now");
    assert!(!ledger.is_changed());

    let noted = Some(entry(Phase::Kept, Some("u1")));
    assert!(!intend(noted, Action::Keep, None).is_changed());
}

#[test]
fn every_change_is_there_to_be_stored_once() {
    let mut ledger = intend(None, Action::Create, None);
    assert!(ledger.is_changed());
    ledger.inventory();
    assert!(!ledger.is_changed());
    ledger.applied(&id("a"), &live("u1"), None);
    assert!(ledger.is_changed());
    ledger.inventory();
    ledger.applied(&id("a"), &live("u1"), None);
    assert!(!ledger.is_changed());
    ledger.end(RunPhase::Succeeded, RunCounts::default(), "now");
    assert!(ledger.is_changed(), "the end of a run that was stored");
}

const NAMES: [&str; 4] = ["a", "b", "job-c", "d"];
const ACTIONS: [Action; 13] = [
    Action::Create,
    Action::Adopt,
    Action::Update,
    Action::Drifted,
    Action::Replace,
    Action::Unchanged,
    Action::Delete,
    Action::Keep,
    Action::Forget,
    Action::Disown,
    Action::Unserved,
    Action::Blocked,
    Action::Pending,
];
const PHASES: [Phase; 8] = [
    Phase::Intent,
    Phase::Maybe,
    Phase::Applied,
    Phase::Done,
    Phase::Kept,
    Phase::Foreign,
    Phase::Unserved,
    Phase::Deleting,
];

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Applied,
    Refused,
    Uncertain,
    Raced,
    Gone,
    Disowned,
    Untouched,
    Completed,
    Taken,
}

const OUTCOMES: [Outcome; 9] = [
    Outcome::Applied,
    Outcome::Refused,
    Outcome::Uncertain,
    Outcome::Raced,
    Outcome::Gone,
    Outcome::Disowned,
    Outcome::Untouched,
    Outcome::Completed,
    Outcome::Taken,
];

impl Outcome {
    fn tell(self, ledger: &mut Ledger, id: &ObjectId) {
        match self {
            Self::Applied => ledger.applied(id, &live("u5"), None),
            Self::Refused => ledger.refused(id),
            Self::Uncertain => ledger.uncertain(id),
            Self::Raced => ledger.raced(id, &live("u6")),
            Self::Gone => ledger.gone(id),
            Self::Disowned => ledger.disowned(id),
            Self::Untouched => ledger.untouched(id),
            Self::Completed => ledger.completed(id),
            Self::Taken => drop(ledger.inventory().clone()),
        }
    }

    /// Whether a request had, or may have had, an effect.
    fn is_effect(self) -> bool {
        matches!(self, Self::Applied | Self::Uncertain | Self::Raced)
    }
}

fn any_phase() -> impl Strategy<Value = Entry> {
    let phase = prop::sample::select(PHASES.to_vec());
    (phase, any::<bool>()).prop_map(|(phase, known)| entry(phase, known.then_some("u1")))
}

fn any_case() -> impl Strategy<Value = (Option<Entry>, Option<Action>, Option<&'static str>)> {
    let action = prop::option::of(prop::sample::select(ACTIONS.to_vec()));
    let seen = prop::option::of(prop::sample::select(vec!["u1", "u2"]));
    (prop::option::of(any_phase()), action, seen)
}

/// What is known of one object by the rules alone: whether it must be in the record.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of what happened")]
struct Rule {
    recorded_before: bool,
    intended: bool,
    effect: bool,
    gone: bool,
    refused: bool,
    forgotten: bool,
}

impl Rule {
    fn must_be_recorded(self) -> bool {
        // Made, or perhaps made, and not seen to be gone since.
        let may_be_there = self.effect && !self.gone;
        let was_there = self.recorded_before && !self.gone && !self.forgotten;
        let is_meant = self.intended && !self.refused;
        may_be_there || was_there || is_meant
    }
}

proptest! {
    #[test]
    fn the_record_is_a_superset_of_what_we_may_have_made_at_every_moment(
        cases in vec(any_case(), NAMES.len()),
        outcomes in vec(
            (0..NAMES.len(), prop::sample::select(OUTCOMES.to_vec())), 0..24,
        ),
    ) {
        let mut entries = Vec::new();
        let mut changes = Vec::new();
        let mut rules = [Rule::default(); NAMES.len()];
        for (index, (entry, action, seen)) in cases.iter().enumerate() {
            let name = NAMES[index];
            rules[index].recorded_before = entry.is_some();
            entries.extend(entry.clone().map(|entry| (name, entry)));
            changes.extend(action.map(|action| change(name, action, *seen)));
            rules[index].intended = matches!(
                action,
                Some(
                    Action::Create
                        | Action::Adopt
                        | Action::Update
                        | Action::Drifted
                        | Action::Replace
                )
            );
        }
        let before = before(&entries);
        let run = Run { id: "run-2".into(), ..Run::default() };
        let mut ledger = Ledger::begin(before.clone(), run);
        prop_assert_eq!(&ledger.now.entries, &before.entries);
        ledger.intend(&desired(&NAMES), &plan_of(changes));
        check(&ledger, &rules)?;
        for (index, outcome) in outcomes {
            outcome.tell(&mut ledger, &id(NAMES[index]));
            let rule = &mut rules[index];
            let taken_back = matches!(outcome, Outcome::Refused | Outcome::Untouched);
            rule.refused |= taken_back && !rule.effect;
            rule.gone |= matches!(outcome, Outcome::Gone);
            // What had no entry and no intent cannot be uncertain.
            let is_known = rule.recorded_before || rule.intended;
            let is_apply = !matches!(outcome, Outcome::Uncertain) || (is_known && !rule.gone);
            if outcome.is_effect() && is_apply {
                rule.effect = true;
                rule.gone = false;
            }
            check(&ledger, &rules)?;
        }
        for (index, (_, action, _)) in cases.iter().enumerate() {
            rules[index].forgotten = *action == Some(Action::Forget);
        }
        ledger.end(RunPhase::Failed, RunCounts::default(), "now");
        check(&ledger, &rules)?;
    }

    #[test]
    fn a_run_that_never_came_to_anything_leaves_what_it_found(
        cases in vec(any_case(), NAMES.len()),
    ) {
        let recorded = cases.iter().zip(NAMES);
        let entries: Vec<_> =
            recorded.filter_map(|((entry, ..), name)| Some((name, entry.clone()?))).collect();
        let changes = cases.iter().zip(NAMES);
        let changes = changes
            .filter_map(|((_, action, seen), name)| Some(change(name, (*action)?, *seen)));
        let before = before(&entries);
        let mut ledger = Ledger::begin(before.clone(), Run::default());
        ledger.intend(&desired(&NAMES), &plan_of(changes.collect()));
        for name in NAMES {
            ledger.untouched(&id(name));
        }
        let with_uid = |entry: &Entry| Entry { uid: None, ..entry.clone() };
        let found: Vec<_> = before.entries.values().map(with_uid).collect();
        let left: Vec<_> = ledger.now.entries.values().map(with_uid).collect();
        prop_assert_eq!(left, found);
        for (id, entry) in &before.entries {
            let is_seen = cases.iter().zip(NAMES).any(|((.., seen), name)| {
                seen.is_some() && *id == self::id(name)
            });
            if entry.uid.is_some() && !is_seen {
                prop_assert_eq!(ledger.entry(id), Some(entry));
            }
        }
    }
}

fn check(ledger: &Ledger, rules: &[Rule]) -> Result<(), TestCaseError> {
    let recorded: BTreeSet<&ObjectId> = ledger.now.entries.keys().collect();
    for (name, rule) in NAMES.iter().zip(rules) {
        let is_there = recorded.contains(&id(name));
        prop_assert!(is_there || !rule.must_be_recorded(), "{name} is lost: {rule:?}");
    }
    Ok(())
}

#[test]
fn until_when_something_stays_is_recorded_and_forgotten_once_it_is_wanted_again() {
    let kept = |until| Entry { kept_until: until, ..entry(Phase::Kept, Some("u1")) };
    let run = Run { id: "run-2".into(), ..Run::default() };
    let mut ledger = Ledger::begin(before(&[("a", entry(Phase::Applied, Some("u1")))]), run);
    let mut plan = plan_of(vec![change("a", Action::Keep, Some("u1"))]);
    plan.kept_until.insert(id("a"), 1600);
    ledger.intend(&desired(&[]), &plan);
    assert_eq!(recorded(&ledger), Some(kept(Some(1600))));
    let ledger = intend(Some(kept(Some(1600))), Action::Update, Some("u1"));
    assert_eq!(recorded(&ledger).unwrap().kept_until, None);
    let ledger = intend(Some(kept(Some(1600))), Action::Keep, Some("u1"));
    assert_eq!(recorded(&ledger), Some(kept(None)), "it stays for another reason now");
}

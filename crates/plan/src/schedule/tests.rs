//! What may begin when, told as the run of a plan in which some things fail or take their time.

use super::{Facts, Schedule};
use crate::desired::Desired;
use crate::observed::Observed;
use crate::options::Options;
use crate::plan::tests::{desired, exchange, id, identity, inventory, object, plan};
use crate::plan::{Change, Plan};
use crate::waves;
use manifest::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// A run under way: what is asked of the schedule, and what is known.
#[derive(Default)]
struct Run {
    done: BTreeMap<ObjectId, bool>,
    reached: BTreeSet<ObjectId>,
    missed: BTreeMap<ObjectId, String>,
    halted: BTreeMap<String, String>,
}

impl Run {
    /// What begins next, all of which is then done: `a,b`; what is waited for: `? a`; what stops.
    fn next(&mut self, schedule: &mut Schedule<'_>) -> String {
        let is_done = |id: &ObjectId| self.done.get(id).copied();
        let facts = Facts {
            is_done: &is_done,
            reached: &self.reached,
            missed: &self.missed,
            halted: &self.halted,
        };
        let due = schedule.due(None, facts);
        let name = |id: &ObjectId| id.name.clone();
        let begun: Vec<String> = due.begun.iter().map(|change| name(&change.id)).collect();
        let awaited: Vec<String> = due.awaited.iter().map(|id| format!("?{}", id.name)).collect();
        let stopped: Vec<String> =
            due.stopped.iter().map(|(service, why)| format!("!{service}: {why}")).collect();
        self.done.extend(due.begun.iter().map(|change| (change.id.clone(), true)));
        let stops = due.stopped.into_iter().map(|(service, why)| (service.to_owned(), why));
        self.halted.extend(stops);
        [begun, awaited, stopped].concat().join(" ")
    }

    fn ready(&mut self, name: &str) {
        self.reached.insert(id(name));
    }
}

fn is_awaited(id: &ObjectId) -> bool {
    id.is("apps", "Deployment") || id.is("batch", "Job")
}

fn planned(desired: &Desired, entries: &[(&str, &str)]) -> Plan {
    let (identity, options) = (identity(), Options::default());
    let inventory = inventory(entries);
    plan(&identity, desired, Some(&inventory), &Observed::default(), &options)
}

fn schedule<'a>(desired: &'a Desired, plan: &'a Plan) -> Schedule<'a> {
    Schedule::of(desired, plan, is_awaited, &|_: &Change| false)
}

/// Gives an object of a service annotations.
fn annotate(desired: &mut Desired, name: &str, said: &str) {
    let objects = desired.services.values_mut().flat_map(|service| &mut service.objects);
    for wanted in objects.filter(|wanted| wanted.object.id == id(name)) {
        exchange(wanted, object(name, "v1", &format!("metadata: {{annotations: {{{said}}}}}")));
    }
    waves::Order::of(desired).unwrap();
}

#[test]
fn what_waits_holds_its_service_and_no_other() {
    let mut desired = desired(&[
        (
            "a",
            &[],
            &["Job.batch/s/first", "Deployment.apps/s/web", "Ingress.networking.k8s.io/s/route"],
        ),
        ("b", &[], &["ConfigMap/s/beside", "Deployment.apps/s/other"]),
    ]);
    annotate(&mut desired, "Deployment.apps/s/web", "molave.dev/depends-on: Job/first");
    let plan = planned(&desired, &[]);
    let (mut schedule, mut run) = (schedule(&desired, &plan), Run::default());
    assert_eq!(run.next(&mut schedule), "beside");
    assert_eq!(run.next(&mut schedule), "first other");
    assert_eq!(run.next(&mut schedule), "?first");
    run.ready("Job.batch/s/first");
    assert_eq!(run.next(&mut schedule), "web");
    assert_eq!(run.next(&mut schedule), "route");
    assert_eq!(run.next(&mut schedule), "");
}

#[test]
fn what_is_not_ready_stops_the_service_that_needs_it_with_the_reason() {
    let mut desired =
        desired(&[("a", &[], &["Deployment.apps/s/web"]), ("b", &[], &["Job.batch/s/first"])]);
    annotate(&mut desired, "Deployment.apps/s/web", "molave.dev/depends-on: Job/first");
    let plan = planned(&desired, &[]);
    let (mut schedule, mut run) = (schedule(&desired, &plan), Run::default());
    assert_eq!(run.next(&mut schedule), "first");
    run.missed.insert(id("Job.batch/s/first"), "it failed".to_owned());
    let told =
        "!a: `Job.batch/s/first` is not ready: it failed, and `Deployment.apps/s/web` needs it";
    assert_eq!(run.next(&mut schedule), told);
    assert_eq!(run.next(&mut schedule), "");
}

#[test]
fn what_failed_or_was_never_applied_stops_what_needs_it() {
    let mut desired = desired(&[
        ("a", &[], &["Deployment.apps/s/web"]),
        ("b", &[], &["ConfigMap/s/before", "Job.batch/s/first"]),
    ]);
    annotate(&mut desired, "Deployment.apps/s/web", "molave.dev/depends-on: Job/first");
    let plan = planned(&desired, &[]);
    for is_tried in [true, false] {
        let (mut schedule, mut run) = (schedule(&desired, &plan), Run::default());
        assert_eq!(run.next(&mut schedule), "before");
        run.halted.insert("b".to_owned(), "something failed".to_owned());
        if is_tried {
            run.done.insert(id("Job.batch/s/first"), false);
        }
        let why = if is_tried { "failed" } else { "was not applied" };
        assert!(run.next(&mut schedule).starts_with(&format!("!a: `Job.batch/s/first` {why}")));
    }
}

#[test]
fn a_service_waits_until_the_one_it_depends_on_is_ready_even_if_that_one_is_as_it_was() {
    let desired = desired(&[
        ("store", &[], &["Deployment.apps/s/store", "ConfigMap/s/store"]),
        ("web", &["store"], &["ConfigMap/s/web", "Namespace/s"]),
    ]);
    for entries in [&[][..], &[("Deployment.apps/s/store", "applied service=store")]] {
        let plan = planned(&desired, entries);
        let (mut schedule, mut run) = (schedule(&desired, &plan), Run::default());
        assert_eq!(run.next(&mut schedule), "s");
        let began = run.next(&mut schedule);
        assert!(began.starts_with("store"), "{began}");
        while run.next(&mut schedule).starts_with("store") {}
        assert_eq!(run.next(&mut schedule), "?store");
        run.ready("Deployment.apps/s/store");
        assert_eq!(run.next(&mut schedule), "web");
    }
}

#[test]
fn a_later_wave_and_what_intercepts_requests_wait_for_what_came_before() {
    let mut desired = desired(&[(
        "a",
        &[],
        &[
            "Deployment.apps/s/web",
            "Widget.example.com/s/widget",
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io/hook",
            "ValidatingAdmissionPolicy.admissionregistration.k8s.io/policy",
            "ConfigMap/s/late",
        ],
    )]);
    annotate(&mut desired, "ConfigMap/s/late", "molave.dev/wave: '1'");
    let plan = planned(&desired, &[]);
    let (mut schedule, mut run) = (schedule(&desired, &plan), Run::default());
    assert_eq!(run.next(&mut schedule), "web");
    assert_eq!(run.next(&mut schedule), "widget");
    assert_eq!(run.next(&mut schedule), "?web");
    run.ready("Deployment.apps/s/web");
    assert_eq!(run.next(&mut schedule), "policy hook");
    assert_eq!(run.next(&mut schedule), "?widget");
    run.ready("Widget.example.com/s/widget");
    assert_eq!(run.next(&mut schedule), "late");
}

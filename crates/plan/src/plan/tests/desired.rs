//! Objects that a service wants: one case a row of the table.

use super::{
    Desired, Options, desired, exchange, identity, inventory, object, observed, plan, run, shown,
};
use crate::desired::Wanted;

const MAP: &str = "ConfigMap/shop/web";
const JOB: &str = "Job.batch/shop/migrate";

fn of_map(options: &Options, cases: &[[&str; 3]]) {
    run(MAP, &desired(&[("cart", &[], &[MAP])]), options, cases);
}

fn job(rest: &str) -> Desired {
    let mut desired = desired(&[("cart", &[], &[])]);
    let wanted = Wanted::new(object(JOB, "v1", rest), "d1".to_owned());
    desired.services.get_mut("cart").unwrap().objects.push(wanted);
    desired
}

fn full() -> Options {
    Options { full: true, ..Options::default() }
}

#[test]
fn what_is_not_recorded_is_made_unless_something_is_there() {
    of_map(
        &Options::default(),
        &[
            ["-", "-", "create: new"],
            ["-", "absent", "create: new"],
            ["-", "absent accepted", "create: new"],
            ["-", "absent unverified", "create: new"],
            ["-", "absent rejected", "blocked: is bad"],
            ["-", "live by=helm terminating", "create: new, once the old one is gone"],
            ["-", "live by=helm", "foreign helm (adoptable): was made by `helm`"],
            [
                "-",
                "live stripped",
                "foreign an unknown manager (adoptable): was made by `an unknown manager`",
            ],
            ["-", "live", "foreign shop/staging (adoptable): was made by `shop/staging`"],
            [
                "-",
                "live owner=shop/production/cart#a7",
                "foreign shop/production: was made by `shop/production`",
            ],
            [
                "-",
                "live owner=bank/staging/cart#a7",
                "foreign bank/staging: was made by `bank/staging`",
            ],
        ],
    );
}

#[test]
fn a_copied_annotation_makes_no_one_the_holder() {
    of_map(
        &Options::default(),
        &[
            [
                "-",
                "live owner=shop/production/cart#a7 stripped",
                "foreign an unknown manager (adoptable): was made by `an unknown manager`",
            ],
            [
                "-",
                "live owner=shop/production/cart#a7 controlled",
                "foreign molave (adoptable): was made by `molave`",
            ],
        ],
    );
}

#[test]
fn adopting_takes_over_what_no_other_environment_holds() {
    of_map(
        &Options { adopt: true, ..Options::default() },
        &[
            ["-", "live by=helm", "adopt: adopted from helm"],
            ["-", "live by=helm rejected", "blocked: is bad"],
            ["-", "live", "adopt: adopted from shop/staging"],
            ["applied uid=u0", "live by=helm", "adopt: adopted from helm"],
            ["intent uid=", "live by=helm", "adopt: adopted from helm"],
            ["foreign", "live by=helm", "adopt: adopted from helm"],
            // A run that was taking it over was broken off before it had our marks.
            ["intent", "live by=helm", "adopt: adopted from helm"],
            ["maybe", "live stripped", "adopt: adopted from an unknown manager"],
            ["intent", "live", "update: not confirmed by the run before"],
            [
                "-",
                "live owner=shop/production/cart#a7",
                "foreign shop/production: was made by `shop/production`",
            ],
        ],
    );
}

#[test]
fn what_was_half_taken_over_is_asked_about_again() {
    of_map(
        &Options::default(),
        &[
            ["intent", "live by=helm", "foreign helm (adoptable): was made by `helm`"],
            ["maybe", "live by=molave", "foreign molave (adoptable): was made by `molave`"],
        ],
    );
}

#[test]
fn what_an_adoption_changes_is_in_the_plan_without_our_marks() {
    of_map(
        &Options { adopt: true, ..Options::default() },
        &[
            ["-", "live by=helm accepted", "adopt: adopted from helm"],
            [
                "-",
                "live by=helm drifted accepted",
                "adopt: adopted from helm [data.key: other → value]",
            ],
            ["-", "live by=helm drifted unverified", "adopt: adopted from helm"],
            ["-", "live accepted", "adopt: adopted from shop/staging"],
        ],
    );
}

#[test]
fn what_is_recorded_as_wanted_is_not_looked_at() {
    of_map(&Options::default(), &[["applied", "-", "unchanged"]]);
}

#[test]
fn what_is_recorded_otherwise_is_applied() {
    of_map(
        &Options::default(),
        &[
            ["applied", "live confirmed", "unchanged"],
            [
                "applied",
                "live confirmed uid=u2",
                "foreign shop/staging (adoptable): was made again by `shop/staging`",
            ],
            ["applied digest=d0", "live accepted", "update: changed"],
            ["applied digest=d0", "live", "update: changed"],
            ["applied digest=d0", "-", "update: changed"],
            ["applied version=v1beta1", "live accepted", "update: now v1, was v1beta1"],
            ["applied version=v1beta1 digest=d0", "live accepted", "update: now v1, was v1beta1"],
            ["applied service=basket", "live accepted", "update: moved from basket"],
            ["applied service=basket digest=d0", "live accepted", "update: moved from basket"],
            ["intent", "live accepted", "update: not confirmed by the run before"],
            ["maybe", "live accepted", "update: not confirmed by the run before"],
            ["maybe digest=d0", "live accepted", "update: changed"],
            ["deleting", "live accepted", "update: wanted again"],
            ["kept", "live accepted", "update: wanted again"],
            ["kept digest=d0", "live accepted", "update: changed"],
            ["unserved", "live accepted", "update: its kind is served again"],
        ],
    );
}

#[test]
fn what_is_gone_is_made_again() {
    of_map(
        &full(),
        &[
            ["applied", "absent", "create: was deleted by others"],
            ["applied digest=d0", "absent", "create: changed, and was deleted by others"],
            ["applied service=basket", "absent", "create: changed, and was deleted by others"],
            ["deleting", "absent", "create: wanted again"],
            ["kept", "absent", "create: wanted again"],
            ["applied", "absent rejected", "blocked: is bad"],
            ["applied", "live terminating", "create: is being deleted: made again once it is gone"],
            [
                "applied digest=d0",
                "live terminating rejected",
                "create: is being deleted: made again once it is gone",
            ],
            [
                "applied",
                "live by=helm uid=u2 terminating",
                "create: is being deleted: made again once it is gone",
            ],
        ],
    );
}

#[test]
fn what_is_live_and_not_ours_is_foreign() {
    of_map(
        &full(),
        &[
            [
                "applied",
                "live owner=shop/production/cart#a7",
                "foreign shop/production: is held by `shop/production`",
            ],
            [
                "applied",
                "live uid=u2 by=helm",
                "foreign helm (adoptable): was made again by `helm`",
            ],
            [
                "applied",
                "live uid=u2 owner=shop/production/cart#a7",
                "foreign shop/production: was made again by `shop/production`",
            ],
            // An empty UID is no one's.
            [
                "applied uid=",
                "live uid=",
                "foreign shop/staging (adoptable): was made by `shop/staging`",
            ],
        ],
    );
}

#[test]
fn what_the_server_refuses_blocks() {
    of_map(
        &full(),
        &[
            ["applied", "live rejected", "blocked: is bad"],
            ["applied digest=d0", "live rejected", "blocked: is bad"],
            ["intent", "live rejected", "blocked: is bad"],
        ],
    );
}

#[test]
fn what_others_changed_is_a_drift() {
    of_map(
        &full(),
        &[
            ["applied", "live accepted", "unchanged"],
            ["applied", "live", "unchanged"],
            ["applied", "live unverified", "unchanged"],
            ["applied", "live drifted", "unchanged"],
            [
                "applied",
                "live drifted accepted",
                "drifted: changed by others [data.key: other → value]",
            ],
        ],
    );
}

#[test]
fn what_was_never_confirmed_is_settled_by_the_attempt() {
    of_map(
        &Options::default(),
        &[
            ["intent uid=", "absent", "create: not confirmed by the run before"],
            ["maybe uid=", "absent", "create: not confirmed by the run before"],
            ["intent uid=", "live uid=u9", "update: not confirmed by the run before"],
            ["intent uid= digest=d0", "live uid=u9", "update: changed"],
            ["applied uid=", "live uid=u9", "update: not confirmed by the run before"],
            ["maybe uid=", "live by=helm", "foreign helm (adoptable): was made by `helm`"],
            // Our apply landed on an object that was there.
            [
                "maybe uid=",
                "live older",
                "foreign shop/staging (adoptable): was made by `shop/staging`",
            ],
            [
                "maybe uid= attempt=a2",
                "live",
                "foreign shop/staging (adoptable): was made by `shop/staging`",
            ],
            [
                "maybe uid=",
                "live owner=shop/production/cart#a1",
                "foreign shop/production: is held by `shop/production`",
            ],
            ["maybe uid=", "-", "create: not confirmed by the run before"],
        ],
    );
}

#[test]
fn what_is_foreign_never_becomes_ours_silently() {
    of_map(
        &full(),
        &[
            ["foreign", "live", "foreign shop/staging (adoptable): was made by `shop/staging`"],
            ["foreign", "live by=helm", "foreign helm (adoptable): was made by `helm`"],
            ["foreign", "absent", "create: new"],
            ["foreign", "live terminating", "create: new, once the old one is gone"],
        ],
    );
}

#[test]
fn a_completed_job_is_never_made_again() {
    let (lasting, passing) = (job("spec: {}"), job("spec: {ttlSecondsAfterFinished: 60}"));
    for options in [Options::default(), full()] {
        run(
            JOB,
            &lasting,
            &options,
            &[
                ["done", "-", "unchanged: completed"],
                ["done", "absent", "unchanged: completed"],
                ["done", "live by=helm uid=u2", "unchanged: completed"],
                ["done digest=d0", "absent", "create: changed"],
                ["done digest=d0", "live", "update: changed"],
                ["applied", "live complete", "unchanged: completed"],
                ["applied", "live complete terminating", "unchanged: completed"],
                ["applied", "live", "unchanged"],
                ["applied", "absent", "create: was deleted by others"],
                ["applied digest=d0", "live complete accepted", "update: changed"],
                [
                    "applied",
                    "live complete by=helm uid=u2",
                    "foreign helm (adoptable): was made again by `helm`",
                ],
            ],
        );
        run(
            JOB,
            &passing,
            &options,
            &[
                ["applied", "absent", "unchanged: completed"],
                ["maybe seen=7", "absent", "unchanged: completed"],
                // It was being replaced: the new one was never seen.
                ["maybe", "absent", "create: was deleted by others"],
                ["applied digest=d0", "absent", "create: changed, and was deleted by others"],
                ["deleting", "absent", "create: wanted again"],
                ["intent uid=", "absent", "create: not confirmed by the run before"],
            ],
        );
    }
}

#[test]
fn a_drift_only_run_leaves_what_git_has_otherwise() {
    of_map(
        &Options { drift_only: true, ..Options::default() },
        &[
            ["-", "-", "pending: not deployed yet"],
            ["applied digest=d0", "-", "pending: not deployed yet"],
            ["applied service=basket", "-", "pending: not deployed yet"],
            ["applied version=v2", "-", "pending: not deployed yet"],
            ["kept", "-", "pending: not deployed yet"],
            ["foreign", "-", "pending: not deployed yet"],
            ["intent", "-", "pending: not confirmed by the run before"],
            ["maybe uid=", "-", "pending: not confirmed by the run before"],
            ["maybe digest=d0", "-", "pending: not deployed yet"],
            ["applied", "live accepted", "unchanged"],
            ["applied", "absent", "create: was deleted by others"],
            [
                "applied",
                "live drifted accepted",
                "drifted: changed by others [data.key: other → value]",
            ],
        ],
    );
}

/// What becomes of an object that cannot be changed in place, with these annotations.
fn immutable(options: &Options, annotations: &str, entry: &str, seen: &str) -> String {
    let rest = format!("metadata: {{annotations: {{{annotations}}}}}");
    let mut desired = desired(&[("cart", &[], &[MAP])]);
    exchange(&mut desired.services.get_mut("cart").unwrap().objects[0], object(MAP, "v1", &rest));
    let (inventory, observed) = (inventory(&[(MAP, entry)]), observed(&[(MAP, seen)]));
    shown(&plan(&identity(), &desired, Some(&inventory), &observed, options), MAP)
}

#[test]
fn what_cannot_be_changed_in_place_is_replaced_only_if_it_may_be() {
    let (no, yes) = (Options::default(), Options { replace: true, ..Options::default() });
    let seen = "live immutable";
    let replaced = "replace: cannot be changed in place: is fixed";
    let blocked = "blocked: it cannot be changed in place, and may not be replaced (`--replace`, or \
                   `molave.dev/replace: allowed` on it): is fixed";
    for entry in ["applied digest=d0", "applied", "intent", "maybe digest=d0", "kept"] {
        assert_eq!(immutable(&no, "", entry, seen), blocked, "{entry}");
        assert_eq!(immutable(&yes, "", entry, seen), replaced, "{entry}");
    }
    let changed = "applied digest=d0";
    for (annotations, expected) in [
        ("molave.dev/replace: allowed", replaced),
        ("molave.dev/replace: yes", blocked),
        ("helm.sh/hook: pre-install", replaced),
        ("helm.sh/hook: pre-install, helm.sh/hook-delete-policy: ''", replaced),
        (
            "helm.sh/hook: a, helm.sh/hook-delete-policy: 'hook-failed, before-hook-creation'",
            replaced,
        ),
        ("helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded", blocked),
        ("helm.sh/hook-delete-policy: before-hook-creation", blocked),
    ] {
        assert_eq!(immutable(&no, annotations, changed, seen), expected, "{annotations}");
    }
    for (words, why) in [
        ("prune=disabled", "asks to stay"),
        ("policy=keep", "asks to stay"),
        ("set=other", "no longer carries our mark"),
        ("stripped", "no longer carries our mark"),
    ] {
        let told = immutable(&yes, "", changed, &format!("{seen} {words}"));
        assert_eq!(told, format!("blocked: it cannot be changed in place, and {why}: is fixed"));
    }
}

#[test]
fn what_others_made_is_never_replaced() {
    let options = Options { adopt: true, replace: true, ..Options::default() };
    let told = immutable(&options, "", "-", "live immutable by=helm");
    assert_eq!(told, "blocked: it cannot be changed in place: is fixed");
    let told = immutable(&options, "", "applied digest=d0 uid=u2", "live immutable");
    assert_eq!(told, "blocked: it cannot be changed in place: is fixed");
}

#[test]
fn after_a_replacement_that_nobody_saw_the_end_of_either_object_is_ours() {
    let options = Options::default();
    // The old one is there, or nothing, or the new one, which this attempt made.
    let of = |entry, seen| immutable(&options, "", entry, seen);
    assert_eq!(of("intent attempt=a9", "live accepted"), "update: not confirmed by the run before");
    assert_eq!(of("intent uid=u2 attempt=a9", "absent"), "create: was deleted by others");
    assert_eq!(of("intent uid=u2", "live accepted"), "update: not confirmed by the run before");
    assert_eq!(of("maybe uid=u2", "live accepted"), "update: not confirmed by the run before");
    // Neither of the two, or a settled record.
    for entry in ["intent uid=u2 attempt=a9", "applied uid=u2", "done uid=u2 digest=d0"] {
        assert!(of(entry, "live accepted").starts_with("foreign"), "{entry}");
    }
}

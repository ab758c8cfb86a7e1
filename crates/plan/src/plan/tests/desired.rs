//! Objects that a service wants: one case a row of the table.

use super::{Desired, Options, desired, object, run};
use crate::desired::Wanted;

const MAP: &str = "ConfigMap/shop/web";
const JOB: &str = "Job.batch/shop/migrate";

fn of_map(options: &Options, cases: &[[&str; 3]]) {
    run(MAP, &desired(&[("cart", &[], &[MAP])]), options, cases);
}

fn job(rest: &str) -> Desired {
    let mut desired = desired(&[("cart", &[], &[])]);
    let wanted = Wanted { object: object(JOB, "v1", rest), digest: "d1".to_owned() };
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
            [
                "-",
                "live owner=shop/production/cart#a7",
                "foreign shop/production: was made by `shop/production`",
            ],
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
                ["maybe", "absent", "unchanged: completed"],
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

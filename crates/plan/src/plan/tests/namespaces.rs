//! Namespaces that Molave makes because objects need them.

use super::{Options, apps, desired, find, identity, inventory, observed, plan, run, shown};
use crate::desired::NAMESPACES;
use crate::observed::Observed;
use crate::waves::{Stage, Wave};

const SPACE: &str = "Namespace/shop";
const MAP: &str = "ConfigMap/shop/web";
const OTHER: &str = "ConfigMap/other/web";

#[test]
fn a_needed_namespace_is_made_where_it_is_missing_and_left_alone_otherwise() {
    let desired = desired(&[(NAMESPACES, &[], &[SPACE]), ("cart", &[], &[MAP])]);
    run(
        SPACE,
        &desired,
        &Options::default(),
        &[
            ["-", "absent", "create: needed"],
            ["-", "live by=kubectl", "nothing"],
            ["-", "-", "nothing"],
            ["applied service=_namespaces", "-", "unchanged"],
            ["applied service=_namespaces", "live", "unchanged"],
            ["applied service=_namespaces digest=d0", "live", "unchanged"],
            ["applied service=platform", "live", "unchanged"],
            ["applied service=_namespaces", "absent", "create: was deleted by others"],
            ["applied service=_namespaces", "live uid=u2", "disown: was made again by others"],
            [
                "intent uid= service=_namespaces",
                "absent",
                "create: not confirmed by the run before",
            ],
            ["intent uid= service=_namespaces", "live", "update: not confirmed by the run before"],
            ["intent uid= service=_namespaces", "live by=kubectl", "disown: was never ours"],
            ["foreign service=_namespaces", "live", "nothing"],
            ["foreign service=_namespaces", "absent", "create: needed"],
        ],
    );
}

#[test]
fn a_namespace_that_is_needed_no_more_is_never_deleted() {
    let kept = "keep: namespaces are never deleted by a sync";
    let cases = [
        ["applied service=_namespaces", "absent", "forget: is gone already"],
        ["applied service=_namespaces", "live uid=u2", "disown: was made again by others"],
        ["intent uid= service=_namespaces", "live by=kubectl", "disown: was never ours"],
        ["applied service=_namespaces", "live", kept],
        ["kept service=_namespaces", "live", kept],
        ["applied service=_namespaces", "live by=kubectl", kept],
    ];
    run(SPACE, &desired(&[]), &Options::default(), &cases);
    let destroy = Options { destroy: true, ..Options::default() };
    run(SPACE, &desired(&[(NAMESPACES, &[], &[SPACE])]), &destroy, &cases);
    let left = [["applied service=_namespaces", "live", "nothing"]];
    run(SPACE, &desired(&[]), &apps(&["cart"]), &left);
}

#[test]
fn a_namespace_into_which_nothing_goes_is_not_in_the_plan() {
    let services: [(&str, &[&str], &[&str]); 3] = [
        (NAMESPACES, &[], &[SPACE, "Namespace/other"]),
        ("basket", &[], &[OTHER]),
        ("cart", &[], &[MAP]),
    ];
    let desired = desired(&services);
    let observed = observed(&[(SPACE, "absent"), ("Namespace/other", "absent")]);
    let plan_of = |entries: &[(&str, &str)], options: &Options| {
        plan(&identity(), &desired, Some(&inventory(entries)), &observed, options)
    };
    let of_cart = plan_of(&[], &apps(&["cart"]));
    assert_eq!(shown(&of_cart, SPACE), "create: needed");
    assert_eq!(shown(&of_cart, "Namespace/other"), "nothing");
    let of_both = plan_of(&[(OTHER, "applied service=basket")], &Options::default());
    assert_eq!(shown(&of_both, SPACE), "create: needed");
    assert_eq!(shown(&of_both, "Namespace/other"), "nothing");
    assert_eq!(find(&of_both, SPACE).unwrap().stage, Stage::natural(0, 0, Wave::Foundations, 0));
}

#[test]
fn a_namespace_on_its_way_out_is_made_again_once_it_is_gone() {
    let desired = desired(&[(NAMESPACES, &[], &[SPACE]), ("cart", &[], &[MAP])]);
    let mut observed = observed(&[(SPACE, "live terminating"), (MAP, "absent unverified")]);
    observed.missing_namespaces.insert("shop".to_owned());
    observed.ending_namespaces.insert("shop".to_owned());
    for entries in [&[][..], &[(SPACE, "applied service=_namespaces")]] {
        let inventory = inventory(entries);
        let options = Options::default();
        let plan = plan(&identity(), &desired, Some(&inventory), &observed, &options);
        assert_eq!(shown(&plan, SPACE), "create: is being deleted");
        assert_eq!(shown(&plan, MAP), "create: new");
    }
}

#[test]
fn a_namespace_is_not_made_for_a_blocked_service() {
    let desired = desired(&[(NAMESPACES, &[], &[SPACE]), ("cart", &[], &[MAP])]);
    let observed = observed(&[(SPACE, "absent"), (MAP, "absent rejected")]);
    let plan = plan(&identity(), &desired, None, &observed, &Options::default());
    assert_eq!(shown(&plan, SPACE), "nothing");
    assert_eq!(shown(&plan, MAP), "blocked: is bad");
}

#[test]
fn what_was_in_a_namespace_that_is_gone_is_made_again() {
    let desired = desired(&[(NAMESPACES, &[], &[SPACE]), ("cart", &[], &[MAP])]);
    let inventory = inventory(&[(SPACE, "applied service=_namespaces"), (MAP, "applied")]);
    let observed =
        Observed { missing_namespaces: ["shop".to_owned()].into(), ..Observed::default() };
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, &Options::default());
    assert_eq!(shown(&plan, SPACE), "create: was deleted by others");
    assert_eq!(shown(&plan, MAP), "create: was deleted by others");
}

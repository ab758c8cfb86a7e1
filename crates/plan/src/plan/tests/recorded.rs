//! Objects that are recorded and that nobody wants any more: one case a row of the table.

use super::{
    Observed, Options, desired, exchange, id, identity, inventory, object, observed, plan, run,
    shown, survey,
};

const MAP: &str = "ConfigMap/shop/web";

fn of_map(options: &Options, cases: &[[&str; 3]]) {
    run(MAP, &desired(&[("cart", &[], &[])]), options, cases);
}

#[test]
fn what_is_ours_is_deleted() {
    of_map(
        &Options::default(),
        &[
            ["applied", "live", "delete: removed from git"],
            ["applied", "live owner=shop/staging/basket#a9", "delete: removed from git"],
            ["applied", "live terminating", "delete: is being deleted"],
            ["deleting", "live", "delete: removed from git"],
            ["done", "live", "delete: removed from git"],
            ["kept", "live", "delete: removed from git"],
            ["unserved", "live", "delete: removed from git"],
            ["intent", "live", "delete: removed from git"],
            ["intent uid=", "live uid=u9", "delete: removed from git"],
            ["maybe uid=", "live uid=u9", "delete: removed from git"],
        ],
    );
}

#[test]
fn what_was_deleted_with_the_definition_of_its_kind_is_forgotten_with_it() {
    const KIND: &str = "CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com";
    const WIDGET: &str = "Widget.example.com/shop/one";
    let fate = |kind: (&str, &str), widget: &str| {
        let inventory = inventory(&[(KIND, kind.0), (WIDGET, widget)]);
        let mut seen = observed(&[(KIND, kind.1)]);
        seen.unserved.insert(("example.com".to_owned(), "Widget".to_owned()));
        let desired = desired(&[("cart", &[], &[])]);
        let plan = plan(&identity(), &desired, Some(&inventory), &seen, &Options::default());
        shown(&plan, WIDGET)
    };
    let stays = "unserved: its kind is not served any more";
    assert_eq!(fate(("deleting", "absent"), "deleting"), "forget: went with its definition");
    assert_eq!(fate(("intent uid=", "absent"), "intent uid="), "forget: went with its definition");
    assert_eq!(fate(("deleting", "absent"), "applied"), stays);
    assert_eq!(fate(("deleting", "live"), "deleting"), stays);
    assert_eq!(fate(("applied", "absent"), "deleting"), stays);
    let other = "CustomResourceDefinition.apiextensions.k8s.io/gadgets.example.org";
    let inventory = inventory(&[(other, "deleting"), (WIDGET, "deleting")]);
    let mut seen = observed(&[(other, "absent")]);
    seen.unserved.insert(("example.com".to_owned(), "Widget".to_owned()));
    let desired = desired(&[("cart", &[], &[])]);
    let plan = plan(&identity(), &desired, Some(&inventory), &seen, &Options::default());
    assert_eq!(shown(&plan, WIDGET), stays);
}

#[test]
fn what_was_never_made_is_forgotten_when_the_definition_of_its_kind_was_not_made_either() {
    const KIND: &str = "CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com";
    const WIDGET: &str = "Widget.example.com/shop/one";
    let fate = |defined: &str, (kind, live): (&str, &str), widget: &str| {
        let inventory = inventory(&[(KIND, kind), (WIDGET, widget)]);
        let mut seen = observed(&[(KIND, live)]);
        seen.unserved.insert(("example.com".to_owned(), "Widget".to_owned()));
        let mut desired = desired(&[("cart", &[], &[KIND])]);
        let rest = format!("spec: {{group: example.com, names: {{kind: {defined}}}}}");
        let definition = object(KIND, "v1", &rest);
        exchange(&mut desired.services.get_mut("cart").unwrap().objects[0], definition);
        let plan = plan(&identity(), &desired, Some(&inventory), &seen, &Options::default());
        shown(&plan, WIDGET)
    };
    let never = "forget: was never made, nor was its definition";
    let stays = "unserved: its kind is not served any more";
    assert_eq!(fate("Widget", ("intent uid=", "absent"), "intent uid="), never);
    assert_eq!(fate("Widget", ("applied", "absent"), "unserved uid="), never);
    assert_eq!(fate("Widget", ("intent uid=", "absent"), "applied"), stays);
    assert_eq!(fate("Widget", ("applied", "live"), "intent uid="), stays);
    assert_eq!(fate("Gadget", ("intent uid=", "absent"), "intent uid="), stays);
}

#[test]
fn what_is_gone_is_forgotten() {
    of_map(
        &Options::default(),
        &[
            ["applied", "absent", "forget: is gone already"],
            ["intent uid=", "absent", "forget: is gone already"],
            ["foreign", "absent", "forget: is gone already"],
            ["deleting", "absent", "forget: is gone already"],
        ],
    );
}

#[test]
fn what_is_not_ours_is_let_go() {
    of_map(
        &Options::default(),
        &[
            ["applied", "live uid=u2", "disown: was made again by others"],
            ["applied uid=u2", "live uid=", "disown: was made again by others"],
            ["intent uid=", "live by=helm", "disown: was never ours"],
            ["intent uid= attempt=a2", "live", "disown: was never ours"],
            ["intent uid=", "live older", "disown: was never ours"],
            ["intent uid=", "live set=other", "disown: was never ours"],
            ["foreign", "live", "disown: is not ours"],
            ["foreign uid=", "live", "disown: is not ours"],
            ["applied", "live by=helm", "disown: no longer carries our mark"],
            ["applied", "live stripped", "disown: no longer carries our mark"],
            ["applied", "live controlled", "disown: no longer carries our mark"],
            ["applied", "live set=other", "disown: no longer carries our mark"],
            ["applied", "live owner=shop/production/cart#a1", "disown: no longer carries our mark"],
        ],
    );
}

#[test]
fn what_asks_for_a_while_is_kept_until_that_is_over() {
    let at = |now| Options { now, ..Options::default() };
    of_map(
        &at(1000),
        &[
            ["applied", "live for=30m", "keep: removed from git, stays for 30 more minutes"],
            ["applied", "live for=61s", "keep: removed from git, stays for 2 more minutes"],
            ["kept until=1001", "live for=30m", "keep: removed from git, stays for 1 more minute"],
            ["kept until=1000", "live for=30m", "delete: removed from git"],
            ["applied", "live for=0m", "delete: removed from git"],
            // Whoever takes the annotation away, or writes nonsense, wants nothing kept.
            ["kept until=9999", "live", "delete: removed from git"],
            ["applied", "live for=soon", "delete: removed from git"],
            ["applied", "live for=30m prune=disabled", "keep: asks to stay"],
            ["applied", "live for=30m stripped", "disown: no longer carries our mark"],
        ],
    );
    of_map(
        &Options { destroy: true, ..at(1000) },
        &[
            ["applied", "live for=30m", "delete: environment destroyed"],
            ["kept until=9999", "live for=30m", "delete: environment destroyed"],
        ],
    );
    // A resync ends what a deploy began, and begins nothing of its own.
    of_map(
        &Options { drift_only: true, ..at(1000) },
        &[
            ["applied", "live for=30m", "pending: removed from git, not deployed yet"],
            ["kept", "live for=30m", "pending: removed from git, not deployed yet"],
            ["kept until=1060", "live for=1h", "keep: removed from git, stays for 1 more minute"],
            ["kept until=1000", "live for=30m", "delete: removed from git"],
        ],
    );
}

#[test]
fn a_run_that_looks_for_drift_looks_at_what_is_kept_for_a_while_and_at_nothing_else_that_is_gone() {
    let options = Options { drift_only: true, ..Options::default() };
    let inventory = inventory(&[(MAP, "kept until=5"), ("Secret/shop/web", "kept")]);
    let asked = survey(&desired(&[("cart", &[], &[])]), Some(&inventory), &options);
    assert_eq!(asked.into_keys().collect::<Vec<_>>(), [id(MAP)]);
}

#[test]
fn until_when_something_stays_is_in_the_plan_and_never_put_off() {
    let inventory = inventory(&[(MAP, "applied"), ("Secret/shop/web", "kept until=1600")]);
    let observed = observed(&[(MAP, "live for=30m"), ("Secret/shop/web", "live for=30m")]);
    let options = Options { now: 1000, ..Options::default() };
    let desired = desired(&[("cart", &[], &[])]);
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, &options);
    let until: Vec<_> = plan.kept_until.into_iter().collect();
    assert_eq!(until, [(id(MAP), 2800), (id("Secret/shop/web"), 1600)]);
    assert_eq!(plan.noted, [id("Secret/shop/web")].into());
}

#[test]
fn what_asks_to_stay_is_kept() {
    of_map(
        &Options::default(),
        &[
            ["applied", "live prune=disabled", "keep: asks to stay"],
            ["applied", "live policy=keep", "keep: asks to stay"],
            ["kept", "live policy=keep", "keep: asks to stay"],
            ["intent uid=", "live policy=keep", "keep: asks to stay"],
            ["applied", "live prune=enabled", "delete: removed from git"],
            ["applied", "live prune=disabled stripped", "disown: no longer carries our mark"],
        ],
    );
}

#[test]
fn what_no_one_looked_at_stays_as_it_is() {
    of_map(&Options::default(), &[["applied", "-", "unchanged: nobody looked at it"]]);
}

#[test]
fn what_is_in_a_namespace_that_is_gone_is_gone() {
    let observed =
        Observed { missing_namespaces: ["shop".to_owned()].into(), ..Observed::default() };
    let inventory = inventory(&[(MAP, "applied")]);
    let plan = plan(&identity(), &desired(&[]), Some(&inventory), &observed, &Options::default());
    assert_eq!(shown(&plan, MAP), "forget: is gone already");
}

#[test]
fn what_is_of_a_kind_that_is_not_served_stays_recorded() {
    let observed = Observed {
        unserved: [("example.com".to_owned(), "Widget".to_owned())].into(),
        ..Observed::default()
    };
    let name = "Widget.example.com/shop/web";
    for (phase, is_nothing) in [("applied", false), ("unserved", true), ("foreign", true)] {
        let inventory = inventory(&[(name, phase)]);
        let plan =
            plan(&identity(), &desired(&[]), Some(&inventory), &observed, &Options::default());
        assert_eq!(shown(&plan, name), "unserved: its kind is not served any more");
        assert_eq!(plan.noted.contains(&id(name)), is_nothing);
        assert_eq!(plan.is_nothing(), is_nothing);
    }
}

#[test]
fn what_is_disowned_or_kept_is_written_once() {
    let cases = [
        ("applied", "live uid=u2", false),
        ("foreign", "live uid=u2", true),
        ("applied", "live policy=keep", false),
        ("kept", "live policy=keep", true),
        ("kept", "live", false),
        ("foreign", "absent", false),
    ];
    for (entry, sight, is_nothing) in cases {
        let inventory = inventory(&[(MAP, entry)]);
        let observed = observed(&[(MAP, sight)]);
        let plan =
            plan(&identity(), &desired(&[]), Some(&inventory), &observed, &Options::default());
        assert_eq!(plan.is_nothing(), is_nothing, "{entry}, {sight}");
    }
}

#[test]
fn destroying_deletes_what_git_has() {
    let options = Options { destroy: true, ..Options::default() };
    let cases = [
        ["applied", "live", "delete: environment destroyed"],
        ["applied", "live terminating", "delete: is being deleted"],
        ["applied", "live policy=keep", "keep: asks to stay"],
        ["applied", "live uid=u2", "disown: was made again by others"],
        ["applied", "absent", "forget: is gone already"],
        ["-", "-", "nothing"],
    ];
    run(MAP, &desired(&[("cart", &[], &[MAP])]), &options, &cases);
}

#[test]
fn a_drift_only_run_deletes_nothing() {
    let options = Options { drift_only: true, ..Options::default() };
    let pending = "pending: removed from git, not deployed yet";
    of_map(&options, &[["applied", "-", pending], ["applied", "live", pending]]);
}

//! Services that are left alone.

use super::{
    Options, apps, desired, exchange, id, identity, inventory, object, observed, plan, shown,
};
use crate::desired::{Desired, NAMESPACES, Wanted};
use crate::observed::Observed;
use crate::plan::Plan;
use std::sync::Arc;

const BAD: &str = "ConfigMap/shop/bad";
const GOOD: &str = "ConfigMap/shop/good";
const OLD: &str = "ConfigMap/shop/old";
const ITS: &str = "ConfigMap/shop/its";
const OTHER: &str = "ConfigMap/shop/other";
const WIDGET: &str = "Widget.example.com/shop/web";
const CRD: &str = "CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com";

fn unasked(desired: &Desired, observed: &Observed, options: &Options) -> Plan {
    plan(&identity(), desired, None, observed, options)
}

fn blocked(plan: &Plan) -> Vec<String> {
    plan.blocked
        .iter()
        .map(|(service, causes)| format!("{service}: {}", causes.join("; ")))
        .collect()
}

#[test]
fn a_refused_object_blocks_its_service_and_those_that_depend_on_it() {
    let desired = desired(&[
        ("bystander", &[], &[OTHER]),
        ("cart", &[], &[BAD, GOOD]),
        ("shop", &["cart"], &[ITS]),
        ("tills", &["shop", "bystander"], &["ConfigMap/shop/tills", "ConfigMap/shop/same"]),
    ]);
    let inventory = inventory(&[
        (OLD, "applied"),
        ("ConfigMap/shop/same", "applied service=tills"),
        ("ConfigMap/shop/gone", "applied service=gone"),
    ]);
    let observed =
        observed(&[(BAD, "absent rejected"), (OLD, "live"), ("ConfigMap/shop/gone", "live")]);
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, &Options::default());
    assert_eq!(
        blocked(&plan),
        [
            "cart: `ConfigMap/shop/bad` (web.yaml:3): is bad",
            "shop: `cart`, on which it depends, is blocked",
            "tills: `shop`, on which it depends, is blocked",
        ]
    );
    assert_eq!(shown(&plan, BAD), "blocked: is bad");
    for name in [GOOD, OLD, ITS, "ConfigMap/shop/tills"] {
        assert_eq!(shown(&plan, name), "blocked: its service is blocked", "{name}");
    }
    assert_eq!(shown(&plan, "ConfigMap/shop/same"), "unchanged");
    assert_eq!(shown(&plan, OTHER), "create: new");
    assert_eq!(shown(&plan, "ConfigMap/shop/gone"), "delete: removed from git");
    assert!(!plan.is_nothing());
}

#[test]
fn an_object_that_moved_out_of_a_blocked_service_goes_on() {
    let desired = desired(&[("basket", &[], &[OTHER]), ("cart", &[], &[BAD])]);
    let inventory = inventory(&[(OTHER, "applied")]);
    let observed = observed(&[(BAD, "absent rejected"), (OTHER, "live accepted")]);
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, &Options::default());
    assert_eq!(shown(&plan, OTHER), "update: moved from cart");
}

#[test]
fn a_service_outside_the_selection_blocks_none() {
    let desired = desired(&[("cart", &[], &[BAD]), ("shop", &["cart"], &[ITS])]);
    let observed = observed(&[(BAD, "absent rejected")]);
    let plan = unasked(&desired, &observed, &apps(&["shop"]));
    assert_eq!(shown(&plan, ITS), "create: new");
    let plan = unasked(&desired, &observed, &apps(&["cart"]));
    assert_eq!(blocked(&plan), ["cart: `ConfigMap/shop/bad` (web.yaml:3): is bad"]);
}

#[test]
fn all_causes_are_told() {
    let mut desired = desired(&[("cart", &["shop"], &[BAD]), ("shop", &["cart"], &[ITS])]);
    let mut wanted = super::wanted(GOOD, "d1");
    let object = Arc::make_mut(&mut wanted.object);
    (object.source, object.line) = (String::new(), 0);
    desired.services.get_mut("cart").unwrap().objects.push(wanted);
    let observed = observed(&[(BAD, "absent rejected"), (GOOD, "absent rejected")]);
    let plan = unasked(&desired, &observed, &Options::default());
    assert_eq!(
        plan.blocked["cart"],
        [
            "`ConfigMap/shop/bad` (web.yaml:3): is bad",
            "`ConfigMap/shop/good`: is bad",
            "`shop`, on which it depends, is blocked",
        ]
    );
}

fn unserved() -> Observed {
    Observed {
        unserved: [("example.com".to_owned(), "Widget".to_owned())].into(),
        ..Observed::default()
    }
}

fn with_definition(service: &str, versions: &str) -> Desired {
    let mut desired = desired(&[("cart", &[], &[WIDGET]), ("platform", &[], &[])]);
    let rest =
        format!("spec: {{group: example.com, names: {{kind: Widget}}, versions: {versions}}}");
    let wanted = Wanted::new(object(CRD, "v1", &rest), "d1".to_owned());
    desired.services.get_mut(service).unwrap().objects.push(wanted);
    desired
}

const NOT_SERVED: &str = "blocked: `widget.example.com/v1` is not served by the cluster";

#[test]
fn a_kind_that_is_not_served_blocks_unless_its_definition_comes_along() {
    let alone = desired(&[("cart", &[], &[WIDGET])]);
    let plan_of = |desired: &Desired| unasked(desired, &unserved(), &Options::default());
    assert_eq!(shown(&plan_of(&alone), WIDGET), NOT_SERVED);
    for service in ["cart", "platform"] {
        let plan = plan_of(&with_definition(service, "[{name: v1beta1}, {name: v1}]"));
        assert_eq!(shown(&plan, WIDGET), "create: new");
    }
    let plan = plan_of(&with_definition("platform", "[{name: v1beta1}]"));
    assert_eq!(shown(&plan, WIDGET), NOT_SERVED);
}

#[test]
fn a_definition_of_a_blocked_or_unselected_service_does_not_count() {
    let desired = with_definition("platform", "[{name: v1}]");
    let mut observed = observed(&[(CRD, "absent rejected")]);
    observed.unserved = unserved().unserved;
    let plan = unasked(&desired, &observed, &Options::default());
    assert_eq!(shown(&plan, WIDGET), NOT_SERVED);
    let plan = unasked(&desired, &unserved(), &apps(&["cart"]));
    assert_eq!(shown(&plan, WIDGET), NOT_SERVED);
    // The definition itself is fine, and its service is blocked by another object.
    let mut desired = desired;
    desired.services.get_mut("platform").unwrap().objects.push(super::wanted(BAD, "d1"));
    let mut observed = super::observed(&[(BAD, "absent rejected")]);
    observed.unserved = unserved().unserved;
    let plan = unasked(&desired, &observed, &Options::default());
    assert_eq!(shown(&plan, WIDGET), NOT_SERVED);
}

#[test]
fn a_version_that_is_not_served_blocks() {
    let observed = Observed {
        unserved_versions: [("example.com/v1".to_owned(), "Widget".to_owned())].into(),
        ..Observed::default()
    };
    let desired = desired(&[("cart", &[], &[WIDGET])]);
    assert_eq!(shown(&unasked(&desired, &observed, &Options::default()), WIDGET), NOT_SERVED);
}

#[test]
fn a_namespace_that_is_missing_blocks_unless_it_comes_along() {
    let missing =
        || Observed { missing_namespaces: ["shop".to_owned()].into(), ..Observed::default() };
    let plan_of = |desired: &Desired, options: &Options| unasked(desired, &missing(), options);
    let all = Options::default();
    let alone = desired(&[("cart", &[], &[GOOD])]);
    assert_eq!(shown(&plan_of(&alone, &all), GOOD), "blocked: namespace `shop` does not exist");
    let made = desired(&[("cart", &[], &[GOOD]), (NAMESPACES, &[], &["Namespace/shop"])]);
    let plan = plan_of(&made, &all);
    assert_eq!(shown(&plan, GOOD), "create: new");
    assert_eq!(shown(&plan, "Namespace/shop"), "create: needed");
    let wanted = desired(&[("cart", &[], &[GOOD]), ("platform", &[], &["Namespace/shop"])]);
    assert_eq!(shown(&plan_of(&wanted, &all), GOOD), "create: new");
    assert_eq!(
        shown(&plan_of(&wanted, &apps(&["cart"])), GOOD),
        "blocked: namespace `shop` does not exist, and `platform`, which makes it, is blocked or \
         not part of this run"
    );
}

#[test]
fn what_is_pending_blocks_nothing() {
    let options = Options { drift_only: true, ..Options::default() };
    let desired = desired(&[("cart", &[], &[WIDGET, GOOD])]);
    let inventory = inventory(&[(GOOD, "applied")]);
    let mut observed = observed(&[(GOOD, "live drifted accepted")]);
    observed.unserved = unserved().unserved;
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, &options);
    assert_eq!(shown(&plan, WIDGET), "pending: not deployed yet");
    assert!(shown(&plan, GOOD).starts_with("drifted"));
}

#[test]
fn what_needs_an_object_of_a_blocked_service_is_blocked_unless_that_one_stays_as_it_is() {
    let mut desired = desired(&[
        ("cart", &[], &[BAD, GOOD]),
        ("shop", &[], &["Job.batch/shop/its", OTHER]),
        ("tills", &["shop"], &["ConfigMap/shop/tills"]),
    ]);
    let said = "metadata: {annotations: {molave.dev/depends-on: ConfigMap/good}}";
    let name = "Job.batch/shop/its";
    exchange(&mut desired.services.get_mut("shop").unwrap().objects[0], object(name, "v1", said));
    let observed = observed(&[(BAD, "absent rejected")]);
    let plan_of = |entries: &[(&str, &str)]| {
        let inventory = inventory(entries);
        plan(&identity(), &desired, Some(&inventory), &observed, &Options::default())
    };
    assert_eq!(
        blocked(&plan_of(&[])),
        [
            "cart: `ConfigMap/shop/bad` (web.yaml:3): is bad",
            "shop: `Job.batch/shop/its` (web.yaml:3): it needs `ConfigMap/shop/good`, which is blocked",
            "tills: `shop`, on which it depends, is blocked",
        ]
    );
    let plan = plan_of(&[(GOOD, "applied")]);
    assert_eq!(shown(&plan, name), "create: new");
    assert_eq!(shown(&plan, BAD), "blocked: is bad");
}

#[test]
fn what_we_lack_a_right_for_blocks_its_service_wanted_or_not() {
    let desired =
        desired(&[("cart", &[], &[GOOD]), ("web", &[], &[OTHER]), ("shop", &["web"], &[ITS])]);
    let inventory = inventory(&[(OLD, "applied"), (OTHER, "applied service=web")]);
    let lack = |name: &str, sights: &[(&str, &str)]| {
        let mut observed = observed(sights);
        observed.lacking.insert(id(name), "no right".to_owned());
        plan(&identity(), &desired, Some(&inventory), &observed, &Options::default())
    };
    let sights = [(OLD, "live"), (OTHER, "live")];
    // What may not be deleted.
    let plan = lack(OLD, &sights);
    assert_eq!(blocked(&plan), ["cart: `ConfigMap/shop/old`: no right"]);
    assert_eq!(shown(&plan, OLD), "blocked: no right");
    assert_eq!(shown(&plan, GOOD), "blocked: its service is blocked");
    assert_eq!(shown(&plan, ITS), "create: new");
    // What may not even be looked at is not taken for gone.
    let plan = lack(OLD, &[(OTHER, "live"), (OLD, "absent")]);
    assert_eq!(shown(&plan, OLD), "blocked: no right");
    let plan = lack(OLD, &[(OTHER, "live")]);
    assert_eq!(shown(&plan, OLD), "blocked: no right");
    // What may not be applied, though the server had no other objection.
    let plan = lack(OTHER, &sights);
    let expected = [
        "shop: `web`, on which it depends, is blocked",
        "web: `ConfigMap/shop/other` (web.yaml:3): no right",
    ];
    assert_eq!(blocked(&plan), expected);
    assert_eq!(shown(&plan, OLD), "delete: removed from git");
}

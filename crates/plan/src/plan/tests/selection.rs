//! What a selection of services leaves out.

use super::{Options, apps, desired, identity, inventory, observed, plan, shown};
use crate::plan::Action;

const A: &str = "ConfigMap/shop/a";
const B: &str = "ConfigMap/shop/b";
const C: &str = "ConfigMap/shop/c";
const D: &str = "ConfigMap/shop/d";

/// `cart` and `basket` are in Git; `gone` is not. A moved from `cart` to `basket`, B from `gone`
/// to `cart`; C was dropped by `cart`, D by `gone`.
fn cases(options: &Options) -> [String; 4] {
    let desired = desired(&[("basket", &[], &[A]), ("cart", &[], &[B])]);
    let gone = "applied service=gone";
    let inventory = inventory(&[(A, "applied"), (B, gone), (C, "applied"), (D, gone)]);
    let observed = observed(&[(A, "live"), (B, "live"), (C, "live"), (D, "live")]);
    let plan = plan(&identity(), &desired, Some(&inventory), &observed, options);
    [A, B, C, D].map(|name| shown(&plan, name))
}

const NOTHING: &str = "nothing";
const DELETE: &str = "delete: removed from git";

#[test]
fn without_a_selection_everything_is_in_the_plan() {
    let expected = ["update: moved from cart", "update: moved from gone", DELETE, DELETE];
    assert_eq!(cases(&Options::default()), expected);
}

#[test]
fn an_object_that_moved_to_an_unselected_service_is_left_alone() {
    assert_eq!(cases(&apps(&["cart"])), [NOTHING, "update: moved from gone", DELETE, NOTHING]);
}

#[test]
fn an_object_that_moved_in_is_applied() {
    assert_eq!(cases(&apps(&["basket"])), ["update: moved from cart", NOTHING, NOTHING, NOTHING]);
}

#[test]
fn a_service_that_is_gone_from_git_can_be_selected() {
    assert_eq!(cases(&apps(&["gone"])), [NOTHING, NOTHING, NOTHING, DELETE]);
}

#[test]
fn destroying_a_selection_spares_what_git_has_and_makes_nothing() {
    let options = Options { destroy: true, ..apps(&["basket", "cart"]) };
    assert_eq!(cases(&options), [NOTHING, NOTHING, "delete: environment destroyed", NOTHING]);
}

#[test]
fn the_numbers_are_those_of_the_whole_environment() {
    let desired = desired(&[("_namespaces", &[], &["Namespace/shop"]), ("cart", &[], &[A, B])]);
    let namespace = ("Namespace/shop", "applied service=_namespaces");
    let inventory = inventory(&[(A, "applied"), (B, "applied"), (C, "applied"), namespace]);
    let plan_of =
        |options: &Options| plan(&identity(), &desired, Some(&inventory), &observed(&[]), options);
    let of_basket = plan_of(&apps(&["basket"]));
    assert_eq!((of_basket.recorded, of_basket.desired), (3, 2));
    let destroyed = plan_of(&Options { destroy: true, ..Options::default() });
    assert_eq!((destroyed.recorded, destroyed.desired), (3, 0));
    assert!(destroyed.changes.iter().all(|change| change.action == Action::Unchanged));
}

//! What a sync does when nothing goes wrong: first run, no-op, update, deletion, order, selection.

use crate::plane::eventually;
use crate::shop::{Shop, config_map, deployment};

#[test]
fn a_first_sync_makes_everything_and_a_second_does_nothing() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 2)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]).says("3 to create").says("3 created");
    let uid = shop.uid("deployment", "cart");
    assert_eq!(shop.phase("/cart").as_deref(), Some("applied"));
    shop.synced(&[]).says("3 unchanged").says("nothing to do");
    assert_eq!(shop.uid("deployment", "cart"), uid);
}

#[test]
fn a_change_is_applied_and_what_leaves_git_is_deleted() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &format!("{}{}", config_map("web", "1"), config_map("old", "1")));
    shop.synced(&[]);
    let uid = shop.uid("configmap", "web");
    shop.service("web", &config_map("web", "2"));
    shop.synced(&[]).says("1 to delete, 1 to update, 1 unchanged");
    assert_eq!(shop.live("configmap", "web").expect("web")["data"]["value"], "2");
    assert_eq!(shop.uid("configmap", "web"), uid);
    assert!(shop.live("configmap", "old").is_none());
    assert_eq!(shop.phase("/old"), None);
    shop.remove("cart");
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live("configmap", "cart").is_none());
}

#[test]
fn waiting_ends_when_everything_is_ready() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &deployment("cart", 2));
    shop.synced(&["--wait", "--timeout", "60s"]).says("ready Deployment.apps");
    let ready = || shop.live("deployment", "cart").expect("cart")["status"]["readyReplicas"] == 2;
    assert!(ready());
    shop.run(&["wait", "test"]).expect(0);
    eventually("still ready", ready);
}

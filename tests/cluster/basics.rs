//! What a sync does when nothing goes wrong: first run, no-op, update, deletion, order, selection.

use crate::deletion::never_ready;
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

#[test]
fn after_a_run_that_failed_one_with_nothing_to_do_records_that_all_is_done() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &never_ready("cart"));
    shop.sync(&["--wait", "--timeout", "1s"]).expect(5);
    assert_eq!(shop.state()["runs"][0]["phase"], "failed");
    shop.synced(&[]).says("nothing to do");
    assert_eq!(shop.state()["runs"][0]["phase"], "succeeded");
    let run = shop.state()["runs"][0]["id"].clone();
    shop.synced(&[]).says("nothing to do");
    assert_eq!(shop.state()["runs"][0]["id"], run);
}

#[test]
fn every_character_arrives_as_it_was_written() {
    let Some(shop) = Shop::open() else { return };
    let text = "\u{1}\t\u{1f}\u{7f}\u{80}\u{85}\u{9f}\u{a0}\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}😀\u{10ffff}end";
    let value = serde_json::Value::from(text).to_string();
    // What YAML does not take as it is, its source has to escape too.
    let escaped: String = value
        .chars()
        .map(|letter| match u32::from(letter) {
            0x7f..=0x9f | 0x2028 | 0x2029 | 0xfeff | 0xfffe | 0xffff => {
                format!("\\u{:04x}", u32::from(letter))
            }
            _ => letter.to_string(),
        })
        .collect();
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: odd, annotations: {{odd: {escaped}}}}}\ndata: {{odd: {escaped}}}\n"
    );
    shop.service("web", &map);
    shop.synced(&[]).says("1 created");
    let live = shop.live("configmap", "odd").expect("the ConfigMap");
    assert_eq!(live["data"]["odd"], text);
    assert_eq!(live["metadata"]["annotations"]["odd"], text);
    shop.synced(&["--full"]).says("1 unchanged");
}

//! Jobs: they run once for each content, whoever removes them afterwards.

use crate::plane::eventually;
use crate::shop::{Shop, config_map};

/// A Job; its pods complete by themselves.
fn job(name: &str, settings: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  {settings}\n  template:\n    \
         spec:\n      restartPolicy: Never\n      containers: [{{name: main, image: example.com/migrate:1}}]\n"
    )
}

const PASSING: &str = "ttlSecondsAfterFinished: 0";
const STAYING: &str = "backoffLimit: 2";

impl Shop {
    fn wait_until_gone(&self, job: &str) {
        eventually("the Job is gone", || self.live("job", job).is_none());
    }
}

#[test]
fn a_job_that_its_ttl_removed_is_not_made_again() {
    let Some(shop) = Shop::open() else { return };
    shop.service("migrate", &job("migrate", PASSING));
    shop.synced(&[]).says("1 created");
    shop.wait_until_gone("migrate");
    assert_eq!(shop.phase("/migrate").as_deref(), Some("applied"));
    for arguments in [&[][..], &["--full"], &["--full", "--drift-only"], &["--full", "--wait"]] {
        shop.synced(arguments).says("nothing to do").says("1 unchanged");
        assert!(shop.live("job", "migrate").is_none(), "{arguments:?}");
    }
}

#[test]
fn a_job_that_its_ttl_removed_during_a_wait_is_done_and_not_made_again() {
    let Some(shop) = Shop::open() else { return };
    shop.service("migrate", &job("migrate", PASSING));
    shop.synced(&["--wait", "--timeout", "60s"]);
    shop.wait_until_gone("migrate");
    assert_eq!(shop.phase("/migrate").as_deref(), Some("done"));
    shop.synced(&["--full", "--wait"]).says("nothing to do");
    shop.run(&["wait", "test"]).expect(0);
    assert!(shop.live("job", "migrate").is_none());
    // Another content is another run.
    shop.service("migrate", &job("migrate", "ttlSecondsAfterFinished: 600"));
    shop.synced(&["--wait", "--timeout", "60s"]).says("1 created");
    assert!(shop.live("job", "migrate").is_some());
}

#[test]
fn a_completed_job_is_done_after_a_wait_and_stays_alone() {
    let Some(shop) = Shop::open() else { return };
    shop.service("migrate", &job("migrate", STAYING));
    shop.synced(&["--wait", "--timeout", "60s"]).says("ready Job.batch");
    assert_eq!(shop.phase("/migrate").as_deref(), Some("done"));
    let version = shop.version("job", "migrate");
    shop.synced(&["--full"]).says("nothing to do");
    assert_eq!(shop.version("job", "migrate"), version);
    // It completed with the content that is wanted: deleting it by hand is no reason to run it.
    shop.plane.delete("job", &shop.namespace, "migrate");
    shop.synced(&["--full"]).says("nothing to do");
    assert!(shop.live("job", "migrate").is_none());
}

#[test]
fn a_job_without_ttl_that_was_deleted_by_hand_is_made_again_by_a_full_run_only() {
    let Some(shop) = Shop::open() else { return };
    let stuck = format!("{}      nodeSelector: {{no: node}}\n", job("migrate", STAYING));
    shop.service("migrate", &stuck);
    shop.synced(&[]);
    let uid = shop.uid("job", "migrate");
    shop.plane.delete("job", &shop.namespace, "migrate");
    shop.synced(&[]).says("nothing to do");
    assert!(shop.live("job", "migrate").is_none());
    shop.synced(&["--full"]).says("was deleted by others").says("1 created");
    assert_ne!(shop.uid("job", "migrate"), uid);
}

#[test]
fn a_job_of_a_new_name_is_made_and_the_old_one_deleted() {
    let Some(shop) = Shop::open() else { return };
    shop.service("migrate", &format!("{}{}", job("migrate-1a", STAYING), config_map("with", "1")));
    shop.synced(&["--wait", "--timeout", "60s"]);
    shop.service("migrate", &format!("{}{}", job("migrate-2b", STAYING), config_map("with", "1")));
    shop.synced(&["--wait", "--timeout", "60s"]).says("1 created, 1 deleted");
    assert!(shop.live("job", "migrate-1a").is_none());
    assert!(shop.live("job", "migrate-2b").is_some());
    assert_eq!(shop.phase("/migrate-1a"), None);
    assert_eq!(shop.phase("/migrate-2b").as_deref(), Some("done"));
    // The pods of the old one went with it.
    let pods = shop.kubectl(&["get", "pods", "--output=name"]);
    assert!(!pods.contains("migrate-1a"), "{pods}");
}

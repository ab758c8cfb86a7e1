//! Hooks of charts that became ordinary objects: they still run before or after the rest.

use crate::shop::{Shop, deployment};

/// A Job with the annotations of a hook; its pods complete by themselves, unless no node is theirs.
fn hook(name: &str, event: &str, weight: i64, nodes: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  annotations: {{helm.sh/hook: {event:?}, \
         helm.sh/hook-weight: \"{weight}\"}}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
         nodeSelector: {{{nodes}}}\n      containers: [{{name: main, image: example.com/{name}:1}}]\n"
    )
}

impl Shop {
    /// When an object was made, in whole seconds, as text that can be compared.
    pub(crate) fn made(&self, kind: &str, name: &str) -> String {
        let live = self.live(kind, name).unwrap_or_else(|| panic!("no {kind} {name}"));
        live["metadata"]["creationTimestamp"].as_str().expect("a time").to_owned()
    }

    fn completed(&self, job: &str) -> String {
        let live = self.live("job", job).unwrap_or_else(|| panic!("no job {job}"));
        live["status"]["completionTime"].as_str().unwrap_or("never").to_owned()
    }
}

#[test]
fn hooks_run_by_weight_and_each_to_its_end() {
    let Some(shop) = Shop::open() else { return };
    let manifests = [
        hook("announce", "post-install,post-upgrade", 0, ""),
        hook("fill", "pre-install, pre-upgrade", 5, ""),
        hook("make", "pre-install", -5, ""),
        deployment("web", 1),
    ];
    shop.service("web", &manifests.concat());
    shop.synced(&["--timeout", "60s"]).says("4 created");
    assert!(shop.completed("make") <= shop.made("job", "fill"));
    assert!(shop.completed("fill") <= shop.made("deployment", "web"));
    assert!(shop.made("deployment", "web") <= shop.made("job", "announce"));
    assert_ne!(shop.completed("announce"), "never");
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn what_comes_after_a_hook_that_does_not_end_is_not_applied() {
    let Some(shop) = Shop::open() else { return };
    let stuck = hook("migrate", "pre-upgrade", 0, "no: node");
    shop.service("web", &[stuck.as_str(), &deployment("web", 1)].concat());
    shop.service("other", &deployment("other", 1));
    let run = shop.sync(&["--timeout", "3s"]);
    assert!(matches!(run.code, 1 | 5), "{}", run.stderr);
    run.says("migrate");
    assert!(shop.live("deployment", "web").is_none());
    assert!(shop.live("deployment", "other").is_some());
    // A run that finds the hook as it left it waits for it too.
    shop.sync(&["--timeout", "3s"]).says("migrate");
    assert!(shop.live("deployment", "web").is_none());
}

//! What keeps a run from beginning: the wrong cluster, an older commit, a record that is lost,
//! broken or somebody else's, nobody to ask, nothing to reach, no rights.

use crate::shop::{STATE, Shop, config_map, deployment, unique};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The UID of no cluster.
const ELSEWHERE: &str = "00000000-0000-4000-8000-000000000000";

/// Longer than it takes to find out that nothing answers.
const SOON: Duration = Duration::from_secs(15);

impl Shop {
    /// The UID of the cluster.
    pub(crate) fn cluster(&self) -> String {
        let namespace = self.plane.get_json("namespace", "", "kube-system").expect("kube-system");
        namespace["metadata"]["uid"].as_str().expect("a UID").to_owned()
    }

    /// A project that keeps its state in a namespace of its own, which is not there.
    fn apart(settings: &str) -> Option<(Self, String)> {
        let shop = Self::open()?;
        let state = unique("state");
        shop.configure(&[("test", &format!("    state: {{namespace: {state}}}\n{settings}"))]);
        shop.service("cart", &config_map("cart", "1"));
        Some((shop, state))
    }

    /// The header of the state.
    fn header(&self) -> String {
        self.parent().expect("a state")["data"]["state"].as_str().expect("text").to_owned()
    }

    /// Runs `git` in the project's folder.
    fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    /// Commits everything, and gives the commit.
    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "gc.auto=0"];
    let mut command = Command::new("git");
    let output = command.args(identity).args(arguments).current_dir(folder).output();
    let output = output.expect("git runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {}: {complaint}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

#[test]
fn in_another_cluster_than_the_pinned_one_nothing_at_all_is_written() {
    let Some((shop, state)) = Shop::apart(&format!("    cluster: {ELSEWHERE}\n")) else { return };
    let commands: [&[&str]; 6] = [
        &["sync", "test", "--yes"],
        &["sync", "test", "--yes", "--first", "--adopt", "--full", "--allow-older"],
        &["sync", "test", "--dry-run"],
        &["destroy", "test", "--yes"],
        &["destroy", "test", "--dry-run"],
        &["state", "rebuild", "test", "--yes"],
    ];
    for command in commands {
        shop.run(command).expect(3).says(ELSEWHERE).says(&shop.cluster()).says("--context");
        assert!(shop.plane.get_json("namespace", "", &state).is_none(), "{command:?}");
        assert!(shop.live("configmap", "cart").is_none(), "{command:?}");
    }
}

#[test]
fn pinned_later_to_another_cluster_what_is_there_stays_as_it_is() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.synced(&[]);
    let before = (shop.parent(), shop.live("configmap", "cart"));
    shop.configure(&[("test", &format!("    cluster: {ELSEWHERE}\n"))]);
    shop.service("cart", &config_map("cart", "2"));
    for command in [["sync", "test", "--yes"], ["destroy", "test", "--yes"]] {
        shop.run(&command).expect(3).says(ELSEWHERE);
        assert_eq!((shop.parent(), shop.live("configmap", "cart")), before);
    }
}

#[test]
fn in_the_pinned_cluster_a_first_run_needs_no_other_word() {
    let Some(shop) = Shop::open() else { return };
    shop.configure(&[("test", &format!("    cluster: {}\n", shop.cluster()))]);
    shop.service("cart", &config_map("cart", "1"));
    shop.run(&["sync", "test", "--yes"]).expect(0).says("1 created");
}

#[test]
fn without_a_pin_a_first_run_must_be_said_to_be_one() {
    let Some((shop, state)) = Shop::apart("") else { return };
    for arguments in [["sync", "test", "--yes"], ["sync", "test", "--dry-run"]] {
        shop.run(&arguments)
            .expect(3)
            .says(&format!("cluster: {}", shop.cluster()))
            .says("--first");
        // It may be the wrong cluster: not even the namespace of the state is made.
        assert!(shop.plane.get_json("namespace", "", &state).is_none());
        assert!(shop.live("configmap", "cart").is_none());
    }
    shop.run(&["sync", "test", "--yes", "--first"]).expect(0);
    shop.service("cart", &config_map("cart", "2"));
    shop.run(&["sync", "test", "--yes"]).expect(0).says("1 updated");
}

/// A project in a Git repository whose two commits have `cart` with 1 and with 2; the second is
/// deployed.
fn two_commits() -> Option<(Shop, [String; 2])> {
    let shop = Shop::open()?;
    shop.git(&["init", "--quiet", "--initial-branch=main"]);
    let commits = ["1", "2"].map(|value| {
        shop.service("cart", &config_map("cart", value));
        shop.commit()
    });
    shop.synced(&[]);
    Some((shop, commits))
}

fn value(shop: &Shop) -> String {
    let live = shop.live("configmap", "cart").expect("cart");
    live["data"]["value"].as_str().expect("text").to_owned()
}

#[test]
fn an_older_commit_is_refused_unless_it_is_meant() {
    let Some((shop, [older, newer])) = two_commits() else { return };
    assert_eq!(shop.state()["runs"][0]["commit"], *newer);
    shop.git(&["checkout", "--quiet", &older]);
    let before = shop.parent();
    for arguments in [&["--dry-run"][..], &[], &["--full"]] {
        shop.sync(arguments).expect(3).says(&older).says(&newer).says("--allow-older");
        assert_eq!(value(&shop), "2");
        assert_eq!(shop.parent(), before);
    }
    shop.synced(&["--allow-older"]).says("1 updated");
    assert_eq!(value(&shop), "1");
    assert_eq!(shop.state()["runs"][0]["commit"], *older);
    // From there, the newer one follows.
    shop.git(&["checkout", "--quiet", "main"]);
    shop.synced(&[]).says("1 updated");
}

#[test]
fn outside_git_nothing_is_recorded_and_nothing_compared() {
    let Some((shop, _)) = two_commits() else { return };
    std::fs::rename(shop.path().join(".git"), shop.path().join(".away")).expect("moved");
    shop.service("cart", &config_map("cart", "3"));
    shop.synced(&[]).says("1 updated");
    assert!(shop.state()["runs"][0]["commit"].is_null());
    // Where nothing is recorded, any commit is new.
    std::fs::rename(shop.path().join(".away"), shop.path().join(".git")).expect("moved");
    shop.git(&["checkout", "--quiet", "--force", "HEAD~1"]);
    shop.synced(&[]).says("1 updated");
    assert_eq!(value(&shop), "1");
}

#[test]
fn merged_commits_follow_and_unmerged_ones_do_not() {
    let Some((shop, _)) = two_commits() else { return };
    shop.git(&["checkout", "--quiet", "-b", "feature", "HEAD~1"]);
    shop.service("web", &config_map("web", "1"));
    let feature = shop.commit();
    shop.sync(&[]).expect(3).says(&feature).says("it is not in its history");
    assert!(shop.live("configmap", "web").is_none());
    shop.git(&["checkout", "--quiet", "main"]);
    shop.git(&["merge", "--quiet", "--no-ff", "--message", "merge", "feature"]);
    shop.synced(&[]).says("1 created");
    // What is deployed is a merge now; the branch that it took in is behind it.
    shop.git(&["checkout", "--quiet", "feature"]);
    shop.sync(&[]).expect(3).says("it is not in its history");
    assert_eq!(value(&shop), "2");
}

#[test]
fn going_back_by_a_revert_is_going_on() {
    let Some((shop, _)) = two_commits() else { return };
    shop.git(&["revert", "--no-edit", "HEAD"]);
    shop.synced(&[]).says("1 updated");
    assert_eq!(value(&shop), "1");
}

#[test]
fn a_history_that_was_rewritten_does_not_follow_what_was_deployed_of_it() {
    let Some((shop, [older, _])) = two_commits() else { return };
    shop.git(&["reset", "--quiet", "--hard", &older]);
    shop.service("cart", &config_map("cart", "3"));
    shop.commit();
    shop.sync(&[]).expect(3).says("it is not in its history");
    // In a new clone, what is deployed is not known at all.
    let from = format!("file://{}", shop.path().display());
    git(shop.path(), &["clone", "--quiet", &from, "clone"]);
    let sync = ["--directory", "clone", "sync", "test", "--yes"];
    shop.run(&sync).expect(3).says("is not in this repository").says("--allow-older");
    assert_eq!(value(&shop), "2");
    shop.run(&[&sync[..], &["--allow-older"]].concat()).expect(0).says("1 updated");
}

#[test]
fn a_clone_that_goes_back_to_what_is_deployed_is_deep_enough() {
    let Some((shop, _)) = two_commits() else { return };
    shop.service("cart", &config_map("cart", "3"));
    shop.commit();
    let from = format!("file://{}", shop.path().display());
    git(shop.path(), &["clone", "--quiet", "--depth=2", &from, "clone"]);
    let run = |command: &[&str]| shop.run(&[&["--directory", "clone"], command].concat());
    run(&["doctor", "test"]).expect(0).says("in a shallow clone");
    run(&["sync", "test", "--yes"]).expect(0).says("1 updated");
}

#[test]
fn a_shallow_clone_is_refused_because_it_cannot_tell() {
    let Some((shop, _)) = two_commits() else { return };
    shop.service("cart", &config_map("cart", "3"));
    shop.commit();
    let clone = shop.path().join("clone");
    let from = format!("file://{}", shop.path().display());
    let arguments = ["clone", "--quiet", "--depth=1", &from, clone.to_str().expect("UTF-8")];
    git(shop.path(), &arguments);
    let sync = |arguments: &[&str]| {
        let sync = ["--directory", "clone", "sync", "test", "--yes"];
        shop.run(&[&sync[..], arguments].concat())
    };
    for arguments in [&["--dry-run"][..], &[]] {
        sync(arguments).expect(3).says("shallow clone").says("--allow-older");
        assert_eq!(value(&shop), "2");
    }
    git(&clone, &["fetch", "--quiet", "--unshallow"]);
    sync(&[]).expect(0).says("1 updated");
    assert_eq!(value(&shop), "3");
}

#[test]
fn a_lost_record_refuses_the_run_until_it_is_restored() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.service("old", &config_map("old", "1"));
    shop.synced(&[]);
    let name = plan::marks::state_name(&shop.name, "test");
    shop.plane.delete("configmap", STATE, &name);
    // What leaves Git meanwhile is not forgotten.
    shop.remove("old");
    for arguments in [&["--dry-run"][..], &[], &["--app", "cart"], &["--adopt"]] {
        let run = shop.sync(arguments).expect(3).says("`molave state rebuild test`");
        run.says(&shop.id("ConfigMap/cart"))
            .says(&shop.id("Deployment.apps/cart"))
            .says(&shop.id("ConfigMap/old"));
        assert!(shop.parent().is_none());
        assert!(shop.live("configmap", "old").is_some());
    }
    let versions = || [shop.version("configmap", "cart"), generation(&shop)];
    let before = versions();
    shop.run(&["state", "rebuild", "test", "--yes"]).expect(0).says("3 objects");
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/old", "Deployment.apps/cart"]);
    shop.run(&["state", "rebuild", "test", "--yes"]).expect(2).says("there is a record");
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live("configmap", "old").is_none());
    assert_eq!(versions(), before, "applied again without a change");
    shop.holds_exactly(["ConfigMap/cart", "Deployment.apps/cart"]);
    shop.synced(&[]).says("nothing to do");
}

/// A Deployment's resource version moves with its status.
fn generation(shop: &Shop) -> String {
    shop.live("deployment", "cart").expect("cart")["metadata"]["generation"].to_string()
}

#[test]
fn where_nothing_carries_the_mark_there_is_no_record_to_restore() {
    let Some((shop, state)) = Shop::apart("") else { return };
    shop.run(&["state", "rebuild", "test", "--yes"]).expect(2).says("molave sync test");
    assert!(
        shop.plane
            .get_json("configmap", &state, &plan::marks::state_name(&shop.name, "test"))
            .is_none()
    );
}

#[test]
fn the_state_is_the_parent_of_an_apply_set_and_can_be_read() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &format!("{}{}", config_map("cart", "1"), deployment("cart", 1)));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    let parent = shop.parent().expect("a state");
    let metadata = &parent["metadata"];
    let (labels, annotations) = (&metadata["labels"], &metadata["annotations"]);
    assert_eq!(labels["applyset.kubernetes.io/id"], *shop.applyset());
    let tooling = annotations["applyset.kubernetes.io/tooling"].as_str().expect("the tool");
    assert!(tooling.starts_with("molave/"), "{tooling}");
    assert_eq!(
        annotations["applyset.kubernetes.io/contains-group-kinds"],
        "ConfigMap,Deployment.apps"
    );
    assert_eq!(annotations["applyset.kubernetes.io/additional-namespaces"], *shop.namespace);
    for (kind, name) in [("configmap", "cart"), ("configmap", "web"), ("deployment", "cart")] {
        let live = shop.live(kind, name).expect("live");
        assert_eq!(live["metadata"]["labels"]["applyset.kubernetes.io/part-of"], *shop.applyset());
    }
    // A person reads blocks of lines, not a string with escapes.
    let name = plan::marks::state_name(&shop.name, "test");
    let text =
        shop.plane.kubectl(&["get", "configmap", &name, "--namespace", STATE, "--output=yaml"]);
    for line in ["  service.cart: |\n", "  service.web: |\n", "  state: |\n"] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("\\n"), "{text}");
    for fact in [&shop.name, "project: ", "environment: test", &shop.cluster()] {
        assert!(text.contains(fact), "{fact} is not in\n{text}");
    }
}

/// What reads the state and must not go on when it cannot.
const READERS: [&[&str]; 8] = [
    &["sync", "test", "--yes", "--first", "--adopt", "--full"],
    &["sync", "test", "--dry-run"],
    &["destroy", "test", "--yes"],
    &["wait", "test"],
    &["state", "show", "test"],
    &["state", "rebuild", "test", "--yes"],
    &["state", "forget", "test", "ConfigMap/cart", "--yes"],
    &["adopt", "test", "--from", "kubectl", "--yes", "--first"],
];

fn deployed() -> Option<Shop> {
    let shop = Shop::open()?;
    shop.service("cart", &config_map("cart", "1"));
    shop.synced(&[]);
    shop.service("cart", &config_map("cart", "2"));
    Some(shop)
}

#[test]
fn a_state_of_a_newer_schema_is_left_alone() {
    let Some(shop) = deployed() else { return };
    let header = shop.header();
    assert!(header.contains("schema: 1\n"), "{header}");
    shop.edit_parent("state", &header.replace("schema: 1\n", "schema: 2\n"));
    let before = (shop.parent(), shop.live("configmap", "cart"));
    for command in READERS {
        shop.run(command).expect(2).says("schema").says("newer");
        assert_eq!((shop.parent(), shop.live("configmap", "cart")), before, "{command:?}");
    }
}

#[test]
fn a_state_that_cannot_be_read_is_left_alone() {
    let Some(shop) = deployed() else { return };
    let header = shop.header();
    let entries = shop.parent().expect("a state")["data"]["service.cart"].clone();
    let entries = entries.as_str().expect("text");
    let damages = [
        ("state", "}{"),
        ("state", ""),
        ("service.cart", "nonsense\n"),
        ("service.cart", &entries.replace("applied", "sideways")),
    ];
    for (key, damage) in damages {
        shop.edit_parent(key, damage);
        let before = (shop.parent(), shop.live("configmap", "cart"));
        for command in READERS {
            let name = plan::marks::state_name(&shop.name, "test");
            shop.run(command).expect(2).says("cannot read the state").says(&name);
            assert_eq!((shop.parent(), shop.live("configmap", "cart")), before, "{command:?}");
        }
        shop.edit_parent("state", &header);
        shop.edit_parent("service.cart", entries);
    }
    shop.synced(&[]).says("1 updated");
}

#[test]
fn a_state_that_was_copied_from_elsewhere_is_not_believed() {
    let Some(shop) = deployed() else { return };
    let header = shop.header();
    for (from, to) in [(shop.cluster().as_str(), ELSEWHERE), (shop.name.as_str(), "other")] {
        shop.edit_parent("state", &header.replace(from, to));
        let before = (shop.parent(), shop.live("configmap", "cart"));
        for command in &READERS[..3] {
            shop.run(command).expect(3).says("the recorded state is that of").says(to);
            assert_eq!((shop.parent(), shop.live("configmap", "cart")), before, "{command:?}");
        }
    }
    shop.edit_parent("state", &header);
    shop.synced(&[]).says("1 updated");
}

#[test]
fn all_refusals_are_told_at_once() {
    let Some((shop, [older, _])) = two_commits() else { return };
    let many: String = (0..3).map(|number| config_map(&format!("many-{number}"), "1")).collect();
    let claim = "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: disk}\nspec:\n  \
                 accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n";
    shop.service("many", &format!("{many}{claim}"));
    shop.commit();
    shop.synced(&[]);
    shop.git(&["checkout", "--quiet", &older]);
    shop.configure(&[("test", "    guards: {maxDeletions: 2}\n")]);
    shop.plane.apply(&shop.namespace, &config_map("theirs", "1"));
    shop.service("theirs", &config_map("theirs", "2"));
    for arguments in [&["--dry-run"][..], &[]] {
        let (run, report) = shop.reported(arguments);
        run.expect(3)
            .says("--adopt")
            .says("--allow-older")
            .says("--max-deletions")
            .says(&format!("PersistentVolumeClaim/{}/disk", shop.namespace));
        let refusals = report["refusals"].as_array().expect("a list").iter();
        let mut guards: Vec<&str> = refusals.filter_map(|one| one["guard"].as_str()).collect();
        guards.sort_unstable();
        assert_eq!(guards, ["foreign", "max-deletions", "older-commit", "protected"]);
    }
    assert!(shop.live("configmap", "many-0").is_some());
    assert!(shop.live("pvc", "disk").is_some());
}

#[test]
fn without_a_terminal_and_without_a_yes_nothing_is_done() {
    let Some((shop, state)) = Shop::apart("") else { return };
    let commands: [(&[&str], &str); 3] = [
        (&["sync", "test", "--first"], "`molave sync test --yes`"),
        (&["destroy", "test"], "`molave destroy test --yes`"),
        (&["state", "rebuild", "test"], "`molave state rebuild test --yes`"),
    ];
    for (command, hint) in commands {
        shop.run(command).expect(2).says("there is no terminal to ask on").says(hint);
        assert!(shop.plane.get_json("namespace", "", &state).is_none(), "{command:?}");
    }
    assert!(shop.live("configmap", "cart").is_none());
}

#[test]
fn an_environment_that_is_not_there_is_named_beside_those_that_are() {
    let Some(shop) = Shop::open() else { return };
    let commands: [&[&str]; 5] = [
        &["sync", "tset", "--yes"],
        &["sync", "tset", "--dry-run"],
        &["wait", "tset"],
        &["destroy", "tset", "--yes"],
        &["state", "show", "tset"],
    ];
    for command in commands {
        shop.run(command).expect(2).says("no environment `tset`").says("`test`");
    }
}

/// Every command that needs a cluster ends with 2 soon, and says this.
fn fails_soon(shop: &Shop, flags: &[&str], said: &[&str]) {
    let commands: [&[&str]; 5] = [
        &["sync", "test", "--yes", "--first"],
        &["sync", "test", "--dry-run"],
        &["wait", "test"],
        &["destroy", "test", "--yes"],
        &["state", "show", "test"],
    ];
    for command in commands {
        let begun = Instant::now();
        let run = shop.run(&[flags, command].concat()).expect(2);
        assert!(begun.elapsed() < SOON, "{command:?} took {:?}", begun.elapsed());
        said.iter().fold(run, |run, text| run.says(text)).never_says("panicked");
    }
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    let flags = ["--kubeconfig", "/nowhere/config"];
    fails_soon(&shop, &flags, &["there is no kubeconfig `/nowhere/config`", "--kubeconfig"]);
}

#[test]
fn an_unknown_context_is_told_beside_the_known_ones() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    fails_soon(&shop, &["--context", "nowhere"], &["`nowhere`", "`molave-test`"]);
}

#[test]
fn a_server_that_nobody_answers_at_is_named_within_seconds() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    let server = "https://127.0.0.1:1";
    let kubeconfig = shop.kubeconfig(|kubeconfig| {
        kubeconfig["clusters"][0]["cluster"]["server"] = server.into();
    });
    let kubeconfig = kubeconfig.to_str().expect("UTF-8");
    fails_soon(
        &shop,
        &["--kubeconfig", kubeconfig],
        &["cannot read the cluster", server, "refused"],
    );
}

//! Whose an object is: nothing that others made is touched, and nothing of ours is taken.

use crate::plane::{Plane, eventually};
use crate::shop::{STATE, Shop, config_map, unique};
use crate::witness::ended_within;
use std::time::Duration;

/// Somebody else's object of the name `cart`, and a project that wants one.
fn contested() -> Option<Shop> {
    let shop = Shop::open()?;
    shop.plane.apply(&shop.namespace, &config_map("cart", "theirs"));
    shop.service("cart", &format!("{}{}", config_map("cart", "ours"), config_map("other", "1")));
    shop.service("web", &config_map("web", "1"));
    Some(shop)
}

fn value(shop: &Shop, name: &str) -> Option<String> {
    Some(shop.live("configmap", name)?["data"]["value"].as_str()?.to_owned())
}

#[test]
fn made_by_hand_under_a_wanted_name_it_refuses_the_run_until_it_is_adopted() {
    let Some(shop) = contested() else { return };
    let before = shop.live("configmap", "cart");
    for arguments in [&["--dry-run"][..], &[], &["--app", "cart"]] {
        shop.sync(arguments)
            .expect(3)
            .says("1 object was made by others")
            .says(&shop.id("ConfigMap/cart"))
            .says("was made by `kubectl`")
            .says("`molave sync test --adopt`");
        // Not even what has nothing to do with it is made, nor is anything recorded.
        assert_eq!(shop.live("configmap", "cart"), before);
        assert!(shop.live("configmap", "other").is_none());
        assert!(shop.live("configmap", "web").is_none());
        assert!(!shop.has_state("test").contains(&"configmap"));
    }
    let uid = shop.uid("configmap", "cart");
    shop.sync(&["--adopt", "--dry-run"]).expect(0).says("1 to adopt");
    assert_eq!(shop.live("configmap", "cart"), before);
    shop.synced(&["--adopt"]).says("adopted");
    assert_eq!(shop.uid("configmap", "cart"), uid);
    assert_eq!(value(&shop, "cart").as_deref(), Some("ours"));
    shop.holds_exactly(["ConfigMap/cart", "ConfigMap/other", "ConfigMap/web"]);
    shop.synced(&[]).says("nothing to do");
    // From now on it is like any other.
    shop.remove("cart");
    shop.synced(&[]).says("2 deleted");
    assert!(shop.live("configmap", "cart").is_none());
    shop.holds_exactly(["ConfigMap/web"]);
}

#[test]
fn made_by_someone_else_while_a_run_is_about_to_make_it_it_is_theirs() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &config_map("web", "1"));
    shop.service("cart", &config_map("first", "1"));
    shop.synced(&[]);
    // The run waits for `first`, which somebody deleted, before it makes `second`.
    shop.hold("configmap", "first");
    let delete = ["delete", "configmap", "first", "--wait=false"];
    shop.plane.kubectl(&[&["--namespace", shop.namespace.as_str()], &delete[..]].concat());
    let later = "metadata: {annotations: {molave.dev/wave: '1'}, ";
    let second = config_map("second", "ours").replace("metadata: {", later);
    shop.service("cart", &format!("{}{second}", config_map("first", "2")));
    let mut run = shop.start(&["sync", "test", "--yes", "--timeout", "30s"]);
    eventually("the run has begun", || shop.phase("/second").as_deref() == Some("intent"));
    shop.plane.apply(&shop.namespace, &config_map("second", "theirs"));
    let uid = shop.uid("configmap", "second");
    shop.release("configmap", "first");
    assert_eq!(ended_within(&mut run, Duration::from_secs(20)), 1);
    assert_eq!(shop.phase("/second").as_deref(), Some("foreign"));
    assert_eq!(value(&shop, "first").as_deref(), Some("2"));
    // Wanted, it refuses the next run; out of Git, it stays.
    shop.sync(&[]).expect(3).says("1 object was made by others").says("`molave sync test --adopt`");
    shop.remove("cart");
    shop.synced(&[]);
    assert!(shop.live("configmap", "first").is_none());
    assert_eq!(shop.uid("configmap", "second"), uid);
    shop.synced(&[]).says("nothing to do");
}

#[test]
fn deleted_by_hand_and_made_again_by_someone_else_it_is_never_deleted_by_us() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "ours"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.plane.delete("configmap", &shop.namespace, "cart");
    shop.plane.apply(&shop.namespace, &config_map("cart", "theirs"));
    let theirs = shop.live("configmap", "cart");
    // While it is wanted, the run is refused, whether it looks at everything or has something new.
    shop.sync(&["--full"]).expect(3).says("was made again by `kubectl`").says("--adopt");
    shop.service("cart", &config_map("cart", "new"));
    shop.sync(&[]).expect(3).says("was made again by `kubectl`");
    assert_eq!(shop.live("configmap", "cart"), theirs);
    // Once it is not, it stays.
    shop.remove("cart");
    shop.synced(&["--dry-run"]).says("was made again by others");
    shop.synced(&[]);
    assert_eq!(shop.live("configmap", "cart"), theirs);
    shop.synced(&[]).says("nothing to do");
    shop.synced(&["--full"]);
    assert_eq!(shop.live("configmap", "cart"), theirs);
    let yes = ["destroy", "test", "--yes"];
    shop.run(&yes).expect(0);
    assert_eq!(shop.live("configmap", "cart"), theirs);
    assert!(shop.live("configmap", "web").is_none());
}

#[test]
fn made_again_by_a_copy_of_its_manifest_it_is_still_not_ours() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    // As from a backup: all our marks are there, and it is another object.
    let live = shop.live("configmap", "cart").expect("cart");
    let metadata = &live["metadata"];
    shop.plane.delete("configmap", &shop.namespace, "cart");
    let copy = serde_json::json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "cart", "labels": metadata["labels"], "annotations": metadata["annotations"],
        },
    });
    shop.plane.apply(&shop.namespace, &copy.to_string());
    shop.remove("cart");
    shop.synced(&[]);
    assert!(shop.live("configmap", "cart").is_some());
}

#[test]
fn without_our_label_it_is_not_deleted() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.merge(
        "configmap",
        "cart",
        &format!("{{\"metadata\":{{\"labels\":{{{:?}:null}}}}}}", plan::marks::PART_OF),
    );
    shop.remove("cart");
    shop.synced(&["--dry-run"]).says("no longer carries our mark");
    shop.synced(&[]);
    assert!(shop.live("configmap", "cart").is_some());
    shop.synced(&[]).says("nothing to do");
    shop.holds_exactly_besides(["ConfigMap/web"], &["ConfigMap/cart"]);
}

#[test]
fn without_our_entry_in_managed_fields_it_is_not_deleted() {
    let Some(shop) = Shop::open() else { return };
    shop.service("cart", &config_map("cart", "1"));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]);
    shop.merge("configmap", "cart", "{\"metadata\":{\"managedFields\":[{}]}}");
    shop.remove("cart");
    shop.synced(&["--dry-run"]).says("no longer carries our mark");
    shop.synced(&[]);
    assert!(shop.live("configmap", "cart").is_some());
}

/// Two projects, or two environments of one project, in one namespace.
struct Neighbours {
    first: Shop,
    second: Shop,
    /// The environment of the second one.
    environment: &'static str,
}

impl Neighbours {
    fn sync(&self, arguments: &[&str]) -> crate::shop::Run {
        let command = ["sync", self.environment, "--yes", "--first"];
        self.second.run(&[&command[..], arguments].concat())
    }

    fn service(&self, service: &str, manifests: &str) {
        let path = format!("_gen/{}/{service}/manifests.yaml", self.environment);
        self.second.file(&path, manifests);
    }

    /// Each has its own objects; removals and new objects of one are nothing to the other.
    fn live_side_by_side(&self) {
        let (first, second) = (&self.first, &self.second);
        first.service("cart", &config_map("first-cart", "1"));
        first.service("web", &config_map("first-web", "1"));
        first.synced(&[]).says("2 created");
        self.service("cart", &config_map("second-cart", "1"));
        self.service("web", &config_map("second-web", "1"));
        self.sync(&[]).expect(0).says("2 created");
        first.synced(&["--full"]).says("2 unchanged");
        first.remove("cart");
        first.synced(&[]).says("1 deleted");
        assert!(first.live("configmap", "first-cart").is_none());
        for name in ["second-cart", "second-web"] {
            assert!(second.live("configmap", name).is_some(), "{name}");
        }
        let folder = second.path().join("_gen").join(self.environment).join("cart");
        std::fs::remove_dir_all(folder).expect("removed");
        self.sync(&[]).expect(0).says("1 deleted");
        assert!(second.live("configmap", "second-cart").is_none());
        first.holds_exactly(["ConfigMap/first-web"]);
    }

    /// What one holds the other does not get, even if it says that it wants to take it over.
    fn keep_what_they_hold(&self) {
        let (first, second) = (&self.first, &self.second);
        first.service("both", &config_map("both", "first"));
        first.synced(&[]);
        let before = first.live("configmap", "both");
        self.service("both", &config_map("both", "second"));
        self.service("more", &config_map("more", "1"));
        for arguments in [&["--dry-run"][..], &[], &["--adopt"], &["--adopt", "--full"]] {
            self.sync(arguments)
                .expect(3)
                .says(&format!("belongs to `{}/test`", first.name))
                .says(&first.id("ConfigMap/both"));
            assert_eq!(first.live("configmap", "both"), before);
            assert!(second.live("configmap", "more").is_none());
        }
        // Where nobody wants it any more, it is free.
        first.remove("both");
        first.synced(&[]).says("1 deleted");
        self.sync(&[]).expect(0).says("2 created");
        first.service("both", &config_map("both", "first"));
        let holder = format!("belongs to `{}/{}`", second.name, self.environment);
        first.sync(&["--adopt"]).expect(3).says(&holder);
        first.remove("both");
        first.synced(&[]).says("nothing to do");
        assert_eq!(value(second, "both").as_deref(), Some("second"));
    }
}

fn two_projects() -> Option<Neighbours> {
    let first = Shop::open()?;
    let second =
        Shop::with(first.plane, &unique("bank"), &first.namespace.clone(), &[("test", "")]);
    Some(Neighbours { first, second, environment: "test" })
}

fn two_environments() -> Option<Neighbours> {
    let first = Shop::open()?;
    let environments = [("test", ""), ("preview", "")];
    let second = Shop::with(first.plane, &first.name, &first.namespace, &environments);
    Some(Neighbours { first, second, environment: "preview" })
}

#[test]
fn two_projects_with_the_same_environment_do_not_touch_each_other() {
    let Some(neighbours) = two_projects() else { return };
    neighbours.live_side_by_side();
    neighbours.keep_what_they_hold();
}

#[test]
fn two_environments_in_one_namespace_do_not_touch_each_other() {
    let Some(neighbours) = two_environments() else { return };
    neighbours.live_side_by_side();
    neighbours.keep_what_they_hold();
}

#[test]
fn taken_over_by_another_environment_it_is_no_longer_ours_to_delete() {
    let Some(neighbours) = two_projects() else { return };
    let (first, second) = (&neighbours.first, &neighbours.second);
    first.service("cart", &config_map("cart", "1"));
    first.service("web", &config_map("web", "1"));
    first.synced(&[]);
    neighbours.service("other", &config_map("other", "1"));
    neighbours.sync(&[]).expect(0);
    // Somebody hands it over by hand: the same object, with the other's marks.
    let other = second.live("configmap", "other").expect("other");
    let marks = serde_json::json!({ "metadata": {
        "labels": other["metadata"]["labels"], "annotations": other["metadata"]["annotations"],
    } });
    first.merge("configmap", "cart", &marks.to_string());
    first.service("cart", &config_map("cart", "2"));
    let holder = format!("belongs to `{}/test`", second.name);
    first.sync(&["--adopt"]).expect(3).says(&holder);
    first.remove("cart");
    first.synced(&[]);
    assert!(first.live("configmap", "cart").is_some());
}

/// A Service of which the cluster makes an `EndpointSlice` that carries the Service's labels.
fn service(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, \
         ports: [{{port: 80}}]}}\n"
    )
}

/// An `EndpointSlice` of somebody else's that copied the labels of one of our objects and belongs to
/// no controller.
fn copied_slice(shop: &Shop) {
    let slice = serde_json::json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": { "name": "copy", "labels": { plan::marks::PART_OF: shop.applyset() } },
        "addressType": "IPv4",
        "endpoints": [],
    });
    shop.plane.apply(&shop.namespace, &slice.to_string());
}

#[test]
fn copies_of_our_labels_are_not_touched() {
    let Some(shop) = Shop::open() else { return };
    shop.service("web", &service("web"));
    shop.service("cart", &config_map("cart", "1"));
    shop.synced(&[]);
    copied_slice(&shop);
    let label = format!("{}={}", plan::marks::PART_OF, shop.applyset());
    let slices = || {
        let namespace = shop.namespace.as_str();
        let kind = "endpointslices.discovery.k8s.io";
        let list = ["--namespace", namespace, "get", kind, "--selector", &label, "--output=name"];
        shop.plane.kubectl(&list).lines().count()
    };
    crate::plane::eventually("the cluster's copy of our label", || slices() == 2);
    // They are no part of what a lost record is restored from.
    let name = plan::marks::state_name(&shop.name, "test");
    shop.plane.delete("configmap", STATE, &name);
    shop.sync(&[]).expect(3).says("2 objects carry its mark").says("molave state rebuild test");
    shop.run(&["state", "rebuild", "test", "--yes"]).expect(0).says("2 objects");
    let recorded = shop.recorded();
    assert_eq!(
        recorded.keys().cloned().collect::<Vec<_>>(),
        [shop.id("ConfigMap/cart"), shop.id("Service/web")]
    );
    shop.synced(&[]).says("2 updated");
    // Nor are they deleted with what they were copied from: the cluster takes its own one.
    shop.remove("web");
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live("service", "web").is_none());
    assert!(shop.live("endpointslice", "copy").is_some());
    crate::plane::eventually("the cluster's copy goes", || slices() == 1);
    shop.run(&["destroy", "test", "--yes"]).expect(0);
    assert!(shop.live("endpointslice", "copy").is_some());
}

#[test]
fn a_secret_key_or_state_of_another_name_is_not_shared() {
    let Some(plane) = Plane::shared_or_skip() else { return };
    // `a-b` + `c` and `a` + `b-c` would be the same name.
    let namespace = plane.namespace();
    let base = unique("a");
    let first = Shop::with(plane, &format!("{base}-b"), &namespace, &[("test", "")]);
    let second = Shop::with(plane, &base, &namespace, &[("b-test", "")]);
    first.service("cart", &config_map("first", "1"));
    first.synced(&[]);
    second.file("_gen/b-test/cart/manifests.yaml", &config_map("second", "1"));
    let run = second.run(&["sync", "b-test", "--yes", "--first"]);
    // Whatever it says, it must not take the record of the other for its own.
    assert_eq!(run.code, 3, "{}", run.stderr);
    first.holds_exactly(["ConfigMap/first"]);
}

//! Kinds that come, change and go; namespaces that are made; the order of kinds.

use crate::history::Moment;
use crate::plane::eventually;
use crate::shop::{Shop, config_map, deployment, unique};

/// The definition of `Widget` in a group.
fn definition(group: &str) -> String {
    format!(
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
         metadata: {{name: widgets.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  \
         names: {{kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}}\n  \
         versions:\n  - name: v1\n    served: true\n    storage: true\n    \
         schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}\n"
    )
}

fn widget(group: &str, name: &str) -> String {
    format!(
        "---\napiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: {name}}}\nspec: {{size: 1}}\n"
    )
}

/// An object in a namespace of its own choice.
fn within(namespace: &str, manifest: &str) -> String {
    manifest.replace("metadata: {", &format!("metadata: {{namespace: {namespace}, "))
}

fn group() -> String {
    unique("g") + ".example.com"
}

impl Shop {
    /// Defines the kind by somebody else, and tells the project of it.
    fn define(&self, group: &str) {
        self.plane.apply("default", &definition(group));
        self.plane.kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd",
            &format!("widgets.{group}"),
        ]);
        eventually("the kind is served", || self.serves(group));
        self.declare(group);
    }

    fn declare(&self, group: &str) {
        self.configure(&[("test", "")]);
        let file = self.path().join("molave.yaml");
        let text = std::fs::read_to_string(&file).expect("molave.yaml");
        let kinds = format!("kinds: [{{group: {group}, kind: Widget, scope: Namespaced}}]\n");
        std::fs::write(file, text + &kinds).expect("written");
    }

    fn undefine(&self, group: &str) {
        self.plane.delete("crd", "", &format!("widgets.{group}"));
        eventually("the kind is served no more", || !self.serves(group));
    }

    fn serves(&self, group: &str) -> bool {
        let list = self.plane.try_kubectl(&["get", "--raw", &format!("/apis/{group}/v1")]);
        String::from_utf8_lossy(&list.stdout).contains("widgets")
    }
}

/// The same definition, where the specification has one field.
fn strict_definition(group: &str, field: &str) -> String {
    let schema = format!(
        "properties: {{spec: {{type: object, properties: {{{field}: {{type: integer}}}}}}}}"
    );
    definition(group).replace("x-kubernetes-preserve-unknown-fields: true", &schema)
}

#[test]
fn a_definition_and_what_uses_its_new_field_change_in_one_run() {
    let Some(shop) = Shop::open() else { return };
    let group = group();
    let one = |field: &str| widget(&group, "one").replace("size", field);
    shop.service("platform", &strict_definition(&group, "size"));
    shop.service("web", &one("size"));
    shop.synced(&[]);
    let uid = shop.uid(&format!("widget.{group}"), "one");
    shop.service("platform", &strict_definition(&group, "weight"));
    shop.service("web", &format!("{}{}", one("weight"), one("weight").replace("one", "two")));
    shop.synced(&["--dry-run"]).says("2 to update, 1 to create");
    shop.synced(&[]).says("1 created, 2 updated");
    assert_eq!(shop.uid(&format!("widget.{group}"), "one"), uid);
    shop.synced(&[]).says("nothing to do");
    // What the new definition does not know either is refused once the server goes by it.
    shop.service("platform", &strict_definition(&group, "height"));
    shop.service("web", &one("weight").replace("weight: 1", "weight: 2"));
    shop.sync(&[]).expect(1).says(".spec.weight: field not declared in schema").says("1 updated");
    // Where no definition changes, the plan finds it out.
    let run = shop.sync(&[]).expect(1);
    run.says(".spec.weight: field not declared in schema").never_says("updated");
}

#[test]
fn a_new_api_version_of_a_live_autoscaler_is_one_update() {
    let autoscaler = |version: &str, target: &str| {
        format!(
            "---\napiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\n\
             spec:\n  maxReplicas: 4\n  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}\n  {target}\n"
        )
    };
    let Some(shop) = Shop::open() else { return };
    let old = autoscaler("v1", "targetCPUUtilizationPercentage: 80");
    shop.service("web", &format!("{}{old}", deployment("web", 1)));
    shop.synced(&[]);
    let uid = shop.uid("hpa", "web");
    let new = autoscaler(
        "v2",
        "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]",
    );
    shop.service("web", &format!("{}{new}", deployment("web", 1)));
    let before = Moment::now(shop.plane);
    let (run, report) = shop.reported(&[]);
    run.expect(0).says("now v2, was v1");
    let counts = &report["counts"];
    assert_eq!(
        (&counts["created"], &counts["updated"], &counts["deleted"]),
        (&0.into(), &1.into(), &0.into())
    );
    assert_eq!(shop.uid("hpa", "web"), uid);
    let path =
        format!("/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers", shop.namespace);
    let versions = before.since(shop.plane, &path);
    assert!(versions.iter().all(|version| version.event == "MODIFIED"));
    let live = shop.live("hpa", "web").expect("the autoscaler");
    assert_eq!(live["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 70);
    let entry = shop.state()["objects"].as_array().expect("a list").iter().find_map(|object| {
        object["id"]
            .as_str()?
            .contains("HorizontalPodAutoscaler")
            .then(|| object["version"].clone())
    });
    assert_eq!(entry, Some("v2".into()));
    shop.synced(&[]).says("nothing to do");
    shop.synced(&["--full"]).says("nothing to do");
}

#[test]
fn a_namespace_a_kind_and_objects_of_both_come_in_one_run() {
    let Some(shop) = Shop::open() else { return };
    let (namespace, group) = (unique("late"), group());
    let made = format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n");
    let inside =
        within(&namespace, &format!("{}{}", widget(&group, "one"), config_map("one", "1")));
    shop.service("use", &inside);
    shop.service("base", &format!("{made}{}", definition(&group)));
    shop.synced(&[]).says("4 created");
    let plural = format!("widgets.{group}");
    assert_eq!(
        shop.plane.get_json(&plural, &namespace, "one").expect("a widget")["spec"]["size"],
        1
    );
    assert!(shop.plane.get_json("configmap", &namespace, "one").is_some());
    shop.synced(&[]).says("4 unchanged").says("nothing to do");
    shop.synced(&["--full"]).says("nothing to do");
    shop.undefine(&group);
    shop.plane.kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
}

#[test]
fn a_new_version_of_a_kind_and_an_object_in_it_come_in_one_run() {
    let Some(shop) = Shop::open() else { return };
    let group = group();
    shop.service("base", &definition(&group));
    shop.service("use", &widget(&group, "one"));
    shop.synced(&[]).says("2 created");
    let plural = format!("widgets.{group}");
    let uid = shop.uid(&plural, "one");
    let old = definition(&group);
    let (_, version) = old.split_once("  versions:\n").expect("versions");
    let newer = version.replace("name: v1", "name: v2").replace("storage: true", "storage: false");
    shop.service("base", &format!("{old}{newer}"));
    shop.service(
        "use",
        &widget(&group, "one").replace("/v1\n", "/v2\n").replace("size: 1", "size: 2"),
    );
    shop.synced(&[]).says("now v2, was v1").says("2 updated");
    assert_eq!(shop.uid(&plural, "one"), uid);
    assert_eq!(shop.live(&plural, "one").expect("a widget")["spec"]["size"], 2);
    shop.synced(&["--full"]).says("nothing to do");
    shop.undefine(&group);
}

#[test]
fn objects_whose_kind_comes_with_a_blocked_service_are_blocked_with_it() {
    let Some(shop) = Shop::open() else { return };
    let group = group();
    let invalid = deployment("bad", 1).replace("matchLabels: {app: bad}", "matchLabels: {app: no}");
    shop.service("base", &format!("{}{invalid}", definition(&group)));
    shop.service("use", &format!("{}{}", widget(&group, "one"), config_map("beside", "1")));
    shop.service("web", &config_map("web", "1"));
    shop.sync(&[]).expect(1).says("is not served by the cluster").says("1 created");
    assert!(shop.live("configmap", "beside").is_none());
    assert!(!shop.serves(&group));
    shop.service("base", &definition(&group));
    shop.synced(&[]).says("3 created");
    shop.undefine(&group);
}

#[test]
fn a_recorded_kind_that_is_served_no_more_blocks_nothing() {
    let Some(shop) = Shop::open() else { return };
    let group = group();
    shop.define(&group);
    shop.service("widgets", &format!("{}{}", widget(&group, "one"), config_map("beside", "1")));
    shop.service("web", &config_map("web", "1"));
    shop.synced(&[]).says("3 created");
    shop.undefine(&group);

    shop.service("widgets", &config_map("beside", "2"));
    shop.service("web", &config_map("web", "2"));
    shop.synced(&[]).says("1 not served").says("2 updated");
    assert_eq!(shop.phase("Widget.GROUP/".replace("GROUP", &group).as_str()), None);
    assert_eq!(shop.phase("/one").as_deref(), Some("unserved"));
    assert_eq!(shop.live("configmap", "beside").expect("beside")["data"]["value"], "2");
    assert_eq!(shop.live("configmap", "web").expect("web")["data"]["value"], "2");
    let generation = shop.state()["generation"].clone();
    shop.synced(&[]).says("nothing to do");
    assert_eq!(shop.state()["generation"], generation, "nothing is written for it again");
    shop.synced(&["--full"]).says("1 not served");
    assert_eq!(shop.phase("/one").as_deref(), Some("unserved"));

    // Served again, the record is settled: its objects went with their definition.
    shop.define(&group);
    shop.synced(&[]);
    assert_eq!(shop.phase("/one"), None);
    shop.undefine(&group);
}

#[test]
fn an_object_of_a_kind_that_comes_back_is_deleted_then() {
    let Some(shop) = Shop::open() else { return };
    let group = group();
    shop.define(&group);
    shop.service("widgets", &format!("{}{}", widget(&group, "one"), config_map("beside", "1")));
    shop.synced(&[]);
    let serve = |served: bool| {
        let patch =
            format!(r#"[{{"op":"replace","path":"/spec/versions/0/served","value":{served}}}]"#);
        let name = format!("widgets.{group}");
        shop.plane.kubectl(&["patch", "crd", &name, "--type=json", &format!("--patch={patch}")]);
        eventually("it is so", || shop.serves(&group) == served);
    };
    serve(false);
    shop.service("widgets", &config_map("beside", "1"));
    shop.synced(&[]).says("1 not served");
    assert_eq!(shop.phase("/one").as_deref(), Some("unserved"));
    serve(true);
    shop.synced(&[]).says("1 deleted");
    assert!(shop.live(&format!("widgets.{group}"), "one").is_none());
    assert_eq!(shop.phase("/one"), None);
    shop.undefine(&group);
}

#[test]
fn a_wanted_object_of_a_kind_that_is_not_served_blocks_its_service_alone() {
    let Some(shop) = Shop::open() else { return };
    let group = group();
    shop.declare(&group);
    shop.service("widgets", &format!("{}{}", widget(&group, "one"), config_map("beside", "1")));
    shop.service("web", &config_map("web", "1"));
    let run = shop.sync(&[]).expect(1);
    run.says(&format!("`Widget.{group}/v1` is not served by the cluster"))
        .says("`widgets` is left as it is");
    assert!(shop.live("configmap", "web").is_some());
    assert!(shop.live("configmap", "beside").is_none());
    shop.plane.apply("default", &definition(&group));
    eventually("the kind is served", || shop.serves(&group));
    shop.synced(&[]).says("2 created");
    assert!(shop.live(&format!("widgets.{group}"), "one").is_some());
    // What is recorded as it is wanted is not asked about, unless everything is.
    shop.undefine(&group);
    shop.synced(&[]).says("nothing to do");
    shop.sync(&["--full"]).expect(1).says("is not served by the cluster");
    assert_eq!(shop.phase("/one").as_deref(), Some("applied"));
}

#[test]
fn missing_namespaces_are_made_recorded_and_never_deleted() {
    let Some(shop) = Shop::open() else { return };
    let namespace = unique("made");
    shop.configure(&[("test", "    createNamespaces: true\n")]);
    shop.service("web", &config_map("web", "1"));
    shop.service("cart", &within(&namespace, &config_map("cart", "1")));
    shop.synced(&[]).says("3 created");
    assert!(shop.plane.get_json("configmap", &namespace, "cart").is_some());
    assert_eq!(
        shop.phase(&format!("Namespace//{namespace}"))
            .or_else(|| shop.phase(&namespace))
            .as_deref(),
        Some("applied")
    );
    // The one that was there before is none of our business.
    let ids = shop.state()["objects"].to_string();
    assert!(!ids.contains(&format!("Namespace/{}", shop.namespace)), "{ids}");
    shop.synced(&[]).says("nothing to do");

    shop.remove("cart");
    shop.synced(&[]).says("1 deleted").says("namespaces are never deleted by a sync");
    assert!(shop.plane.get_json("configmap", &namespace, "cart").is_none());
    assert!(shop.plane.get_json("namespace", "", &namespace).is_some());
    assert_eq!(shop.phase(&namespace).as_deref(), Some("kept"));
    shop.synced(&[]).says("nothing to do");

    // Nor is it when everything else goes.
    shop.run(&["destroy", "test", "--yes"]).expect(0);
    let live = shop.plane.get_json("namespace", "", &namespace).expect("the namespace");
    assert!(live["metadata"]["deletionTimestamp"].is_null());
    assert!(shop.live("configmap", "web").is_none());
    shop.plane.kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
}

#[test]
fn a_namespace_that_nobody_makes_blocks_its_service_with_a_hint() {
    let Some(shop) = Shop::open() else { return };
    let namespace = unique("nowhere");
    shop.service(
        "cart",
        &format!("{}{}", within(&namespace, &config_map("cart", "1")), config_map("beside", "1")),
    );
    shop.service("web", &config_map("web", "1"));
    let run = shop.sync(&[]).expect(1);
    run.says(&format!("namespace `{namespace}` does not exist")).says("createNamespaces: true");
    assert!(shop.live("configmap", "web").is_some());
    assert!(shop.live("configmap", "beside").is_none());
    shop.sync(&["--dry-run"]).expect(1).says(&format!("namespace `{namespace}` does not exist"));
    shop.plane.kubectl(&["create", "namespace", &namespace]);
    shop.synced(&[]).says("2 created");
    shop.plane.kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
}

/// One object for each wave, in an order that is not theirs.
fn every_wave(shop: &Shop, group: &str) -> String {
    let namespace = &shop.namespace;
    let webhook = format!(
        "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\n\
         metadata: {{name: {namespace}}}\nwebhooks:\n- name: none.example.com\n  admissionReviewVersions: [v1]\n  \
         sideEffects: None\n  clientConfig: {{service: {{name: web, namespace: {namespace}}}}}\n  \
         namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {namespace}}}}}\n  \
         rules: [{{apiGroups: [none.example.com], apiVersions: [v1], resources: [things], operations: [CREATE]}}]\n"
    );
    let routes = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n\
         spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n\
         ---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  \
         maxReplicas: 4\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n\
         ---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\n\
         spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}\n";
    let before = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n\
         spec: {selector: {app: web}, ports: [{port: 80}]}\n\
         ---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n\
         ---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web}\nrules: []\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {name: web}\ndata: {key: eA==}\n";
    let (widget, definition) = (widget(group, "web"), definition(group));
    format!(
        "{webhook}{widget}{routes}{}{before}{}{definition}",
        deployment("web", 1),
        config_map("web", "1")
    )
}

/// The paths of what [`every_wave`] makes, wave by wave, each with the name.
fn waves(shop: &Shop, group: &str) -> Vec<Vec<(String, String)>> {
    let namespace = &shop.namespace;
    let web = |prefix: &str, plural: &str| {
        (format!("/{prefix}/namespaces/{namespace}/{plural}"), "web".to_owned())
    };
    let apis = "apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let webhooks = "apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    vec![
        vec![(format!("/{apis}"), format!("widgets.{group}"))],
        vec![
            web("api/v1", "configmaps"),
            web("api/v1", "secrets"),
            web("api/v1", "serviceaccounts"),
            web("apis/rbac.authorization.k8s.io/v1", "roles"),
        ],
        vec![web("api/v1", "services")],
        vec![web("apis/apps/v1", "deployments")],
        vec![
            web("apis/networking.k8s.io/v1", "ingresses"),
            web("apis/autoscaling/v2", "horizontalpodautoscalers"),
            web("apis/policy/v1", "poddisruptionbudgets"),
        ],
        vec![web(&format!("apis/{group}/v1"), "widgets")],
        vec![(format!("/{webhooks}"), namespace.clone())],
    ]
}

/// Asserts that each wave ended before the next began.
fn assert_one_after_the_other(places: &[Vec<u64>]) {
    for pair in places.windows(2) {
        assert!(pair[0].iter().max() < pair[1].iter().min(), "{places:?}");
    }
}

#[test]
fn kinds_are_made_wave_by_wave_and_deleted_backwards() {
    let Some(shop) = Shop::open() else { return };
    let group = group();
    shop.service("stays", &config_map("stays", "1"));
    shop.service("web", &every_wave(&shop, &group));
    let begun = Moment::now(shop.plane);
    shop.synced(&[]);
    let waves = waves(&shop, &group);
    let place = |moment: &Moment, (path, name): &(String, String), event: &str| {
        if event == "ADDED" && path.ends_with("/widgets") {
            // The history of a kind begins with its definition; nobody touched the object since.
            return shop.version(&format!("widgets.{group}"), name).parse().expect("a number");
        }
        moment.place(shop.plane, path, name, event)
    };
    let places = |moment: &Moment, event: &str| -> Vec<Vec<u64>> {
        let wave = |wave: &Vec<_>| wave.iter().map(|at| place(moment, at, event)).collect();
        waves.iter().map(wave).collect()
    };
    assert_one_after_the_other(&places(&begun, "ADDED"));

    let removed = Moment::now(shop.plane);
    shop.remove("web");
    let approval = format!("CustomResourceDefinition//widgets.{group}");
    shop.synced(&["--approve", &approval, "--max-deletions", "20"]).says("12 deleted");
    let mut waves_gone: Vec<Vec<(String, String)>> = waves.clone();
    // With the definition went the history of its kind.
    waves_gone.remove(5);
    let mut gone: Vec<Vec<u64>> = waves_gone
        .iter()
        .map(|wave| wave.iter().map(|at| place(&removed, at, "DELETED")).collect())
        .collect();
    gone.reverse();
    assert_one_after_the_other(&gone);
}

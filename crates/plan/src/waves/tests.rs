//! Kinds to waves, services to levels.

use super::{Item, Order, Stage, Ties, Wave, dependencies, levels, wave_of};
use crate::desired::Wanted;
use crate::plan::tests::{desired, id};
use std::fmt::Write as _;

/// Every kind that has a place.
const WAVES: &str = "
Foundations: Namespace CustomResourceDefinition.apiextensions.k8s.io
Foundations: PriorityClass.scheduling.k8s.io RuntimeClass.node.k8s.io
Configuration: NetworkPolicy.networking.k8s.io ResourceQuota LimitRange PodSecurityPolicy.policy
Configuration: ServiceAccount Secret ConfigMap CSIDriver.storage.k8s.io StorageClass.storage.k8s.io
Configuration: VolumeAttributesClass.storage.k8s.io PersistentVolume PersistentVolumeClaim
Configuration: DeviceClass.resource.k8s.io ResourceClaimTemplate.resource.k8s.io
Configuration: ResourceClaim.resource.k8s.io ClusterRole.rbac.authorization.k8s.io
Configuration: ClusterRoleBinding.rbac.authorization.k8s.io Role.rbac.authorization.k8s.io
Configuration: RoleBinding.rbac.authorization.k8s.io
Configuration: NetworkPolicy.extensions PodSecurityPolicy.extensions
Services: Service Endpoints EndpointSlice.discovery.k8s.io
Workloads: DaemonSet.apps Pod ReplicationController ReplicaSet.apps Deployment.apps
Workloads: StatefulSet.apps Job.batch CronJob.batch
Workloads: DaemonSet.extensions Deployment.extensions ReplicaSet.extensions
Routes: HorizontalPodAutoscaler.autoscaling PodDisruptionBudget.policy
Routes: IngressClass.networking.k8s.io Ingress.networking.k8s.io Ingress.extensions
Others: Widget.example.com Namespace.example.com Deployment Service.apps HTTPRoute.gateway.networking.k8s.io
Others: Certificate.cert-manager.io Event Anything.extensions VerticalPodAutoscaler.autoscaling.k8s.io
Interceptors: ValidatingAdmissionPolicy.admissionregistration.k8s.io
Interceptors: ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io
Interceptors: MutatingAdmissionPolicy.admissionregistration.k8s.io
Interceptors: MutatingAdmissionPolicyBinding.admissionregistration.k8s.io
Interceptors: MutatingWebhookConfiguration.admissionregistration.k8s.io
Interceptors: ValidatingWebhookConfiguration.admissionregistration.k8s.io
Interceptors: APIService.apiregistration.k8s.io
";

fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = WAVES.lines().filter_map(|line| line.split_once(": "));
    lines.flat_map(|(wave, kinds)| kinds.split(' ').map(move |kind| (wave, kind)))
}

#[test]
fn every_kind_has_its_wave() {
    for (wave, kind) in kinds() {
        assert_eq!(format!("{:?}", wave_of(&id(&format!("{kind}/x")))), wave, "{kind}");
    }
}

#[test]
fn the_order_of_objects_never_goes_back_in_waves() {
    let mut ids: Vec<_> = kinds().map(|(_, kind)| id(&format!("{kind}/x"))).collect();
    ids.sort_by(manifest::compare);
    let waves: Vec<Wave> = ids.iter().map(wave_of).collect();
    assert!(waves.is_sorted(), "{:?}", ids.iter().zip(&waves).collect::<Vec<_>>());
}

/// `a b>a`: services with what they depend on, to `a=0 b=1`, or the cycle.
fn levels_of(text: &str) -> String {
    let services = text.split(' ').map(|service| {
        let (name, on) = service.split_once('>').unwrap_or((service, ""));
        (name, on.split(',').filter(|on| !on.is_empty()).collect::<Vec<_>>())
    });
    let services: Vec<_> = services.collect();
    let services: Vec<(&str, &[&str], &[&str])> =
        services.iter().map(|(name, on)| (*name, on.as_slice(), [].as_slice())).collect();
    match levels(&dependencies(&desired(&services))) {
        Err(cycle) => format!("cycle {}", cycle.join(" ")),
        Ok(levels) => {
            let mut shown = String::new();
            for (name, level) in levels {
                write!(shown, "{name}={level} ").unwrap();
            }
            shown.trim_end().to_owned()
        }
    }
}

#[test]
fn a_service_is_one_level_above_the_highest_that_it_depends_on() {
    assert_eq!(levels_of("a b c"), "");
    assert_eq!(levels_of("a>b b>c c"), "a=2 b=1");
    assert_eq!(levels_of("a>b,c b>c c d>a,c"), "a=2 b=1 d=3");
    assert_eq!(levels_of("a>b,b b"), "a=1");
}

#[test]
fn a_dependency_that_does_not_exist_does_not_count() {
    assert_eq!(levels_of("a>ghost b>a"), "b=1");
}

#[test]
fn a_cycle_is_told_from_its_smallest_name_on() {
    assert_eq!(levels_of("a>a"), "cycle a");
    assert_eq!(levels_of("a>b b>a"), "cycle a b");
    assert_eq!(levels_of("a>d b>c c>d d>b e"), "cycle b c d");
    assert_eq!(levels_of("x>z y>x z>y a>x"), "cycle x z y");
}

#[test]
fn a_long_chain_has_as_many_levels() {
    let chain = (1..20_000).map(|place| format!(" s{place:05}>s{:05}", place - 1));
    let text = format!("s00000{}", chain.collect::<String>());
    assert!(levels_of(&text).ends_with("s19999=19999"));
}

/// The place of an object of a kind with these annotations.
fn place(kind: &str, annotations: &str) -> String {
    let text = format!(
        "apiVersion: {kind}\nmetadata: {{name: x, namespace: shop, annotations: {{{annotations}}}}}\n"
    );
    let draft = manifest::parse(text.as_bytes(), "x.yaml").unwrap().remove(0);
    let object = manifest::resolve(draft, "shop", &manifest::Scopes::built_in()).unwrap();
    let (wave, weight) = Ties::of(&object).place();
    format!("{wave:?} {weight}")
}

#[test]
fn workloads_that_were_hooks_run_before_or_after_the_rest() {
    let job = "batch/v1\nkind: Job";
    for (annotations, expected) in [
        ("", "Workloads 0"),
        ("helm.sh/hook: pre-install", "HooksBefore 0"),
        ("helm.sh/hook: 'pre-install, post-install', helm.sh/hook-weight: '-5'", "HooksBefore -5"),
        ("helm.sh/hook: 'pre-delete,Post-Upgrade', helm.sh/hook-weight: '7'", "HooksAfter 7"),
        ("helm.sh/hook: post-install, helm.sh/hook-weight: soon", "HooksAfter 0"),
        ("helm.sh/hook: pre-rollback", "Workloads 0"),
    ] {
        assert_eq!(place(job, annotations), expected, "{annotations}");
    }
    assert_eq!(place("v1\nkind: Secret", "helm.sh/hook: post-install"), "Configuration 0");
    assert!(Wave::Services < Wave::HooksBefore && Wave::HooksBefore < Wave::Workloads);
    assert!(Wave::Interceptors < Wave::HooksAfter);
}

/// Objects as `name of service at line: annotations; spec`, to their order.
fn order_of(objects: &[(&str, &str, &str, &str)]) -> Result<Order, Vec<super::Problem>> {
    tied(&[], objects)
}

fn tied(
    services: &[(&str, &[&str])],
    objects: &[(&str, &str, &str, &str)],
) -> Result<Order, Vec<super::Problem>> {
    let objects: Vec<(&str, Wanted)> = objects
        .iter()
        .map(|(service, name, annotations, rest)| {
            let metadata = format!("metadata: {{annotations: {{{annotations}}}}}\n{rest}");
            let object = crate::plan::tests::object(name, "v1", &metadata);
            (*service, Wanted::new(object, String::new()))
        })
        .collect();
    let items: Vec<Item<'_>> =
        objects.iter().map(|(service, wanted)| Item::of(service, wanted)).collect();
    let mut dependencies = super::Dependencies::new();
    for (service, _) in &objects {
        dependencies.entry(service).or_default();
    }
    for (service, on) in services {
        dependencies.insert(service, on.iter().copied().collect());
    }
    Order::among(&items, &dependencies)
}

/// The names of objects in the order of their stages, those of one stage with commas.
fn sequence(order: &Order, objects: &[(&str, &str, &str, &str)]) -> String {
    let mut stages: std::collections::BTreeMap<Stage, Vec<&str>> =
        std::collections::BTreeMap::new();
    for (service, name, ..) in objects {
        let id = id(name);
        let stage = order.stage(&id, service, (wave_of(&id), 0));
        stages.entry(stage).or_default().push(name.rsplit('/').next().unwrap());
    }
    let groups: Vec<String> = stages.values().map(|names| names.join(",")).collect();
    groups.join(" ")
}

const POD: &str = "spec: {template: {spec: {serviceAccountName: account, volumes: [{secret: \
    {secretName: key}}, {configMap: {name: maybe, optional: true}}, {projected: {sources: \
    [{configMap: {name: settings}}]}}], containers: [{envFrom: [{configMapRef: {name: far}}]}]}}}";

#[test]
fn what_an_object_names_comes_before_it_whatever_the_kinds_are() {
    let objects = [
        ("web", "ConfigMap/shop/late", "molave.dev/depends-on: Job/migrate", ""),
        ("web", "Deployment.apps/shop/web", "molave.dev/depends-on: 'batch/Job/shop/migrate'", ""),
        ("web", "Service/shop/web", "", ""),
        (
            "web",
            "Job.batch/shop/migrate",
            "molave.dev/depends-on: 'Service/shop/web, Job/first'",
            "",
        ),
        ("web", "Job.batch/shop/first", "", ""),
    ];
    let order = order_of(&objects).unwrap();
    assert_eq!(sequence(&order, &objects), "web first migrate late,web");
    let needs = &order.needs()[&id("Job.batch/shop/migrate")];
    let needs: Vec<String> =
        needs.iter().map(|need| format!("{} {}", need.on, need.is_ready)).collect();
    assert_eq!(needs, ["Service/shop/web true", "Job.batch/shop/first true"]);
}

#[test]
fn an_object_across_services_is_named_with_its_namespace_and_lifts_what_needs_it() {
    let objects = [
        ("a", "Secret/one/key", "molave.dev/depends-on: Job.batch/two/make", ""),
        ("b", "Job.batch/two/make", "", ""),
        ("c", "ConfigMap/one/last", "", ""),
    ];
    let order = tied(&[("c", &["a"])], &objects).unwrap();
    assert_eq!(sequence(&order, &objects), "make key last");
}

#[test]
fn waves_of_a_service_come_one_after_the_other_and_concern_no_other_service() {
    let objects = [
        ("a", "ConfigMap/shop/late", "molave.dev/wave: '1'", ""),
        ("a", "Deployment.apps/shop/usual", "", ""),
        ("a", "Job.batch/shop/early", "molave.dev/wave: '-1'", ""),
        ("a", "Namespace/shop", "molave.dev/wave: '5'", ""),
        ("b", "Deployment.apps/shop/beside", "", ""),
    ];
    let order = order_of(&objects).unwrap();
    assert_eq!(sequence(&order, &objects), "shop early usual,beside late");
}

#[test]
fn what_an_early_wave_refers_to_comes_with_it() {
    let objects = [
        ("a", "Job.batch/shop/migrate", "molave.dev/wave: '-3'", POD),
        ("a", "ServiceAccount/shop/account", "", ""),
        ("a", "Secret/shop/key", "", ""),
        ("a", "ConfigMap/shop/settings", "molave.dev/wave: '-4'", ""),
        ("a", "ConfigMap/shop/maybe", "", ""),
        ("b", "ConfigMap/shop/far", "", ""),
        ("b", "Deployment.apps/shop/other", "", ""),
    ];
    let order = order_of(&objects).unwrap();
    // `far` is of another service and stays where it is: who needs it comes later, and `maybe`, of
    // the next wave, later still.
    assert_eq!(sequence(&order, &objects), "settings account,key far migrate maybe other");
    let needs = &order.needs()[&id("Job.batch/shop/migrate")];
    assert_eq!(needs.len(), 1, "only what is of another service: {needs:?}");
    assert!(!needs[0].is_ready && needs[0].on.name == "far");
}

#[test]
fn a_namespace_or_kind_that_needs_something_comes_before_what_is_in_it_or_of_it() {
    let group = "spec: {group: example.com, names: {kind: Widget}}";
    let crd = "CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com";
    let objects = [
        ("a", crd, "molave.dev/depends-on: Deployment/one/converter", group),
        ("a", "Widget.example.com/one/widget", "", ""),
        ("b", "Deployment.apps/one/converter", "", ""),
        ("b", "ConfigMap/two/settings", "", ""),
        ("b", "Namespace/two", "molave.dev/depends-on: Deployment.apps/one/converter", ""),
    ];
    let order = order_of(&objects).unwrap();
    let sequence = sequence(&order, &objects);
    assert_eq!(sequence, "converter widgets.example.com,two settings widget");
}

fn problems(result: Result<Order, Vec<super::Problem>>) -> Vec<String> {
    let shown = |problem: super::Problem| {
        let notes = problem.notes.join("; ");
        format!("{}:{} {} ({notes})", problem.source, problem.line, problem.message)
    };
    result.unwrap_err().into_iter().map(shown).collect()
}

#[test]
fn a_circle_of_objects_is_told_with_every_tie() {
    let on = |name: &str| format!("molave.dev/depends-on: {name}");
    let objects = [
        ("a", "Deployment.apps/shop/web", on("Job/migrate"), ""),
        ("b", "Job.batch/shop/migrate", on("Secret/key"), ""),
        ("c", "Secret/shop/key", "molave.dev/wave: '2'".to_owned(), ""),
        ("c", "ConfigMap/shop/first", on("Deployment/web"), ""),
        ("c", "ConfigMap/shop/beside", String::new(), ""),
    ];
    let objects: Vec<(&str, &str, &str, &str)> = objects
        .iter()
        .map(|(service, name, said, rest)| (*service, *name, said.as_str(), *rest))
        .collect();
    assert_eq!(
        problems(order_of(&objects)),
        ["web.yaml:3 objects depend on each other in a circle: `Deployment.apps/shop/web` -> \
         `Job.batch/shop/migrate` -> `Secret/shop/key` -> `ConfigMap/shop/first` -> \
         `Deployment.apps/shop/web` (`Deployment.apps/shop/web` names `Job.batch/shop/migrate` in \
         `molave.dev/depends-on` (web.yaml:3); `Job.batch/shop/migrate` names `Secret/shop/key` in \
         `molave.dev/depends-on` (web.yaml:3); `Secret/shop/key` is in wave 2 of `c` \
         (`molave.dev/wave`), `ConfigMap/shop/first` before it (web.yaml:3); `ConfigMap/shop/first` \
         names `Deployment.apps/shop/web` in `molave.dev/depends-on` (web.yaml:3))"]
    );
}

#[test]
fn a_circle_through_services_and_references_is_one_too() {
    let objects = [("a", "Deployment.apps/shop/web", "", POD), ("b", "Secret/shop/key", "", "")];
    let told = problems(tied(&[("b", &["a"])], &objects));
    assert!(told[0].contains("`Deployment.apps/shop/web` refers to `Secret/shop/key`"), "{told:?}");
    assert!(told[0].contains("`Secret/shop/key` is of `b`, which depends on `a`"), "{told:?}");
    let objects = [("a", "Job.batch/shop/self", "molave.dev/depends-on: Job/self", "")];
    let told = problems(order_of(&objects));
    assert!(told[0].contains("`Job.batch/shop/self` -> `Job.batch/shop/self`"), "{told:?}");
    let told = problems(tied(&[("a", &["b"]), ("b", &["a"])], &[]));
    assert!(told[0].contains("services depend on each other in a circle: `a` -> `b` -> `a`"));
}

#[test]
fn annotations_that_make_no_sense_are_all_told() {
    let objects = [
        ("a", "Job.batch/shop/one", "molave.dev/wave: soon", ""),
        (
            "a",
            "Job.batch/shop/two",
            "molave.dev/depends-on: 'one, Job/shop/ghost, /x, a/b/c/d/e'",
            "",
        ),
        ("a", "Job.batch/shop/three", "molave.dev/depends-on: 'Thing/shop/x, Namespace//made'", ""),
        ("a", "Thing.one.example/shop/x", "", ""),
        ("a", "Thing.two.example/shop/x", "", ""),
    ];
    let told = problems(order_of(&objects));
    let expected = [
        "`molave.dev/wave: soon` is no whole number",
        "`one` in `molave.dev/depends-on` names no object",
        "`/x` in `molave.dev/depends-on` names no object",
        "`a/b/c/d/e` in `molave.dev/depends-on` names no object",
        "`Job/shop/ghost` in `molave.dev/depends-on` of `Job.batch/shop/two` is no object",
        "`Thing/shop/x` in `molave.dev/depends-on` of `Job.batch/shop/three` may be of several",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with("web.yaml:3 ") && told.contains(expected), "{told}");
    }
}

#[test]
fn live_objects_have_an_order_even_where_what_they_name_is_not_among_them() {
    let live = |on: &str| {
        crate::Live(serde_json::json!({"metadata": {"annotations": {"molave.dev/depends-on": on}}}))
    };
    let (first, second) = (id("Job.batch/shop/first"), id("Job.batch/shop/second"));
    let of = |on: &str| {
        let (one, two) = (live(on), live("Job/gone, Job/first"));
        let items = [Item::live("a", &second, &two), Item::live("a", &first, &one)];
        let order = Order::of_live(&items, &super::Dependencies::new());
        let stage = |id| order.stage(id, "a", (Wave::Workloads, 0));
        stage(&first) < stage(&second)
    };
    assert!(of("Job/gone"));
    assert!(!of("Job/second"), "a circle counts as no order");
}

//! Kinds to waves, services to levels.

use super::{Wave, levels, place_of, wave_of};
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
    match levels(&desired(&services)) {
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
    assert_eq!(levels_of("a b c"), "a=0 b=0 c=0");
    assert_eq!(levels_of("a>b b>c c"), "a=2 b=1 c=0");
    assert_eq!(levels_of("a>b,c b>c c d>a,c"), "a=2 b=1 c=0 d=3");
    assert_eq!(levels_of("a>b,b b"), "a=1 b=0");
}

#[test]
fn a_dependency_that_does_not_exist_does_not_count() {
    assert_eq!(levels_of("a>ghost b>a"), "a=0 b=1");
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
    let (wave, weight) = place_of(&object);
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

//! The order of objects in a file, which is the order they are made in.
//!
//! Owns which kinds come before which: first the waves of a sync (namespaces and definitions,
//! then what others refer to, then services, workloads, what stands before workloads, and last
//! what intercepts requests), within a wave as Helm installs. It must not know how waves are run.

use crate::identity::{Object, ObjectId};
use std::cmp::Ordering;

/// Known kinds with their group, in order.
const BEFORE_OTHERS: &[(&str, &str)] = &[
    // Where everything else lives.
    ("", "Namespace"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    // Configuration, storage, rights.
    ("scheduling.k8s.io", "PriorityClass"),
    ("node.k8s.io", "RuntimeClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
    ("policy", "PodSecurityPolicy"),
    ("", "ServiceAccount"),
    ("", "Secret"),
    ("", "ConfigMap"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttributesClass"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("resource.k8s.io", "DeviceClass"),
    ("resource.k8s.io", "ResourceClaimTemplate"),
    ("resource.k8s.io", "ResourceClaim"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    // Addresses.
    ("", "Service"),
    ("", "Endpoints"),
    ("discovery.k8s.io", "EndpointSlice"),
    // Workloads.
    ("apps", "DaemonSet"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "ReplicaSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    // What stands before workloads.
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("policy", "PodDisruptionBudget"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "Ingress"),
];

/// Known kinds that come after all kinds not known here.
const AFTER_OTHERS: &[(&str, &str)] = &[
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiregistration.k8s.io", "APIService"),
];

/// Where the old `extensions` group's kinds live now.
const MOVED: &[(&str, &str)] = &[
    ("DaemonSet", "apps"),
    ("Deployment", "apps"),
    ("ReplicaSet", "apps"),
    ("Ingress", "networking.k8s.io"),
    ("NetworkPolicy", "networking.k8s.io"),
    ("PodSecurityPolicy", "policy"),
];

/// Sorts objects into the order they are made in: by kind as above, kinds that Molave has no place
/// for alphabetically between, then by namespace and name. The order is total: it does not
/// depend on how the objects stood before.
pub fn sort(objects: &mut [Object]) {
    objects.sort_by(compare_objects);
}

/// The order of two identities: by kind as [`sort`] has it, then by namespace and name.
pub fn compare(left: &ObjectId, right: &ObjectId) -> Ordering {
    rank(&left.group, &left.kind)
        .cmp(&rank(&right.group, &right.kind))
        .then_with(|| (&left.kind, &left.group).cmp(&(&right.kind, &right.group)))
        .then_with(|| (&left.namespace, &left.name).cmp(&(&right.namespace, &right.name)))
}

fn compare_objects(left: &Object, right: &Object) -> Ordering {
    compare(&left.id, &right.id)
        .then_with(|| left.api_version.cmp(&right.api_version))
        .then_with(|| (&left.source, left.line).cmp(&(&right.source, right.line)))
        .then_with(|| {
            crate::digest::canonical_json(&left.body)
                .cmp(&crate::digest::canonical_json(&right.body))
        })
}

fn rank(group: &str, kind: &str) -> usize {
    let group = current_group(group, kind);
    let place = |list: &[(&str, &str)]| list.iter().position(|known| *known == (group, kind));
    place(BEFORE_OTHERS)
        .or_else(|| place(AFTER_OTHERS).map(|place| BEFORE_OTHERS.len() + 1 + place))
        .unwrap_or(BEFORE_OTHERS.len())
}

fn current_group<'a>(group: &'a str, kind: &str) -> &'a str {
    let moved = MOVED.iter().find(|(moved, _)| group == "extensions" && *moved == kind);
    moved.map_or(group, |(_, group)| group)
}

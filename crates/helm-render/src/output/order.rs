//! The order in which Helm installs and prints kinds.

use super::document::Document;
use crate::profile::Profile;
use std::cmp::Ordering;

const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// The last two kinds have a place in Helm 4 only.
const HELM_3_KINDS: usize = 36;

/// Sorts by kind and keeps the order of documents of one kind. Kinds without a place come last, by
/// name.
pub(crate) fn sort(documents: &mut [Document], profile: Profile) {
    documents.sort_by(|left, right| compare(&left.kind, &right.kind, profile));
}

fn compare(left: &str, right: &str, profile: Profile) -> Ordering {
    match (place(left, profile), place(right, profile)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

fn place(kind: &str, profile: Profile) -> Option<usize> {
    let known = match profile {
        Profile::Helm4 => INSTALL_ORDER.len(),
        Profile::Helm3 => HELM_3_KINDS,
    };
    INSTALL_ORDER.iter().take(known).position(|name| *name == kind)
}

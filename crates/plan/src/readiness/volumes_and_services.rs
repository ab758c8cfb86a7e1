//! The rules for a `PersistentVolumeClaim` and a Service. They must not know who uses them.

use super::Readiness;
use super::reading::{list, one_line, text, value};
use crate::live::Live;

/// A pending claim is ready unless something already works on it. A storage class may bind only
/// when a pod uses the claim (`WaitForFirstConsumer`), which the claim itself does not tell;
/// waiting for that would never end if the pod comes later.
pub(super) fn judge_claim(live: &Live) -> Readiness {
    let volume = text(live, &["spec", "volumeName"]);
    match text(live, &["status", "phase"]) {
        "Bound" => Readiness::Ready,
        "Lost" => Readiness::Failed(one_line(&format!("its volume `{volume}` is gone"))),
        _ if !volume.is_empty() => {
            Readiness::Progressing(one_line(&format!("waiting to be bound to volume `{volume}`")))
        }
        _ => provisioner(live).map_or(Readiness::Ready, |name| {
            Readiness::Progressing(one_line(&format!("waiting for a volume from `{name}`")))
        }),
    }
}

/// Who was asked for a volume: the server writes this when nothing else is waited for.
fn provisioner(live: &Live) -> Option<&str> {
    ["volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner"]
        .into_iter()
        .find_map(|name| live.annotation(name))
}

/// A Service of type `LoadBalancer` needs an address; external ones given by hand will do.
pub(super) fn judge_service(live: &Live) -> Readiness {
    if text(live, &["spec", "type"]) != "LoadBalancer" {
        return Readiness::Ready;
    }
    let ingress = value(live, &["status", "loadBalancer", "ingress"]).and_then(|i| i.as_array());
    let external = list(live, &["spec", "externalIPs"]);
    if text(live, &["spec", "clusterIP"]).is_empty() {
        Readiness::Progressing("waiting for a cluster address".to_owned())
    } else if ingress.is_none_or(Vec::is_empty) && external.is_empty() {
        Readiness::Progressing("waiting for the address of its load balancer".to_owned())
    } else {
        Readiness::Ready
    }
}

//! API versions that are gone or going (kubernetes.io/docs/reference/using-api/deprecation-guide).

use super::Minor;

/// An API version of a kind that a newer one replaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OldApi {
    /// The API version.
    pub api_version: &'static str,
    /// The kind; empty for all of that version.
    pub kind: &'static str,
    /// The first minor version that does not serve it.
    pub gone: Minor,
    /// What to write instead; empty if there is nothing.
    pub instead: &'static str,
}

const fn old(api_version: &'static str, kind: &'static str, gone: Minor, instead: &'static str) -> OldApi {
    OldApi { api_version, kind, gone, instead }
}

static OLD: &[OldApi] = &[
    old("extensions/v1beta1", "Ingress", 22, "networking.k8s.io/v1"),
    old("extensions/v1beta1", "NetworkPolicy", 16, "networking.k8s.io/v1"),
    old("extensions/v1beta1", "PodSecurityPolicy", 16, ""),
    old("extensions/v1beta1", "", 16, "apps/v1"),
    old("apps/v1beta1", "", 16, "apps/v1"),
    old("apps/v1beta2", "", 16, "apps/v1"),
    old("networking.k8s.io/v1beta1", "Ingress", 22, "networking.k8s.io/v1"),
    old("networking.k8s.io/v1beta1", "IngressClass", 22, "networking.k8s.io/v1"),
    old("rbac.authorization.k8s.io/v1alpha1", "", 22, "rbac.authorization.k8s.io/v1"),
    old("rbac.authorization.k8s.io/v1beta1", "", 22, "rbac.authorization.k8s.io/v1"),
    old("apiextensions.k8s.io/v1beta1", "", 22, "apiextensions.k8s.io/v1"),
    old("apiregistration.k8s.io/v1beta1", "", 22, "apiregistration.k8s.io/v1"),
    old("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", 22, "admissionregistration.k8s.io/v1"),
    old(
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration",
        22,
        "admissionregistration.k8s.io/v1",
    ),
    old("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 22, "certificates.k8s.io/v1"),
    old("coordination.k8s.io/v1beta1", "Lease", 22, "coordination.k8s.io/v1"),
    old("scheduling.k8s.io/v1beta1", "PriorityClass", 22, "scheduling.k8s.io/v1"),
    old("scheduling.k8s.io/v1alpha1", "PriorityClass", 17, "scheduling.k8s.io/v1"),
    old("storage.k8s.io/v1beta1", "CSIDriver", 22, "storage.k8s.io/v1"),
    old("storage.k8s.io/v1beta1", "CSINode", 22, "storage.k8s.io/v1"),
    old("storage.k8s.io/v1beta1", "StorageClass", 22, "storage.k8s.io/v1"),
    old("storage.k8s.io/v1beta1", "VolumeAttachment", 22, "storage.k8s.io/v1"),
    old("storage.k8s.io/v1beta1", "CSIStorageCapacity", 27, "storage.k8s.io/v1"),
    old("batch/v2alpha1", "CronJob", 21, "batch/v1"),
    old("batch/v1beta1", "CronJob", 25, "batch/v1"),
    old("discovery.k8s.io/v1beta1", "EndpointSlice", 25, "discovery.k8s.io/v1"),
    old("events.k8s.io/v1beta1", "Event", 25, "events.k8s.io/v1"),
    old("autoscaling/v2beta1", "HorizontalPodAutoscaler", 25, "autoscaling/v2"),
    old("autoscaling/v2beta2", "HorizontalPodAutoscaler", 26, "autoscaling/v2"),
    old("policy/v1beta1", "PodDisruptionBudget", 25, "policy/v1"),
    old("policy/v1beta1", "PodSecurityPolicy", 25, ""),
    old("node.k8s.io/v1beta1", "RuntimeClass", 25, "node.k8s.io/v1"),
    old("flowcontrol.apiserver.k8s.io/v1beta1", "", 26, "flowcontrol.apiserver.k8s.io/v1"),
    old("flowcontrol.apiserver.k8s.io/v1beta2", "", 29, "flowcontrol.apiserver.k8s.io/v1"),
    old("flowcontrol.apiserver.k8s.io/v1beta3", "", 32, "flowcontrol.apiserver.k8s.io/v1"),
];

/// An annotation or a field that something else has replaced, though it is still read.
#[derive(Clone, Copy, Debug)]
pub struct OldAnnotation {
    /// The key, or its beginning if it ends with `/`.
    pub key: &'static str,
    /// Since which minor version.
    pub since: Minor,
    /// What to write instead.
    pub instead: &'static str,
}

/// Annotations that fields have replaced.
pub static OLD_ANNOTATIONS: &[OldAnnotation] = &[
    OldAnnotation { key: "kubernetes.io/ingress.class", since: 18, instead: "`spec.ingressClassName`" },
    OldAnnotation {
        key: "seccomp.security.alpha.kubernetes.io/",
        since: 19,
        instead: "`securityContext.seccompProfile`; the annotation is not read since 1.27",
    },
    OldAnnotation {
        key: "container.apparmor.security.beta.kubernetes.io/",
        since: 30,
        instead: "`securityContext.appArmorProfile`",
    },
    OldAnnotation { key: "volume.beta.kubernetes.io/storage-class", since: 9, instead: "`spec.storageClassName`" },
    OldAnnotation {
        key: "scheduler.alpha.kubernetes.io/critical-pod",
        since: 13,
        instead: "`priorityClassName`; the annotation is not read since 1.16",
    },
];

/// Returns what is known of an API version that is gone.
pub fn old_api(api_version: &str, kind: &str) -> Option<&'static OldApi> {
    OLD.iter().find(|it| it.api_version == api_version && (it.kind == kind || it.kind.is_empty()))
}

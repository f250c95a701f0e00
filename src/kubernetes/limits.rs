//! What the API server asks of values beyond their type, as far as one field, or the fields of one map, tell.
//!
//! The published schema says none of this; it is `pkg/apis/*/validation` of Kubernetes, as a table: words that a field
//! takes, ranges, formats, lists without duplicates, fields of which one is needed. What several maps have to do with
//! each other is code, in the files beside this one.

use Limit::{AtMostOne, Filled, Format, Keys, Min, Needed, OneOf, Range, Unique, Values, Words};

use super::format::Format as Text;

/// One thing that must hold.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// One of these words.
    Words(&'static [&'static str]),
    /// At least this much.
    Min(i64),
    /// From the one to the other, both included.
    Range(i64, i64),
    /// A text of this form.
    Format(Text),
    /// The keys of a map have this form.
    Keys(Text),
    /// The values of a map, or the items of a list, have this form.
    Values(Text),
    /// Not empty.
    Filled,
    /// Items of a list differ in these fields together; a field may have a default, after `=`.
    Unique(&'static [&'static str]),
    /// Exactly one of these fields of a map.
    OneOf(&'static [&'static str]),
    /// Not two of these fields of a map.
    AtMostOne(&'static [&'static str]),
    /// These fields of a map must be there, although the published schema lets them be left out.
    Needed(&'static [&'static str]),
}

const PROTOCOL: Limit = Words(&["TCP", "UDP", "SCTP"]);
const PORT: Limit = Range(1, 65535);
/// An identity of a user or a group.
const IDENTITY: Limit = Range(0, 2_147_483_647);
/// File permissions, which YAML writes in octal.
const MODE: Limit = Range(0, 0o777);
const PORT_OR_NAME: Limit = Format(Text::PortOrName);
const LABEL: Limit = Format(Text::Label);
const SUBDOMAIN: Limit = Format(Text::Subdomain);
const ACCESS: &[&str] = &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
const HANDLERS: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc"];
/// Every kind of volume that a pod may have.
const VOLUMES: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
];

/// What must hold of a field: type, field, limit.
static OF_FIELDS: &[(&str, &str, Limit)] = &[
    // Pods
    ("PodSpec", "containers", Filled),
    ("PodSpec", "volumes", Unique(&["name"])),
    ("PodSpec", "restartPolicy", Words(&["Always", "OnFailure", "Never"])),
    ("PodSpec", "dnsPolicy", Words(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
    ("PodSpec", "preemptionPolicy", Words(&["PreemptLowerPriority", "Never"])),
    ("PodSpec", "activeDeadlineSeconds", Range(1, 2_147_483_647)),
    ("PodSpec", "terminationGracePeriodSeconds", Min(0)),
    ("PodSpec", "hostname", LABEL),
    ("PodSpec", "subdomain", LABEL),
    ("PodSpec", "nodeName", SUBDOMAIN),
    ("PodSpec", "serviceAccountName", SUBDOMAIN),
    ("PodSpec", "priorityClassName", SUBDOMAIN),
    ("PodSpec", "runtimeClassName", SUBDOMAIN),
    ("PodSpec", "nodeSelector", Keys(Text::QualifiedName)),
    ("PodSpec", "nodeSelector", Values(Text::LabelValue)),
    ("PodSecurityContext", "runAsUser", IDENTITY),
    ("PodSecurityContext", "runAsGroup", IDENTITY),
    ("PodSecurityContext", "fsGroup", IDENTITY),
    ("PodSecurityContext", "fsGroupChangePolicy", Words(&["OnRootMismatch", "Always"])),
    ("PodSecurityContext", "supplementalGroupsPolicy", Words(&["Merge", "Strict"])),
    ("PodSecurityContext", "sysctls", Unique(&["name"])),
    ("PodOS", "name", Words(&["linux", "windows"])),
    ("PodDNSConfigOption", "name", Filled),
    ("HostAlias", "ip", Format(Text::Ip)),
    ("HostAlias", "hostnames", Values(Text::Subdomain)),
    ("Toleration", "operator", Words(&["Exists", "Equal", "Lt", "Gt"])),
    ("Toleration", "effect", Words(&["NoSchedule", "PreferNoSchedule", "NoExecute"])),
    ("Toleration", "key", Format(Text::QualifiedName)),
    ("TopologySpreadConstraint", "maxSkew", Min(1)),
    ("TopologySpreadConstraint", "minDomains", Min(1)),
    ("TopologySpreadConstraint", "topologyKey", Format(Text::QualifiedName)),
    ("TopologySpreadConstraint", "whenUnsatisfiable", Words(&["DoNotSchedule", "ScheduleAnyway"])),
    ("TopologySpreadConstraint", "nodeAffinityPolicy", Words(&["Honor", "Ignore"])),
    ("TopologySpreadConstraint", "nodeTaintsPolicy", Words(&["Honor", "Ignore"])),
    ("PodAffinityTerm", "topologyKey", Format(Text::QualifiedName)),
    ("WeightedPodAffinityTerm", "weight", Range(1, 100)),
    ("PreferredSchedulingTerm", "weight", Range(1, 100)),
    ("NodeSelector", "nodeSelectorTerms", Filled),
    ("NodeSelectorRequirement", "operator", Words(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])),
    ("NodeSelectorRequirement", "key", Format(Text::QualifiedName)),
    ("LabelSelectorRequirement", "operator", Words(&["In", "NotIn", "Exists", "DoesNotExist"])),
    ("LabelSelectorRequirement", "key", Format(Text::QualifiedName)),
    ("LabelSelectorRequirement", "values", Values(Text::LabelValue)),
    ("LabelSelector", "matchLabels", Keys(Text::QualifiedName)),
    ("LabelSelector", "matchLabels", Values(Text::LabelValue)),
    // Containers
    ("Container", "name", LABEL),
    ("Container", "image", Filled),
    ("Container", "imagePullPolicy", Words(&["Always", "IfNotPresent", "Never"])),
    ("Container", "terminationMessagePolicy", Words(&["File", "FallbackToLogsOnError"])),
    ("Container", "ports", Unique(&["name"])),
    ("Container", "volumeMounts", Unique(&["mountPath"])),
    ("Container", "volumeDevices", Unique(&["devicePath"])),
    ("ContainerPort", "containerPort", PORT),
    ("ContainerPort", "hostPort", PORT),
    ("ContainerPort", "protocol", PROTOCOL),
    ("ContainerPort", "name", Format(Text::PortName)),
    ("ContainerResizePolicy", "restartPolicy", Words(&["NotRequired", "RestartContainer"])),
    ("EnvVar", "name", Format(Text::VariableName)),
    ("ConfigMapKeySelector", "key", Format(Text::ConfigKey)),
    ("SecretKeySelector", "key", Format(Text::ConfigKey)),
    ("VolumeMount", "name", Filled),
    ("VolumeMount", "mountPath", Filled),
    ("VolumeMount", "subPath", Format(Text::RelativePath)),
    ("VolumeMount", "subPathExpr", Format(Text::RelativePath)),
    ("VolumeMount", "mountPropagation", Words(&["None", "HostToContainer", "Bidirectional"])),
    ("VolumeMount", "recursiveReadOnly", Words(&["Disabled", "IfPossible", "Enabled"])),
    ("VolumeDevice", "devicePath", Filled),
    ("Probe", "initialDelaySeconds", Min(0)),
    ("Probe", "timeoutSeconds", Min(0)),
    ("Probe", "periodSeconds", Min(0)),
    ("Probe", "successThreshold", Min(0)),
    ("Probe", "failureThreshold", Min(0)),
    ("Probe", "terminationGracePeriodSeconds", Min(1)),
    ("HTTPGetAction", "port", PORT_OR_NAME),
    ("HTTPGetAction", "scheme", Words(&["HTTP", "HTTPS"])),
    ("HTTPHeader", "name", Format(Text::HeaderName)),
    ("TCPSocketAction", "port", PORT_OR_NAME),
    ("GRPCAction", "port", PORT),
    ("ExecAction", "command", Filled),
    ("SecurityContext", "runAsUser", IDENTITY),
    ("SecurityContext", "runAsGroup", IDENTITY),
    ("SecurityContext", "procMount", Words(&["Default", "Unmasked"])),
    ("SeccompProfile", "type", Words(&["RuntimeDefault", "Unconfined", "Localhost"])),
    ("AppArmorProfile", "type", Words(&["RuntimeDefault", "Unconfined", "Localhost"])),
    ("ResourceRequirements", "limits", Keys(Text::ResourceName)),
    ("ResourceRequirements", "requests", Keys(Text::ResourceName)),
    // Volumes
    ("Volume", "name", LABEL),
    ("EmptyDirVolumeSource", "medium", Words(&["", "Memory", "HugePages"])),
    ("HostPathVolumeSource", "path", Format(Text::NoBacksteps)),
    (
        "HostPathVolumeSource",
        "type",
        Words(&["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"]),
    ),
    ("ConfigMapVolumeSource", "defaultMode", MODE),
    ("SecretVolumeSource", "defaultMode", MODE),
    ("ProjectedVolumeSource", "defaultMode", MODE),
    ("DownwardAPIVolumeSource", "defaultMode", MODE),
    ("DownwardAPIVolumeFile", "path", Format(Text::RelativePath)),
    ("DownwardAPIVolumeFile", "mode", MODE),
    ("KeyToPath", "key", Filled),
    ("KeyToPath", "path", Format(Text::RelativePath)),
    ("KeyToPath", "mode", MODE),
    ("ServiceAccountTokenProjection", "expirationSeconds", Min(600)),
    ("ServiceAccountTokenProjection", "path", Format(Text::RelativePath)),
    ("PersistentVolumeClaimVolumeSource", "claimName", SUBDOMAIN),
    // Workloads
    ("DeploymentSpec", "replicas", Min(0)),
    ("DeploymentSpec", "minReadySeconds", Min(0)),
    ("DeploymentSpec", "revisionHistoryLimit", Min(0)),
    ("DeploymentSpec", "progressDeadlineSeconds", Min(0)),
    ("DeploymentStrategy", "type", Words(&["Recreate", "RollingUpdate"])),
    ("RollingUpdateDeployment", "maxSurge", Format(Text::CountOrPercent)),
    ("RollingUpdateDeployment", "maxUnavailable", Format(Text::CountOrShare)),
    ("ReplicaSetSpec", "replicas", Min(0)),
    ("ReplicaSetSpec", "minReadySeconds", Min(0)),
    ("ReplicationControllerSpec", "replicas", Min(0)),
    ("ReplicationControllerSpec", "minReadySeconds", Min(0)),
    ("StatefulSetSpec", "replicas", Min(0)),
    ("StatefulSetSpec", "minReadySeconds", Min(0)),
    ("StatefulSetSpec", "revisionHistoryLimit", Min(0)),
    ("StatefulSetSpec", "podManagementPolicy", Words(&["OrderedReady", "Parallel"])),
    ("StatefulSetUpdateStrategy", "type", Words(&["RollingUpdate", "OnDelete"])),
    ("RollingUpdateStatefulSetStrategy", "partition", Min(0)),
    ("RollingUpdateStatefulSetStrategy", "maxUnavailable", Format(Text::CountOrShare)),
    ("StatefulSetOrdinals", "start", Min(0)),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted", Words(&["Retain", "Delete"])),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled", Words(&["Retain", "Delete"])),
    ("DaemonSetSpec", "minReadySeconds", Min(0)),
    ("DaemonSetSpec", "revisionHistoryLimit", Min(0)),
    ("DaemonSetUpdateStrategy", "type", Words(&["RollingUpdate", "OnDelete"])),
    ("RollingUpdateDaemonSet", "maxSurge", Format(Text::CountOrShare)),
    ("RollingUpdateDaemonSet", "maxUnavailable", Format(Text::CountOrShare)),
    ("JobSpec", "parallelism", Min(0)),
    ("JobSpec", "completions", Min(0)),
    ("JobSpec", "backoffLimit", Min(0)),
    ("JobSpec", "backoffLimitPerIndex", Min(0)),
    ("JobSpec", "maxFailedIndexes", Min(0)),
    ("JobSpec", "activeDeadlineSeconds", Min(0)),
    ("JobSpec", "ttlSecondsAfterFinished", Min(0)),
    ("JobSpec", "completionMode", Words(&["NonIndexed", "Indexed"])),
    ("JobSpec", "podReplacementPolicy", Words(&["TerminatingOrFailed", "Failed"])),
    ("CronJobSpec", "schedule", Format(Text::Schedule)),
    ("CronJobSpec", "concurrencyPolicy", Words(&["Allow", "Forbid", "Replace"])),
    ("CronJobSpec", "startingDeadlineSeconds", Min(0)),
    ("CronJobSpec", "successfulJobsHistoryLimit", Min(0)),
    ("CronJobSpec", "failedJobsHistoryLimit", Min(0)),
    // Services and routes
    ("ServiceSpec", "type", Words(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
    ("ServiceSpec", "sessionAffinity", Words(&["None", "ClientIP"])),
    ("ServiceSpec", "externalTrafficPolicy", Words(&["Cluster", "Local"])),
    ("ServiceSpec", "internalTrafficPolicy", Words(&["Cluster", "Local"])),
    ("ServiceSpec", "ipFamilyPolicy", Words(&["SingleStack", "PreferDualStack", "RequireDualStack"])),
    ("ServiceSpec", "ipFamilies", Values(Text::IpFamily)),
    ("ServiceSpec", "externalIPs", Values(Text::Ip)),
    ("ServiceSpec", "loadBalancerSourceRanges", Values(Text::Cidr)),
    ("ServiceSpec", "selector", Keys(Text::QualifiedName)),
    ("ServiceSpec", "selector", Values(Text::LabelValue)),
    ("ServiceSpec", "ports", Unique(&["name"])),
    ("ServiceSpec", "ports", Unique(&["port", "protocol=TCP"])),
    ("ServiceSpec", "healthCheckNodePort", PORT),
    ("ServicePort", "port", PORT),
    ("ServicePort", "targetPort", Format(Text::TargetPort)),
    ("ServicePort", "nodePort", Range(30000, 32767)),
    ("ServicePort", "protocol", PROTOCOL),
    ("ServicePort", "name", LABEL),
    ("ClientIPConfig", "timeoutSeconds", Range(1, 86400)),
    ("IngressRule", "host", Format(Text::Host)),
    ("HTTPIngressRuleValue", "paths", Filled),
    ("HTTPIngressPath", "pathType", Words(&["Exact", "Prefix", "ImplementationSpecific"])),
    ("IngressServiceBackend", "name", Format(Text::ServiceName)),
    ("ServiceBackendPort", "number", PORT),
    ("ServiceBackendPort", "name", Format(Text::PortName)),
    ("IngressTLS", "hosts", Values(Text::Host)),
    ("NetworkPolicySpec", "policyTypes", Values(Text::PolicyType)),
    ("NetworkPolicyPort", "protocol", PROTOCOL),
    ("NetworkPolicyPort", "port", PORT_OR_NAME),
    ("NetworkPolicyPort", "endPort", PORT),
    ("IPBlock", "cidr", Format(Text::Cidr)),
    ("IPBlock", "except", Values(Text::Cidr)),
    // Configuration and storage
    ("ConfigMap", "data", Keys(Text::ConfigKey)),
    ("ConfigMap", "binaryData", Keys(Text::ConfigKey)),
    ("Secret", "data", Keys(Text::ConfigKey)),
    ("Secret", "stringData", Keys(Text::ConfigKey)),
    ("PersistentVolumeClaimSpec", "accessModes", Filled),
    ("PersistentVolumeClaimSpec", "accessModes", Values(Text::AccessMode)),
    ("PersistentVolumeClaimSpec", "volumeMode", Words(&["Filesystem", "Block"])),
    ("PersistentVolumeClaimSpec", "storageClassName", SUBDOMAIN),
    ("PersistentVolumeSpec", "accessModes", Filled),
    ("PersistentVolumeSpec", "accessModes", Values(Text::AccessMode)),
    ("PersistentVolumeSpec", "capacity", Filled),
    ("PersistentVolumeSpec", "volumeMode", Words(&["Filesystem", "Block"])),
    ("PersistentVolumeSpec", "persistentVolumeReclaimPolicy", Words(&["Retain", "Delete", "Recycle"])),
    ("StorageClass", "provisioner", Filled),
    ("StorageClass", "reclaimPolicy", Words(&["Delete", "Retain"])),
    ("StorageClass", "volumeBindingMode", Words(&["Immediate", "WaitForFirstConsumer"])),
    ("LimitRangeItem", "type", Words(&["Pod", "Container", "PersistentVolumeClaim"])),
    // Scaling
    ("autoscalingv1HorizontalPodAutoscalerSpec", "minReplicas", Min(1)),
    ("autoscalingv1HorizontalPodAutoscalerSpec", "maxReplicas", Min(1)),
    ("autoscalingv1HorizontalPodAutoscalerSpec", "targetCPUUtilizationPercentage", Min(1)),
    ("autoscalingv2HorizontalPodAutoscalerSpec", "minReplicas", Min(1)),
    ("autoscalingv2HorizontalPodAutoscalerSpec", "maxReplicas", Min(1)),
    ("MetricSpec", "type", Words(&["Resource", "ContainerResource", "Pods", "Object", "External"])),
    ("MetricTarget", "type", Words(&["Utilization", "Value", "AverageValue"])),
    ("MetricTarget", "averageUtilization", Min(1)),
    ("HPAScalingRules", "selectPolicy", Words(&["Max", "Min", "Disabled"])),
    ("HPAScalingRules", "stabilizationWindowSeconds", Range(0, 3600)),
    ("HPAScalingPolicy", "type", Words(&["Pods", "Percent"])),
    ("HPAScalingPolicy", "value", Min(1)),
    ("HPAScalingPolicy", "periodSeconds", Range(1, 1800)),
    ("PodDisruptionBudgetSpec", "minAvailable", Format(Text::CountOrShare)),
    ("PodDisruptionBudgetSpec", "maxUnavailable", Format(Text::CountOrShare)),
    ("PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy", Words(&["IfHealthyBudget", "AlwaysAllow"])),
    // Rights
    ("RoleRef", "kind", Words(&["Role", "ClusterRole"])),
    ("RoleRef", "apiGroup", Words(&["rbac.authorization.k8s.io", ""])),
    ("RoleRef", "name", Filled),
    ("Subject", "kind", Words(&["User", "Group", "ServiceAccount"])),
    ("Subject", "name", Filled),
    ("PolicyRule", "verbs", Filled),
    // Everything
    ("ObjectMeta", "labels", Keys(Text::QualifiedName)),
    ("ObjectMeta", "labels", Values(Text::LabelValue)),
    ("ObjectMeta", "annotations", Keys(Text::AnnotationKey)),
    ("ObjectMeta", "namespace", LABEL),
];

/// What must hold between the fields of a map.
static BETWEEN_FIELDS: &[(&str, &[Limit])] = &[
    ("Container", &[Needed(&["name", "image"])]),
    ("ContainerPort", &[Needed(&["containerPort"])]),
    ("CronJob", &[Needed(&["spec"])]),
    ("DaemonSet", &[Needed(&["spec"])]),
    ("Deployment", &[Needed(&["spec"])]),
    ("DownwardAPIVolumeFile", &[OneOf(&["fieldRef", "resourceFieldRef"])]),
    ("EnvFromSource", &[OneOf(&["configMapRef", "secretRef"])]),
    ("EnvVar", &[AtMostOne(&["value", "valueFrom"])]),
    ("EnvVarSource", &[OneOf(&["configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef", "fileKeyRef"])]),
    ("EphemeralVolumeSource", &[Needed(&["volumeClaimTemplate"])]),
    ("ExecAction", &[Needed(&["command"])]),
    ("HTTPGetAction", &[Needed(&["port"])]),
    ("IngressBackend", &[OneOf(&["service", "resource"])]),
    ("Job", &[Needed(&["spec"])]),
    ("LifecycleHandler", &[OneOf(&["exec", "httpGet", "tcpSocket", "sleep"])]),
    ("PersistentVolumeClaim", &[Needed(&["spec"])]),
    ("PersistentVolumeClaimSpec", &[Needed(&["accessModes", "resources"])]),
    ("PersistentVolumeSpec", &[Needed(&["capacity", "accessModes"])]),
    ("PodDisruptionBudgetSpec", &[AtMostOne(&["minAvailable", "maxUnavailable"])]),
    ("Probe", &[OneOf(HANDLERS)]),
    ("ConfigMapVolumeSource", &[Needed(&["name"])]),
    ("SecretVolumeSource", &[Needed(&["secretName"])]),
    ("ConfigMapKeySelector", &[Needed(&["name"])]),
    ("SecretKeySelector", &[Needed(&["name"])]),
    ("ServiceBackendPort", &[OneOf(&["name", "number"])]),
    ("StatefulSet", &[Needed(&["spec"])]),
    ("TopologySpreadConstraint", &[Needed(&["topologyKey"])]),
    ("Volume", &[AtMostOne(VOLUMES)]),
    ("VolumeMount", &[AtMostOne(&["subPath", "subPathExpr"])]),
];

/// The ways in which a claim may be mounted.
pub static ACCESS_MODES: &[&str] = ACCESS;

/// Returns what must hold of the fields of a type: field, limit.
pub fn of(of: &str) -> Vec<(&'static str, &'static Limit)> {
    OF_FIELDS.iter().filter(|it| it.0 == of).map(|it| (it.1, &it.2)).collect()
}

/// Returns what must hold between the fields of a map.
pub fn between(of: &str) -> &'static [Limit] {
    BETWEEN_FIELDS.iter().find(|(name, _)| *name == of).map_or(&[], |(_, limits)| limits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::fields::FIELDS;

    #[test]
    fn every_limit_is_of_a_field_that_there_is() {
        let known = FIELDS.all_fields();
        for (of, field, _) in OF_FIELDS {
            assert!(known.contains(&(*of, *field)), "{of}.{field}");
        }
        for (of, limits) in BETWEEN_FIELDS {
            for limit in *limits {
                let (OneOf(fields) | AtMostOne(fields) | Needed(fields)) = limit else { panic!("{limit:?}") };
                for field in *fields {
                    assert!(known.contains(&(*of, *field)), "{of}.{field}");
                }
            }
        }
    }
}

//! What the API server asks of values beyond their type, as far as one field, or the fields of one map, tell.
//!
//! The published schema says none of this; it is `pkg/apis/*/validation` of Kubernetes, as a table: words that a field
//! takes, ranges, formats, lists without duplicates, fields of which one is needed. What several maps have to do with
//! each other is code, in the files beside this one.

use Limit::{AtMostOne, Defaulted, Filled, Format, Keys, Min, Needed, OneOf, Range, Unique, Values, Words};

use super::format::Format as Text;

/// One thing that must hold.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// One of these words.
    Words(&'static [&'static str]),
    /// The same where a default stands in for an empty text as for none: not a pointer in the API, and defaulted
    /// before it is validated (`pkg/apis/*/*/defaults.go`).
    Defaulted(&'static [&'static str]),
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

const PROTOCOL: Limit = Defaulted(&["TCP", "UDP", "SCTP"]);
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

/// What must hold of the fields of a type. What is asked of one field stands together.
static OF_FIELDS: &[(&str, &[(&str, Limit)])] = &[
    // Pods
    (
        "PodSpec",
        &[
            ("containers", Filled),
            ("volumes", Unique(&["name"])),
            ("restartPolicy", Defaulted(&["Always", "OnFailure", "Never"])),
            ("dnsPolicy", Defaulted(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
            ("preemptionPolicy", Words(&["PreemptLowerPriority", "Never"])),
            ("activeDeadlineSeconds", Range(1, 2_147_483_647)),
            ("terminationGracePeriodSeconds", Min(0)),
            ("hostname", LABEL),
            ("subdomain", LABEL),
            ("nodeName", SUBDOMAIN),
            ("serviceAccountName", SUBDOMAIN),
            ("priorityClassName", SUBDOMAIN),
            ("runtimeClassName", SUBDOMAIN),
            ("nodeSelector", Keys(Text::QualifiedName)),
            ("nodeSelector", Values(Text::LabelValue)),
        ],
    ),
    (
        "PodSecurityContext",
        &[
            ("runAsUser", IDENTITY),
            ("runAsGroup", IDENTITY),
            ("fsGroup", IDENTITY),
            ("fsGroupChangePolicy", Words(&["OnRootMismatch", "Always"])),
            ("supplementalGroupsPolicy", Words(&["Merge", "Strict"])),
            ("sysctls", Unique(&["name"])),
        ],
    ),
    ("PodOS", &[("name", Words(&["linux", "windows"]))]),
    ("PodDNSConfigOption", &[("name", Filled)]),
    ("HostAlias", &[("ip", Format(Text::Ip)), ("hostnames", Values(Text::Subdomain))]),
    (
        "Toleration",
        &[
            ("operator", Words(&["Exists", "Equal", "Lt", "Gt"])),
            ("effect", Words(&["NoSchedule", "PreferNoSchedule", "NoExecute"])),
            ("key", Format(Text::QualifiedName)),
        ],
    ),
    (
        "TopologySpreadConstraint",
        &[
            ("maxSkew", Min(1)),
            ("minDomains", Min(1)),
            ("topologyKey", Format(Text::QualifiedName)),
            ("whenUnsatisfiable", Words(&["DoNotSchedule", "ScheduleAnyway"])),
            ("nodeAffinityPolicy", Words(&["Honor", "Ignore"])),
            ("nodeTaintsPolicy", Words(&["Honor", "Ignore"])),
        ],
    ),
    ("PodAffinityTerm", &[("topologyKey", Format(Text::QualifiedName))]),
    ("WeightedPodAffinityTerm", &[("weight", Range(1, 100))]),
    ("PreferredSchedulingTerm", &[("weight", Range(1, 100))]),
    ("NodeSelector", &[("nodeSelectorTerms", Filled)]),
    (
        "NodeSelectorRequirement",
        &[
            ("operator", Words(&["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])),
            ("key", Format(Text::QualifiedName)),
        ],
    ),
    (
        "LabelSelectorRequirement",
        &[
            ("operator", Words(&["In", "NotIn", "Exists", "DoesNotExist"])),
            ("key", Format(Text::QualifiedName)),
            ("values", Values(Text::LabelValue)),
        ],
    ),
    ("LabelSelector", &[("matchLabels", Keys(Text::QualifiedName)), ("matchLabels", Values(Text::LabelValue))]),
    // Containers
    (
        "Container",
        &[
            ("name", LABEL),
            ("image", Filled),
            ("imagePullPolicy", Defaulted(&["Always", "IfNotPresent", "Never"])),
            ("terminationMessagePolicy", Defaulted(&["File", "FallbackToLogsOnError"])),
            ("ports", Unique(&["name"])),
            ("volumeMounts", Unique(&["mountPath"])),
            ("volumeDevices", Unique(&["devicePath"])),
        ],
    ),
    (
        "ContainerPort",
        &[("containerPort", PORT), ("hostPort", PORT), ("protocol", PROTOCOL), ("name", Format(Text::PortName))],
    ),
    ("ContainerResizePolicy", &[("restartPolicy", Words(&["NotRequired", "RestartContainer"]))]),
    ("EnvVar", &[("name", Format(Text::VariableName))]),
    ("ConfigMapKeySelector", &[("key", Format(Text::ConfigKey))]),
    ("SecretKeySelector", &[("key", Format(Text::ConfigKey))]),
    (
        "VolumeMount",
        &[
            ("name", Filled),
            ("mountPath", Filled),
            ("subPath", Format(Text::RelativePath)),
            ("subPathExpr", Format(Text::RelativePath)),
            ("mountPropagation", Words(&["None", "HostToContainer", "Bidirectional"])),
            ("recursiveReadOnly", Words(&["Disabled", "IfPossible", "Enabled"])),
        ],
    ),
    ("VolumeDevice", &[("devicePath", Filled)]),
    (
        "Probe",
        &[
            ("initialDelaySeconds", Min(0)),
            ("timeoutSeconds", Min(0)),
            ("periodSeconds", Min(0)),
            ("successThreshold", Min(0)),
            ("failureThreshold", Min(0)),
            ("terminationGracePeriodSeconds", Min(1)),
        ],
    ),
    ("HTTPGetAction", &[("port", PORT_OR_NAME), ("scheme", Defaulted(&["HTTP", "HTTPS"]))]),
    ("HTTPHeader", &[("name", Format(Text::HeaderName))]),
    ("TCPSocketAction", &[("port", PORT_OR_NAME)]),
    ("GRPCAction", &[("port", PORT)]),
    ("ExecAction", &[("command", Filled)]),
    (
        "SecurityContext",
        &[("runAsUser", IDENTITY), ("runAsGroup", IDENTITY), ("procMount", Words(&["Default", "Unmasked"]))],
    ),
    ("SeccompProfile", &[("type", Words(&["RuntimeDefault", "Unconfined", "Localhost"]))]),
    ("AppArmorProfile", &[("type", Words(&["RuntimeDefault", "Unconfined", "Localhost"]))]),
    ("ResourceRequirements", &[("limits", Keys(Text::ResourceName)), ("requests", Keys(Text::ResourceName))]),
    // Volumes
    ("Volume", &[("name", LABEL)]),
    ("EmptyDirVolumeSource", &[("medium", Words(&["", "Memory", "HugePages"]))]),
    (
        "HostPathVolumeSource",
        &[
            ("path", Format(Text::NoBacksteps)),
            (
                "type",
                Words(&[
                    "",
                    "DirectoryOrCreate",
                    "Directory",
                    "FileOrCreate",
                    "File",
                    "Socket",
                    "CharDevice",
                    "BlockDevice",
                ]),
            ),
        ],
    ),
    ("ConfigMapVolumeSource", &[("defaultMode", MODE)]),
    ("SecretVolumeSource", &[("defaultMode", MODE)]),
    ("ProjectedVolumeSource", &[("defaultMode", MODE)]),
    ("DownwardAPIVolumeSource", &[("defaultMode", MODE)]),
    ("DownwardAPIVolumeFile", &[("path", Format(Text::RelativePath)), ("mode", MODE)]),
    ("KeyToPath", &[("key", Filled), ("path", Format(Text::RelativePath)), ("mode", MODE)]),
    ("ServiceAccountTokenProjection", &[("expirationSeconds", Min(600)), ("path", Format(Text::RelativePath))]),
    ("PersistentVolumeClaimVolumeSource", &[("claimName", SUBDOMAIN)]),
    // Workloads
    (
        "DeploymentSpec",
        &[
            ("replicas", Min(0)),
            ("minReadySeconds", Min(0)),
            ("revisionHistoryLimit", Min(0)),
            ("progressDeadlineSeconds", Min(0)),
        ],
    ),
    ("DeploymentStrategy", &[("type", Defaulted(&["Recreate", "RollingUpdate"]))]),
    (
        "RollingUpdateDeployment",
        &[("maxSurge", Format(Text::CountOrPercent)), ("maxUnavailable", Format(Text::CountOrShare))],
    ),
    ("ReplicaSetSpec", &[("replicas", Min(0)), ("minReadySeconds", Min(0))]),
    ("ReplicationControllerSpec", &[("replicas", Min(0)), ("minReadySeconds", Min(0))]),
    (
        "StatefulSetSpec",
        &[
            ("replicas", Min(0)),
            ("minReadySeconds", Min(0)),
            ("revisionHistoryLimit", Min(0)),
            ("podManagementPolicy", Defaulted(&["OrderedReady", "Parallel"])),
        ],
    ),
    ("StatefulSetUpdateStrategy", &[("type", Defaulted(&["RollingUpdate", "OnDelete"]))]),
    ("RollingUpdateStatefulSetStrategy", &[("partition", Min(0)), ("maxUnavailable", Format(Text::CountOrShare))]),
    ("StatefulSetOrdinals", &[("start", Min(0))]),
    (
        "StatefulSetPersistentVolumeClaimRetentionPolicy",
        &[("whenDeleted", Words(&["Retain", "Delete"])), ("whenScaled", Words(&["Retain", "Delete"]))],
    ),
    ("DaemonSetSpec", &[("minReadySeconds", Min(0)), ("revisionHistoryLimit", Min(0))]),
    ("DaemonSetUpdateStrategy", &[("type", Defaulted(&["RollingUpdate", "OnDelete"]))]),
    (
        "RollingUpdateDaemonSet",
        &[("maxSurge", Format(Text::CountOrShare)), ("maxUnavailable", Format(Text::CountOrShare))],
    ),
    (
        "JobSpec",
        &[
            ("parallelism", Min(0)),
            ("completions", Min(0)),
            ("backoffLimit", Min(0)),
            ("backoffLimitPerIndex", Min(0)),
            ("maxFailedIndexes", Min(0)),
            ("activeDeadlineSeconds", Min(0)),
            ("ttlSecondsAfterFinished", Min(0)),
            ("completionMode", Words(&["NonIndexed", "Indexed"])),
            ("podReplacementPolicy", Words(&["TerminatingOrFailed", "Failed"])),
        ],
    ),
    (
        "CronJobSpec",
        &[
            ("schedule", Format(Text::Schedule)),
            ("concurrencyPolicy", Defaulted(&["Allow", "Forbid", "Replace"])),
            ("startingDeadlineSeconds", Min(0)),
            ("successfulJobsHistoryLimit", Min(0)),
            ("failedJobsHistoryLimit", Min(0)),
        ],
    ),
    // Services and routes
    (
        "ServiceSpec",
        &[
            ("type", Defaulted(&["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
            ("sessionAffinity", Defaulted(&["None", "ClientIP"])),
            ("externalTrafficPolicy", Words(&["Cluster", "Local"])),
            ("internalTrafficPolicy", Words(&["Cluster", "Local"])),
            ("ipFamilyPolicy", Words(&["SingleStack", "PreferDualStack", "RequireDualStack"])),
            ("ipFamilies", Values(Text::IpFamily)),
            ("externalIPs", Values(Text::Ip)),
            ("loadBalancerSourceRanges", Values(Text::Cidr)),
            ("selector", Keys(Text::QualifiedName)),
            ("selector", Values(Text::LabelValue)),
            ("ports", Unique(&["name"])),
            ("ports", Unique(&["port", "protocol=TCP"])),
            ("healthCheckNodePort", PORT),
        ],
    ),
    (
        "ServicePort",
        &[
            ("port", PORT),
            ("targetPort", Format(Text::TargetPort)),
            ("nodePort", Range(30000, 32767)),
            ("protocol", PROTOCOL),
            ("name", LABEL),
        ],
    ),
    ("ClientIPConfig", &[("timeoutSeconds", Range(1, 86400))]),
    ("IngressRule", &[("host", Format(Text::Host))]),
    ("HTTPIngressRuleValue", &[("paths", Filled)]),
    ("HTTPIngressPath", &[("pathType", Words(&["Exact", "Prefix", "ImplementationSpecific"]))]),
    ("IngressServiceBackend", &[("name", Format(Text::ServiceName))]),
    ("ServiceBackendPort", &[("number", PORT), ("name", Format(Text::PortName))]),
    ("IngressTLS", &[("hosts", Values(Text::Host))]),
    ("NetworkPolicySpec", &[("policyTypes", Values(Text::PolicyType))]),
    ("NetworkPolicyPort", &[("protocol", PROTOCOL), ("port", PORT_OR_NAME), ("endPort", PORT)]),
    ("IPBlock", &[("cidr", Format(Text::Cidr)), ("except", Values(Text::Cidr))]),
    // Configuration and storage
    ("ConfigMap", &[("data", Keys(Text::ConfigKey)), ("binaryData", Keys(Text::ConfigKey))]),
    ("Secret", &[("data", Keys(Text::ConfigKey)), ("stringData", Keys(Text::ConfigKey))]),
    (
        "PersistentVolumeClaimSpec",
        &[
            ("accessModes", Filled),
            ("accessModes", Values(Text::AccessMode)),
            ("volumeMode", Words(&["Filesystem", "Block"])),
            ("storageClassName", SUBDOMAIN),
        ],
    ),
    (
        "PersistentVolumeSpec",
        &[
            ("accessModes", Filled),
            ("accessModes", Values(Text::AccessMode)),
            ("capacity", Filled),
            ("volumeMode", Words(&["Filesystem", "Block"])),
            ("persistentVolumeReclaimPolicy", Defaulted(&["Retain", "Delete", "Recycle"])),
        ],
    ),
    (
        "StorageClass",
        &[
            ("provisioner", Filled),
            ("reclaimPolicy", Words(&["Delete", "Retain"])),
            ("volumeBindingMode", Words(&["Immediate", "WaitForFirstConsumer"])),
        ],
    ),
    ("LimitRangeItem", &[("type", Words(&["Pod", "Container", "PersistentVolumeClaim"]))]),
    // Scaling
    (
        "autoscalingv1HorizontalPodAutoscalerSpec",
        &[("minReplicas", Min(1)), ("maxReplicas", Min(1)), ("targetCPUUtilizationPercentage", Min(1))],
    ),
    ("autoscalingv2HorizontalPodAutoscalerSpec", &[("minReplicas", Min(1)), ("maxReplicas", Min(1))]),
    ("MetricSpec", &[("type", Words(&["Resource", "ContainerResource", "Pods", "Object", "External"]))]),
    ("MetricTarget", &[("type", Words(&["Utilization", "Value", "AverageValue"])), ("averageUtilization", Min(1))]),
    (
        "HPAScalingRules",
        &[("selectPolicy", Words(&["Max", "Min", "Disabled"])), ("stabilizationWindowSeconds", Range(0, 3600))],
    ),
    (
        "HPAScalingPolicy",
        &[("type", Words(&["Pods", "Percent"])), ("value", Min(1)), ("periodSeconds", Range(1, 1800))],
    ),
    (
        "PodDisruptionBudgetSpec",
        &[
            ("minAvailable", Format(Text::CountOrShare)),
            ("maxUnavailable", Format(Text::CountOrShare)),
            ("unhealthyPodEvictionPolicy", Words(&["IfHealthyBudget", "AlwaysAllow"])),
        ],
    ),
    // Rights
    (
        "RoleRef",
        &[
            ("kind", Words(&["Role", "ClusterRole"])),
            ("apiGroup", Words(&["rbac.authorization.k8s.io", ""])),
            ("name", Filled),
        ],
    ),
    ("Subject", &[("kind", Words(&["User", "Group", "ServiceAccount"])), ("name", Filled)]),
    ("PolicyRule", &[("verbs", Filled)]),
    // Everything
    (
        "ObjectMeta",
        &[
            ("labels", Keys(Text::QualifiedName)),
            ("labels", Values(Text::LabelValue)),
            ("annotations", Keys(Text::AnnotationKey)),
            ("namespace", LABEL),
        ],
    ),
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
pub fn of(of: &str) -> &'static [(&'static str, Limit)] {
    OF_FIELDS.iter().find(|(name, _)| *name == of).map_or(&[], |(_, limits)| limits)
}

/// Returns those of one field.
pub fn of_field(limits: &'static [(&'static str, Limit)], field: &str) -> &'static [(&'static str, Limit)] {
    let Some(first) = limits.iter().position(|it| it.0 == field) else { return &[] };
    let n = limits[first..].iter().take_while(|it| it.0 == field).count();
    &limits[first..first + n]
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
        for (of, limits) in OF_FIELDS {
            for (field, _) in *limits {
                assert!(known.contains(&(*of, *field)), "{of}.{field}");
                let n = limits.iter().filter(|it| it.0 == *field).count();
                assert_eq!(of_field(limits, field).len(), n, "{of}.{field} stands in two places");
            }
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

"""Fields that take one of a few words. The schemas of Kubernetes do not say which; its Go types do.

Source: the constants of k8s.io/api and the validation of the API server. Fields whose words depend
on feature gates (operators of tolerations, restart policies of containers) are left out.
"""

from collections.abc import Mapping

_FLAG = "Retain Delete"
_PROTOCOL = "TCP UDP SCTP"
_EFFECT = "NoSchedule PreferNoSchedule NoExecute"
_PREEMPTION = "PreemptLowerPriority Never"

# The type as in `Node.go_type` → field → words.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "v1.PodSpec": {
        "restartPolicy": "Always OnFailure Never",
        "dnsPolicy": "ClusterFirst ClusterFirstWithHostNet Default None",
        "preemptionPolicy": _PREEMPTION,
    },
    "v1.Container": {
        "imagePullPolicy": "Always IfNotPresent Never",
        "terminationMessagePolicy": "File FallbackToLogsOnError",
    },
    "v1.ContainerPort": {"protocol": _PROTOCOL},
    "v1.ServicePort": {"protocol": _PROTOCOL},
    "v1.NetworkPolicyPort": {"protocol": _PROTOCOL},
    "v1.HTTPGetAction": {"scheme": "HTTP HTTPS"},
    "v1.SeccompProfile": {"type": "RuntimeDefault Localhost Unconfined"},
    "v1.ServiceSpec": {
        "type": "ClusterIP NodePort LoadBalancer ExternalName",
        "sessionAffinity": "None ClientIP",
        "externalTrafficPolicy": "Cluster Local",
        "internalTrafficPolicy": "Cluster Local",
        "ipFamilyPolicy": "SingleStack PreferDualStack RequireDualStack",
    },
    "v1.DeploymentStrategy": {"type": "RollingUpdate Recreate"},
    "v1.DaemonSetUpdateStrategy": {"type": "RollingUpdate OnDelete"},
    "v1.StatefulSetUpdateStrategy": {"type": "RollingUpdate OnDelete"},
    "v1.StatefulSetSpec": {"podManagementPolicy": "OrderedReady Parallel"},
    "v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
        "whenDeleted": _FLAG,
        "whenScaled": _FLAG,
    },
    "v1.CronJobSpec": {"concurrencyPolicy": "Allow Forbid Replace"},
    "v1.JobSpec": {
        "completionMode": "NonIndexed Indexed",
        "podReplacementPolicy": "TerminatingOrFailed Failed",
    },
    "v1.HTTPIngressPath": {"pathType": "Prefix Exact ImplementationSpecific"},
    "v1.Taint": {"effect": _EFFECT},
    "v1.Toleration": {"effect": _EFFECT},
    "v1.LabelSelectorRequirement": {"operator": "In NotIn Exists DoesNotExist"},
    "v1.NodeSelectorRequirement": {"operator": "In NotIn Exists DoesNotExist Gt Lt"},
    "v1.TopologySpreadConstraint": {
        "whenUnsatisfiable": "DoNotSchedule ScheduleAnyway",
        "nodeAffinityPolicy": "Honor Ignore",
        "nodeTaintsPolicy": "Honor Ignore",
    },
    "v1.PodDisruptionBudgetSpec": {"unhealthyPodEvictionPolicy": "IfHealthyBudget AlwaysAllow"},
    "v1.PersistentVolumeClaimSpec": {"volumeMode": "Filesystem Block"},
    "v1.PersistentVolumeSpec": {
        "persistentVolumeReclaimPolicy": "Retain Delete Recycle",
        "volumeMode": "Filesystem Block",
    },
    "v1.StorageClass": {
        "reclaimPolicy": _FLAG,
        "volumeBindingMode": "Immediate WaitForFirstConsumer",
    },
    "v1.PriorityClass": {"preemptionPolicy": _PREEMPTION},
    "v1.HostPathVolumeSource": {
        "type": "DirectoryOrCreate Directory FileOrCreate File Socket CharDevice BlockDevice"
    },
    "v1.RoleRef": {"kind": "Role ClusterRole"},
    "v1.Subject": {"kind": "ServiceAccount User Group"},
    "v2.MetricSpec": {"type": "Resource Pods Object External ContainerResource"},
    "v2.MetricTarget": {"type": "Utilization Value AverageValue"},
    "v2.HPAScalingRules": {"selectPolicy": "Max Min Disabled"},
}
CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    go_type: {name: tuple(words.split()) for name, words in names.items()}
    for go_type, names in _WORDS.items()
}

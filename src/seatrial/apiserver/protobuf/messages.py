"""Field numbers of the messages that kubectl and controllers send: a table, nothing else.

`s` text, `i` whole number, `b` truth, `y` bytes; capitals stand for fields that tell "absent" from
zero. A name stands for a message, `[x]` for a list, `{x}` for a map from text.

The numbers are those of the `generated.proto` files of `k8s.io/api` and `k8s.io/apimachinery`.

Differs from Kubernetes: only these messages and fields are read; whoever sends another one is told
to send JSON (415).
"""

from collections.abc import Mapping
from typing import TypeAlias

from seatrial.apiserver.protobuf.pods import POD_MESSAGES

# Field number to (JSON name, type).
Fields: TypeAlias = Mapping[int, tuple[str, str]]

_TEMPLATED_OBJECT: Fields = {1: ("metadata", "ObjectMeta"), 2: ("spec", "PodSpec")}

MESSAGES: Mapping[str, Fields] = {
    "Unknown": {
        1: ("typeMeta", "TypeMeta"),
        2: ("raw", "y"),
        3: ("contentEncoding", "s"),
        4: ("contentType", "s"),
    },
    "TypeMeta": {1: ("apiVersion", "s"), 2: ("kind", "s")},
    "ObjectMeta": {
        1: ("name", "s"),
        2: ("generateName", "s"),
        3: ("namespace", "s"),
        4: ("selfLink", "s"),
        5: ("uid", "s"),
        6: ("resourceVersion", "s"),
        7: ("generation", "i"),
        8: ("creationTimestamp", "Time"),
        9: ("deletionTimestamp", "Time"),
        10: ("deletionGracePeriodSeconds", "I"),
        11: ("labels", "{s}"),
        12: ("annotations", "{s}"),
        13: ("ownerReferences", "[OwnerReference]"),
        14: ("finalizers", "[s]"),
    },
    "OwnerReference": {
        1: ("kind", "s"),
        3: ("name", "s"),
        4: ("uid", "s"),
        5: ("apiVersion", "s"),
        6: ("controller", "B"),
        7: ("blockOwnerDeletion", "B"),
    },
    "LabelSelector": {
        1: ("matchLabels", "{s}"),
        2: ("matchExpressions", "[LabelSelectorRequirement]"),
    },
    "LabelSelectorRequirement": {1: ("key", "s"), 2: ("operator", "s"), 3: ("values", "[s]")},
    **POD_MESSAGES,
    "LocalObjectReference": {1: ("name", "s")},
    "ObjectReference": {
        1: ("kind", "s"),
        2: ("namespace", "s"),
        3: ("name", "s"),
        4: ("uid", "s"),
        5: ("apiVersion", "s"),
        6: ("resourceVersion", "s"),
        7: ("fieldPath", "s"),
    },
    "v1/Namespace": {
        1: ("metadata", "ObjectMeta"),
        2: ("spec", "NamespaceSpec"),
        3: ("status", "NamespaceStatus"),
    },
    "NamespaceSpec": {1: ("finalizers", "[s]")},
    "NamespaceStatus": {1: ("phase", "s")},
    "v1/ConfigMap": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "{s}"),
        3: ("binaryData", "{y}"),
        4: ("immutable", "B"),
    },
    "v1/Secret": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "{y}"),
        3: ("type", "s"),
        4: ("stringData", "{s}"),
        5: ("immutable", "B"),
    },
    "v1/ServiceAccount": {
        1: ("metadata", "ObjectMeta"),
        2: ("secrets", "[ObjectReference]"),
        3: ("imagePullSecrets", "[LocalObjectReference]"),
        4: ("automountServiceAccountToken", "B"),
    },
    "v1/Service": {
        1: ("metadata", "ObjectMeta"),
        2: ("spec", "ServiceSpec"),
        3: ("status", "ServiceStatus"),
    },
    "ServiceSpec": {
        1: ("ports", "[ServicePort]"),
        2: ("selector", "{s}"),
        3: ("clusterIP", "s"),
        4: ("type", "s"),
        5: ("externalIPs", "[s]"),
        7: ("sessionAffinity", "s"),
        8: ("loadBalancerIP", "s"),
        9: ("loadBalancerSourceRanges", "[s]"),
        10: ("externalName", "s"),
        11: ("externalTrafficPolicy", "s"),
        12: ("healthCheckNodePort", "i"),
        13: ("publishNotReadyAddresses", "b"),
        17: ("ipFamilyPolicy", "s"),
        18: ("clusterIPs", "[s]"),
        19: ("ipFamilies", "[s]"),
        20: ("allocateLoadBalancerNodePorts", "B"),
        21: ("loadBalancerClass", "s"),
        22: ("internalTrafficPolicy", "s"),
        23: ("trafficDistribution", "s"),
    },
    "ServicePort": {
        1: ("name", "s"),
        2: ("protocol", "s"),
        3: ("port", "i"),
        4: ("targetPort", "IntOrString"),
        5: ("nodePort", "i"),
        6: ("appProtocol", "s"),
    },
    "ServiceStatus": {1: ("loadBalancer", "LoadBalancerStatus")},
    "LoadBalancerStatus": {},
    "apps/v1/Deployment": {
        1: ("metadata", "ObjectMeta"),
        2: ("spec", "DeploymentSpec"),
        3: ("status", "DeploymentStatus"),
    },
    "DeploymentSpec": {
        1: ("replicas", "I"),
        2: ("selector", "LabelSelector"),
        3: ("template", "PodTemplateSpec"),
        4: ("strategy", "DeploymentStrategy"),
        5: ("minReadySeconds", "i"),
        6: ("revisionHistoryLimit", "I"),
        7: ("paused", "b"),
        9: ("progressDeadlineSeconds", "I"),
    },
    "DeploymentStrategy": {1: ("type", "s"), 2: ("rollingUpdate", "RollingUpdateDeployment")},
    "RollingUpdateDeployment": {
        1: ("maxUnavailable", "IntOrString"),
        2: ("maxSurge", "IntOrString"),
    },
    "DeploymentStatus": {
        1: ("observedGeneration", "i"),
        2: ("replicas", "i"),
        3: ("updatedReplicas", "i"),
        4: ("availableReplicas", "i"),
        5: ("unavailableReplicas", "i"),
        6: ("conditions", "[DeploymentCondition]"),
        7: ("readyReplicas", "i"),
        8: ("collisionCount", "I"),
    },
    "DeploymentCondition": {
        1: ("type", "s"),
        2: ("status", "s"),
        4: ("reason", "s"),
        5: ("message", "s"),
        6: ("lastUpdateTime", "Time"),
        7: ("lastTransitionTime", "Time"),
    },
    "v1/Event": {
        1: ("metadata", "ObjectMeta"),
        2: ("involvedObject", "ObjectReference"),
        3: ("reason", "s"),
        4: ("message", "s"),
        5: ("source", "EventSource"),
        6: ("firstTimestamp", "Time"),
        7: ("lastTimestamp", "Time"),
        8: ("count", "i"),
        9: ("type", "s"),
        10: ("eventTime", "MicroTime"),
        11: ("series", "EventSeries"),
        12: ("action", "s"),
        13: ("related", "ObjectReference"),
        14: ("reportingComponent", "s"),
        15: ("reportingInstance", "s"),
    },
    "EventSource": {1: ("component", "s"), 2: ("host", "s")},
    "EventSeries": {1: ("count", "i"), 2: ("lastObservedTime", "MicroTime")},
    "coordination.k8s.io/v1/Lease": {1: ("metadata", "ObjectMeta"), 2: ("spec", "LeaseSpec")},
    "LeaseSpec": {
        1: ("holderIdentity", "s"),
        2: ("leaseDurationSeconds", "I"),
        3: ("acquireTime", "MicroTime"),
        4: ("renewTime", "MicroTime"),
        5: ("leaseTransitions", "I"),
        6: ("strategy", "s"),
        7: ("preferredHolder", "s"),
    },
    "v1/Pod": {**_TEMPLATED_OBJECT, 3: ("status", "PodStatus")},
    "PodStatus": {1: ("phase", "s")},
    "PodTemplateSpec": _TEMPLATED_OBJECT,
    "v1/Binding": {1: ("metadata", "ObjectMeta"), 2: ("target", "ObjectReference")},
    "policy/v1/Eviction": {1: ("metadata", "ObjectMeta"), 2: ("deleteOptions", "DeleteOptions")},
    "v1/DeleteOptions": {
        1: ("gracePeriodSeconds", "I"),
        2: ("preconditions", "Preconditions"),
        3: ("orphanDependents", "B"),
        4: ("propagationPolicy", "s"),
        5: ("dryRun", "[s]"),
    },
    "Preconditions": {1: ("uid", "s"), 2: ("resourceVersion", "s")},
    "authentication.k8s.io/v1/TokenRequest": {
        1: ("metadata", "ObjectMeta"),
        2: ("spec", "TokenRequestSpec"),
        3: ("status", "TokenRequestStatus"),
    },
    "TokenRequestSpec": {
        1: ("audiences", "[s]"),
        3: ("boundObjectRef", "BoundObjectReference"),
        4: ("expirationSeconds", "I"),
    },
    "BoundObjectReference": {
        1: ("kind", "s"),
        2: ("apiVersion", "s"),
        3: ("name", "s"),
        4: ("uid", "s"),
    },
    "TokenRequestStatus": {1: ("token", "s"), 2: ("expirationTimestamp", "Time")},
    "autoscaling/v1/Scale": {
        1: ("metadata", "ObjectMeta"),
        2: ("spec", "ScaleSpec"),
        3: ("status", "ScaleStatus"),
    },
    "ScaleSpec": {1: ("replicas", "i")},
    "ScaleStatus": {1: ("replicas", "i"), 2: ("selector", "s")},
}
# One message, two names.
ALIASES: Mapping[str, str] = {
    "DeleteOptions": "v1/DeleteOptions",
    "meta.k8s.io/v1/DeleteOptions": "v1/DeleteOptions",
}

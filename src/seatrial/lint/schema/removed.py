"""API versions that were gone before the oldest version we have schemas of.

Source: the "Deprecated API Migration Guide" of Kubernetes' documentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Removed:
    """Served until 1.`last`; `instead` is "" where nothing took its place."""

    last: int
    instead: str


def _until(last: int, table: str) -> dict[tuple[str, str], Removed]:
    """Lines of `apiVersion instead Kind Kind ...`; a - is for nothing."""
    rows = (line.split() for line in table.strip().splitlines())
    return {
        (api_version, kind): Removed(last, "" if instead == "-" else instead)
        for api_version, instead, *kinds in rows
        for kind in kinds
    }


REMOVED: Mapping[tuple[str, str], Removed] = {
    **_until(24, """
        autoscaling/v2beta1 autoscaling/v2 HorizontalPodAutoscaler
        batch/v1beta1 batch/v1 CronJob
        discovery.k8s.io/v1beta1 discovery.k8s.io/v1 EndpointSlice
        events.k8s.io/v1beta1 events.k8s.io/v1 Event
        node.k8s.io/v1beta1 node.k8s.io/v1 RuntimeClass
        policy/v1beta1 policy/v1 PodDisruptionBudget
        policy/v1beta1 - PodSecurityPolicy
    """),
    **_until(21, """
        admissionregistration.k8s.io/v1beta1 admissionregistration.k8s.io/v1 \
            MutatingWebhookConfiguration ValidatingWebhookConfiguration
        apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1 CustomResourceDefinition
        apiregistration.k8s.io/v1beta1 apiregistration.k8s.io/v1 APIService
        authentication.k8s.io/v1beta1 authentication.k8s.io/v1 TokenReview
        authorization.k8s.io/v1beta1 authorization.k8s.io/v1 \
            LocalSubjectAccessReview SelfSubjectAccessReview SubjectAccessReview
        certificates.k8s.io/v1beta1 certificates.k8s.io/v1 CertificateSigningRequest
        coordination.k8s.io/v1beta1 coordination.k8s.io/v1 Lease
        extensions/v1beta1 networking.k8s.io/v1 Ingress
        networking.k8s.io/v1beta1 networking.k8s.io/v1 Ingress IngressClass
        rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1 \
            ClusterRole ClusterRoleBinding Role RoleBinding
        scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1 PriorityClass
        storage.k8s.io/v1beta1 storage.k8s.io/v1 CSIDriver CSINode StorageClass VolumeAttachment
    """),
    **_until(20, """
        batch/v2alpha1 batch/v1 CronJob
    """),
    **_until(15, """
        apps/v1beta1 apps/v1 ControllerRevision Deployment ReplicaSet StatefulSet
        apps/v1beta2 apps/v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
        extensions/v1beta1 apps/v1 DaemonSet Deployment ReplicaSet
        extensions/v1beta1 networking.k8s.io/v1 NetworkPolicy
        extensions/v1beta1 - PodSecurityPolicy
    """),
}  # fmt: skip

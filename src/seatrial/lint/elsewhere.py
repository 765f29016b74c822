"""What makes pods, Services and configuration besides the manifests that say so.

Does: tells when operators are at work in a namespace (a Prometheus, a postgresql, a HelmRelease),
and which labels a pod may be given while it runs. A rule that finds something missing asks here
whether it can know.
"""

from collections.abc import Iterator

from seatrial.lint.inventory import Inventory
from seatrial.lint.manifest import Manifest, mapping, sequence

# Groups, besides those of Kubernetes itself, whose objects bring no pods of their own.
QUIET_GROUPS = frozenset(
    {
        "cert-manager.io", "acme.cert-manager.io", "trust.cert-manager.io", "external-secrets.io",
        "generators.external-secrets.io", "bitnami.com", "networking.istio.io",
        "security.istio.io", "telemetry.istio.io", "traefik.io", "traefik.containo.us",
        "kyverno.io", "keda.sh", "cilium.io", "crd.projectcalico.org", "projectcalico.org",
        "projectcontour.io", "metallb.io", "secrets-store.csi.x-k8s.io", "kustomize.config.k8s.io",
        "faults.seatrial.dev", "cloud.google.com", "networking.gke.io", "elbv2.k8s.aws",
        "route.openshift.io", "security.openshift.io", "templates.gatekeeper.sh",
        "constraints.gatekeeper.sh", "linkerd.io", "policy.linkerd.io", "grafana.integreatly.org",
    }
)  # fmt: skip
# Kinds of the Prometheus operator that it only reads.
QUIET_KINDS = frozenset({"ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe",
                         "AlertmanagerConfig", "ScrapeConfig"})  # fmt: skip
BUILT_IN = frozenset({"", "apps", "batch", "autoscaling", "policy", "extensions"})
# Labels that controllers of Kubernetes give to pods; the inventory knows those of StatefulSets.
CONTROLLER_LABELS = frozenset({
    "pod-template-hash", "controller-revision-hash", "job-name", "controller-uid",
    "batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
})  # fmt: skip
# Words in labels by which replicated servers tell which of them leads.
ROLE_WORDS = ("role", "master", "primary", "leader", "active", "standby", "replica")


def has_operators(inventory: Inventory, namespace: str) -> bool:
    """An object in the namespace may make pods, Services and more that no manifest shows."""
    found: frozenset[str] = inventory.remember("elsewhere", lambda: _with_operators(inventory))
    return namespace in found


def is_set_at_run_time(inventory: Inventory, namespace: str, label: str) -> bool:
    """Pods may carry this label without their template having it."""
    if label in CONTROLLER_LABELS or any(word in label for word in ROLE_WORDS):
        return True
    labellers: frozenset[str] = inventory.remember("labellers", lambda: _labellers(inventory))
    return namespace in labellers or "*" in labellers


def _with_operators(inventory: Inventory) -> frozenset[str]:
    return frozenset(each.namespace for each in inventory.manifests if _brings_pods(each))


def _brings_pods(manifest: Manifest) -> bool:
    group = manifest.group
    is_known = group in BUILT_IN or group in QUIET_GROUPS or group.endswith(".k8s.io")
    return not (is_known or manifest.kind in QUIET_KINDS)


def _labellers(inventory: Inventory) -> frozenset[str]:
    """The namespaces whose pods somebody may patch; "*" for all."""
    return frozenset(
        "*" if role.kind == "ClusterRole" else role.namespace
        for role in inventory.of_kind("Role", "ClusterRole")
        if any(_patches_pods(*each) for each in _grants(role))
    )


def _grants(role: Manifest) -> Iterator[tuple[set[str], set[str]]]:
    for rule in map(mapping, sequence(role.value.get("rules"))):
        yield (
            set(map(str, sequence(rule.get("resources")))),
            set(map(str, sequence(rule.get("verbs")))),
        )


def _patches_pods(resources: set[str], verbs: set[str]) -> bool:
    return bool(resources & {"pods", "*"}) and bool(verbs & {"patch", "update", "*"})

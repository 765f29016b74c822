"""A Pod stands alone: no workload would make another one.

Why it hurts: a Pod is never moved. When its node is drained or dies it is gone for good, and
nobody is told.

Prove it: drain the node of a naked pod (`kubectl drain --force`): it does not come back.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
    spec:
      containers:
      - name: web
        image: web:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - name: web
            image: web:1.0
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    # A pod that runs once is an errand, not a service.
    if manifest.spec.get("restartPolicy", "Always") != "Always" or _is_hook(manifest):
        return
    # A static pod belongs to its node: the kubelet itself starts it again.
    is_static = manifest.spec.get("priorityClassName") == "system-node-critical"
    if not is_static and not manifest.metadata.get("ownerReferences"):
        yield Hit(
            ("kind",),
            "a naked Pod is not replaced when its node is drained or dies",
            "make it a Deployment, or a Job where it ends",
        )


def _is_hook(manifest: Manifest) -> bool:
    """Helm starts it, waits for it and takes it away."""
    return any(str(name).startswith("helm.sh/hook") for name in manifest.annotations)


RULE = Rule(
    code="SEA801",
    name="naked-pod",
    severity=WARNING,
    summary="a Pod that no workload would replace",
    check_manifest=check,
    kinds=frozenset({"Pod"}),
)

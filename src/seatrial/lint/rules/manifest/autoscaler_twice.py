"""Two autoscalers scale one workload.

Why it hurts: each sets the replicas to its own number, again and again. HorizontalPodAutoscalers
that see the same pods stop altogether (AmbiguousSelector); a ScaledObject of KEDA makes one of its
own and fights with yours.

Prove it: `kubectl describe hpa` after applying both.

Bad:
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
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web-memory
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5

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
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5
"""

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World

# Kind of autoscaler → the kind of target that it means when none is said.
AUTOSCALERS = {"HorizontalPodAutoscaler": "", "ScaledObject": "Deployment"}
Target = tuple[str, str, str]  # kind, name, namespace


def check(manifest: Manifest, world: World) -> Hits:
    target = _target(manifest)
    firsts: dict[Target, Manifest] = world.inventory.remember(
        "first autoscalers", lambda: _firsts(world)
    )
    first = firsts[target]
    if _is_other(first, manifest):
        yield Hit(
            ("spec", "scaleTargetRef"),
            f"{first.object} already scales {target[0]}/{target[1]}",
            "keep one autoscaler, with the metrics of both: it takes the largest answer",
        )


def _firsts(world: World) -> dict[Target, Manifest]:
    found: dict[Target, Manifest] = {}
    for each in world.inventory.of_kind(*AUTOSCALERS):
        found.setdefault(_target(each), each)
    return found


def _is_other(first: Manifest, manifest: Manifest) -> bool:
    """Two versions of one object are not two."""
    return (first.kind, first.name) != (manifest.kind, manifest.name)


def _target(manifest: Manifest) -> Target:
    target = mapping(manifest.spec.get("scaleTargetRef"))
    kind = target.get("kind") or AUTOSCALERS[manifest.kind]
    return str(kind), str(target.get("name")), manifest.namespace


RULE = Rule(
    code="SEA810",
    name="autoscaler-twice",
    severity=ERROR,
    summary="two autoscalers of one workload",
    check_manifest=check,
    kinds=frozenset(AUTOSCALERS),
)

"""A PodDisruptionBudget has both minAvailable and maxUnavailable.

Why it hurts: the API server refuses it: the two exclude each other.

Prove it: `kubectl apply --dry-run=server` says so.

Bad:
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      minAvailable: 1
      maxUnavailable: 1
      selector:
        matchLabels: {app: web}

Good:
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      maxUnavailable: 1
      selector:
        matchLabels: {app: web}
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    spec = manifest.spec
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield Hit(
            ("spec", "minAvailable"),
            f"minAvailable {spec['minAvailable']} and maxUnavailable {spec['maxUnavailable']}"
            " exclude each other: the API server refuses both",
            "keep one of them; maxUnavailable also fits when the number of replicas changes",
        )


RULE = Rule(
    code="SEA204",
    name="disruption-budget-refused",
    severity=ERROR,
    summary="a PodDisruptionBudget has both minAvailable and maxUnavailable",
    check_manifest=check,
    kinds=frozenset({"PodDisruptionBudget"}),
)

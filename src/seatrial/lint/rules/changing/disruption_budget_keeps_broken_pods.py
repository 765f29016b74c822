"""A PodDisruptionBudget keeps pods that do not work from being evicted.

`unhealthyPodEvictionPolicy` is on by default since Kubernetes 1.27.

Why it hurts: by default (`IfHealthyBudget`) a running pod that is not ready may only be evicted
while the budget has enough healthy ones. An application that is broken anyway - a wrong secret, a
crash loop - blocks every drain of its nodes. `AlwaysAllow` lets pods go that serve nobody.

Prove it: `seatrial verify --trial node-drain` with a version that never becomes ready.

Bad:
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
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
      unhealthyPodEvictionPolicy: AlwaysAllow
      selector:
        matchLabels: {app: web}
"""

from seatrial.lint.edits import SetField
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World

_PATH = ("spec", "unhealthyPodEvictionPolicy")
SINCE = (1, 27)


def check(manifest: Manifest, world: World) -> Hits:
    if world.kubernetes_version >= SINCE and _PATH[1] not in manifest.spec:
        yield Hit(
            _PATH,
            f"{manifest.object} keeps pods that are not ready from being evicted: a broken version"
            " blocks the drain of its nodes",
            "set it to AlwaysAllow",
            (SetField(_PATH, "AlwaysAllow"),),
        )


RULE = Rule(
    code="SEA204",
    name="disruption-budget-keeps-broken-pods",
    severity=INFO,
    summary="a PodDisruptionBudget keeps broken pods from being evicted",
    check_manifest=check,
    kinds=frozenset({"PodDisruptionBudget"}),
)

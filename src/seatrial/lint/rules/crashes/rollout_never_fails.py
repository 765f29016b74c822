"""A Deployment has switched off the deadline of its rollouts.

`progressDeadlineSeconds: 2147483647`.

Why it hurts: a version that never becomes Ready is "in progress" for ever. The condition
`Progressing` never turns False, `kubectl rollout status` never returns, and whatever waits for
either of them is not told.

Prove it: `seatrial verify --trial bad-rollout` rolls out a version that never becomes Ready.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      progressDeadlineSeconds: 2147483647
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.0
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World

_FIELD = ("spec", "progressDeadlineSeconds")
_NEVER_S = 2**31 - 1  # what the Deployment controller takes for "no deadline"


def check(manifest: Manifest, world: World) -> Hits:
    value = manifest.spec.get("progressDeadlineSeconds")
    if isinstance(value, int) and value >= _NEVER_S:
        yield Hit(
            _FIELD,
            "a rollout that never gets ready is never said to have failed",
            "remove it: the default is 600 s",
            (RemoveField(_FIELD),),
        )


RULE = Rule(
    code="SEA703",
    name="rollout-never-fails",
    severity=WARNING,
    summary="the deadline of rollouts is switched off",
    check_manifest=check,
    kinds=frozenset({"Deployment"}),
)

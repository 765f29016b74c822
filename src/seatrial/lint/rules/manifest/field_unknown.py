"""A field that the kind does not have: misspelt, in the wrong place, or of another version of
Kubernetes.

Why it hurts: kubectl refuses the manifest; a tool that does not validate strictly (many operators
and deployment tools) applies it without the field. The probe, the hook or the grace period that was
meant is then simply not there, and nobody is told.

Prove it: apply the manifest with `kubectl apply --validate=ignore` and read it back: the field is
gone. `seatrial verify` sails what is left.

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
            terminationGracePeriodSeconds: 60
            livenesProbe:
              httpGet: {path: /, port: 8080}

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
          terminationGracePeriodSeconds: 60
          containers:
          - name: web
            image: web:1.0
            livenessProbe:
              httpGet: {path: /, port: 8080}
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.schema.judge import problems_of


def check(manifest: Manifest, world: World) -> Hits:
    for each in problems_of(manifest, world):
        if each.sort == "unknown":
            yield Hit(each.path, each.message, each.advice, each.edits)


RULE = Rule(
    code="SEA816",
    name="field-unknown",
    severity=ERROR,
    summary="the kind has no field of this name here",
    check_manifest=check,
)

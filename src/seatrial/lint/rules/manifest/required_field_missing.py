"""A field is missing without which the API server refuses the object.

Why it hurts: the object is never created. Among several files the others are, and what runs then is
half of an application.

Prove it: `kubectl apply --dry-run=server` answers "Required value".

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
          - image: web:1.0

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
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.schema.judge import problems_of


def check(manifest: Manifest, world: World) -> Hits:
    for each in problems_of(manifest, world):
        if each.sort == "missing":
            yield Hit(each.path, each.message, each.advice, each.edits)


RULE = Rule(
    code="SEA816",
    name="required-field-missing",
    severity=ERROR,
    summary="a field is missing that the API server insists on",
    check_manifest=check,
)

"""A value of the right type that the API server refuses: a word it does not know, a name that may
not be, a port out of range.

Why it hurts: the object is never created, or the update that carries the value never happens, and
what runs stays as it was.

Prove it: `kubectl apply --dry-run=server` answers "Unsupported value" or "Invalid value".

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: Web_1
    spec:
      restartPolicy: never
      containers:
      - name: web
        image: web:1.0
        ports:
        - containerPort: 80800

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: web-1
    spec:
      restartPolicy: Never
      containers:
      - name: web
        image: web:1.0
        ports:
        - containerPort: 8080
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.schema.judge import problems_of


def check(manifest: Manifest, world: World) -> Hits:
    for each in problems_of(manifest, world):
        if each.sort == "value":
            yield Hit(each.path, each.message, each.advice, each.edits)


RULE = Rule(
    code="SEA816",
    name="value-refused",
    severity=ERROR,
    summary="the API server refuses the value",
    check_manifest=check,
)

"""A value of the wrong type: a number where text is wanted, text where a number is, a mapping where
a list is, a quantity that is none.

Why it hurts: the API server refuses the object. YAML makes this easy: `value: 8080`, `value: yes`
and `version: 1.10` are not text until they have quotes. The rollout that carries it does not begin,
often half way through a set of files.

Prove it: `kubectl apply --dry-run=server` answers "cannot unmarshal number into Go struct field
EnvVar.value of type string".

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
      annotations:
        prometheus.io/scrape: true
    spec:
      containers:
      - name: web
        image: web:1.0
        env:
        - name: PORT
          value: 8080
        resources:
          limits:
            memory: 1Gb

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
      annotations:
        prometheus.io/scrape: "true"
    spec:
      containers:
      - name: web
        image: web:1.0
        env:
        - name: PORT
          value: "8080"
        resources:
          limits:
            memory: 1Gi
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.schema.judge import problems_of


def check(manifest: Manifest, world: World) -> Hits:
    for each in problems_of(manifest, world):
        if each.sort == "type":
            yield Hit(each.path, each.message, each.advice, each.edits)


RULE = Rule(
    code="SEA816",
    name="field-wrong-type",
    severity=ERROR,
    summary="a value is not of the type that its field takes",
    check_manifest=check,
)

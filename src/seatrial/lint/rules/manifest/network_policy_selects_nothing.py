"""A NetworkPolicy selects no pod that any of the manifests makes.

Why it hurts: what it was to protect is open, or, where another policy denies everything, what it
was to allow is closed. Neither is an error anywhere.

Prove it: `kubectl get pods -l` with its labels.

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
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: web
    spec:
      podSelector:
        matchLabels: {app: wbe}
      ingress:
      - from:
        - podSelector:
            matchLabels: {app: web}

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
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: web
    spec:
      podSelector:
        matchLabels: {app: web}
      ingress:
      - from:
        - podSelector:
            matchLabels: {app: web}
"""

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._policies import meets_nobody, selector_in

GROUP = "networking.k8s.io"


def check(manifest: Manifest, world: World) -> Hits:
    value = mapping(manifest.spec.get("podSelector"))
    if manifest.group == GROUP and meets_nobody(value, manifest.namespace, world):
        yield Hit(
            ("spec", "podSelector"),
            f"no pod of these manifests has the labels {selector_in(value)}",
            "mend the selector, or the labels of the pod template",
        )


RULE = Rule(
    code="SEA809",
    name="network-policy-selects-nothing",
    severity=WARNING,
    summary="a NetworkPolicy whose selector matches no pod of the manifests",
    check_manifest=check,
    kinds=frozenset({"NetworkPolicy"}),
)

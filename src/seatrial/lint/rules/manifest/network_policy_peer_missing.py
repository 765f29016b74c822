"""A NetworkPolicy allows traffic from or to pods of its own namespace that no manifest makes.

Why it hurts: the peer may be somebody else's. Where it is misspelt, its connections time out, from
the day on which somebody enforces policies.

Prove it: `kubectl get pods -l` with the peer's labels.

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
        matchLabels: {app: web}
      ingress:
      - from:
        - podSelector:
            matchLabels: {app: wbe}

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

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._policies import meets_nobody, selector_in

GROUP = "networking.k8s.io"
SIDES = {"ingress": "from", "egress": "to"}


def check(manifest: Manifest, world: World) -> Hits:
    if manifest.group != GROUP:
        return
    for path, value in _peers(manifest):
        if meets_nobody(value, manifest.namespace, world):
            yield Hit(
                path,
                f"no pod of these manifests has the labels {selector_in(value)}",
                "mend the selector; add a namespaceSelector where the peer lives elsewhere",
            )


def _peers(manifest: Manifest) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """Peers of the policy's own namespace."""
    for side, field in SIDES.items():
        for number, entry in enumerate(sequence(manifest.spec.get(side))):
            for index, peer in enumerate(sequence(mapping(entry).get(field))):
                value = mapping(mapping(peer).get("podSelector"))
                if value and "namespaceSelector" not in mapping(peer):
                    yield ("spec", side, number, field, index, "podSelector"), value


RULE = Rule(
    code="SEA809",
    name="network-policy-peer-missing",
    severity=INFO,
    summary="a NetworkPolicy's peer that matches no pod of the manifests",
    check_manifest=check,
    kinds=frozenset({"NetworkPolicy"}),
)

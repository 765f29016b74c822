"""A route of the Gateway API leads to a Service that is not there, or to a port that the Service
does not have.

Why it hurts: the gateway answers 500 for what the rule matches. It shows as the condition
ResolvedRefs of the route, which nobody reads.

Prove it: apply it and ask the gateway for the path.

Bad:
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata:
      name: web
    spec:
      parentRefs:
      - name: outside
      rules:
      - backendRefs:
        - name: web
          port: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - name: http
        port: 80

Good:
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata:
      name: web
    spec:
      parentRefs:
      - name: outside
      rules:
      - backendRefs:
        - name: web
          port: 80
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - name: http
        port: 80
"""

from collections.abc import Iterator, Mapping
from typing import Any

from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.rule import ERROR, Hits, Rule, World
from seatrial.lint.rules.manifest._backends import Backend, judge

KINDS = frozenset({"HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"})
GROUP = "gateway.networking.k8s.io"


def check(manifest: Manifest, world: World) -> Hits:
    if manifest.group != GROUP:
        return
    for path, value in _backends(manifest):
        name = value.get("name")
        if isinstance(name, str) and value.get("kind", "Service") == "Service":
            namespace = str(value.get("namespace") or manifest.namespace)
            places = (*path, "name"), (*path, "port")
            yield from judge(Backend(name, namespace, value.get("port"), *places), world)


def _backends(manifest: Manifest) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    for number, rule in enumerate(sequence(manifest.spec.get("rules"))):
        for index, entry in enumerate(sequence(mapping(rule).get("backendRefs"))):
            yield ("spec", "rules", number, "backendRefs", index), mapping(entry)


RULE = Rule(
    code="SEA808",
    name="route-backend-missing",
    severity=ERROR,
    summary="a route of the Gateway API to a Service or port that is not there",
    check_manifest=check,
    kinds=KINDS,
)

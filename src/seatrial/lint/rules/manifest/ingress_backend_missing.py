"""An Ingress leads to a Service that is not there, or to a port that the Service does not have.

Why it hurts: clients get 503 for that path, and nothing in the Ingress' status says why.

Prove it: apply it and ask the ingress for the path.

Bad:
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: web
    spec:
      rules:
      - http:
          paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port: {number: 8080}
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
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: web
    spec:
      rules:
      - http:
          paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port: {number: 80}
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

# AWS' controller reads what to do from an annotation; there is no Service.
BY_ANNOTATION = "use-annotation"


def check(manifest: Manifest, world: World) -> Hits:
    for path, value in _backends(manifest):
        service = mapping(value.get("service"))
        name, port = service.get("name"), mapping(service.get("port"))
        if isinstance(name, str) and port.get("name") != BY_ANNOTATION:
            said = port.get("number", port.get("name"))
            places = (*path, "service", "name"), (*path, "service", "port")
            yield from judge(Backend(name, manifest.namespace, said, *places), world)


def _backends(manifest: Manifest) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    yield ("spec", "defaultBackend"), mapping(manifest.spec.get("defaultBackend"))
    for number, rule in enumerate(sequence(manifest.spec.get("rules"))):
        http = mapping(mapping(rule).get("http"))
        for index, entry in enumerate(sequence(http.get("paths"))):
            place = ("spec", "rules", number, "http", "paths", index, "backend")
            yield place, mapping(mapping(entry).get("backend"))


RULE = Rule(
    code="SEA808",
    name="ingress-backend-missing",
    severity=ERROR,
    summary="an Ingress to a Service or port that is not there",
    check_manifest=check,
    kinds=frozenset({"Ingress"}),
)

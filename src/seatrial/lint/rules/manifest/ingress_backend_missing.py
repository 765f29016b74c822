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
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    for path, backend in _backends(manifest):
        service = mapping(backend.get("service"))
        name = service.get("name")
        if not isinstance(name, str):
            continue
        found = world.inventory.find("Service", name, manifest.namespace)
        if found is None:
            if not world.inventory.exists("Service", name, manifest.namespace):
                yield Hit(
                    (*path, "service", "name"),
                    f"there is no Service {name} among the manifests",
                    "mend the name, or declare it as given: --given Service/" + name,
                )
        elif not _has_port(found, mapping(service.get("port"))):
            yield Hit(
                (*path, "service", "port"),
                f"Service/{name} has no port {_said(mapping(service.get('port')))}",
                f"its ports are {', '.join(_ports(found))}",
            )


def _backends(manifest: Manifest) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    yield ("spec", "defaultBackend"), mapping(manifest.spec.get("defaultBackend"))
    for number, rule in enumerate(sequence(manifest.spec.get("rules"))):
        http = mapping(mapping(rule).get("http"))
        for index, entry in enumerate(sequence(http.get("paths"))):
            place = ("spec", "rules", number, "http", "paths", index, "backend")
            yield place, mapping(mapping(entry).get("backend"))


def _has_port(service: Manifest, wanted: Mapping[str, Any]) -> bool:
    ports = map(mapping, sequence(service.spec.get("ports")))
    if "number" in wanted:
        return any(port.get("port") == wanted["number"] for port in ports)
    return any(port.get("name") == wanted.get("name") for port in ports)


def _said(port: Mapping[str, Any]) -> str:
    return str(port.get("number", port.get("name", "")))


def _ports(service: Manifest) -> Iterator[str]:
    for port in map(mapping, sequence(service.spec.get("ports"))):
        name = port.get("name")
        yield f"{port.get('port')} ({name})" if name else str(port.get("port"))


RULE = Rule(
    code="SEA808",
    name="ingress-backend-missing",
    severity=ERROR,
    summary="an Ingress to a Service or port that is not there",
    check_manifest=check,
    kinds=frozenset({"Ingress"}),
)

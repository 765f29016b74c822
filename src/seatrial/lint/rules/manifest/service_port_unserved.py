"""A port of a Service leads to a named port that no container of its pods has.

Why it hurts: the Service gets no endpoint for that port. Every connection is refused, with a green
Deployment and Ready pods. The protocol counts too: a UDP port is not found for a Service's TCP.

Prove it: `seatrial verify --trial rollout`: every request is refused.

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
            ports:
            - name: http
              containerPort: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: web

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
            ports:
            - name: http
              containerPort: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: http
"""

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.manifest import Manifest
from seatrial.lint.misspelt import misspelt
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._ports import (
    Port,
    declared_ports,
    declares,
    ports_of,
    protocol_of,
    said,
    target_of,
)  # fmt: skip


def check(manifest: Manifest, world: World) -> Hits:
    behind = world.inventory.workloads_behind(manifest)
    declared = [port for each in behind for port in declared_ports(each)]
    for index, port in ports_of(manifest):
        wanted = target_of(port)
        # Of several workloads one is enough: the pods of the others get no endpoint by this name.
        if (
            not behind
            or not isinstance(wanted, str)
            or any(declares(each, port) for each in behind)
        ):
            continue
        path = ("spec", "ports", index, "targetPort")
        yield Hit(
            path,
            f"port {_wanted(port, declared)} is declared by no container of"
            f" {', '.join(each.manifest.object for each in behind)}",
            f"declared are {', '.join(map(said, declared)) or 'none'}",
            _edits(path, wanted, declared),
        )


def _wanted(port: Port, declared: list[Port]) -> str:
    wanted = target_of(port)
    is_of_another = any(each.get("name") == wanted for each in declared)
    return f"{wanted}, {protocol_of(port)}," if is_of_another else str(wanted)


def _edits(path: tuple[str | int, ...], wanted: str, declared: list[Port]) -> tuple[Edit, ...]:
    near = misspelt(wanted, {str(each["name"]) for each in declared if each.get("name")})
    return (SetField(path, near),) if near else ()


RULE = Rule(
    code="SEA808",
    name="service-port-unserved",
    severity=ERROR,
    summary="a Service's targetPort by a name that no container has",
    check_manifest=check,
    kinds=frozenset({"Service"}),
)

"""A port of a Service leads to a number that the containers of its pods do not declare, while they
declare others.

Why it hurts: declaring is for readers, and a server may listen where nothing says so. Where it does
not, every request is "connection refused", with a green Deployment and Ready pods. A common slip is
the protocol: a port that is declared for UDP, and a Service that says nothing, which means TCP.

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
            - containerPort: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80

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
            - containerPort: 8080
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
"""

from collections.abc import Iterable

from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._ports import (
    Port,
    declared_ports,
    declares,
    declares_all,
    is_headless,
    ports_of,
    protocol_of,
    said,
    shows,
    target_of,
)  # fmt: skip
from seatrial.lint.workload import Workload


def check(manifest: Manifest, world: World) -> Hits:
    behind = world.inventory.workloads_behind(manifest)
    # Declaring ports is optional: where a container declares none, a number says nothing.
    if is_headless(manifest) or not behind or not all(map(declares_all, behind)):
        return
    for index, port in ports_of(manifest):
        wanted = target_of(port)
        if isinstance(wanted, int) and not any(_may_serve(each, port) for each in behind):
            field = "port" if port.get("targetPort") is None else "targetPort"
            yield Hit(
                ("spec", "ports", index, field),
                f"port {wanted}{_protocol(port)} is declared by no container of"
                f" {', '.join(each.manifest.object for each in behind)}",
                f"declared are {_declared(behind)}",
            )


def _may_serve(workload: Workload, port: Port) -> bool:
    wanted = target_of(port)
    if declares(workload, port):
        return True
    is_of_another = any(each.get("containerPort") == wanted for each in declared_ports(workload))
    shown = isinstance(wanted, int) and shows(workload, wanted, protocol_of(port))
    return shown and not is_of_another


def _protocol(port: Port) -> str:
    return f"/{protocol_of(port)}"


def _declared(workloads: Iterable[Workload]) -> str:
    return ", ".join(said(port) for each in workloads for port in declared_ports(each))


RULE = Rule(
    code="SEA808",
    name="service-port-undeclared",
    severity=WARNING,
    summary="a Service's targetPort that no container declares",
    check_manifest=check,
    kinds=frozenset({"Service"}),
)

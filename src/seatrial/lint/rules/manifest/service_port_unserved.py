"""A port of a Service leads to a port that no container of its pods declares.

Why it hurts: a name that no container has gets the Service no endpoint for that port; a number
that nobody listens on is "connection refused", with a green Deployment and Ready pods.

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

from difflib import get_close_matches

from seatrial.lint.edits import Edit, SetField
from seatrial.lint.inventory import ServedPort
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    named = [str(port["name"]) for each in workload.containers for port in each.ports
             if port.get("name")]  # fmt: skip
    declares = any(each.ports for each in workload.containers)
    for served in world.inventory.served_ports(workload):
        # Declaring ports is optional: where none is, a number says nothing.
        if served.container is not None or (served.number is not None and not declares):
            continue
        path = ("spec", "ports", served.index, _field(served))
        wanted = served.port.get("targetPort", served.port.get("port"))
        yield Hit(
            path,
            f"port {wanted} is declared by no container of {workload.manifest.object}",
            f"declared are {_declared(workload) or 'none'}",
            _edits(path, wanted, named),
            served.service,
        )


def _field(served: ServedPort) -> str:
    return "targetPort" if "targetPort" in served.port else "port"


def _declared(workload: Workload) -> str:
    ports = [port for each in workload.containers for port in each.ports]
    return ", ".join(
        f"{port['name']} ({port.get('containerPort')})" if port.get("name")
        else str(port.get("containerPort"))
        for port in ports
    )  # fmt: skip


def _edits(path: tuple[str | int, ...], wanted: object, named: list[str]) -> tuple[Edit, ...]:
    """A misspelt name is mended when there is one that it must have been."""
    near = get_close_matches(wanted, named, n=2) if isinstance(wanted, str) else []
    return (SetField(path, near[0]),) if len(near) == 1 else ()


RULE = Rule(
    code="SEA808",
    name="service-port-unserved",
    severity=ERROR,
    summary="a Service's targetPort that no container declares",
    check_workload=check,
)

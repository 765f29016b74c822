"""Two containers of one pod have a port of the same name.

Why it hurts: who asks for the port by its name, a Service or a monitor, gets that of the first
container. The order of containers decides who is served, and adding a sidecar changes it.

Prove it: `kubectl get endpointslices -o yaml` shows one number.

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
            - {name: http, containerPort: 8080}
          - name: metrics
            image: metrics:1.0
            ports:
            - {name: http, containerPort: 9090}

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
            - {name: http, containerPort: 8080}
          - name: metrics
            image: metrics:1.0
            ports:
            - {name: metrics, containerPort: 9090}
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    owners: dict[tuple[str, object], str] = {}
    for container in workload.containers:
        for index, port in enumerate(container.ports):
            name, protocol = str(port.get("name") or ""), port.get("protocol") or "TCP"
            owner = owners.setdefault((name, protocol), container.name)
            if name and owner != container.name:
                yield Hit(
                    (*container.path, "ports", index, "name"),
                    f"containers {owner} and {container.name} both call a port {name}: by that"
                    f" name only {owner} is found",
                    "give each port of the pod a name of its own",
                )


RULE = Rule(
    code="SEA808",
    name="port-name-twice",
    severity=WARNING,
    summary="two containers of a pod with a port of the same name",
    check_workload=check,
)

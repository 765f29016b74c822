"""Two containers of one pod declare the same port.

Why it hurts: containers of a pod share one network. The second one that listens there gets
"address already in use", exits, and is restarted for ever.

Prove it: `seatrial verify`: one of the two is in CrashLoopBackOff.

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
            - {name: metrics, containerPort: 8080}

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
    owners: dict[tuple[int, str], str] = {}
    for container in workload.containers:
        for index, port in enumerate(container.ports):
            number, protocol = port.get("containerPort"), str(port.get("protocol") or "TCP")
            if not isinstance(number, int):
                continue  # the schema tells that
            owner = owners.setdefault((number, protocol), container.name)
            if owner != container.name:
                yield Hit(
                    (*container.path, "ports", index, "containerPort"),
                    f"containers {owner} and {container.name} both declare port"
                    f" {number}/{protocol}, and only one of them can listen there",
                    "give one of them another port",
                )


RULE = Rule(
    code="SEA808",
    name="port-taken-twice",
    severity=WARNING,
    summary="two containers of a pod with the same port",
    check_workload=check,
)

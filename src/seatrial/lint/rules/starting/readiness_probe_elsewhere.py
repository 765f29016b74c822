"""The readiness probe asks another port than the one that serves.

A port that the pod does not declare is left to the rule probe-port-undeclared.

Why it hurts: a management port is often up before the serving one, in another thread, or in
another process. What it says about readiness holds for itself.

Prove it: `seatrial verify --trial ready-means-ready` asks the serving port the moment the pod
turns Ready.

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
            - containerPort: 9000
            readinessProbe:
              httpGet:
                path: /ready
                port: 9000
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
            - containerPort: 9000
            readinessProbe:
              httpGet:
                path: /ready
                port: 8080
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

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    served: dict[tuple[str | int, ...], set[int]] = {}
    for each in world.inventory.served_ports(workload):
        if each.container is not None and each.number is not None:
            served.setdefault(each.container.path, set()).add(each.number)
    declared = [port.get("containerPort") for each in workload.containers for port in each.ports]
    for container in workload.containers:
        probe, numbers = container.probe("readinessProbe"), served.get(container.path)
        if probe is None or not numbers:
            continue
        port = container.port_number(probe.handler[1].get("port"))
        if port is not None and port in declared and port not in numbers:
            yield Hit(
                (*probe.path, probe.handler[0], "port"),
                f"the readiness probe of container {container.name} asks port {port}, and its"
                f" clients use {', '.join(map(str, sorted(numbers)))}",
                "ask a page of the port that serves, or make sure that one is never ready without"
                " the other",
            )


RULE = Rule(
    code="SEA102",
    name="readiness-probe-elsewhere",
    severity=INFO,
    summary="a readiness probe asks another port than clients do",
    check_workload=check,
)

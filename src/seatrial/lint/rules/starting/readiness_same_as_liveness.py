"""Liveness asks the same question as readiness and loses patience no later.

Why it hurts: readiness takes a pod that cannot serve out of the Service until it can again;
liveness kills it. Where both ask the same and give up together, every pause that readiness would
have bridged - a long garbage collection, a burst of requests, a dependency that is away - ends in
a restart, of all replicas at once.

Prove it: `seatrial verify --trial dependency-outage` counts the restarts while a dependency is
away.

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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            livenessProbe:
              httpGet:
                path: /
                port: 8080

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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            livenessProbe:
              httpGet:
                path: /
                port: 8080
              failureThreshold: 12
"""

from seatrial.lint.manifest import mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Probe, Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        ready, live = container.probe("readinessProbe"), container.probe("livenessProbe")
        if ready is None or live is None or not ready.handler[0]:
            continue
        if _question(container, ready) == _question(container, live):
            patience = live.period_s * live.failure_threshold
            bridged = ready.period_s * ready.failure_threshold
            if patience <= bridged:
                yield Hit(
                    live.path,
                    f"liveness of container {container.name} asks what readiness asks and kills it"
                    f" after {patience} s, while readiness takes {bridged} s to take it out",
                    "give liveness a page that needs nothing else, or a larger failureThreshold",
                )


def _question(container: Container, probe: Probe) -> tuple[object, ...]:
    name, action = probe.handler
    told = {key: value for key, value in action.items() if key not in {"port", "path", "scheme"}}
    port = action.get("port")
    number = container.port_number(port)
    path, scheme = action.get("path", "/"), action.get("scheme", "HTTP")
    return name, port if number is None else number, path, scheme, mapping(told)


RULE = Rule(
    code="SEA102",
    name="readiness-same-as-liveness",
    severity=WARNING,
    summary="liveness asks the same as readiness and gives up no later",
    check_workload=check,
)

"""A container has no liveness probe.

Not on by default. A process that ends when it cannot go on needs none: the kubelet starts it
again by itself. A liveness probe is for those that hang, and a careless one kills what works.

Why it hurts: a process that hangs - a deadlock, an event loop that is blocked for ever - is still
a process. It is taken out of the Service by its readiness probe, and stays like that until
somebody looks.

Prove it: `seatrial verify --trial crash` kills processes; one that hangs is paused instead.

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
                path: /alive
                port: 8080
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in workload.main_containers:
        if container.probe("livenessProbe") is None:
            yield Hit(
                (*container.path, "livenessProbe"),
                f"nobody notices when container {container.name} hangs",
                "add a livenessProbe that asks for nothing but the process itself",
            )


RULE = Rule(
    code="SEA703",
    name="liveness-probe-missing",
    severity=INFO,
    summary="a container has no liveness probe",
    check_workload=check,
    is_default=False,
)

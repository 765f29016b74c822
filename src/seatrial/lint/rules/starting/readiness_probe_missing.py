"""A Service sends requests to a container that has no readiness probe.

A container with a startup probe is passed over here: it is not ready before that has succeeded.

Why it hurts: without a readiness probe a pod is Ready the moment its process starts. It is sent
requests before the server listens, and clients see "connection refused" at every start: each
rollout, each scale-up, each restart.

Prove it: `seatrial verify --trial scale-up` counts the requests that new pods refuse, by the age of
the pod.

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
            readinessProbe:
              httpGet:
                path: /
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

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in world.inventory.serving_containers(workload):
        if container.probe("readinessProbe") is None and container.probe("startupProbe") is None:
            services = world.inventory.services_of(workload)
            yield Hit(
                (*container.path, "readinessProbe"),
                f"container {container.name} serves {services[0].object} and has no readiness"
                " probe: it is sent requests before it listens",
                "add a readinessProbe with an httpGet of a page that answers when the server can",
            )


RULE = Rule(
    code="SEA101",
    name="readiness-probe-missing",
    severity=ERROR,
    summary="a container behind a Service has no readiness probe",
    check_workload=check,
)

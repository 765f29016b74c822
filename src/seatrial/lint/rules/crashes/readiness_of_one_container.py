"""One container of a pod has a readiness probe and another one that serves a port has none.

Passed over: containers without ports, ports for metrics, and those that a Service reaches (of
these `readiness-probe-missing` speaks).

Why it hurts: a pod is Ready when all its containers are, and a container without a probe is ready
while it runs. When the other one hangs, half of the pod works, and all of the requests are sent.

Prove it: `seatrial verify --trial half-dead` stops each container of a pod in turn and counts
requests that failed while the pod was Ready.

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
          - name: nginx
            image: nginx:1.29
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /nginx-status
                port: 8080
          - name: app
            image: app:1.0
            ports:
            - containerPort: 9000
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
          - name: nginx
            image: nginx:1.29
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /nginx-status
                port: 8080
          - name: app
            image: app:1.0
            ports:
            - containerPort: 9000
            readinessProbe:
              tcpSocket:
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
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload

_OBSERVERS = ("metric", "prom", "monitor", "debug", "admin", "telemetry", "exporter", "health")


def check(workload: Workload, world: World) -> Hits:
    containers = workload.containers
    if len(containers) < 2 or not workload.is_lasting:
        return
    probed = [each.name for each in containers if each.probe("readinessProbe") is not None]
    if not probed or not world.inventory.services_of(workload):
        return
    reached = {each.path for each in world.inventory.serving_containers(workload)}
    for container in containers:
        if container.name not in probed and container.path not in reached and _serves(container):
            yield Hit(
                (*container.path, "readinessProbe"),
                f"container {probed[0]} says when it is ready and container {container.name} does"
                " not: the pod stays Ready when only that one hangs",
                "add a readinessProbe to it too",
            )


def _serves(container: Container) -> bool:
    names = [container.name, *(str(port.get("name", "")) for port in container.ports)]
    is_observer = any(word in name for name in names for word in _OBSERVERS)
    return bool(container.ports) and not is_observer


RULE = Rule(
    code="SEA702",
    name="readiness-of-one-container",
    severity=WARNING,
    summary="one container has a readiness probe and another that serves has none",
    check_workload=check,
)

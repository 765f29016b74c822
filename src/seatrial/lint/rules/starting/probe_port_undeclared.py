"""A probe asks a port that no container of the pod declares and no Service leads to.

Pods whose containers declare no ports at all are passed over: declaring them is optional.

Why it hurts: a container that lists its ports and is asked on another one has most likely been
given a new port in one place and not in the other. If nobody listens there, the container never
becomes ready, or is killed again and again.

Prove it: `seatrial verify --trial scale-up` shows whether the pods become Ready.

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
            livenessProbe:
              httpGet:
                path: /
                port: 8081

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
            livenessProbe:
              httpGet:
                path: /
                port: 8080
"""

from seatrial.lint.probes import probes_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    ports = [port.get("containerPort") for each in workload.containers for port in each.ports]
    declared = {port for port in ports if isinstance(port, int)}
    if not declared:
        return
    served = {each.number for each in world.inventory.served_ports(workload)}
    for container in workload.containers:
        for name, probe in probes_of(container):
            handler, action = probe.handler
            port = action.get("port")
            if isinstance(port, int) and port not in declared | served:
                yield Hit(
                    (*probe.path, handler, "port"),
                    f"{name} of container {container.name} asks port {port}, and the pod"
                    f" declares {', '.join(map(str, sorted(declared)))}",
                    "ask a port that the container listens on, or declare this one",
                )


RULE = Rule(
    code="SEA101",
    name="probe-port-undeclared",
    severity=WARNING,
    summary="a probe asks a port that is neither declared nor served",
    check_workload=check,
)

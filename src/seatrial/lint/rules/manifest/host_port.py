"""A container takes a port of its node.

Why it hurts: a second pod with that port does not fit on the node. A rolling update with as many
replicas as nodes cannot start its first new pod, and waits for ever.

Prove it: `seatrial verify --trial rollout` on one node: the new pod stays Pending.

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
              hostPort: 8080

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
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    # One pod a node is what a DaemonSet is.
    if workload.kind == "DaemonSet" or workload.pod_spec.get("hostNetwork") is True:
        return
    for container in workload.containers:
        for index, port in enumerate(container.ports):
            if port.get("hostPort"):
                yield Hit(
                    (*container.path, "ports", index, "hostPort"),
                    f"port {port['hostPort']} of the node can belong to one pod at a time: a"
                    " rollout waits for the old one to go",
                    "serve through a Service; a DaemonSet where one pod a node is meant",
                )


RULE = Rule(
    code="SEA818",
    name="host-port",
    severity=WARNING,
    summary="a container that takes a port of its node",
    check_workload=check,
)

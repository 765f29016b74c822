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

from seatrial.lint.rolling import rolling_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import SCALABLE, Workload


def check(workload: Workload, world: World) -> Hits:
    # One pod a node is what a DaemonSet is; a Job's pod or a naked one has no next copy.
    if workload.kind not in SCALABLE or workload.pod_spec.get("hostNetwork") is True:
        return
    rolling = rolling_of(workload, world.inventory, world.kubernetes_version)
    must_surge = workload.kind == "Deployment" and rolling is not None and not rolling.unavailable
    if not must_surge and (world.inventory.replicas_at_most(workload) or 0) <= 1:
        return
    for container in workload.containers:
        for index, port in enumerate(container.ports):
            if port.get("hostPort"):
                yield Hit(
                    (*container.path, "ports", index, "hostPort"),
                    f"port {port['hostPort']} of a node can belong to one pod at a time:"
                    f" {_so(must_surge=must_surge)}",
                    "serve through a Service; a DaemonSet where one pod a node is meant",
                )


def _so(*, must_surge: bool) -> str:
    if must_surge:
        return "a rollout starts a pod before it stops one, and needs a node without it"
    return "there cannot be more replicas than nodes"


RULE = Rule(
    code="SEA818",
    name="host-port",
    severity=WARNING,
    summary="a container that takes a port of its node",
    check_workload=check,
)

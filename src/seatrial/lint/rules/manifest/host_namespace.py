"""A pod shares the network, process or IPC namespace of its node.

Why it hurts: in the node's network two copies of a server cannot listen on one port, so a rollout
cannot surge; in its process namespace it sees and may signal what is not its own.

Prove it: `seatrial verify --trial rollout` on one node.

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
          hostNetwork: true

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
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

FIELDS = {"hostNetwork": "network", "hostPID": "processes", "hostIPC": "IPC"}
# Priority classes of what a cluster itself is made of: network plugins, their operators, proxies.
OF_THE_CLUSTER = frozenset({"system-node-critical", "system-cluster-critical"})


def check(workload: Workload, world: World) -> Hits:
    is_of_cluster = workload.pod_spec.get("priorityClassName") in OF_THE_CLUSTER
    if workload.kind == "DaemonSet" or is_of_cluster:
        return
    for field, shared in FIELDS.items():
        if workload.pod_spec.get(field) is True:
            yield Hit(
                workload.pod_path(field),
                f"the pod shares its node's {shared}",
                f"leave {field} out, or make it a DaemonSet where it serves the node itself",
            )


RULE = Rule(
    code="SEA818",
    name="host-namespace",
    severity=WARNING,
    summary="a pod in its node's network, process or IPC namespace",
    check_workload=check,
)

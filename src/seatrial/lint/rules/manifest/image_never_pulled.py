"""An image is never pulled: `imagePullPolicy: Never`.

Why it hurts: it runs where somebody has put the image on the node. On every other node, and on the
one that the autoscaler adds tonight, the pod stays in ErrImageNeverPull.

Prove it: `seatrial verify --trial rollout` on two nodes.

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
            imagePullPolicy: Never

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
            imagePullPolicy: IfNotPresent
"""

from seatrial.lint.edits import SetField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        if container.value.get("imagePullPolicy") == "Never":
            path = (*container.path, "imagePullPolicy")
            yield Hit(
                path,
                f"container {container.name} starts only on nodes that have its image already",
                "say IfNotPresent",
                (SetField(path, "IfNotPresent"),),
            )


RULE = Rule(
    code="SEA811",
    name="image-never-pulled",
    severity=WARNING,
    summary="an image that nodes must have already",
    check_workload=check,
)

"""A spread constraint does not select the pods it stands in.

Why it hurts: pods are kept away from those that the selector finds. Where it does not find the
pods themselves - a label was renamed, or the selector is missing - all replicas may share one
node, and the manifest looks as if they could not.

Prove it: `seatrial verify --trial node-loss` lets the node with most of the replicas die.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          topologySpreadConstraints:
          - maxSkew: 1
            topologyKey: kubernetes.io/hostname
            whenUnsatisfiable: ScheduleAnyway
            labelSelector:
              matchLabels: {app: old-web}
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          topologySpreadConstraints:
          - maxSkew: 1
            topologyKey: kubernetes.io/hostname
            whenUnsatisfiable: ScheduleAnyway
            labelSelector:
              matchLabels: {app: web}
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
"""

from collections.abc import Iterator

from seatrial.lint.manifest import FieldPath, mapping, sequence
from seatrial.lint.placing import selects_itself
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import SCALABLE, Workload


def check(workload: Workload, world: World) -> Hits:
    replicas = world.inventory.replicas_at_least(workload)
    if workload.kind not in SCALABLE or replicas is None or replicas < 2:
        return
    for path in _strangers(workload):
        yield Hit(
            path,
            "its selector does not select the pods it stands in: it spreads nothing",
            "use the labels of the pod template",
        )


def _strangers(workload: Workload) -> Iterator[FieldPath]:
    path = workload.pod_path("topologySpreadConstraints")
    for index, each in enumerate(sequence(workload.pod_spec.get("topologySpreadConstraints"))):
        if not selects_itself(workload, mapping(each)):
            yield (*path, index, "labelSelector")


RULE = Rule(
    code="SEA205",
    name="spread-selects-others",
    severity=WARNING,
    summary="a spread constraint does not select its own pods",
    check_workload=check,
)

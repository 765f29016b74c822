"""A drain controller moves the data of members that go, and nothing looks for what it missed.

The StatefulSet has a drain template (`statefulsets.kubernetes.io/scaledown-pod-template`), and no
other workload among the manifests mounts its claims, and no job talks to its members by name.

Why it hurts: a drain that acts on an event misses the event some day: the controller was down, the
drain pod failed, the StatefulSet was deleted and made anew. What is checked from time to time is
found whatever was missed.

Prove it: `seatrial verify --trial lost-handler` kills the node while scaling down, and looks for
the data.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
      annotations:
        statefulsets.kubernetes.io/scaledown-pod-template: '{"spec": {}}'
    spec:
      serviceName: shards
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          containers:
          - name: shards
            image: shards:1.0
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi

Good:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
      annotations:
        statefulsets.kubernetes.io/scaledown-pod-template: '{"spec": {}}'
    spec:
      serviceName: shards
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          containers:
          - name: shards
            image: shards:1.0
      volumeClaimTemplates:
      - metadata:
          name: data
        spec:
          accessModes: [ReadWriteOncePod]
          resources:
            requests:
              storage: 1Gi
    ---
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: sweep
    spec:
      schedule: "*/10 * * * *"
      jobTemplate:
        spec:
          template:
            spec:
              restartPolicy: OnFailure
              containers:
              - name: sweep
                image: shards:1.0
                args: [move-orphans, --into=shards-0.shards]
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.rules.data._drain import DRAIN_TEMPLATE, has_drain_template, is_swept, keeps_data
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not keeps_data(workload) or not has_drain_template(workload):
        return
    if not is_swept(workload, world.inventory):
        yield Hit(
            ("metadata", "annotations", DRAIN_TEMPLATE),
            "data is moved when a member goes, and nothing looks for what was missed",
            "run a CronJob that looks for volumes without a member and moves their data",
        )


RULE = Rule(
    code="SEA406",
    name="claims-without-sweep",
    severity=INFO,
    summary="nothing looks for data that the drain has missed",
    check_workload=check,
)

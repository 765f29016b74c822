"""Data is handed over by a pre-stop hook, and by nothing else.

Why it hurts: the hook is not run when the process has crashed, nor when the node is lost, and it
is cut off where the grace period ends or the node dies half way. The kubelet does not start it
again. What had not been moved by then stays on a volume that nobody looks at.

Prove it: `seatrial verify --trial lost-handler` kills the node while scaling down, and looks for
the data.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
    spec:
      serviceName: shards
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          terminationGracePeriodSeconds: 600
          containers:
          - name: shards
            image: shards:1.0
            lifecycle:
              preStop:
                exec:
                  command: [shardctl, decommission]
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
    spec:
      serviceName: shards
      selector:
        matchLabels: {app: shards}
      template:
        metadata:
          labels: {app: shards}
        spec:
          terminationGracePeriodSeconds: 600
          containers:
          - name: shards
            image: shards:1.0
            lifecycle:
              preStop:
                exec:
                  command: [shardctl, decommission]
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

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.data._drain import handover_hooks, has_drain_template, is_swept, keeps_data
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not keeps_data(workload) or has_drain_template(workload):
        return
    for container, word in handover_hooks(workload):
        if not is_swept(workload, world.inventory):
            yield Hit(
                container.hook_path("preStop"),
                f"the pre-stop hook of container {container.name} moves data ({word}), and it is"
                " not run when the node is lost",
                "add a CronJob that finds and moves what the hook could not",
            )


RULE = Rule(
    code="SEA406",
    name="data-moved-by-hook-only",
    severity=WARNING,
    summary="data is handed over by a pre-stop hook and by nothing else",
    check_workload=check,
)

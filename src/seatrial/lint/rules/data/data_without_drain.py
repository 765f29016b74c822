"""A StatefulSet with several members and claims has no way to move the data of one that goes.

Nothing of these is among the manifests: a drain template for a scale-down controller, a pre-stop
hook that hands over, another workload that mounts the members' claims, a job that talks to them.

Why it hurts: scaling down removes the member with the highest ordinal and leaves its volume
behind. Where each member has data of its own (shards, queues, sessions), that data is answered by
nobody until somebody scales up again. Where every member has everything there is nothing to do.

Prove it: `seatrial verify --trial scale-down-data` writes to all members, scales from N to N-1 and
reads everything back.

Bad:
    apiVersion: apps/v1
    kind: StatefulSet
    metadata:
      name: shards
    spec:
      serviceName: shards
      replicas: 3
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
    spec:
      serviceName: shards
      replicas: 3
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
from seatrial.lint.rules.data._drain import handover_hooks, has_drain_template, is_swept, keeps_data
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not keeps_data(workload) or (workload.replicas or 0) < 2 or has_drain_template(workload):
        return
    if world.inventory.autoscaler_of(workload) is not None or any(handover_hooks(workload)):
        return  # autoscaled-data-without-drain and data-moved-by-hook-only speak of these
    if not is_swept(workload, world.inventory):
        yield Hit(
            ("spec", "volumeClaimTemplates"),
            f"{workload.replicas} members have claims of their own, and nothing moves the data of"
            " one that is scaled away",
            "run a CronJob that looks for volumes without a member and moves their data",
        )


RULE = Rule(
    code="SEA405",
    name="data-without-drain",
    severity=INFO,
    summary="nothing moves the data of a member that is scaled away",
    check_workload=check,
)

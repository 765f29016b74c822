"""A Service sends its requests to a single replica.

It counts where a Deployment has one replica, or its autoscaler may go down to one. Pods that hold
a claim are passed over, as they may not be able to run twice; so are a StatefulSet, and a
workload whose Services all lead to other pods as well (another version of it, for instance).

Why it hurts: the one pod is away whenever it is evicted, when its node dies (five minutes until
the pod is replaced), and when it crashes. A rolling update is the only change that a single
replica survives, because a second one runs for its time.

Prove it: `seatrial verify --trial node-loss` and `--trial crash` measure how long nobody answers.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 1
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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
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
      replicas: 2
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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
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
from seatrial.lint.workload import Workload

_KINDS = frozenset({"Deployment", "ReplicaSet", "ReplicationController"})


def check(workload: Workload, world: World) -> Hits:
    inventory = world.inventory
    services = [
        each
        for each in inventory.services_of(workload)
        if len(inventory.workloads_behind(each)) == 1
    ]
    holds_claim = any("persistentVolumeClaim" in each for each in workload.volumes)
    if workload.kind not in _KINDS or not services or holds_claim:
        return
    if inventory.replicas_at_least(workload) != 1:
        return
    autoscaler = inventory.autoscaler_of(workload)
    when = "" if autoscaler is None else " when the autoscaler is at its minReplicas"
    yield Hit(
        ("spec", "replicas") if autoscaler is None else ("spec", "minReplicas"),
        f"{services[0].object} leads to a single pod{when}: nobody answers while it is moved or has"
        " crashed",
        "run two or more" if autoscaler is None else "set minReplicas to 2 or more",
        manifest=autoscaler,
    )


RULE = Rule(
    code="SEA205",
    name="single-replica",
    severity=WARNING,
    summary="a Service leads to a single replica",
    check_workload=check,
)

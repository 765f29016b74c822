"""A rollout has to start a pod before it may stop one, and the ResourceQuota has no room for it.

Why it hurts: with `maxUnavailable` that rounds to 0 (the default, below four replicas) a Deployment
waits for its first new pod. The quota refuses that pod, and the rollout stands still until its
deadline. Everything had fitted on the day it was made.

Prove it: `seatrial verify --trial rollout` with the quota in place.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
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
            resources:
              requests: {memory: 512Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: shop
      namespace: shop
    spec:
      hard: {requests.memory: 1Gi}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
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
            resources:
              requests: {memory: 512Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: shop
      namespace: shop
    spec:
      hard: {requests.memory: 1536Mi}
"""

from seatrial.lint.manifest import Manifest
from seatrial.lint.rolling import rolling_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._quotas import (
    asked,
    counted,
    hard_of,
    is_for_all,
    of_one_pod,
)
from seatrial.lint.workload import Workload


def check(manifest: Manifest, world: World) -> Hits:
    if not is_for_all(manifest):
        return
    workloads = counted(manifest, world)
    stuck = [each for each in workloads if _must_surge(each, world)]
    for name, most in hard_of(manifest).items() if stuck else ():
        wanted = asked(name, manifest.namespace, workloads, world)
        for workload in stuck:
            one = of_one_pod(workload, name, world)
            if wanted <= most < wanted + one:
                yield Hit(
                    ("spec", "hard", name),
                    f"a rollout of {workload.manifest.object} needs {one} of {name} for its first"
                    f" new pod, and {most - wanted} of {most} are left",
                    f"raise it to {wanted + one}, or let the Deployment stop one pod first:"
                    " maxUnavailable: 1",
                )


def _must_surge(workload: Workload, world: World) -> bool:
    if workload.kind != "Deployment":
        return False
    rolling = rolling_of(workload, world.inventory, world.kubernetes_version)
    return rolling is not None and rolling.unavailable == 0


RULE = Rule(
    code="SEA802",
    name="quota-without-surge",
    severity=ERROR,
    summary="a ResourceQuota that leaves no room for a rollout's first new pod",
    check_manifest=check,
    kinds=frozenset({"ResourceQuota"}),
)

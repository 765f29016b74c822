"""An autoscaler may ask for more pods than the ResourceQuota has room for.

Why it hurts: it stops growing half-way, on the day with the most load. Its status says that it
wants more, and only the ReplicaSet's events say who refuses.

Prove it: put load on it and compare `kubectl get hpa` with `kubectl describe quota`.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
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
            resources:
              requests: {cpu: 500m}
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
      namespace: shop
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 10
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: shop
      namespace: shop
    spec:
      hard: {requests.cpu: "4"}

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
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
            resources:
              requests: {cpu: 500m}
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
      namespace: shop
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 10
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: shop
      namespace: shop
    spec:
      hard: {requests.cpu: "6"}
"""

from collections.abc import Iterator

from seatrial.api.quantities import Quantity
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._quotas import (
    asked,
    counted,
    hard_of,
    is_for_all,
    of_one_pod,
    replicas,
    times,
)
from seatrial.lint.workload import Workload


def check(manifest: Manifest, world: World) -> Hits:
    if not is_for_all(manifest):
        return
    workloads = counted(manifest, world)
    for workload in workloads:
        autoscaler = world.inventory.autoscaler_of(workload)
        most = world.inventory.replicas_at_most(workload)
        more = (most or 0) - replicas(workload, world)
        if autoscaler is None or more <= 0:
            continue
        for name, wanted, hard in _too_much(manifest, workload, more, world):
            yield Hit(
                ("spec", "hard", name),
                f"with the {most} replicas that {autoscaler.object} may ask for, {wanted} of"
                f" {name} are needed, and there are {hard}",
                "raise the quota, or lower maxReplicas to what fits",
            )


def _too_much(
    quota: Manifest, workload: Workload, more: int, world: World
) -> Iterator[tuple[str, Quantity, Quantity]]:
    workloads = counted(quota, world)
    for name, hard in hard_of(quota).items():
        now = asked(name, quota.namespace, workloads, world)
        at_most = now + times(of_one_pod(workload, name, world), more)
        if now <= hard < at_most:
            yield name, at_most, hard


RULE = Rule(
    code="SEA802",
    name="quota-below-autoscaler",
    severity=WARNING,
    summary="a ResourceQuota with no room for what an autoscaler may ask for",
    check_manifest=check,
    kinds=frozenset({"ResourceQuota"}),
)

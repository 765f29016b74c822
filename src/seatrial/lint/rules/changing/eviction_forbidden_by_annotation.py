"""An annotation forbids the cluster autoscaler to evict the pods.

Why it hurts: no node that runs such a pod is ever scaled down or consolidated: one pod keeps a
machine. A PodDisruptionBudget says the same for some pods at a time, and lets the others move.

Prove it: `seatrial verify --trial node-drain` moves the pods, as the autoscaler would.

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
          annotations:
            cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
        spec:
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
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      maxUnavailable: 1
      selector:
        matchLabels: {app: web}
"""

from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

_NAMES = {
    "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    "karpenter.sh/do-not-disrupt": "true",
    "karpenter.sh/do-not-evict": "true",
}


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    path = (*workload.template_path, "metadata", "annotations")
    for name, value in _NAMES.items():
        if str(workload.annotations.get(name)).lower() == value:
            yield Hit(
                (*path, name),
                f"{name} is {value}: a node that runs one of these pods is never scaled down",
                "use a PodDisruptionBudget, which lets them move one by one",
            )


RULE = Rule(
    code="SEA204",
    name="eviction-forbidden-by-annotation",
    severity=INFO,
    summary="an annotation keeps nodes from being scaled down",
    check_workload=check,
)

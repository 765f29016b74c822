"""A PodDisruptionBudget selects no pods of the manifests.

Namespaces for which no workload is given at all are passed over.

Why it hurts: the budget protects nobody, and nobody notices: a drain that takes all replicas at
once is not stopped. Most often a label has been renamed in one place.

Prove it: `seatrial verify --trial node-drain` drains nodes under traffic.

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
            ports:
            - containerPort: 8080
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: web
    spec:
      maxUnavailable: 1
      selector:
        matchLabels: {app: wbe}

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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
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

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World


def check(manifest: Manifest, world: World) -> Hits:
    selector = manifest.spec.get("selector")
    known = any(each.manifest.namespace == manifest.namespace for each in world.inventory.workloads)
    if not known or world.inventory.workloads_disrupted_by(manifest):
        return
    labels = mapping(mapping(selector).get("matchLabels"))
    told = ", ".join(f"{key}={value}" for key, value in labels.items())
    yield Hit(
        ("spec", "selector"),
        f"no workload here has pods with {told}"
        if told
        else "it has no selector, and protects no pod"
        if selector is None
        else "no workload here has pods that it selects",
        "use the labels of the pod template that it is to protect",
    )


RULE = Rule(
    code="SEA204",
    name="disruption-budget-selects-nothing",
    severity=WARNING,
    summary="a PodDisruptionBudget selects no pods",
    check_manifest=check,
    kinds=frozenset({"PodDisruptionBudget"}),
)

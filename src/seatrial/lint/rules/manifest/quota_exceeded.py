"""The workloads of a namespace ask for more than its ResourceQuota gives.

Why it hurts: the last pods are refused, in an order nobody chose. A rollout that fits has no room
for its surge and stops half-way.

Prove it: `kubectl apply` all of it and look at the events of the ReplicaSets.

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
          containers:
          - name: web
            image: web:1.0
            resources:
              requests: {memory: 512Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: share
    spec:
      hard:
        requests.memory: 1Gi

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
          containers:
          - name: web
            image: web:1.0
            resources:
              requests: {memory: 512Mi}
    ---
    apiVersion: v1
    kind: ResourceQuota
    metadata:
      name: share
    spec:
      hard:
        requests.memory: 2Gi
"""

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.manifest._quotas import asked, counted, hard_of, is_for_all


def check(manifest: Manifest, world: World) -> Hits:
    if not is_for_all(manifest):
        return
    workloads = counted(manifest, world)
    for name, most in hard_of(manifest).items():
        wanted = asked(name, manifest.namespace, workloads, world)
        if wanted > most:
            yield Hit(
                ("spec", "hard", name),
                f"the manifests of this namespace ask for {wanted} of {name}, and there are"
                f" {mapping(manifest.spec.get('hard'))[name]}",
                "raise the quota, with room for a rollout's surge, or ask for less",
            )


RULE = Rule(
    code="SEA802",
    name="quota-exceeded",
    severity=ERROR,
    summary="more asked for than the namespace's ResourceQuota gives",
    check_manifest=check,
    kinds=frozenset({"ResourceQuota"}),
)

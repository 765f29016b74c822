"""A workload says `replicas`, and an autoscaler says it too.

Why it hurts: every `kubectl apply` sets the autoscaler's work back: capacity drops to the
manifest's number in the middle of the day, and pods that serve are stopped.

Prove it: `seatrial verify --trial scale-down`, or apply the manifest again under load.

Bad:
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
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5

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
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
      minReplicas: 2
      maxReplicas: 5
"""

from seatrial.lint.edits import RemoveField
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.manifest.spec.get("replicas") is None:
        return
    autoscaler = world.inventory.autoscaler_of(workload)
    if autoscaler is not None:
        path = ("spec", "replicas")
        yield Hit(
            path,
            f"replicas is set here and by {autoscaler.object}: each apply undoes its work",
            "leave replicas out (before that, once: kubectl apply edit-last-applied, so that it is"
            " not set to 1)",
            (RemoveField(path),),
        )


RULE = Rule(
    code="SEA810",
    name="replicas-beside-autoscaler",
    severity=WARNING,
    summary="replicas in the manifest of an autoscaled workload",
    check_workload=check,
)

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

from collections.abc import Iterator

from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if workload.manifest.spec.get("replicas") is None:
        return
    autoscaler = world.inventory.autoscaler_of(workload)
    for each in (autoscaler, *_scaled_objects(workload, world)):
        if each is not None:
            yield Hit(
                ("spec", "replicas"),
                f"replicas is set here and by {each.object}: each apply undoes its work",
                # No edit: `kubectl apply` sets a field that left the manifest to its default, 1.
                "leave replicas out, after taking it out of the last applied configuration"
                " (kubectl apply edit-last-applied), else this apply sets it to 1",
            )
            return


def _scaled_objects(workload: Workload, world: World) -> Iterator[Manifest]:
    """KEDA's: they make an autoscaler."""
    for each in world.inventory.of_kind("ScaledObject"):
        target = mapping(each.spec.get("scaleTargetRef"))
        named = target.get("kind", "Deployment"), target.get("name"), each.namespace
        if named == (workload.kind, workload.manifest.name, workload.manifest.namespace):
            yield each


RULE = Rule(
    code="SEA810",
    name="replicas-beside-autoscaler",
    severity=WARNING,
    summary="replicas in the manifest of an autoscaled workload",
    check_workload=check,
)

"""A HorizontalPodAutoscaler names a target that is not there.

Why it hurts: nothing is scaled, and nothing fails: it shows as a condition of the autoscaler that
nobody reads, on the day that the load comes.

Prove it: `kubectl describe hpa` after applying it.

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
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata:
      name: web
    spec:
      scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: wbe}
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

from seatrial.lint.edits import SetField
from seatrial.lint.elsewhere import has_operators
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.misspelt import misspelt
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import SCALABLE


def check(manifest: Manifest, world: World) -> Hits:
    target = mapping(manifest.spec.get("scaleTargetRef"))
    kind, name = str(target.get("kind", "")), str(target.get("name", ""))
    namespace = manifest.namespace
    if kind not in SCALABLE or world.inventory.exists(kind, name, namespace):
        return
    near = {each.manifest.name: each.kind for each in world.inventory.workloads
            if each.manifest.namespace == namespace and each.kind in SCALABLE}  # fmt: skip
    # Somebody who lints an autoscaler alone has its target elsewhere.
    if not near or has_operators(world.inventory, namespace):
        return
    path = ("spec", "scaleTargetRef", "name")
    if name in near:
        yield Hit(
            ("spec", "scaleTargetRef", "kind"),
            f"there is no {kind} {name} among the manifests: {name} is a {near[name]}",
            f"let the target's kind be {near[name]}",
            (SetField(("spec", "scaleTargetRef", "kind"), near[name]),),
        )
        return
    meant = misspelt(name, (each for each, sort in near.items() if sort == kind))
    yield Hit(
        path,
        f"there is no {kind} {name} among the manifests",
        f"mend the name, or declare it as given: --given {kind}/{name}",
        (SetField(path, meant),) if meant else (),
    )


RULE = Rule(
    code="SEA810",
    name="autoscaler-target-missing",
    severity=ERROR,
    summary="an autoscaler whose target is not there",
    check_manifest=check,
    kinds=frozenset({"HorizontalPodAutoscaler"}),
)

"""A pod refers to a Secret that is not among the manifests.

Why it hurts: Secrets are often made by others, so this may be as it should be. Where it is not,
the pod stays in CreateContainerConfigError or ContainerCreating and says so only in its events.

Prove it: `seatrial verify`: the application never becomes available, and the report shows the
event.

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
            envFrom:
            - secretRef: {name: web}

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
            envFrom:
            - secretRef: {name: web}
    ---
    apiVersion: v1
    kind: Secret
    metadata:
      name: web
"""

from seatrial.lint.made import is_made_by_others
from seatrial.lint.manifest import FieldPath
from seatrial.lint.references import references_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    namespace = workload.manifest.namespace
    missing: dict[str, FieldPath] = {}
    for each in references_of(workload):
        if each.kind == "Secret" and not each.is_optional and each.names_object:
            named = "Secret", each.name, namespace
            known = world.inventory.exists(*named) or is_made_by_others(world.inventory, *named)
            if not known:
                missing.setdefault(each.name, each.path)
    for name, path in missing.items():
        yield Hit(
            path,
            f"there is no Secret {name} among the manifests",
            f"where somebody else makes it, say so: --given Secret/{name}, or [lint] given",
        )


RULE = Rule(
    code="SEA815",
    name="secret-missing",
    severity=INFO,
    summary="a Secret that is not among the manifests",
    check_workload=check,
)

"""A pod refers to an object that is not among the manifests.

Why it hurts: the pod stays in CreateContainerConfigError, ContainerCreating or Pending. Nothing
restarts, nothing crashes, and the rollout waits until its deadline.

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
            - configMapRef: {name: wbe}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data:
      LEVEL: info

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
            - configMapRef: {name: web}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data:
      LEVEL: info
"""

from seatrial.lint.edits import SetField
from seatrial.lint.made import is_made_by_others
from seatrial.lint.misspelt import misspelt
from seatrial.lint.references import Reference, references_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# Made by a cluster's operators rather than by the application (the chapter on manifests says so).
GIVEN_BY_OPERATORS = frozenset({"Secret", "PriorityClass", "StorageClass"})


def check(workload: Workload, world: World) -> Hits:
    for reference in references_of(workload):
        if reference.is_optional or reference.kind in GIVEN_BY_OPERATORS:
            continue
        namespace = workload.manifest.namespace if reference.is_namespaced else ""
        known = world.inventory.exists(reference.kind, reference.name, namespace)
        if not known and not is_made_by_others(
            world.inventory, reference.kind, reference.name, namespace
        ):
            yield _hit(reference, namespace, world)


def _hit(reference: Reference, namespace: str, world: World) -> Hit:
    known = {
        each.name for each in world.inventory.of_kind(reference.kind) if each.namespace == namespace
    }
    meant = misspelt(reference.name, known)
    given = f"--given {reference.kind}/{reference.name}"
    return Hit(
        reference.path,
        f"there is no {reference.kind} {reference.name} among the manifests",
        f"{f'did you mean {meant}? else ' if meant else ''}declare it as given: {given}",
        (SetField(reference.path, meant),) if meant else (),
    )


RULE = Rule(
    code="SEA815",
    name="reference-missing",
    severity=WARNING,
    summary="a ConfigMap, claim or ServiceAccount that is not there",
    check_workload=check,
)

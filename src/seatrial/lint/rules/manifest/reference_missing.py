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

from collections import defaultdict

from seatrial.lint.edits import SetField
from seatrial.lint.made import is_made_by_others
from seatrial.lint.manifest import FieldPath
from seatrial.lint.misspelt import misspelt
from seatrial.lint.references import Reference, references_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# Made by a cluster's operators rather than by the application (the chapter on manifests says so).
GIVEN_BY_OPERATORS = frozenset({"Secret", "PriorityClass", "StorageClass"})


def check(workload: Workload, world: World) -> Hits:
    places: dict[tuple[str, str], list[FieldPath]] = defaultdict(list)
    for reference in references_of(workload):
        if reference.names_object and _is_missing(reference, workload, world):
            places[reference.kind, reference.name].append(reference.path)
    for (kind, name), paths in places.items():
        yield _hit(kind, name, paths, _known(kind, workload, world))


def _is_missing(reference: Reference, workload: Workload, world: World) -> bool:
    if reference.is_optional or reference.kind in GIVEN_BY_OPERATORS:
        return False
    named = reference.kind, reference.name, workload.manifest.namespace
    return not world.inventory.exists(*named) and not is_made_by_others(world.inventory, *named)


def _known(kind: str, workload: Workload, world: World) -> list[str]:
    namespace = workload.manifest.namespace
    return [each.name for each in world.inventory.of_kind(kind) if each.namespace == namespace]


def _hit(kind: str, name: str, paths: list[FieldPath], known: list[str]) -> Hit:
    meant = misspelt(name, known)
    return Hit(
        paths[0],
        f"there is no {kind} {name} among the manifests",
        f"{f'did you mean {meant}? else ' if meant else ''}declare it as given: --given"
        f" {kind}/{name}",
        tuple(SetField(path, meant) for path in paths) if meant else (),
    )


RULE = Rule(
    code="SEA815",
    name="reference-missing",
    severity=WARNING,
    summary="a ConfigMap, claim or ServiceAccount that is not there",
    check_workload=check,
)

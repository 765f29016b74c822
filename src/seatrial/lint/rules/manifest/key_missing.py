"""A pod asks for a key that its ConfigMap or Secret does not have.

Why it hurts: the pod stays in CreateContainerConfigError, or its volume is never mounted. The
object is there, so it takes a while to see.

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
            env:
            - name: LEVEL
              valueFrom:
                configMapKeyRef: {name: web, key: LEVLE}
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
            env:
            - name: LEVEL
              valueFrom:
                configMapKeyRef: {name: web, key: LEVEL}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
    data:
      LEVEL: info
"""

from collections.abc import Iterator

from seatrial.lint.edits import SetField
from seatrial.lint.manifest import Manifest, mapping
from seatrial.lint.misspelt import misspelt
from seatrial.lint.references import references_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# Words in annotations by which replicators, generators and injectors are asked to fill it.
FILLING_WORDS = ("replicat", "reflector", "generated", "generator", "inject", "sync")


def check(workload: Workload, world: World) -> Hits:
    for reference in references_of(workload):
        if not reference.key or reference.is_optional:
            continue
        holder = world.inventory.find(reference.kind, reference.name, workload.manifest.namespace)
        keys = set(_keys(holder)) if holder else set()
        if holder is None or reference.key in keys or _is_filled_later(holder, keys):
            continue
        path = (*reference.path[:-1], "key")
        meant = misspelt(reference.key, keys)
        yield Hit(
            path,
            f"{holder.object} has no key {reference.key}",
            f"its keys are {', '.join(sorted(keys)) or 'none'}",
            (SetField(path, meant),) if meant else (),
        )


def _is_filled_later(holder: Manifest, keys: set[str]) -> bool:
    """An empty one, a token, or one that an operator is asked to write to."""
    is_token = holder.value.get("type") == "kubernetes.io/service-account-token"
    words = " ".join((*holder.annotations, *holder.labels))
    return not keys or is_token or any(word in words for word in FILLING_WORDS)


def _keys(holder: Manifest) -> Iterator[str]:
    for field in ("data", "binaryData", "stringData"):
        yield from map(str, mapping(holder.value.get(field)))


RULE = Rule(
    code="SEA815",
    name="key-missing",
    severity=ERROR,
    summary="a key that the ConfigMap or Secret does not have",
    check_workload=check,
)

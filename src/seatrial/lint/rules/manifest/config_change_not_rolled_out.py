"""A change of a ConfigMap that is read through the environment reaches no running pod.

Why it hurts: environment variables are set when a container starts. After the change some pods
run on new values and some on old ones, until the last of them happens to be replaced.

Prove it: change the ConfigMap and ask each pod for what it uses.

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
            - configMapRef: {name: web}
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
          annotations: {checksum/config: 7f83b165}
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

from collections.abc import Iterator

from seatrial.lint.manifest import FieldPath, Manifest
from seatrial.lint.references import references_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# Words of annotations by which a template changes with its configuration, and of tools that roll.
ROLLING_WORDS = ("checksum", "hash", "config-version", "reloader", "restartedAt", "rollout")


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or _rolls(workload):
        return
    for path, config in _read_at_start(workload, world):
        yield Hit(
            path,
            f"{config.object} is read when the container starts: a change of it rolls nothing out",
            "give the ConfigMap a name with a hash (kustomize's configMapGenerator), or the pod"
            " template an annotation with its checksum",
        )
        return


def _rolls(workload: Workload) -> bool:
    return any(word in key for key in workload.annotations for word in ROLLING_WORDS)


def _read_at_start(workload: Workload, world: World) -> Iterator[tuple[FieldPath, Manifest]]:
    for reference in references_of(workload):
        if reference.kind != "ConfigMap" or not reference.is_environment:
            continue
        config = world.inventory.find("ConfigMap", reference.name, workload.manifest.namespace)
        if config is not None and config.value.get("immutable") is not True:
            yield reference.path, config


RULE = Rule(
    code="SEA805",
    name="config-change-not-rolled-out",
    severity=INFO,
    summary="a ConfigMap in the environment whose change rolls nothing out",
    check_workload=check,
)

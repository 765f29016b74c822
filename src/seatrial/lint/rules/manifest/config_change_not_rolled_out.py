"""A change of a ConfigMap that is read through the environment, or mounted by subPath, reaches no
running pod.

Why it hurts: both are done when a container starts, and never again. After the change some pods
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

from seatrial.lint.manifest import FieldPath, Manifest, mapping, sequence
from seatrial.lint.references import Reference, references_of
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.workload import Workload

# Words of annotations by which a template changes with its configuration, and of tools that roll.
ROLLING_WORDS = ("checksum", "hash", "sha256", "digest", "config-version", "reloader", "rollme",
                 "update-on-config-change", "restartedAt", "rollout")  # fmt: skip
# kustomize's hash of the content at the end of a name: ten of these letters, after a dash.
HASH_LETTERS = frozenset("bcdfghkmt2456789")
HASH_LENGTH = 10


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or _rolls(workload):
        return
    for path, config, why in _read_once(workload, world):
        yield Hit(
            path,
            f"{config.object} {why}: a change of it rolls nothing out",
            "give the ConfigMap a name with a hash (kustomize's configMapGenerator), or the pod"
            " template an annotation with its checksum",
        )
        return


def _rolls(workload: Workload) -> bool:
    return any(word in key for key in workload.annotations for word in ROLLING_WORDS)


def _read_once(workload: Workload, world: World) -> Iterator[tuple[FieldPath, Manifest, str]]:
    by_subpath = set(_by_subpath(workload))
    for reference in references_of(workload):
        why = _why(reference, by_subpath)
        if reference.kind != "ConfigMap" or not why or has_hash(reference.name):
            continue
        config = world.inventory.find("ConfigMap", reference.name, workload.manifest.namespace)
        if config is not None and config.value.get("immutable") is not True:
            yield reference.path, config, why


def _why(reference: Reference, by_subpath: set[FieldPath]) -> str:
    if reference.is_environment:
        return "is read when the container starts"
    if any(reference.path[: len(volume)] == volume for volume in by_subpath):
        return "is mounted by subPath, which is never updated"
    return ""


def _by_subpath(workload: Workload) -> Iterator[FieldPath]:
    """The volumes of which a container mounts a single file or folder."""
    names = {
        str(mapping(mount).get("name"))
        for container in workload.containers
        for mount in sequence(container.value.get("volumeMounts"))
        if mapping(mount).get("subPath") or mapping(mount).get("subPathExpr")
    }
    for index, volume in enumerate(workload.volumes):
        if str(volume.get("name")) in names:
            yield workload.pod_path("volumes", index)


def has_hash(name: str) -> bool:
    """The name ends in kustomize's hash of the content: another content is another object."""
    end = name.rpartition("-")[2]
    return len(end) == HASH_LENGTH and set(end) <= HASH_LETTERS


RULE = Rule(
    code="SEA805",
    name="config-change-not-rolled-out",
    severity=INFO,
    summary="a ConfigMap that is read once, and whose change rolls nothing out",
    check_workload=check,
)

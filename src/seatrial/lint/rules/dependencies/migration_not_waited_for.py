"""A Job migrates the database of a workload, and nothing makes the workload wait for it.

The Job speaks of a migration, the workload runs the same image, and none of its init containers
speaks of either. Passed over: Jobs that helm or Argo CD run as hooks or in waves of their own.

Why it hurts: the Job stands before the Deployment in the file, and both are started at the same
time. The new version meets the old tables, on a fast day for a second, on a slow one for minutes.

Prove it: `seatrial verify --trial reverse-order` applies the manifests in the opposite order.

Bad:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: shop-migrate
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.1
            args: [db, migrate]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          containers:
          - name: shop
            image: shop:1.1

Good:
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: shop-migrate
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: migrate
            image: shop:1.1
            args: [db, migrate]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
        spec:
          initContainers:
          - name: wait
            image: seatrial:1.0
            command: [seatrial, wait, job/shop-migrate, --timeout, 10m]
          containers:
          - name: shop
            image: shop:1.1
"""

from seatrial.lint.images import image_parts
from seatrial.lint.manifest import Manifest
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.texts import texts_in
from seatrial.lint.workload import LASTING, Workload, workload_of

_SIGNS = ("migrat", "alembic", "flyway", "liquibase", "db:schema")
_ORDERED_BY_TOOL = ("/hook", "/sync-wave")


def check(manifest: Manifest, world: World) -> Hits:
    job = workload_of(manifest)
    if job is None or any(
        sign in name for name in manifest.annotations for sign in _ORDERED_BY_TOOL
    ):
        return
    if not _migrates(manifest.name, job, world):
        return
    images = _images(job)
    for workload in world.inventory.workloads:
        is_same_place = workload.manifest.namespace == manifest.namespace
        if not is_same_place or workload.kind not in LASTING or not images & _images(workload):
            continue
        if not _waits(workload, manifest.name, world):
            yield Hit(
                workload.pod_path("initContainers"),
                f"{workload.manifest.object} starts beside {manifest.object}, which migrates its"
                " database, and not after it",
                f"add an init container: `seatrial wait job/{manifest.name} --timeout 10m`",
                manifest=workload.manifest,
            )


def _migrates(name: str, workload: Workload, world: World) -> bool:
    texts = [text.text for _, each in texts_in(workload, world.inventory) for text in each]
    return any(sign in text for text in (name, *texts) for sign in _SIGNS)


def _waits(workload: Workload, job: str, world: World) -> bool:
    texts = [
        text.text
        for container, each in texts_in(workload, world.inventory)
        if container.role == "init"
        for text in each
    ]
    names = [container.name for container in workload.init_containers]
    return any(sign in text for text in (*names, *texts) for sign in (job, *_SIGNS))


def _images(workload: Workload) -> set[str]:
    return {image_parts(each.image)[0] for each in workload.main_containers if each.image}


RULE = Rule(
    code="SEA604",
    name="migration-not-waited-for",
    severity=INFO,
    summary="nothing makes a workload wait for the Job that migrates its database",
    check_manifest=check,
    kinds=frozenset({"Job"}),
)

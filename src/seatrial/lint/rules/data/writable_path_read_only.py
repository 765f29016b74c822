"""A path is declared to be written to (`seatrial.dev/writable-paths`) and cannot be.

It is on the root filesystem, which is read-only, or on a volume that is: a ConfigMap, a Secret, a
mount with `readOnly: true`.

Why it hurts: the first write fails with "Read-only file system". Where that is the first thing the
process does it never starts; where it is a temporary file for a large upload it fails one request
in a thousand.

Prove it: `seatrial verify --trial disk-full` reports which writes fail, and what the clients see.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: uploads
    spec:
      selector:
        matchLabels: {app: uploads}
      template:
        metadata:
          labels: {app: uploads}
          annotations:
            seatrial.dev/writable-paths: /tmp
        spec:
          containers:
          - name: uploads
            image: uploads:1.0
            securityContext:
              readOnlyRootFilesystem: true

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: uploads
    spec:
      selector:
        matchLabels: {app: uploads}
      template:
        metadata:
          labels: {app: uploads}
          annotations:
            seatrial.dev/writable-paths: /tmp
        spec:
          containers:
          - name: uploads
            image: uploads:1.0
            securityContext:
              readOnlyRootFilesystem: true
            volumeMounts:
            - name: tmp
              mountPath: /tmp
          volumes:
          - name: tmp
            emptyDir:
              sizeLimit: 256Mi
"""

from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.rules.data._declared import paths_that_refuse
from seatrial.lint.rules.data._mending import mount_empty_dir
from seatrial.lint.volumes import Mount, is_scratch
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    for container, path, mount in paths_that_refuse(workload):
        yield _root(workload, container, path) if mount is None else _mount(path, mount)


def _root(workload: Workload, container: Container, path: str) -> Hit:
    return Hit(
        (*container.path, "securityContext", "readOnlyRootFilesystem"),
        f"{path} is declared as written to, but the root filesystem of container"
        f" {container.name} is read-only and no volume is mounted there",
        f"mount a volume at {path}",
        mount_empty_dir(workload, container, path) if is_scratch(path) else (),
    )


def _mount(path: str, mount: Mount) -> Hit:
    return Hit(
        mount.field,
        f"{path} is declared as written to, but {mount.volume.kind} volume {mount.volume.name} is"
        f" mounted read-only at {mount.path}",
        f"mount a volume that can be written to at {path}",
    )


RULE = Rule(
    code="SEA404",
    name="writable-path-read-only",
    severity=ERROR,
    summary="a path declared as written to is read-only",
    check_workload=check,
)

"""A declared cache or temporary path (`seatrial.dev/writable-paths`) is on no volume.

Why it hurts: a container that is started again begins with an empty writable layer. A cache that
is kept there is cold after every crash, exactly when a quick start is wanted most; and what is
written to the layer is slower and counts as the container's own disk use.

Prove it: `seatrial verify --trial container-restart` measures the start with a cold cache.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: thumbnails
    spec:
      selector:
        matchLabels: {app: thumbnails}
      template:
        metadata:
          labels: {app: thumbnails}
          annotations:
            seatrial.dev/writable-paths: /cache
        spec:
          containers:
          - name: thumbnails
            image: thumbnails:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: thumbnails
    spec:
      selector:
        matchLabels: {app: thumbnails}
      template:
        metadata:
          labels: {app: thumbnails}
          annotations:
            seatrial.dev/writable-paths: /cache
        spec:
          containers:
          - name: thumbnails
            image: thumbnails:1.0
            volumeMounts:
            - name: cache
              mountPath: /cache
          volumes:
          - name: cache
            emptyDir:
              sizeLimit: 1Gi
"""

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.rules.data._declared import paths_in_the_layer
from seatrial.lint.rules.data._mending import mount_empty_dir
from seatrial.lint.volumes import is_scratch
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container, path in paths_in_the_layer(workload):
        if is_scratch(path):
            yield Hit(
                (*container.path, "volumeMounts"),
                f"{path} is declared as written to and is on no volume: it is empty again after"
                f" every restart of container {container.name}",
                f"mount an emptyDir at {path}: it outlives the container",
                mount_empty_dir(workload, container, path),
            )


RULE = Rule(
    code="SEA401",
    name="cache-path-without-volume",
    severity=WARNING,
    summary="a declared cache or temporary path is on no volume",
    check_workload=check,
)

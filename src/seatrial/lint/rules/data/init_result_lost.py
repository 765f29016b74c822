"""An init container fetches something to a path that no other container of the pod can see.

Read are `wget -O`, `curl -o` and `git clone`, and only where the path is not used again in the
same script.

Why it hurts: containers of a pod share volumes, not file systems. What an init container writes
beside a volume is gone when it ends; the main container starts without it, or with what its image
happens to bring along.

Prove it: `seatrial verify --trial container-restart` looks for the file in the main container.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: model
    spec:
      selector:
        matchLabels: {app: model}
      template:
        metadata:
          labels: {app: model}
        spec:
          initContainers:
          - name: fetch
            image: busybox:1.37
            command: [wget, -O, /models/current, "http://models/current"]
          containers:
          - name: model
            image: model:1.0

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: model
    spec:
      selector:
        matchLabels: {app: model}
      template:
        metadata:
          labels: {app: model}
        spec:
          initContainers:
          - name: fetch
            image: busybox:1.37
            command: [wget, -O, /models/current, "http://models/current"]
            volumeMounts:
            - name: models
              mountPath: /models
          containers:
          - name: model
            image: model:1.0
            volumeMounts:
            - name: models
              mountPath: /models
          volumes:
          - name: models
            emptyDir:
              sizeLimit: 2Gi
"""

from collections.abc import Iterator
from itertools import pairwise

from seatrial.lint.commands import container_launch, programs_in
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.volumes import is_below, mount_of, mounts_of
from seatrial.lint.workload import Container, Workload

_OPTIONS = {"wget": ("-O", "--output-document"), "curl": ("-o", "--output")}
_PROGRAMS = (*_OPTIONS, "git")
_NOWHERE = ("/dev", "/proc", "/tmp")  # where scripts leave what only they need


def check(workload: Workload, world: World) -> Hits:
    if not workload.pod_spec.get("initContainers"):
        return
    for container in workload.init_containers:
        if not _may_fetch(container) or container_launch(container) is None:
            continue
        mounts = mounts_of(workload, container)
        for path in _fetched(container):
            if mount_of(path, mounts) is None and not _is_used_again(path, container):
                yield Hit(
                    (*container.path, "volumeMounts"),
                    f"init container {container.name} fetches to {path}, which is on no volume:"
                    " no other container ever sees it",
                    f"mount an emptyDir above {path} in both containers",
                )


def _may_fetch(container: Container) -> bool:
    """Most do not: then there is no script to be taken apart."""
    return any(program in word for word in container.words for program in _PROGRAMS)


def _fetched(container: Container) -> Iterator[str]:
    for command in programs_in(container.words):
        words = command.words[1:]
        if command.program == "git" and "clone" in words:
            targets = [word for word in words[-1:] if word.startswith("/")]
        else:
            names = _OPTIONS.get(command.program, ())
            targets = [after for name, after in pairwise(words) if name in names]
        for path in targets:
            if path.startswith("/") and not any(is_below(path, each) for each in _NOWHERE):
                yield path


def _is_used_again(path: str, container: Container) -> bool:
    words = " ".join(container.words).split()
    return sum(path in word for word in words if "://" not in word) > 1


RULE = Rule(
    code="SEA401",
    name="init-result-lost",
    severity=WARNING,
    summary="an init container fetches to a path that no other container sees",
    check_workload=check,
)

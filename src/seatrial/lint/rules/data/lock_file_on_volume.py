"""A process is told to keep its PID or lock file on a volume that outlives the container.

Why it hurts: after a SIGKILL or an out-of-memory kill the file is still there. Process numbers of
containers repeat: the number in the file is again that of a living process, usually of the new
one itself, which concludes that it is already running, and exits. Restarting does not help,
because the volume is the same each time.

Prove it: `seatrial verify --trial poisoned-volume` leaves a stale lock and restarts the container.

Bad:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        command: [bin/rails, server, --pid, /app/tmp/server.pid]
        volumeMounts:
        - name: tmp
          mountPath: /app/tmp
      volumes:
      - name: tmp
        emptyDir:
          sizeLimit: 256Mi

Good:
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
    spec:
      containers:
      - name: shop
        image: shop:1.0
        command: [bin/rails, server, --pid, /run/server.pid]
        volumeMounts:
        - name: tmp
          mountPath: /app/tmp
      volumes:
      - name: tmp
        emptyDir:
          sizeLimit: 256Mi
"""

from collections.abc import Iterator, Sequence

from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.texts import Text, texts_in
from seatrial.lint.volumes import mount_of, mounts_of
from seatrial.lint.workload import Workload

_ENDINGS = (".pid", ".lock", ".lck")


def check(workload: Workload, world: World) -> Hits:
    for container, texts in texts_in(workload, world.inventory):
        if container.role == "init" or not container.value.get("volumeMounts"):
            continue
        for text, path in _lock_files(texts):
            mount = mount_of(path, mounts_of(workload, container))
            if mount is not None and not mount.is_read_only:
                yield Hit(
                    text.field,
                    f"{path} is on {mount.volume.kind} {mount.volume.name}, which outlives the"
                    f" container: after a crash container {container.name} finds its old lock",
                    "keep it in the container's own layer, or remove it before the start",
                )


def _lock_files(texts: Sequence[Text]) -> Iterator[tuple[Text, str]]:
    if any("rm " in text.text for text in texts):
        return  # it may be what is removed
    for text in texts:
        if not any(ending in text.text for ending in _ENDINGS):
            continue
        words = text.text.replace("=", " ").replace('"', " ").replace("'", " ").split()
        for word in words:
            if word.startswith("/") and word.endswith(_ENDINGS):
                yield text, word


RULE = Rule(
    code="SEA403",
    name="lock-file-on-volume",
    severity=WARNING,
    summary="a PID or lock file is on a volume that outlives the container",
    check_workload=check,
)

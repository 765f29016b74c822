"""A container is told to write its log to a file.

Why it hurts: `kubectl logs` shows nothing, log collectors see nothing, the file grows in the
container's layer until the pod is evicted for it, and a restart throws it away.

Prove it: `kubectl logs` of a pod that serves.

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
            args: [--log-file=/var/log/web.log]

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
            args: [--log-file=/dev/stdout]
"""

from seatrial.lint.manifest import FieldPath, mapping, sequence
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.texts import texts_of
from seatrial.lint.workload import Container, Workload

OPTIONS = ("--log-file", "--logfile", "--log_file", "--access-logfile", "--error-logfile",
           "-log-file", "-logfile", "-log.file", "--log.file")  # fmt: skip
VARIABLES = ("LOG_FILE", "LOGFILE", "LOG_PATH", "LOGGING_FILE_NAME")
STREAMS = ("-", "/dev/", "/proc/self/fd/", "/proc/1/fd/", "stdout", "stderr")


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        wants_value = False
        for text in texts_of(container):
            option, found, value = text.text.partition("=")
            if wants_value or text.name in VARIABLES:
                option, found, value = "", "=", text.text
            wants_value = option in OPTIONS and not found
            is_log = option in OPTIONS or not option
            if is_log and found and _is_file(value) and not _is_read(value, container, workload):
                yield _hit(text.field, value)


def _is_file(value: str) -> bool:
    return value.startswith("/") and not value.startswith(STREAMS)


def _is_read(file: str, writer: Container, workload: Workload) -> bool:
    """Another container has the volume that the file is on: a sidecar that passes it on."""
    mine = {volume for volume, path in _mounts(writer) if file.startswith(path.rstrip("/") + "/")}
    return any(
        volume in mine
        for other in workload.containers
        if other.path != writer.path
        for volume, _ in _mounts(other)
    )


def _mounts(container: Container) -> list[tuple[str, str]]:
    mounts = map(mapping, sequence(container.value.get("volumeMounts")))
    return [(str(each.get("name")), str(each.get("mountPath", ""))) for each in mounts]


def _hit(path: FieldPath, file: str) -> Hit:
    return Hit(
        path,
        f"the log goes to {file}, where `kubectl logs` does not look",
        "log to standard output (/dev/stdout where a file must be named)",
    )


RULE = Rule(
    code="SEA814",
    name="logs-in-a-file",
    severity=INFO,
    summary="a log that goes to a file of the container",
    check_workload=check,
)

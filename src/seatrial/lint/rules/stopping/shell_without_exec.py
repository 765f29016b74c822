"""`sh -c` starts a program without exec.

Whether the program takes the shell's place is up to the image's shell: busybox does it, dash,
which is `sh` of Debian and Ubuntu, does not. (`bash -c` does it for a last command, and is passed
over.)

Why it hurts: where the shell stays it is PID 1, has no handler for SIGTERM and does not pass it
on: the program is killed at the end of the grace period. A change of the base image is enough to
get there.

Prove it: `seatrial verify --trial sigterm` looks for exit code 137 and measures the time to exit.

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
            ports:
            - containerPort: 8080
            command: [sh, -c, uvicorn app:app --port $PORT]

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
            ports:
            - containerPort: 8080
            command: [sh, -c, exec uvicorn app:app --port $PORT]
"""

from seatrial.lint.commands import word_path
from seatrial.lint.edits import Edit, SetField
from seatrial.lint.pid_one import PidOne, may_stay, shell_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.workload import Container, Workload

# They are part of the shell: `exec` cannot run them.
_BUILT_IN = frozenset({"cd", "export", "set", "read", "test", "[", "[[", "umask", "ulimit", "type"})


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in workload.containers:
        pid_one = shell_of(workload, container)
        if pid_one is not None and may_stay(pid_one):
            yield Hit(
                word_path(container, pid_one.script.index),
                f"{pid_one.script.shell} -c of container {container.name} starts {pid_one.told}"
                " without exec: with Debian's sh it never hears of SIGTERM",
                "put exec before the last command",
                _mend(container, pid_one),
            )


def _mend(container: Container, pid_one: PidOne) -> tuple[Edit, ...]:
    program = pid_one.ending.program
    if program is None or program.has_assignments or program.program in _BUILT_IN:
        return ()
    text = pid_one.script.text
    changed = f"{text[: program.start]}exec {text[program.start :]}"
    return (SetField(word_path(container, pid_one.script.index), changed),)


RULE = Rule(
    code="SEA304",
    name="shell-without-exec",
    severity=WARNING,
    summary="sh -c starts a program without exec",
    check_workload=check,
)

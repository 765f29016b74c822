"""A container that serves nobody runs below a shell that ignores SIGTERM.

It is the same as shell-keeps-sigterm where no Service leads to the container.

Why it hurts: each stop takes the whole grace period and ends by SIGKILL: rollouts and drains are
slow, and nothing is tidied up.

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
            command:
            - sh
            - -c
            - while true; do fetch-mail; sleep 10; done

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
            command:
            - sh
            - -c
            - trap exit TERM; while true; do fetch-mail; sleep 10 & wait $!; done
"""

from seatrial.lint.commands import word_path
from seatrial.lint.pid_one import shell_of
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.shell.ending import Fate
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or workload.grace_period_s == 0:
        return
    serving = {each.path for each in world.inventory.serving_containers(workload)}
    for container in workload.containers:
        pid_one = shell_of(workload, container) if container.path not in serving else None
        if pid_one is None or pid_one.dies_at_once or pid_one.ending.fate is not Fate.STAYS:
            continue
        yield Hit(
            word_path(container, pid_one.script.index),
            f"{pid_one.script.shell} of container {container.name} {pid_one.ending.because} and"
            f" ignores SIGTERM: each stop takes {workload.grace_period_s} s",
            "end it by `trap exit TERM` and wait for what sleeps, or start the program with exec",
        )


RULE = Rule(
    code="SEA304",
    name="stops-only-by-kill",
    severity=WARNING,
    summary="a shell ignores SIGTERM, and the container stops only by SIGKILL",
    check_workload=check,
)

"""A container sleeps for a fixed time before it starts, in the hope that others are ready by then.

An init container that only sleeps, or a script that sleeps before its application.

Why it hurts: on a quiet day it is too long, and every restart, every scale-up and every rollout
pays for it; on the day when a node is lost and everything starts at once it is too short.

Prove it: `seatrial verify --trial start-alone` lets the dependency come later than that.

Bad:
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
            image: shop:1.0
            command: [sh, -c, "sleep 30 && exec shop --db=db:5432"]

Good:
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
            command: [seatrial, wait, "tcp://db:5432", --timeout, 5m]
          containers:
          - name: shop
            image: shop:1.0
            command: [shop, --db=db:5432]
"""

from math import isinf

from seatrial.lint.commands import container_launch
from seatrial.lint.hooks import sleep_s
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.shell.tree import Items, Loop, Simple
from seatrial.lint.workload import Container, Workload

_NOTICEABLE_S = 3
# They say or set something, and start nothing.
_QUIET = frozenset({"", ":", "cd", "date", "echo", "export", "printf", "set", "true", "umask"})


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        seconds = _sleeps_first_s(container)
        if seconds >= _NOTICEABLE_S and not isinf(seconds):
            yield Hit(
                (*container.path, "command"),
                f"container {container.name} sleeps {seconds:g} s before it starts anything: too"
                " long on a good day, too short on a bad one",
                "wait for what is needed: `seatrial wait tcp://HOST:PORT --timeout 5m`",
            )


def _sleeps_first_s(container: Container) -> float:
    """Seconds of sleep before the first program of the script; of an init container: in all."""
    launch = container_launch(container)
    if launch is None:
        return 0.0
    if launch.script is None:
        return sleep_s(launch.words) if container.role == "init" else 0.0
    seconds, starts = _before_first_program(launch.script.items or ())
    return seconds if starts or container.role == "init" else 0.0


def _before_first_program(items: Items) -> tuple[float, bool]:
    """The seconds, and whether anything is started after them."""
    seconds = 0.0
    for item in items:
        for pipeline in item.pipelines:
            for command in pipeline.commands:
                if isinstance(command, Simple) and command.program == "sleep":
                    seconds += sleep_s(command.words)
                elif not isinstance(command, Simple) or command.program not in _QUIET:
                    # A loop has its own pauses: init-waits-for-ever speaks of those.
                    return (0.0, True) if isinstance(command, Loop) else (seconds, True)
    return seconds, False


RULE = Rule(
    code="SEA604",
    name="order-by-sleeping",
    severity=WARNING,
    summary="a container sleeps before it starts, in the hope that others are ready",
    check_workload=check,
)

"""A single replica says that it is not ready before it stops serving.

The pre-stop hook removes or makes a file that the readiness probe looks at.

Why it hurts: while it stops, a pod that is still ready is sent requests as long as there is no
other (its endpoint is `serving` and `terminating`). One that is not ready is not: with a single
replica nobody is left, and clients are refused for the whole drain window.

Prove it: `seatrial verify --trial single-replica-drain` sends requests to the last pod while it
stops.

Bad:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 1
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
            readinessProbe:
              exec:
                command: [cat, /tmp/ready]
            lifecycle:
              preStop:
                exec:
                  command: [sh, -c, rm /tmp/ready; sleep 10]
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080

Good:
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 1
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
            readinessProbe:
              exec:
                command: [cat, /tmp/ready]
            lifecycle:
              preStop:
                exec:
                  command: [sh, -c, sleep 10]
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
      - port: 80
        targetPort: 8080
"""

from collections.abc import Iterator

from seatrial.lint.commands import programs_in
from seatrial.lint.hooks import hook_of
from seatrial.lint.manifest import sequence
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.shell.tree import Simple
from seatrial.lint.workload import Container, Workload

_CHANGERS = frozenset({"rm", "touch", "mv", "unlink"})


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting or world.inventory.replicas_at_least(workload) != 1:
        return
    for container in world.inventory.serving_containers(workload):
        hook = hook_of(container, "preStop")
        looked_at = set(_paths(_readiness(container)))
        changed = [
            path
            for each in (hook.commands if hook is not None else ())
            if each.program in _CHANGERS
            for path in _paths([each])
        ]
        found = next((path for path in changed if path in looked_at), None)
        if hook is not None and found is not None:
            yield Hit(
                (*hook.path, "exec", "command"),
                f"preStop of the only replica changes {found}, which its readiness probe looks at:"
                " from then on nobody is sent requests",
                "stay ready while draining: deletion itself takes the pod out where there are"
                " others",
            )


def _readiness(container: Container) -> Iterator[Simple]:
    probe = container.probe("readinessProbe")
    if probe is not None and probe.handler[0] == "exec":
        yield from programs_in(tuple(map(str, sequence(probe.handler[1].get("command")))))


def _paths(commands: Iterator[Simple] | list[Simple]) -> Iterator[str]:
    for command in commands:
        yield from (word for word in command.words[1:] if word.startswith("/"))


RULE = Rule(
    code="SEA308",
    name="readiness-withdrawn-early",
    severity=WARNING,
    summary="a single replica says that it is not ready before it stops serving",
    check_workload=check,
)

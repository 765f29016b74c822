"""A readiness probe runs a command that cannot fail.

Why it hurts: `true` and `echo` say yes before the server listens and after it has died. The pod
counts as ready at once, exactly as without a probe, and every check that looks for one is
content.

Prove it: `seatrial verify --trial ready-means-ready` asks each pod the moment it turns Ready.

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
            readinessProbe:
              exec:
                command: [sh, -c, exit 0]

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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
"""

from seatrial.lint.commands import programs_in
from seatrial.lint.manifest import sequence
from seatrial.lint.rule import WARNING, Hit, Hits, Rule, World
from seatrial.lint.shell.tree import Simple
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        probe = container.probe("readinessProbe")
        if probe is None or probe.handler[0] != "exec":
            continue
        words = tuple(map(str, sequence(probe.handler[1].get("command"))))
        commands = tuple(programs_in(words))
        if commands and all(map(_cannot_fail, commands)):
            yield Hit(
                (*probe.path, "exec", "command"),
                f"the readiness probe of container {container.name} runs"
                f" {' '.join(commands[-1].words)!r}, which always succeeds",
                "ask the server itself: httpGet, tcpSocket or grpc",
            )


def _cannot_fail(command: Simple) -> bool:
    says_yes = command.program in {"true", ":", "echo", "printf", "sleep"}
    return says_yes or (command.program == "exit" and command.words[1:] in {(), ("0",)})


RULE = Rule(
    code="SEA102",
    name="readiness-probe-always-true",
    severity=WARNING,
    summary="a readiness probe cannot fail",
    check_workload=check,
)

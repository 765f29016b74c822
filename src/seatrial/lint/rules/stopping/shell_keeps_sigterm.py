"""A shell stays above a server and does not pass SIGTERM on.

The command is `sh -c` with a script that runs on after the server, pipes it, loops around it, or
has it in the background. A script with a trap for SIGTERM is passed over, and so is one whose
pre-stop hook stops the server in another way.

Why it hurts: a shell that is PID 1 has no handler for SIGTERM and ignores it. The server never
hears that it is to stop: it takes new requests until the grace period is over, and is then killed
with all that is in flight. Each stop takes the whole grace period.

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
            readinessProbe:
              httpGet:
                path: /
                port: 8080
            command: [sh, -c]
            args:
            - gunicorn app:app | tee /var/log/app.log
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
            command: [sh, -c]
            args:
            - exec gunicorn app:app
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

from seatrial.lint.commands import word_path
from seatrial.lint.pid_one import PidOne, shell_of
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.shell.ending import Fate
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in world.inventory.serving_containers(workload):
        pid_one = shell_of(workload, container)
        if pid_one is not None and pid_one.ending.fate is Fate.STAYS:
            yield Hit(
                word_path(container, pid_one.script.index),
                _message(container, pid_one, workload.grace_period_s),
                "start the server with exec as the last command, and nothing around it",
            )


def _message(container: Container, pid_one: PidOne, grace_s: int) -> str:
    who = f"{pid_one.script.shell} of container {container.name} {pid_one.ending.because}"
    if pid_one.dies_at_once:
        return f"{who}: the shell dies of SIGTERM at once, and takes it along by SIGKILL"
    return f"{who} and does not pass SIGTERM on: what serves is killed after {grace_s} s"


RULE = Rule(
    code="SEA304",
    name="shell-keeps-sigterm",
    severity=ERROR,
    summary="a shell stays above the server and does not pass SIGTERM on",
    check_workload=check,
)

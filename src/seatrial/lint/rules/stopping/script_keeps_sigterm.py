"""A start script from a ConfigMap stays above the server and does not pass SIGTERM on.

Unlike with `sh -c`, no shell gives way to the last command of a file: only `exec` does that.

Why it hurts: the shell that runs the script is PID 1, has no handler for SIGTERM and ignores it.
The server never hears that it is to stop, and is killed at the end of the grace period with all
that is in flight.

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
          volumes:
          - name: scripts
            configMap:
              name: scripts
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [sh, /scripts/start.sh]
            volumeMounts:
            - name: scripts
              mountPath: /scripts
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: scripts
    data:
      start.sh: |
        #!/bin/sh
        set -e
        migrate
        gunicorn app:app
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
          volumes:
          - name: scripts
            configMap:
              name: scripts
          containers:
          - name: web
            image: web:1.0
            ports:
            - containerPort: 8080
            command: [sh, /scripts/start.sh]
            volumeMounts:
            - name: scripts
              mountPath: /scripts
            readinessProbe:
              httpGet:
                path: /
                port: 8080
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: scripts
    data:
      start.sh: |
        #!/bin/sh
        set -e
        migrate
        exec gunicorn app:app
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

from seatrial.lint.commands import container_launch
from seatrial.lint.edits import Edit, SetField
from seatrial.lint.pid_one import stops_otherwise
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.scripts import ScriptFile, script_file_of
from seatrial.lint.shell.ending import BRIEF, IDLE, Ending, Fate, ending_of
from seatrial.lint.workload import Container, Workload


def check(workload: Workload, world: World) -> Hits:
    if not workload.is_lasting:
        return
    for container in world.inventory.serving_containers(workload):
        script = script_file_of(workload, container, world.inventory)
        if script is None or _hears_otherwise(container):
            continue
        ending = ending_of(script.items)
        does = _does(ending)
        if does:
            yield Hit(
                script.field,
                f"{script.path}, which container {container.name} runs, {does} and does not pass"
                f" SIGTERM on: what serves is killed after {workload.grace_period_s} s",
                "start the server with exec as the last command",
                _mend(script, ending),
                script.config_map,
            )


def _hears_otherwise(container: Container) -> bool:
    launch = container_launch(container)
    return launch is None or launch.init_tells_all or stops_otherwise(container)


def _does(ending: Ending) -> str:
    program = ending.program
    if ending.fate is Fate.STAYS:
        return ending.because
    if ending.fate is Fate.LAST and program is not None and program.program not in BRIEF | IDLE:
        return f"starts {program.program!r} without exec"
    return ""


def _mend(script: ScriptFile, ending: Ending) -> tuple[Edit, ...]:
    program = ending.program
    if ending.fate is not Fate.LAST or program is None or program.has_assignments:
        return ()
    text = script.text
    return (SetField(script.field, f"{text[: program.start]}exec {text[program.start :]}"),)


RULE = Rule(
    code="SEA304",
    name="script-keeps-sigterm",
    severity=ERROR,
    summary="a start script stays above the server and does not pass SIGTERM on",
    check_workload=check,
)

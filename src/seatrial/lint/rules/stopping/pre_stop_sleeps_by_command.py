"""A preStop hook sleeps by a command where Kubernetes can do it.

The `sleep` action is on by default since Kubernetes 1.30.

Why it hurts: the command has to be in the image: the day the base image becomes a smaller one,
the hook fails, SIGTERM comes at once, and requests are lost with nothing but an event to tell.
The `sleep` action needs nothing from the image.

Prove it: `seatrial verify --trial pre-stop-fails` shows what is lost when the hook fails.

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
            lifecycle:
              preStop:
                exec:
                  command: [sh, -c, sleep 5]

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
            lifecycle:
              preStop:
                sleep:
                  seconds: 5
"""

from seatrial.lint.hooks import hook_of
from seatrial.lint.images import lacks_shell
from seatrial.lint.rule import INFO, Hit, Hits, Rule, World
from seatrial.lint.stopping import sleep_action
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.containers:
        hook = hook_of(container, "preStop")
        if hook is None or lacks_shell(container):
            continue
        edits = sleep_action(hook, workload, world.kubernetes_version)
        if edits:
            yield Hit(
                (*hook.path, "exec", "command"),
                f"preStop of container {container.name} sleeps {hook.sleeps_s:g} s by a command of"
                " its image",
                f"use the sleep action: sleep: {{seconds: {hook.sleeps_s:g}}}",
                edits,
            )


RULE = Rule(
    code="SEA306",
    name="pre-stop-sleeps-by-command",
    severity=INFO,
    summary="a preStop hook sleeps by a command instead of the sleep action",
    check_workload=check,
)

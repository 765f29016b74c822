"""A preStop hook runs a shell or a tool in an image that has none.

The image's name says so: distroless, scratch, static.

Why it hurts: the hook cannot be run (`FailedPreStopHook`), and SIGTERM comes at once: the seconds
that it was to bridge are missing, and nothing but an event tells.

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
            image: gcr.io/distroless/python3-debian12
            ports:
            - containerPort: 8080
            lifecycle:
              preStop:
                exec:
                  command: [sleep, '5']

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
            image: gcr.io/distroless/python3-debian12
            ports:
            - containerPort: 8080
            lifecycle:
              preStop:
                sleep:
                  seconds: 5
"""

from seatrial.lint.edits import Edit
from seatrial.lint.hooks import Hook, hook_of
from seatrial.lint.images import lacks_shell, needs_tools
from seatrial.lint.rule import ERROR, Hit, Hits, Rule, World
from seatrial.lint.stopping import sleep_action
from seatrial.lint.workload import Workload


def check(workload: Workload, world: World) -> Hits:
    for container in workload.all_containers:
        hook = hook_of(container, "preStop")
        if hook is not None and needs_tools(hook.words) and lacks_shell(container):
            yield Hit(
                (*hook.path, "exec", "command"),
                f"preStop of container {container.name} runs {hook.words[0]}, and image"
                f" {container.image} has neither shell nor tools",
                "use the sleep action, which the kubelet does itself",
                _mend(hook, workload, world),
            )


def _mend(hook: Hook, workload: Workload, world: World) -> tuple[Edit, ...]:
    return sleep_action(hook, workload, world.kubernetes_version)


RULE = Rule(
    code="SEA306",
    name="pre-stop-needs-shell",
    severity=ERROR,
    summary="a preStop hook needs a shell that the image does not have",
    check_workload=check,
)
